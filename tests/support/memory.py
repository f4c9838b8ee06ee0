"""How much memory a piece of code took at its peak, on Linux."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
measurable = STATUS.exists() and RESET.exists()


def _megabytes(field: str) -> float:
    line = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


@contextmanager
def peak() -> Iterator[SimpleNamespace]:
    """`with peak() as grown: …` leaves in `grown.megabytes` what was resident at most beyond the start."""
    RESET.write_text("5")  # forgets the peak until now
    grown = SimpleNamespace(megabytes=0.0)
    before = _megabytes("VmRSS")
    try:
        yield grown
    finally:
        grown.megabytes = _megabytes("VmHWM") - before
