"""Figures of an earlier version, kept as JSON with what they were measured on."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from benchmarks.composing.printing import Figures

BEFORE = Path(__file__).with_name("before.json")


def about(folder: Path, model: str) -> dict[str, str]:
    """What figures belong to: labels.csv, by its hash, and the model."""
    return {"labels": sha256((folder / "labels.csv").read_bytes()).hexdigest(), "model": model}


def before(belongs_to: dict[str, str], table: str, path: Path = BEFORE) -> dict[str, Figures]:
    """The recorded figures of each kind of query in a table; none where they are about something else."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["tables"].get(table, {}) if content["about"] == belongs_to else {}


def write(path: Path, belongs_to: dict[str, str], tables: dict[str, dict[str, Figures]]) -> None:
    content = {"about": belongs_to, "tables": tables}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
