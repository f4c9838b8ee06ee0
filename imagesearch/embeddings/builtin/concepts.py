"""The everyday things that the network knows, and the families above them (WordNet 3.0)."""

from __future__ import annotations

from collections import deque
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).parent / "data" / "concepts.tsv"
CLASSES = 1000  # the first lines are ImageNet's classes, in the order of the network's outputs


class Concept(NamedTuple):
    """A thing or a family of things: its names, the usual one first, and the families it belongs to."""

    names: tuple[str, ...]
    parents: tuple[int, ...]


@cache
def concepts() -> tuple[Concept, ...]:
    """All 1,860; a parent is a position in this tuple."""
    return tuple(parse(line) for line in FILE.read_text(encoding="utf-8").splitlines())


def parse(line: str) -> Concept:
    """A line `name, other name|parent parent`."""
    names, parents = line.split("|")
    return Concept(tuple(names.split(", ")), tuple(int(parent) for parent in parents.split()))


@cache
def ancestor_steps() -> tuple[dict[int, int], ...]:
    """For each of the 1,000 classes: itself and every family above it, with the fewest steps to get there."""
    return tuple(ancestors(number) for number in range(CLASSES))


def ancestors(start: int) -> dict[int, int]:
    steps = {start: 0}
    waiting = deque([start])
    while waiting:
        concept = waiting.popleft()
        for parent in concepts()[concept].parents:
            if parent not in steps:
                steps[parent] = steps[concept] + 1
                waiting.append(parent)
    return steps


@cache
def membership() -> NDArray[np.bool_]:
    """(1860, 1000): which classes lie in each concept."""
    members = np.zeros((len(concepts()), CLASSES), np.bool_)
    for number, families in enumerate(ancestor_steps()):
        members[list(families), number] = True
    return members
