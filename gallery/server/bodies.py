"""Requests as they arrive: bodies in memory while small, then in temporary files, and all within a total."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, RequestEntityTooLarge

IN_MEMORY = 64 * 1024
"""Bytes of a body that are kept in memory; 1,000 connections take at most 64 MB."""
MAX_CHUNK_LINE_BYTES = 4 * 1024
"""Bytes of a chunk's size line and of the trailer. waitress has no limit there."""
TLS = b"\x16\x03"
"""How a client begins that takes us for a server of https; it would wait for an answer until it gives up."""
FORM_OVERHEAD = 64 * 1024
"""Bytes that a form may have beside its one file."""
REFUSED = "gallery.body_refused"
"""The environ's key of the reason why a request comes without its body: one of the next line's."""
TOO_LARGE, TOO_MANY, DISK_FULL, NOT_STORED = "too large", "too many", "disk full", "not stored"


def max_body_bytes() -> int:
    """Bytes of the longest body that is taken."""
    return int(settings.MAX_IMAGE_BYTES) + FORM_OVERHEAD


class SpoolFull(Exception):
    """The bodies that are arriving take all the bytes that they may."""


class Spool:
    """Counts the bytes that all bodies in files take together, at most `most`."""

    def __init__(self, most: int, make_room: Callable[[], bool] = lambda: False) -> None:
        """`make_room` may give up a body, and says whether it did."""
        self.most = most
        self.used = 0
        self.make_room = make_room
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Raises SpoolFull."""
        while not self._take(size):
            if not self.make_room():
                raise SpoolFull

    def _take(self, size: int) -> bool:
        with self._lock:
            if self.used + size > self.most:
                return False
            self.used += size
            return True

    def give_back(self, size: int) -> None:
        with self._lock:
            self.used -= size


class Body:
    """One request's body, with the methods of a waitress buffer that its receivers use."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (closed by `close`)
        self._size = 0
        self.taken = 0
        """Bytes of the spool."""

    def append(self, data: bytes) -> None:
        """Raises SpoolFull, or OSError of the disk."""
        self._size += len(data)
        if self._size > IN_MEMORY:
            more = self._size - self.taken
            self._spool.take(more)
            self.taken += more
        self._file.write(data)

    def __len__(self) -> int:
        return self._size

    def getfile(self) -> IO[bytes]:
        """From its beginning."""
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """The file goes, and its bytes are free again. May be called twice."""
        self._file.close()
        taken, self.taken = self.taken, 0
        self._spool.give_back(taken)

    __del__ = close


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One request. Where its body cannot be kept, the application answers it without the body."""

    path = ""
    refused = ""
    error: Any = None

    def __init__(self, spool: Spool, adj: Adjustments) -> None:
        super().__init__(adj)
        self.spool = spool
        self.body: Body | None = None

    def parse_header(self, header_plus: bytes) -> None:
        """Raises ParsingError."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a Content-Length of thousands of digits
            raise ParsingError("Content-Length is invalid") from error
        if self.body_rcv is not None:
            self.body = self.body_rcv.buf = Body(self.spool)

    def received(self, data: bytes) -> int:
        """How many bytes of `data` belong to this request."""
        if not self.header_bytes_received and data.startswith(TLS):
            self.error, self.completed = BadRequest("TLS"), True
            return len(data)
        try:
            consumed = int(super().received(data))
        except SpoolFull:
            self.refuse(TOO_MANY)
        except OSError as error:
            self.refuse(DISK_FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else NOT_STORED)
        else:
            if isinstance(self.error, RequestEntityTooLarge):
                self.error = None
                self.refuse(TOO_LARGE)
            elif self._has_endless_line():
                self.error, self.completed = BadRequest("chunk line"), True
            return consumed
        return len(data)

    def _has_endless_line(self) -> bool:
        receiver = self.body_rcv
        return (
            self.chunked
            and receiver is not None
            and len(receiver.control_line) + len(receiver.trailer) > MAX_CHUNK_LINE_BYTES
        )

    def refuse(self, reason: str) -> None:
        """Hand it on as it is, without its body, and with the length that it has or would have had."""
        length = max(self.content_length, self.body_bytes_received)
        self.close()
        self.headers["CONTENT_LENGTH"] = str(length)
        self.refused, self.body, self.body_rcv = reason, None, None
        self.completed, self.expect_continue = True, False

    def close(self) -> None:
        """Give up the body."""
        if self.body is not None:
            self.body.close()
