"""The lines of a text file and the records of a CSV; a broken one costs nothing but itself."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MAX_LINE_LENGTH = 1_000_000  # of a line; a longer one is read in pieces, so that memory stays bounded
MAX_RECORD_LINES = 1000  # of a record; a quotation mark that is never closed would take in all that follow
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how spreadsheets begin “Unicode text”


class Record(NamedTuple):
    """One row of a CSV, which has several lines where a cell has line breaks."""

    line: int
    """The number of its first line."""
    cells: list[str]
    problem: str = ""


class Lines:
    """The lines that a CSV reader takes for one record; `unfinished` where it wanted more than there are.

    Lines in `again` come before those of the source.
    """

    def __init__(self, source: Iterator[str]) -> None:
        self.source, self.again = source, deque[str]()
        self.begin()

    def begin(self) -> None:
        """The next line is the first of a record."""
        self.taken, self.unfinished = list[str](), False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = None
        if len(self.taken) < MAX_RECORD_LINES:
            line = self.again.popleft() if self.again else next(self.source, None)
        if line is None:
            self.unfinished = bool(self.taken)
            raise StopIteration
        self.taken.append(line)
        return line


def text_lines(path: Path) -> Iterator[str]:
    """Lines with their ends; a byte that is not UTF-8 becomes a lone surrogate. Raises OSError."""
    with path.open("rb") as file:
        encoding = "utf-16" if file.read(2) in UTF_16 else "utf-8-sig"
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
        yield from iter(lambda: text.readline(MAX_LINE_LENGTH), "")


def is_utf8(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def records(lines: Iterator[str], separator: str, first: int) -> Iterator[Record]:
    """The records of these lines, whose first has the number `first`.

    Where one is broken, the line after its first line begins the next.
    """
    taking = Lines(lines)
    while True:
        taking.begin()
        try:
            cells, problem = next(csv.reader(taking, delimiter=separator), []), ""
            if len(taking.taken) > 1:  # else the next row's first quotation mark would close this one's
                next(csv.reader(taking.taken, delimiter=separator, strict=True))
        except csv.Error as error:
            cells, problem = [], f"This line is not valid CSV: {error}."
        if not taking.taken:
            return
        if taking.unfinished:
            cells, problem = [], "This line has a quotation mark that is never closed."
        elif not all(map(is_utf8, cells)):
            problem = "This line is not UTF-8. Save the file as “CSV UTF-8”."
        yield Record(first, cells, problem)
        if problem:
            taking.again.extendleft(reversed(taking.taken[1:]))
        first += 1 if problem else len(taking.taken)
