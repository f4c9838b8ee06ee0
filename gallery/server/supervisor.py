"""Processes that are started again when they end, and that end with the process that started them."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

MIN_PAUSE, MAX_PAUSE = 1.0, 60.0  # seconds before a process that ended is started again
HEALTHY_AFTER = 60.0  # seconds after which a process counts as healthy, and the next pause is short again
PROCESS_GROUP = 0 if os.name == "posix" else None  # their own, so that Ctrl-C reaches only the parent
GRACE = 10.0  # seconds that a process gets to end


class Child:
    """A process of ours. Its standard input is a pipe that nothing is written to, and that ends with us.

    So it notices however we end, by SIGKILL too, on every system (see `end_with_parent`).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        again: bool = True,
        descriptors: Sequence[int] = (),
    ) -> None:
        """`command` follows `python -m gallery.server.supervisor`: a module and its arguments."""
        self.name = name
        self.again = again
        self.pause = MIN_PAUSE
        self.process: subprocess.Popen[bytes] | None = None
        self._command = [sys.executable, "-m", "gallery.server.supervisor", *command]
        self._descriptors = descriptors
        self._environment = environment
        self._started = self._due = 0.0

    def check(self, now: float) -> None:
        """Start the process where it is due, and note where it has ended."""
        if self.process is None:
            if now >= self._due:
                self._start(now)
        elif (code := self.process.poll()) is not None:
            self._ended(code, now)

    def _start(self, now: float) -> None:
        self._started = now
        try:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                env=self._environment,
                pass_fds=self._descriptors,
                process_group=PROCESS_GROUP,
            )
        except OSError as error:
            log.error("%s cannot be started: %s.", self.name, error)
            self._wait(now)

    def _ended(self, code: int, now: float) -> None:
        self.close()
        if self.again:
            if now - self._started >= HEALTHY_AFTER:
                self.pause = MIN_PAUSE
            log.error("%s ended with code %d. It starts again in %.0f s.", self.name, code, self.pause)
            self._wait(now)
        else:
            self._due = float("inf")
            if code:
                log.error("%s ended with code %d.", self.name, code)

    def _wait(self, now: float) -> None:
        self._due = now + self.pause
        self.pause = min(self.pause * 2, MAX_PAUSE)

    def terminate(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Until it has ended; it is killed at that time."""
        if self.process is not None:
            try:
                self.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.close()

    def close(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None


def supervise(children: Sequence[Child], stop: threading.Event) -> None:
    """Keep them running until `stop` is set, then end them all."""
    try:
        while not stop.is_set():
            for child in children:
                child.check(time.monotonic())
            stop.wait(0.2)
    finally:
        for child in children:
            child.terminate()
        until = time.monotonic() + GRACE
        for child in children:
            child.wait(until)


def end_with_parent() -> None:
    """End this process, first as on SIGTERM, when the pipe at its standard input ends."""

    def watch() -> None:
        while os.read(descriptor, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    descriptor = os.dup(sys.stdin.fileno())
    threading.Thread(target=watch, name="end with parent", daemon=True).start()


if __name__ == "__main__":
    import runpy

    end_with_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
