"""What is loaded on first use, once, however many threads ask at the same time."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class loaded_once(Generic[T]):  # noqa: N801 (used as a decorator, like cached_property)
    """A `cached_property` under a lock: a model of hundreds of megabytes must not be loaded twice.

    The value lands in the instance's own dictionary, where Python finds it before this descriptor, so that
    the lock is taken on the first use only. A failed load is not kept: the next use tries again.
    """

    def __init__(self, load: Callable[[Any], T]) -> None:
        self.load = load
        self.name = load.__name__
        self.__doc__ = load.__doc__
        self.lock = RLock()

    def __get__(self, instance: object, owner: type | None = None) -> T:
        kept = instance.__dict__
        with self.lock:
            if self.name not in kept:
                kept[self.name] = self.load(instance)
            return cast(T, kept[self.name])
