"""Turns for work that keeps a core busy: a visitor's search goes before uploads.

Decoding, encoding and a local model's inference take one turn each. As many turns run at once as there are
cores, and one more that only a search may take; so a search never waits behind uploads alone.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Priority(IntEnum):
    """Who goes first."""

    SEARCH = 0
    UPLOAD = 1


def usable_cores() -> int:
    """The cores that this process may run on, which a container or `taskset` may limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LimitReached(Exception):
    """No turn within the time that the caller would wait; `full` is the limit that was reached."""

    def __init__(self, full: Hashable) -> None:
        super().__init__(f"{full} is full")
        self.full = full


@dataclass(order=True)
class _Waiter:
    priority: int
    arrival: int
    limits: Mapping[Hashable, int] = field(compare=False)
    granted: threading.Event = field(default_factory=threading.Event, compare=False)


class ConcurrencyLimiter:
    """Limits on what runs at once, each counted under a name; served by priority, then in order of arrival.

    Nothing is computed while the lock is held.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals = itertools.count()
        self._running: Counter[Hashable] = Counter()
        self._waiting: list[_Waiter] = []

    @contextmanager
    def turn(
        self,
        limits: Mapping[Hashable, int],
        *,
        priority: Priority = Priority.SEARCH,
        timeout: float | None = None,
        max_waiting: int | None = None,
    ) -> Iterator[None]:
        """Waits until fewer than `limits[name]` run under each of the names, and counts as one of each.

        Raises LimitReached after `timeout` seconds (None: never), or at once if `max_waiting` wait already.
        """
        waiter = self._arrive(limits, priority, max_waiting)
        try:
            if not waiter.granted.wait(timeout):
                self._give_up(waiter)
            yield
        finally:
            self._leave(waiter)

    def running(self, name: Hashable) -> int:
        return self._running[name]

    def waiting(self) -> int:
        return len(self._waiting)

    def _arrive(self, limits: Mapping[Hashable, int], priority: Priority, max_waiting: int | None) -> _Waiter:
        with self._lock:
            waiter = _Waiter(priority, next(self._arrivals), limits)
            full = self._full(waiter)
            if full is not None and max_waiting is not None and len(self._waiting) >= max_waiting:
                raise LimitReached(full)
            self._waiting.append(waiter)
            self._grant()
            return waiter

    def _give_up(self, waiter: _Waiter) -> None:
        """Raises LimitReached, unless the turn came at the last moment."""
        with self._lock:
            if not waiter.granted.is_set():
                raise LimitReached(self._full(waiter))

    def _leave(self, waiter: _Waiter) -> None:
        with self._lock:
            if waiter.granted.is_set():
                self._running.subtract(waiter.limits.keys())
                self._running += Counter()  # drops what is back at zero, such as clients that have gone
            else:
                self._waiting.remove(waiter)
            self._grant()

    def _grant(self) -> None:
        """Start all that may start. One that waits for another limit does not hold up those behind it."""
        for waiter in sorted(self._waiting):
            if self._full(waiter) is None:
                self._waiting.remove(waiter)
                self._running.update(waiter.limits.keys())
                waiter.granted.set()

    def _full(self, waiter: _Waiter) -> Hashable | None:
        """The first of its limits that is reached."""
        return next((name for name, most in waiter.limits.items() if self._running[name] >= most), None)


SEARCH_EXTRA_CORES = 1
"""Turns beyond the number of cores that only searches take: the system then shares the cores among all."""


class CoreLimiter:
    """The turns of one process on the machine's cores."""

    def __init__(self, cores: int) -> None:
        self.turns = ConcurrencyLimiter()
        self._cores = cores

    @contextmanager
    def turn(self, *, large: bool = False) -> Iterator[None]:
        """Waits for a core. Large work, which takes much memory, is done one by one.

        A turn within a turn is part of it.
        """
        if _held.get():
            yield
            return
        priority = _priority.get()
        limits: dict[Hashable, int] = {"large": 1} if large else {}
        limits["cores"] = self._cores + (SEARCH_EXTRA_CORES if priority == Priority.SEARCH else 0)
        with ExitStack() as stack:
            held = _Held(stack, lambda: self.turns.turn(limits, priority=priority))
            stack.enter_context(held.take())
            with _set(_held, held):
                yield


@contextmanager
def released() -> Iterator[None]:
    """Within, this thread's turn is given back, because it waits for a disk, a network or another thread."""
    held = _held.get()
    if held is None:
        yield
        return
    held.stack.close()
    try:
        with _set(_held, None):
            yield
    finally:
        held.stack.enter_context(held.take())


class _Held(NamedTuple):
    """A turn that a thread has, and how to take it again."""

    stack: ExitStack
    take: Callable[[], AbstractContextManager[None]]


_priority: ContextVar[Priority] = ContextVar("priority", default=Priority.SEARCH)
_held: ContextVar[_Held | None] = ContextVar("held", default=None)

cores = CoreLimiter(usable_cores())


@contextmanager
def uploading() -> Iterator[None]:
    """Within, work on pictures gives way to searches."""
    with _set(_priority, Priority.UPLOAD):
        yield


@contextmanager
def _set(variable: ContextVar[T], value: T) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)
