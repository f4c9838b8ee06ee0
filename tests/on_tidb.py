"""Runs the suite on a real TiDB server: `python -m tests.on_tidb [--engine mysql] [arguments for pytest]`.

At TIDB_URL if that is set, else at a server that it starts and stops; where there is neither, it says so.
`--available` only tells, by its exit code, whether there is one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

from tests.support.tidb_server import binary, server

NOTHING_LEFT = 5  # pytest's, where every test was left out
MISSING = (
    "TiDB was not tested: no server was found. Set TIDB_URL to one, or put tidb-server on the PATH "
    "(TIDB_SERVER names it; `tiup playground` brings it)."
)


def run(url: str, arguments: list[str]) -> int:
    environment = {**os.environ, "TEST_DATABASE_URL": url}
    code = subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment).returncode
    return 0 if code == NOTHING_LEFT and "--database-only" in arguments else code


def main(arguments: list[str]) -> int:
    if arguments == ["--available"]:
        available = bool(os.environ.get("TIDB_URL") or binary())
        print("" if available else MISSING, end="" if available else "\n")
        return not available
    scheme = "tidb"
    if arguments[:1] == ["--engine"]:
        scheme, arguments = arguments[1], arguments[2:]
    if not (os.environ.get("TIDB_URL") or binary()):
        print(MISSING)
        return 0
    if find_spec("MySQLdb") is None:
        print("TiDB was not tested: its driver is not installed. `make test-tidb` installs it.")
        return 0
    if url := os.environ.get("TIDB_URL"):
        return run(f"{scheme}://{url.partition('://')[2]}", arguments)
    with server() as started:
        return run(f"{scheme}://{started.url.partition('://')[2]}", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
