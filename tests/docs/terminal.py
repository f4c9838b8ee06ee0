"""A reader's terminal: a new folder in which the blocks of one page are run one after the other."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.blocks import ROOT, Block
from tests.support.tidb_server import free_port
from tests.support.timing import wait_until

PROGRAMS = ("python3", "pip", "curl", "make", "docker", "sudo", "tiup", "pre-commit")
SHELL = """
set -o pipefail -o allexport
if [ -f {state} ]; then . {state}; cd "$(cat {folder})"; fi
trap 'declare -px > {state}; pwd > {folder}' EXIT
trap 'echo "$BASH_COMMAND" >> {failures}' ERR
{script}
"""


@dataclass
class Terminal:
    """`environment` and `rewrites` (text → text) are for what is elsewhere on this machine."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    rewrites: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port, self.other_port = free_port(), free_port()
        self.cwd = self.home / "work"
        self.cwd.mkdir()
        self.shims = self.home / "shims"
        self.shims.mkdir()
        for program in PROGRAMS:
            script = f'#!/bin/sh\nexec {sys.executable} {ROOT}/tests/docs/shims.py {program} "$@"\n'
            (self.shims / program).write_text(script)
            (self.shims / program).chmod(0o755)
        self.rewrites = {
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "runserver 8000": f"runserver {self.port}",
            "8001": str(self.other_port),
            **self.rewrites,
        }
        self.console: subprocess.Popen[str] | None = None
        self.processes = subprocess.Popen(["sleep", "3600"], process_group=0)

    def forget(self) -> None:
        """A new terminal: nothing is exported, and it is in the first folder."""
        for name in ("state", "folder"):
            (self.home / name).unlink(missing_ok=True)

    def close(self) -> None:
        """End all that the blocks have started."""
        if self.console:
            for pipe in (self.console.stdin, self.console.stdout):
                assert pipe
                pipe.close()
            self.console.kill()
            self.console.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.processes.pid, signal.SIGKILL)
        self.processes.wait()

    def here(self, text: str) -> str:
        """The text with the places that this machine has."""
        for written, here in self.rewrites.items():
            text = text.replace(written, here)
        return text

    def variables(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "PATH": f"{self.shims}{os.pathsep}{os.environ['PATH']}",
            "REAL_PATH": os.environ["PATH"],
            "SHIMS": str(self.shims),
            "SHIM_LOG": str(self.home / "not-run"),
            "SITE": str(self.home / "site"),
            "PYTHONPATH": str(self.home / "site"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PORT": str(self.port),
            **self.environment,
        }

    def shell(self, script: str) -> str:
        """What it prints. Fails with what it says where one of its commands fails."""
        state, folder, failures = (self.home / name for name in ("state", "folder", "failures"))
        text = SHELL.format(state=state, folder=folder, failures=failures, script=self.here(script))
        out, err = self.home / "out", self.home / "err"
        with out.open("wb") as stdout, err.open("wb") as stderr:  # files: what goes on keeps them open
            subprocess.run(
                ["bash", "-c", text], cwd=self.cwd, env=self.variables(), stdin=subprocess.DEVNULL,
                stdout=stdout, stderr=stderr, process_group=self.processes.pid, timeout=300,
            )  # fmt: skip
        if script.rstrip().endswith("&"):
            wait_until(lambda: greets(self.other_port))
        failed = failures.read_text(encoding="utf-8").splitlines() if failures.exists() else []
        failures.unlink(missing_ok=True)
        unexpected = [command for command in failed if not command.endswith(MAY_FAIL)]
        assert not unexpected, f"{unexpected}\n{out.read_text()[-2000:]}\n{err.read_text()[-4000:]}"
        return out.read_text(encoding="utf-8")

    def write(self, block: Block) -> None:
        """The file that a block is the content of."""
        path = self.directory() / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.here(block.text), encoding="utf-8")

    def directory(self) -> Path:
        """Where the last shell block has ended."""
        folder = self.home / "folder"
        return Path(folder.read_text(encoding="utf-8").strip()) if folder.exists() else self.cwd

    def examples(self, text: str) -> None:
        """Run a console's examples, all of a page in one process. Fails where one prints something else."""
        if self.console is None:
            self.console = subprocess.Popen(
                [sys.executable, "-c", CONSOLE], cwd=self.directory(), env=self.variables(), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=self.processes.pid,
            )  # fmt: skip
        assert self.console.stdin
        assert self.console.stdout
        self.console.stdin.write(json.dumps(self.here(text)) + "\n")
        self.console.stdin.flush()
        failed, report = json.loads(self.console.stdout.readline())
        assert not failed, report

    def sql(self, statements: str) -> None:
        """Run by root of the TiDB server that stands in for 127.0.0.1:4000."""
        import MySQLdb

        host, port = self.rewrites["127.0.0.1:4000"].split(":")
        connection = MySQLdb.connect(host=host, port=int(port), user="root")
        for statement in filter(None, map(str.strip, statements.split(";"))):
            connection.cursor().execute(statement)
        connection.close()

    def not_run(self) -> list[str]:
        """The programs that were only checked."""
        log = self.home / "not-run"
        return [line.split("\t")[0] for line in log.read_text().splitlines()] if log.exists() else []


CONSOLE = """
import doctest, io, json, os, sys
answers, sys.stdout = sys.stdout, sys.stderr
sys.path.insert(0, "")
if os.environ.get("DJANGO_SETTINGS_MODULE"):
    import django
    django.setup()
names = {}
runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
for line in sys.stdin:
    examples = doctest.DocTestParser().get_doctest(json.loads(line), names, "page", None, 0)
    said = io.StringIO()
    failed = runner.run(examples, out=said.write, clear_globs=False).failed
    names.update(examples.globs)
    print(json.dumps([failed, said.getvalue()]), file=answers, flush=True)
"""


def greets(port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


MAY_FAIL = ("vector_index create",)
"""Commands that end with 1 where a server has no TiFlash, as their page says."""


def matches(printed: str, shown: str) -> bool:
    """Whether a page shows what was printed; `…` stands for anything within a line."""
    lines, wanted = printed.strip("\n").splitlines(), shown.strip("\n").splitlines()
    return len(lines) == len(wanted) and all(map(_matches, lines, wanted))


def _matches(line: str, wanted: str) -> bool:
    parts = map(re.escape, wanted.rstrip().split("…"))
    return re.fullmatch(".*".join(parts), line.rstrip()) is not None
