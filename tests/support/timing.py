"""How tests deal with time: they wait for what has to come, and allow for a machine of any speed."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 180.0  # seconds; only a test that fails waits so long
REFERENCE = 0.07  # seconds of one core for `_work` where the budgets of these tests were set


def wait_until(condition: Callable[[], T]) -> T:
    """What the condition gives as soon as that is true. Raises AssertionError when patience is over."""
    until = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < until, "It has not happened."
        time.sleep(0.005)
    return result


@contextmanager
def long_before(seconds: float) -> Iterator[None]:
    """What is within does not wait for something that takes so many seconds; half of them are allowed."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds / 2


@contextmanager
def cpu_seconds(most: float) -> Iterator[None]:
    """What is within costs at most so much computing, on the machine where it was measured."""
    started = time.process_time()
    yield
    assert time.process_time() - started < most * slowness()


@cache
def slowness() -> float:
    """How many times longer than there computing may take here; at least 2, since cores are shared."""
    tries = []
    for _ in range(3):
        started = time.process_time()
        _work()
        tries.append(time.process_time() - started)
    return max(2.0, 2 * min(tries) / REFERENCE)


def _work() -> None:
    zlib.compress(bytes(range(256)) * 8192, 9)
    sum(number * number for number in range(300_000))
