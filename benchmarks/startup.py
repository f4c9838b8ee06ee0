"""How long a first start takes: `python -m benchmarks.startup [--rounds N]`.

`manage.py run` on an empty folder, then `quickstart` on another one, in turn. Prints the medians of: `run`
until its address answers with a page, until a search finds 60 samples, until it finds as many as it may show
(100), and until all are added; and `quickstart` until it returns. Run it on a quiet machine: other work slows
`run` and `quickstart` at different moments, so their ratio changes as well.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path

import requests

from benchmarks.serving import ROOT

ENOUGH = 60
MOST = 100  # hits that one search shows
PAUSE = 0.5  # seconds between two looks, which cost time themselves
PATIENCE = 600.0  # seconds
MARKS = ("answers with a page", f"finds {ENOUGH} samples", f"finds {MOST}", "has added all")


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    runs, quickstarts = [], []
    for _ in range(parser.parse_args().rounds):
        with tempfile.TemporaryDirectory(prefix="gallery-bench-") as folder:
            runs.append(run(Path(folder)))
        with tempfile.TemporaryDirectory(prefix="gallery-bench-") as folder:
            quickstarts.append(quickstart(Path(folder)))
    whole = statistics.median(quickstarts)
    print(f"quickstart returns after {whole:.1f} s")
    for mark, seconds in zip(MARKS, map(statistics.median, zip(*runs, strict=True)), strict=True):
        print(f"run {mark} after {seconds:.1f} s, {seconds / whole:.2f} of quickstart")


def run(folder: Path) -> list[float]:
    """Seconds to each of MARKS."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    process = start("run", folder, port)
    try:
        wait_for(process, lambda: answers(base))
        seconds = [time.perf_counter() - started]
        for count in (ENOUGH, MOST):
            wait_for(process, partial(finds, base, count))
            seconds.append(time.perf_counter() - started)
        wait_for(process, lambda: not (folder / "samples-unfinished").exists())
        return [*seconds, time.perf_counter() - started]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def quickstart(folder: Path) -> float:
    """Seconds until it returns."""
    started = time.perf_counter()
    if start("quickstart", folder).wait(PATIENCE):
        sys.exit("quickstart failed.")
    return time.perf_counter() - started


def start(command: str, folder: Path, port: int = 8000) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"DATA_DIR": str(folder), "HOST": "127.0.0.1", "PORT": str(port)}
    environment |= {"WORD_SEARCHES_PER_MINUTE": "100000", "LOG_LEVEL": "ERROR"}
    return subprocess.Popen(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def answers(base: str) -> bool:
    try:
        return requests.get(f"{base}/", timeout=PATIENCE).ok
    except requests.ConnectionError:  # it does not listen yet
        return False


def finds(base: str, count: int) -> bool:
    """Whether a search by a word finds so many images."""
    answer = requests.get(f"{base}/api/search?q=red&k={MOST}", timeout=PATIENCE)
    answer.raise_for_status()
    return len(answer.json()["results"]) >= count


def wait_for(process: subprocess.Popen[bytes], happened: Callable[[], bool]) -> None:
    until = time.perf_counter() + PATIENCE
    while not happened():
        if process.poll() is not None:
            sys.exit(f"run ended with code {process.returncode}.")
        if time.perf_counter() > until:
            sys.exit("It takes too long.")
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
