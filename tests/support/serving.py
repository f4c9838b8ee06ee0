"""The real web server on a gallery in a temporary folder, and raw connections to it."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from http.client import HTTPResponse
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from tests.support.tidb_server import free_port
from tests.support.timing import PATIENCE, wait_until


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    base = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
    return base | {
        "DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "imagesearch.settings",
        "EMBED_ON_SAVE": "worker",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        **more,
    }


def prepare(data: Path) -> None:
    """Tables and static files, without samples."""
    for command in (["migrate", "--verbosity=0"], ["collectstatic", "--no-input", "--verbosity=0"]):
        manage = [sys.executable, "manage.py", *command]
        subprocess.run(manage, cwd=settings.BASE_DIR, env=environment(data, 1), check=True, timeout=PATIENCE)


class _Stream(io.BufferedReader):
    """Stays open after each answer that is read from it."""

    def close(self) -> None:
        pass


class Connection:
    """One connection, for one request after the other."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._stream = _Stream(socket.SocketIO(self.socket, "r"))

    def makefile(self, mode: str) -> _Stream:
        """As `HTTPResponse` takes a socket."""
        return self._stream

    def send(self, *lines: str, body: bytes = b"") -> None:
        line, *headers = lines
        head = "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", *headers, "", ""])
        self.socket.sendall(head.encode() + body)

    def answer(self, method: str = "GET") -> Answer:
        response = HTTPResponse(self, method=method)  # type: ignore[arg-type]
        response.begin()
        return Answer(response.status, response.headers, response.read())

    def is_closed(self) -> bool:
        """Whether the server has closed the connection without an answer. Waits for one or the other."""
        try:
            return self._stream.read(1) == b""
        except ConnectionResetError:  # closed before the server had read all that was sent
            return True

    def close(self) -> None:
        self.socket.close()


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def error(self) -> str:
        """The code of an error of the API."""
        return str(json.loads(self.body)["error"]["code"])


class Running:
    """A server's process, its port and what it logs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def connect(self) -> Connection:
        return Connection(self.port)

    def ask(self, *lines: str, body: bytes = b"") -> Answer:
        """The answer to one request on its own connection."""
        with closing(self.connect()) as connection:
            connection.send(*lines, body=body)
            return connection.answer(lines[0].split()[0])

    def get(self, path: str, *headers: str) -> Answer:
        return self.ask(f"GET {path}", *headers)

    def wait_until_live(self) -> None:
        wait_until(self.is_live)

    def is_live(self) -> bool:
        try:
            return self.get("/healthz/live").status == 200
        except OSError:
            return False


@contextmanager
def serving(data: Path, *command: str, **more: str) -> Iterator[Running]:
    """`python -m` of this command (the web server, if it is not given) until the end of the block."""
    port = free_port()
    log = data / f"log-{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", *(command or ("gallery.server.wsgi",))],
        cwd=settings.BASE_DIR,
        env=environment(data, port, **more),
        stderr=log.open("wb"),
    )
    running = Running(process, port, log)
    try:
        running.wait_until_live()
        yield running
    finally:
        process.kill()
        process.wait()
