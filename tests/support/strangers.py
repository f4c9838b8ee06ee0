"""Strangers: a server that sends exactly the bytes it is given, and names that lead where a test says."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import pytest

from tests.support.timing import PATIENCE

PICTURE = b"\xff\xd8 stands for a picture"
Piece = bytes | float  # bytes to send, or seconds to wait
PAUSE = 0.05  # seconds between two drips
DRIPS = int(PATIENCE / PAUSE)


def answer(body: bytes = PICTURE, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {location}", status=status)


def chunked(*chunks: bytes) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body


class Server:
    """Sends by path exactly the bytes that a test gives it, and keeps the requests."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.context = context
        self.answers: dict[str, Callable[[], Iterator[Piece]] | list[Piece] | bytes] = {}
        self.requests: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)  # closing alone would not wake `accept`
        self.listener.close()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.context else 'http'}://{host}:{self.port}{path}"

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                request = b""
                while b"\r\n\r\n" not in request and (received := connection.recv(65536)):
                    request += received
                self.requests.append(request.decode("latin-1"))
                for piece in self.pieces(request.decode("latin-1").split(" ")[1]):
                    if isinstance(piece, bytes):
                        connection.sendall(piece)
                    else:
                        time.sleep(piece)
        except OSError:
            pass  # the client has gone, as many tests want

    def pieces(self, path: str) -> list[Piece] | Iterator[Piece]:
        said = self.answers.get(path, answer())
        if isinstance(said, bytes):
            return [said]
        return said if isinstance(said, list) else said()

    def headers(self, number: int = -1) -> dict[str, str]:
        lines = self.requests[number].split("\r\n")[1:-2]
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


def endless(start: bytes) -> Callable[[], Iterator[Piece]]:
    def pieces() -> Iterator[Piece]:
        yield start
        for _ in range(400):
            yield b"x" * 100_000

    return pieces


def drip(start: bytes) -> list[Piece]:
    """Bytes that come one by one until nobody has the patience to wait for the next."""
    return [start, *[b"x", PAUSE] * DRIPS]  # type: ignore[list-item]


def known_names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The only names there are, with their addresses; each look-up takes the next of several answers."""
    known: dict[str, list[str]] = {}
    numeric = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        if host not in known:
            return numeric(host, port, *args, **options | {"flags": socket.AI_NUMERICHOST})
        addresses = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses.split()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known
