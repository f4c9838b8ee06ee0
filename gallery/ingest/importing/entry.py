"""One thing that a source names: a picture to import, a problem, or a file that is passed over."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Skipped(NamedTuple):
    """Why a file is passed over: the group that the summary counts it in, and more about this very file."""

    group: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.group}: {self.detail}" if self.detail else self.group


@dataclass(frozen=True)
class ImportEntry:
    """A picture that is to be imported, or the reason why it cannot or need not be."""

    where: str
    """Its path or URL, for people."""
    path: Path | None = None
    url: str = ""
    title: str = ""
    caption: str = ""
    tags: tuple[str, ...] = ()
    problem: str = ""
    skipped: Skipped | None = None


def printable(path: Path | str) -> str:
    """The path as text that can be printed and stored, whatever bytes it is made of."""
    try:
        text = os.fsencode(path).decode("utf-8", "replace")
    except UnicodeEncodeError:  # a lone surrogate, which no file system gave us
        text = str(path).encode("utf-8", "replace").decode()
    return CONTROL.sub("�", text)
