"""What an import came to: counts, the first reasons for people, and all of them in a report."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Literal, TextIO

from gallery.ingest.importing.entry import Skipped, printable

SHOWN = 20
LONGEST = 500  # letters of a path or a reason; the report has all of them

Fault = Literal["refused", "failed"]


class ImportSummary:
    """Refused: never became an image. Failed: it is an image, and has no vector.

    Passed over: nobody expects it to be imported; neither is it counted as a fault.
    """

    def __init__(self, report: TextIO | None = None) -> None:
        self.added = self.here = self.waiting = 0
        self.skipped: Counter[str] = Counter()  # by group
        self.faults: dict[Fault, int] = {"refused": 0, "failed": 0}
        self.first: dict[Fault, list[str]] = {"refused": [], "failed": []}
        self._report = csv.writer(report) if report else None
        if self._report:
            self._report.writerow(["outcome", "source", "reason"])

    def note(self, fault: Fault, where: str, reason: str) -> None:
        where, reason = printable(where), printable(" ".join(reason.split()))
        self.faults[fault] += 1
        if len(self.first[fault]) < SHOWN:
            self.first[fault].append(f"{shortened(where)}: {shortened(reason)}")
        if self._report:
            self._report.writerow([fault, where, reason])

    def skip(self, where: str, skipped: Skipped) -> None:
        self.skipped[skipped.group] += 1
        if self._report:
            self._report.writerow(["passed over", where, str(skipped)])

    @property
    def complete(self) -> bool:
        """Whether everything that was to be imported is an image, and has its vector or will have."""
        return not any(self.faults.values())

    def lines(self) -> list[str]:
        counts = [f"{self.added:,} added", f"{self.here:,} already here"]
        counts += [f"{count:,} {fault}" for fault, count in self.faults.items() if count]
        if passed := self.skipped.total():
            counts.append(f"{passed:,} other {'file' if passed == 1 else 'files'} passed over")
        return [
            ", ".join(counts) + ".",
            *self._reasons("refused"),
            *self._reasons("failed"),
            *self._waiting(),
            *self._skipped(),
        ]

    def _reasons(self, fault: Fault) -> list[str]:
        if not self.faults[fault]:
            return []
        said = {
            "refused": "Refused:",
            "failed": "Added, but without a vector; manage.py embed_images tries again:",
        }
        lines = [said[fault], *(f"  {line}" for line in self.first[fault])]
        if more := self.faults[fault] - len(self.first[fault]):
            lines.append(f"  … and {more:,} more; --report FILE writes down all of them.")
        return lines

    def _waiting(self) -> list[str]:
        if not self.waiting:
            return []
        return [f"{self.waiting:,} wait for their vectors; manage.py embed_images --watch makes them."]

    def _skipped(self) -> list[str]:
        if not self.skipped:
            return []
        groups = self.skipped.most_common()
        lines = ["Passed over:", *(f"  {count:,} {group}" for group, count in groups[:SHOWN])]
        if rest := sum(count for _, count in groups[SHOWN:]):
            lines.append(f"  {rest:,} for other reasons")
        return [*lines, "  --report FILE names each of them."] if not self._report else lines


def shortened(text: str) -> str:
    """The text with its middle left out where it is too long to be read."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} … {text[-half:]}"
