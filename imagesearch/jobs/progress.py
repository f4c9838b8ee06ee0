"""One progress display for all commands: a bar on a terminal, a calm line now and then elsewhere."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

REDRAW = 0.1  # seconds between two drawings of the bar
REPORT = 10.0  # seconds between two lines where there is no terminal
WINDOW = 20.0  # seconds that the rate looks back: what is skipped goes faster than what is embedded
BAR = 24  # characters


class Progress:
    """`with Progress(456, "Adding pictures") as progress: … progress.advance()`. Writes to stderr.

    `total` None is a work of unknown length, which has a count and a rate but no end.
    """

    def __init__(
        self,
        total: int | None,
        label: str,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self.label = label
        self.done = 0
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.clock = clock
        self.started = self.shown = clock()
        self.samples: deque[tuple[float, int]] = deque([(self.started, 0)])

    def __enter__(self) -> Self:
        if self.terminal:
            self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._erase()
        seconds = self.clock() - self.started
        ended = f"{self.done:,}" if self.total in (None, self.done) else f"{self.done:,} of {self.total:,}"
        rate = f", {pace(self.done / seconds)}" if self.done and seconds > 0 else ""
        self._line(f"{self.label}: {ended} in {span(seconds)}{rate}")

    def advance(self, count: int = 1) -> None:
        """Note that `count` more are done."""
        self.done += count
        now = self.clock()
        if now - self.shown < (REDRAW if self.terminal else REPORT):
            return
        self.shown = now
        self.samples.append((now, self.done))
        while len(self.samples) > 2 and self.samples[0][0] < now - WINDOW:
            self.samples.popleft()
        if self.terminal:
            self._draw()
        else:
            self._line(f"{self.label}: {self._state()}")

    def say(self, line: str) -> None:
        """A line of its own, which the bar does not overwrite."""
        self._erase()
        self._line(line)
        if self.terminal:
            self._draw()

    def rate(self) -> float:
        """A second, over the last while; 0 before anything is known."""
        (since, before), (now, done) = self.samples[0], self.samples[-1]
        return (done - before) / (now - since) if now > since else 0.0

    def _state(self) -> str:
        parts = [f"{self.done:,}" if self.total is None else f"{self.done:,} of {self.total:,}"]
        if rate := self.rate():
            parts.append(pace(rate))
            if self.total is not None and self.total > self.done:
                parts.append(f"{span((self.total - self.done) / rate)} left")
        return ", ".join(parts)

    def _draw(self) -> None:
        parts = [self.label, self._state()]
        if self.total:
            share = min(self.done / self.total, 1)
            parts[1:1] = [self._bar(share), f"{share:4.0%}"]
        line = "  ".join(parts)[: shutil.get_terminal_size().columns - 1]
        self.stream.write(f"\r{line}\x1b[K")
        self.stream.flush()

    def _bar(self, share: float) -> str:
        full, empty = ("█", "░") if (self.stream.encoding or "").lower().startswith("utf") else ("#", ".")
        filled = round(share * BAR)
        return full * filled + empty * (BAR - filled)

    def _erase(self) -> None:
        if self.terminal:
            self.stream.write("\r\x1b[K")

    def _line(self, text: str) -> None:
        self.stream.write(f"{text}\n")
        self.stream.flush()


@contextmanager
def quiet(logger: str) -> Iterator[None]:
    """Within, only errors are logged there: for a command that says itself at its end what failed."""
    log = logging.getLogger(logger)
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def pace(rate: float) -> str:
    """31.2/s, or what is slower than one a second by the minute."""
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min"


def span(seconds: float) -> str:
    """A length of time as people say it: 4.2 s, 48 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def weight(count: float) -> str:
    """Bytes as people say them: 812 B, 3.4 MB, 12.0 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
