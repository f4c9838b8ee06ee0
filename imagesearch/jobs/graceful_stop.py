"""Ends a long work between two of its steps, when a person or the system asks for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether somebody has asked to stop; true from the first SIGINT or SIGTERM on."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, number: int, frame: FrameType | None) -> None:
        """As a signal handler. A second signal finds the default one, and ends the process at once."""
        self.asked = True
        signal.signal(number, signal.SIG_DFL)


class Stopped(Exception):
    """Somebody asked to stop, and the work ended between two steps."""


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Within, signals ask the work to stop. Outside the main thread there are none."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
