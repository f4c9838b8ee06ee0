"""The sample pictures that this package ships, with their titles, captions and tags.

They are drawn by `python -m tools.samples` in the repository.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data")
INDEX = "samples.json"


@dataclass(frozen=True)
class Sample:
    """One picture, and what a person would write under it."""

    path: Path
    sha256: str
    title: str
    caption: str
    tags: tuple[str, ...]

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.path.name

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


@cache
def samples(folder: Path = DATA) -> tuple[Sample, ...]:
    """All of a folder, motifs in turn, so that the first page of a library shows everything."""
    rows = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return tuple(
        Sample(folder / row["file"], row["sha256"], row["title"], row["caption"], tuple(row["tags"]))
        for row in rows
    )
