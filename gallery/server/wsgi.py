"""The web server: waitress, which reads requests and writes answers in one loop, off the threads that answer.

`python -m gallery.server.wsgi` serves at HOST and PORT; `manage.py serve` starts it.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from gallery.server.bodies import TOO_MANY, Parser, Spool, max_body_bytes
from gallery.server.channels import MAX_HEAD_BYTES, Channel
from gallery.server.queues import ClientQueue
from imagesearch.data_dir.folders import prepare

GRACE = 8.0
"""Seconds that running requests get to end when the server stops."""
FLUSH_TIMEOUT = 1.0
"""Seconds that their answers then get to be sent."""
IDLE = 120
"""Seconds without a byte after which a connection is closed."""
ACCEPT_AT_ONCE = 100
"""Connections; so many more than the limit there may be until the slowest are closed."""
SEND_BUFFER = 256 * 1024
"""Bytes of an answer that the system holds for each slow reader; its own limit is some 4 MB."""
HEALTH = ("/healthz/live", "/healthz/ready")
MAX_SELECT = 300
"""Connections where there is no poll (Windows), whose select takes 512 sockets."""
UPLOADS = ("/add/", "/api/images")
"""What a POST to these sends is decoded and stored, which takes longer than a page."""


class Dispatcher:
    """Threads for pages, for uploads, and one for each health check: none of them waits for the others."""

    def __init__(self, threads: int) -> None:
        self.pages = ThreadedTaskDispatcher()
        self.pages.set_thread_count(threads)
        self.uploads = ThreadedTaskDispatcher()
        self.uploads.queue = ClientQueue()
        self.uploads.set_thread_count(settings.UPLOADS_AT_ONCE)
        self.health = {path: ThreadedTaskDispatcher() for path in HEALTH}
        for pool in self.health.values():
            pool.set_thread_count(1)

    def add_task(self, channel: Channel) -> None:
        request = channel.requests[0]
        self.pool(request).add_task(channel)

    def pool(self, request: Parser) -> ThreadedTaskDispatcher:
        for path, pool in self.health.items():
            if request.path.endswith(path):
                return pool
        if request.error:
            return self.health[HEALTH[0]]
        is_upload = request.command == "POST" and request.path.endswith(UPLOADS)
        return self.uploads if is_upload else self.pages


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Serves an application on a socket that listens, until `stop`."""

    channel_class = Channel

    def __init__(
        self,
        application: WSGIApplication,
        listener: socket.socket,
        *,
        threads: int,
        connections: int,
        **kw: Any,
    ) -> None:
        """Beyond `connections`, the client that kept the server waiting longest is disconnected."""
        self.most = connections
        self.spool = Spool(kw.pop("spool"), self.refuse_slowest_body)
        self.stopping = False
        self._next_look = 0.0
        adj = Adjustments(
            sockets=[listener],
            connection_limit=connections
            + 2 * ACCEPT_AT_ONCE,  # waitress would accept nobody; ours comes first
            **kw,
        )
        adj.socket_options = [*adj.socket_options, (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)]
        about = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            without_body_for_head(application),
            {},
            _sock=listener,
            dispatcher=Dispatcher(threads),
            adj=adj,
            sockinfo=about,
            bind_socket=False,
        )

    def handle_accept(self) -> None:
        """Accept all who wait, or many. waitress accepts one, then looks at each connection first."""
        for _ in range(ACCEPT_AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                break

    def waiting(self) -> list[Channel]:
        """The connections that wait for their clients, the longest wait first."""
        channels = [channel for channel in self.active_channels.values() if not channel.is_answering]
        return sorted(channels, key=lambda channel: channel.waiting_since)

    def refuse_slowest_body(self) -> bool:
        """Make room for other bodies; False where that cannot be done."""
        bodies = [channel for channel in self.waiting() if channel.spooled]
        return bool(bodies) and bodies[0].refuse_body(TOO_MANY)

    def maintenance(self, now: float) -> None:
        """Nothing of waitress's: `disconnect` does it, and reaches also those that read nothing."""

    def disconnect(self) -> None:
        """Close the connections that are idle for too long, and beyond the limit the slowest.

        Never while events are handled: a new connection could take the descriptor, and the old one's events.
        """
        now = time.time()
        if now >= self._next_look:
            self._next_look = now + 1
            for channel in self.waiting():
                if channel.last_activity < now - IDLE or 0 < channel.draining_until < now:
                    channel.handle_close()
        if (more := len(self.active_channels) - self.most) > 0:
            for channel in self.waiting()[:more]:
                channel.handle_close()

    def stop(self) -> None:
        """Accept no more, answer what is running, then return from `run`. For signal handlers, too."""
        self.stopping = True
        self.pull_trigger()

    def run(self) -> None:
        while not self.stopping:
            self._turn()
        self.accepting = False
        self._turn_while(
            lambda: any(channel.is_answering for channel in self.active_channels.values()), GRACE
        )
        self._turn_while(
            lambda: any(channel.total_outbufs_len for channel in self.active_channels.values()), FLUSH_TIMEOUT
        )

    def _turn_while(self, busy: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while busy() and time.monotonic() < until:
            for channel in list(self.active_channels.values()):
                if not channel.is_answering and not channel.total_outbufs_len:
                    channel.handle_close()
            self._turn(0.1)

    def _turn(self, timeout: float = 1.0) -> None:
        self.disconnect()
        wasyncore.loop(timeout, self.adj.asyncore_use_poll, self._map, count=1)


def without_body_for_head(application: WSGIApplication) -> WSGIApplication:
    """Django leaves it to the server to send no body to HEAD, and waitress to the application."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer


def make_server(application: WSGIApplication, listener: socket.socket) -> Server:
    """With the limits of the settings. Bodies in files go to Python's temporary folder, which `main` sets."""
    most = max_body_bytes()
    return Server(
        application,
        listener,
        threads=settings.WEB_THREADS,
        connections=min(settings.WEB_CONNECTIONS, max_connections()),
        spool=settings.UPLOAD_SPOOL_BYTES,
        asyncore_use_poll=True,
        max_request_header_size=MAX_HEAD_BYTES,
        max_request_body_size=most + 1,  # waitress refuses what has so many
        outbuf_high_watermark=most,  # a thread waits for no reader of an answer that is no longer than this
        clear_untrusted_proxy_headers=False,  # a forwarded request must not look like one from this machine
        log_socket_errors=False,
        server_name=settings.HOST,
        ident="",
    )


def max_connections() -> int:
    """As many as there may be files open: a connection may have a body and an answer in one each."""
    try:
        import resource
    except ImportError:  # Windows
        return MAX_SELECT
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY:
        wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        return max(50, (soft - 200) // 3)
    return 10**6


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError where that cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        # On Windows this would share a port that is in use; elsewhere it takes one that was just left.
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the gallery's pages at HOST and PORT.")
    parser.add_argument(
        "--socket", type=int, metavar="FD", help="serve on this socket, which listens already"
    )
    given = parser.parse_args().socket
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagesearch.settings")

    application = get_wsgi_application()
    prepare()
    tempfile.tempdir = str(settings.TMP_ROOT)  # for what spools to a file: here is room for pictures
    listener = listen(settings.HOST, settings.PORT) if given is None else socket.socket(fileno=given)
    server = make_server(application, listener)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, frame: server.stop())
    server.run()


if __name__ == "__main__":
    main()
