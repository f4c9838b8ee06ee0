"""Nouns that the model does not know, and the nearest thing or family of things that it does."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from imagesearch.embeddings.builtin.query import singulars

FILE = Path(__file__).parent / "data" / "families.tsv"


class Family(NamedTuple):
    """A concept by its number, and what people call its things: 1779, “fruit”."""

    number: int
    name: str


def family_of(noun: str) -> Family | None:
    """The nearest family of a noun in lower case, which may be a plural."""
    return next((families()[form] for form in singulars(noun) if form in families()), None)


@cache
def families() -> dict[str, Family]:
    """The family of each noun in the table. Lines: number, name and nouns, separated by tabs and spaces."""
    found = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        number, name, nouns = line.split("\t")
        family = Family(int(number), name)
        found.update(dict.fromkeys(nouns.split(" "), family))
    return found
