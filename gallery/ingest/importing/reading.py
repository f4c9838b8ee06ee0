"""Opens what an import finds on a disk: regular files only, without ever waiting for a pipe or a device."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

NOT_A_FILE = "is a folder, named pipe, socket or device, not a file"


class NotAFile(OSError):
    """There is something of that name, but it has no content that could be read to an end."""

    def __init__(self) -> None:
        super().__init__(None, NOT_A_FILE)


def reason(error: Exception) -> str:
    """Why the system refuses a file: “Permission denied”, “File name too long”, …"""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def problem_with(path: Path) -> str:
    """Why this is no file that can be opened; "" where it is one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "There is no such file."
    except (OSError, ValueError) as error:  # ValueError: a NUL or a lone surrogate in the name
        return f"This file cannot be read: {reason(error)}."
    return "" if stat.S_ISREG(mode) else f"This {NOT_A_FILE}."


def open_file(path: Path) -> BufferedReader:
    """A regular file, open for reading. Raises OSError, ValueError."""
    # A pipe that was put here a moment ago would block a plain open until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFile
    return os.fdopen(descriptor, "rb")


def beginning(path: Path, size: int) -> bytes:
    """The first bytes of a regular file, at most `size`. Raises OSError, ValueError."""
    with open_file(path) as file:
        return file.read(size)
