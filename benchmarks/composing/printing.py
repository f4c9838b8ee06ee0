"""What all tables share: the share of right hits, and lines of figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Figures = dict[str, Any]
"""Of one kind of query, by their names, as they are printed and kept; `queries` is how many were asked."""

FIRST = 10
PAGE = 24


def precision(found: Sequence[int], right: set[int]) -> float:
    """As in `evaluate`: hits among the first 10, or among as many as there are."""
    k = min(FIRST, len(right))
    return len(right.intersection(found[:k])) / k


def share(found: Sequence[int], right: Iterable[int]) -> float:
    return len(set(right).intersection(found[:PAGE])) / PAGE


def line(name: str, count: int, *figures: float) -> None:
    print(f"  {name:<46}{count:>7,}" + "".join(f"{figure:>9.3f}" for figure in figures))


def head(title: str, count: str, *columns: str) -> None:
    print(f"{title:<48}{count:>7}" + "".join(f"{column:>9}" for column in columns))


def print_table(title: str, found: dict[str, Figures], before: dict[str, Figures]) -> None:
    """A line of figures of each kind, and below it those of an earlier version."""
    columns = [name for name in next(iter(found.values()), {}) if name != "queries"]
    print(f"{title:<32}{'queries':>8}" + "".join(f"{name.replace('_', ' '):>13}" for name in columns))
    for kind, figures in found.items():
        print(f"  {kind:<30}{figures['queries']:>8,}" + cells(figures, columns))
        if earlier := before.get(kind):
            print(f"  {'  before':<30}{earlier['queries']:>8,}" + cells(earlier, columns))


def cells(figures: Figures, columns: Iterable[str]) -> str:
    values = (figures.get(name) for name in columns)
    return "".join(f"{'–' if value is None else format(value, '.3f'):>13}" for value in values)
