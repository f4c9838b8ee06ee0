"""Figures of an earlier version, kept as JSON beside what they were measured on."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.composing.printing import Figures

BEFORE = Path(__file__).with_name("before.json")


def about(folder: Path, model: str) -> dict[str, str]:
    """What figures belong to: labels.csv, by its hash, and the model, wherever its folder is."""
    labels = sha256((folder / "labels.csv").read_bytes()).hexdigest()
    return {"labels": labels, "model": model.rpartition("/")[2]}


def before(belongs_to: dict[str, str], table: str, path: Path = BEFORE) -> dict[str, Figures]:
    """The recorded figures of each kind of query in a table; none where none belong to the same."""
    for entry in read(path):
        if entry["about"] == belongs_to:
            return entry["tables"].get(table, {})
    return {}


def write(path: Path, belongs_to: dict[str, str], tables: dict[str, dict[str, Figures]]) -> None:
    """Keep these tables in place of the ones that belong to the same; a file may have several models'."""
    others = [entry for entry in read(path) if entry["about"] != belongs_to]
    content = [*others, {"about": belongs_to, "tables": tables}]
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
