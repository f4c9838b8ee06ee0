"""What is loaded on first use, once, however many threads ask at the same time."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar, cast

from imagesearch.concurrency.turns import released
from imagesearch.errors import ModelError

T = TypeVar("T")

PATIENCE = (
    30  # seconds; longer than any model loads, shorter than a download, which no visitor should wait for
)


class loaded_once(Generic[T]):  # noqa: N801 (used as a decorator, like cached_property)
    """A `cached_property` under a lock: a model of hundreds of megabytes must not be loaded twice.

    The value lands in the instance's own dictionary, where Python finds it before this descriptor, so that
    the lock is taken on the first use only. Each instance has a lock of its own, so that loading one model
    holds up no other. A failed load is not kept: the next use tries again.
    """

    def __init__(self, load: Callable[[Any], T]) -> None:
        self.load = load
        self.name = load.__name__
        self.__doc__ = load.__doc__
        self.lock_name = f"_{self.name}_lock"

    def __get__(self, instance: object, owner: type | None = None) -> T:
        """Raises ModelError where another thread has been loading for too long."""
        with released():  # loading waits for the disk, or for a download
            return self._loaded(instance)

    def _loaded(self, instance: object) -> T:
        lock = instance.__dict__.setdefault(self.lock_name, RLock())  # atomic
        if not lock.acquire(timeout=PATIENCE):
            raise ModelError("The embedding model is still being loaded. Try again in a minute.")
        try:
            kept = instance.__dict__
            if self.name not in kept:
                kept[self.name] = self.load(instance)
            return cast(T, kept[self.name])
        finally:
            lock.release()
