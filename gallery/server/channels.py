"""A connection of the web server, and how its requests are answered."""

from __future__ import annotations

import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from gallery.server.bodies import REFUSED, Parser

if TYPE_CHECKING:
    from gallery.server.wsgi import Server

MAX_HEAD_BYTES = 64 * 1024
"""Bytes of a request's first line and headers together."""
DRAIN = 60.0
"""Seconds for which the rest of a refused body is read and thrown away.

A connection that is closed while its client still sends is reset, and the client never sees the answer."""
ERROR_MESSAGES = {
    400: "This request is not valid HTTP.",
    431: f"The address and the headers of this request are longer than {MAX_HEAD_BYTES // 1024} KB. "
    "Use a shorter search.",
    501: "The only transfer encoding that this server reads is chunked.",
}
FAILED = "The server failed to answer this request. Try again."


class Task(WSGITask):  # type: ignore[misc]
    """A request that the application answers."""

    def start(self) -> None:
        super().start()
        if self.request.refused:
            self.set_close_on_finish()

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self.request.refused:
            environ[REFUSED] = self.request.refused
        return environ

    def set_close_on_finish(self) -> None:
        """waitress closes after each answer without a length; a 304 has none, and the client may go on."""
        if self.has_body or self.version != "1.1" or self.request.connection_close or self.request.refused:
            super().set_close_on_finish()

    def finish(self) -> None:
        if not self.wrote_header:
            self.write(b"")
        if self.request.command != "HEAD":
            super().finish()


class MalformedRequestTask(ErrorTask):  # type: ignore[misc]
    """What no application sees: a request that is not HTTP, or whose head is too long."""

    def execute(self) -> None:
        error = self.request.error
        body = f"{ERROR_MESSAGES.get(error.code, FAILED)}\n".encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "text/plain; charset=utf-8"))
        self.response_headers.append(("X-Content-Type-Options", "nosniff"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection. The server's loop reads and writes; a thread has it only while it answers."""

    task_class = Task
    error_task_class = MalformedRequestTask
    unread = False
    """Whether the client still sends what nobody wants."""
    draining_until = 0.0
    request: Parser | None

    def __init__(self, server: Server, *args: Any, **kwargs: Any) -> None:
        super().__init__(server, *args, **kwargs)
        self.parser_class = partial(Parser, server.spool)
        self.waiting_since = self.creation_time
        """Since when the client has had the next step: to send a whole request, or to read its answer."""

    @property
    def is_answering(self) -> bool:
        """Whether a thread has a request of this connection, or will have it."""
        return bool(self.requests)

    @property
    def spooled(self) -> int:
        """Bytes of the spool that the arriving body takes; what is in memory takes none."""
        request = self.request
        return request.body.taken if request is not None and request.body is not None else 0

    def service(self) -> None:
        """Answer one request, in a thread."""
        request = self.requests[0]
        self.unread = bool(request.error or request.refused)
        super().service()
        self.waiting_since = time.time()

    def refuse_body(self, reason: str) -> bool:
        """Give up the body that is arriving; False where there is none, or it is at this moment in use."""
        if not self.requests_lock.acquire(blocking=False):
            return False
        try:
            if self.request is None or self.request.body is None:
                return False
            self.request.refuse(reason)
            self.requests.append(self.request)
            self.request = None
            if len(self.requests) == 1:
                self.server.add_task(self)
            return True
        finally:
            self.requests_lock.release()

    def readable(self) -> bool:
        return bool(self.draining_until) or bool(super().readable())

    def received(self, data: bytes) -> bool:
        return not self.draining_until and bool(super().received(data))

    def handle_write(self) -> None:
        if self.close_when_flushed and self.unread and not self.will_close:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and not self.will_close:
                self._drain()
        if not self.draining_until or self.will_close:
            super().handle_write()

    def _drain(self) -> None:
        self.close_when_flushed = False
        try:
            self.socket.shutdown(socket.SHUT_WR)
            self.draining_until = time.time() + DRAIN
        except OSError:
            self.will_close = True

    def handle_close(self) -> None:
        if self.request is not None:
            self.request.close()
        super().handle_close()
