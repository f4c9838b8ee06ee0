"""How long the last searches of this process took."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_last: deque[float] = deque(maxlen=500)


class Timing(NamedTuple):
    """Milliseconds that half, and 19 of 20, of the last searches took at most."""

    searches: int
    p50: float
    p95: float


@contextmanager
def timed() -> Iterator[None]:
    start = time.perf_counter()
    yield
    _last.append((time.perf_counter() - start) * 1000)


def timing() -> Timing | None:
    """None before the first search."""
    values = sorted(_last)
    if not values:
        return None
    return Timing(len(values), statistics.median(values), values[int(0.95 * (len(values) - 1))])
