"""A TiDB server for tests: the one that TIDB_URL names, or one of our own in a folder that is thrown away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STARTING = 60.0  # seconds


def binary() -> str | None:
    """The server's program: TIDB_SERVER, else `tidb-server` on the PATH, else the newest that tiup has."""
    if named := os.environ.get("TIDB_SERVER") or shutil.which("tidb-server"):
        return named
    home = Path(os.environ.get("TIUP_HOME", "~/.tiup")).expanduser()
    found = sorted(home.glob("components/tidb/v*/tidb-server"), key=lambda path: path.stat().st_mtime)
    return str(found[-1]) if found else None


class Server:
    """A tidb-server with its embedded store, on the loopback alone; TiFlash is no part of it."""

    def __init__(
        self, folder: Path, port: int | None = None, *, durable: bool = False, config: str = ""
    ) -> None:
        """`durable` rows outlive a kill; else the store never waits for the disk. `config` is its TOML."""
        self.folder = folder
        self.port = port or free_port()
        self.store = folder / ("kept" if durable else "tidb-unistore-temp")
        self.config = folder / "config.toml"
        self.config.write_text(config)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"tidb://root@127.0.0.1:{self.port}/test"

    def start(self) -> None:
        program = binary()
        assert program, "no tidb-server is at hand"
        self.process = subprocess.Popen(
            [
                program, f"--config={self.config}", "--store=unistore", f"--path={self.store}",
                f"--temp-dir={self.folder / 'temp'}",
                "--host=127.0.0.1", "-P", str(self.port), "--report-status=false", "--socket=", "-L=fatal",
            ],
            cwd=self.folder,  # where it writes of slow statements
            env={**os.environ, "TMPDIR": str(self.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + STARTING
        while not greets(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"{program} did not start within {STARTING:.0f} s.")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def greets(port: int) -> bool:
    """Whether a server says hello there, which it does once it takes connections."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as connection:
        return bool(connection.recv(1))
    return False


@contextmanager
def server(*, durable: bool = False, config: str = "") -> Iterator[Server]:
    """A running server of our own, stopped and swept away afterwards."""
    with tempfile.TemporaryDirectory(prefix="tidb-tests-", ignore_cleanup_errors=True) as name:
        started = Server(Path(name), durable=durable, config=config)
        started.start()
        try:
            yield started
        finally:
            started.stop()
