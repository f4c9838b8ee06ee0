"""Progress is a bar where a person looks, and few lines where a log is kept."""

from __future__ import annotations

from io import StringIO

import pytest

from imagesearch.jobs.progress import Progress, pace, span, weight


class Clock:
    """Time that passes when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def run(stream: StringIO, count: int, seconds: float) -> str:
    """Advance `count` times, `seconds` apart, of 100."""
    clock = Clock()
    with Progress(100, "Adding pictures", stream, clock) as progress:
        for _ in range(count):
            clock.now += seconds
            progress.advance()
    return stream.getvalue()


def test_a_log_gets_one_line_for_a_short_work() -> None:
    assert run(StringIO(), 100, 0.05) == "Adding pictures: 100 in 5.0 s, 20.0/s\n"


def test_a_log_gets_a_line_every_ten_seconds_with_rate_and_time_left() -> None:
    lines = run(StringIO(), 60, 0.5).splitlines()
    assert lines == [
        "Adding pictures: 20 of 100, 2.0/s, 40 s left",
        "Adding pictures: 40 of 100, 2.0/s, 30 s left",
        "Adding pictures: 60 of 100, 2.0/s, 20 s left",
        "Adding pictures: 60 of 100 in 30 s, 2.0/s",
    ]


def test_a_terminal_gets_a_bar_that_leaves_one_line_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    *drawn, last = run(Terminal(), 50, 1).split("\r\x1b[K")
    assert drawn[-1].endswith(
        "Adding pictures  " + "█" * 12 + "░" * 12 + "   50%  50 of 100, 1.0/s, 50 s left\x1b[K"
    )
    assert last == "Adding pictures: 50 of 100 in 50 s, 1.0/s\n"


def test_the_rate_forgets_what_was_fast_before() -> None:
    clock = Clock()
    progress = Progress(1000, "Adding", StringIO(), clock)
    progress.advance(500)
    for _ in range(5):
        clock.now += 10
        progress.advance(10)
    assert progress.rate() == 1.0


def test_a_work_of_unknown_length_has_no_end_in_sight() -> None:
    clock, stream = Clock(), StringIO()
    progress = Progress(None, "Reading", stream, clock)
    clock.now = 10
    progress.advance(1500)
    assert stream.getvalue() == "Reading: 1,500, 150.0/s\n"


def test_lengths_rates_and_weights_are_said_as_people_say_them() -> None:
    assert [span(seconds) for seconds in (4.21, 48, 200, 7500)] == [
        "4.2 s",
        "48 s",
        "3 min 20 s",
        "2 h 5 min",
    ]
    assert [pace(rate) for rate in (31.24, 0.25)] == ["31.2/s", "15.0/min"]
    assert [weight(count) for count in (812, 3_400_000, 12e9, 5e12)] == [
        "812 B",
        "3.4 MB",
        "12.0 GB",
        "5.0 TB",
    ]
