"""Long sequences a piece at a time, so that memory stays flat whatever their length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one perhaps shorter. (itertools has it from Python 3.12.)"""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
