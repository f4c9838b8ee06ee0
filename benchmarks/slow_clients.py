"""What others notice of slow clients: `python -m benchmarks.slow_clients [--server NAME] [--clients 200]`.

Starts the real server on a scratch gallery and asks for the library and for /healthz/live, first calmly, then
beside each kind of slow client, then beside all kinds at once. The slow clients are a process of their own.
`--server` may be given more than once: gallery (ours), and gunicorn, granian or waitress where installed.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from benchmarks.serving import commands, scratch, server
from benchmarks.uploads import picture

KINDS = ("heads", "bodies", "idle", "silent", "readers")
ALL = "all"
IMAGES = 60
SECONDS = 6.0  # of one measurement
PATIENCE = 5.0  # seconds after which a request counts as unanswered
WARM_UP = 10


class Times(NamedTuple):
    """Seconds of requests: each one of the library and of the health check."""

    library: list[float]
    health: list[float]

    def __str__(self) -> str:
        (half, most), (_, health) = percentiles(self.library), percentiles(self.health)
        longest = max(self.health)
        return f"library p50 {half:6.3f} p95 {most:6.3f} s   health p95 {health:6.3f} max {longest:6.3f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", action="append", choices=list(commands(0)))
    parser.add_argument("--clients", type=int, default=200, help="of each kind")
    parser.add_argument("--be", nargs=2, metavar=("KIND", "ADDRESS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.be:
        asyncio.run(be_slow(*given.be, given.clients))  # type: ignore[call-arg]
        return
    with scratch():
        reading = fill()
        for name in given.server or ["gallery"]:
            with server(name, quiet=True) as base:
                compare(name, base, reading, given.clients)


def fill() -> str:
    """Some images, and the path of a large answer: a noisy picture's larger preview."""
    from gallery.ingest.intake import take

    for number in range(IMAGES):
        take(picture(number), name=f"{number}.jpg")
    return take(picture(IMAGES, 4000), name="large.jpg").item.view_url


def compare(name: str, base: str, reading: str, clients: int) -> None:
    measure(base, least=WARM_UP, seconds=0)
    calm = measure(base)
    print(f"{name}, {clients} slow clients of each kind\n  {'calm':8} {calm}")
    for kind in (*KINDS, ALL):
        with slow(kind, base + reading, clients) as count:
            times = measure(base)
        ratio = percentiles(times.library)[1] / percentiles(calm.library)[1]
        print(f"  {kind:8} {times}   library p95 {ratio:.1f} times calm, {count} clients", flush=True)
    print(f"  {'calm':8} {measure(base)}", flush=True)


def measure(base: str, *, least: int = 0, seconds: float = SECONDS) -> Times:
    """Ask by turns, each time on a new connection."""
    times = Times([], [])
    until = time.monotonic() + seconds
    while time.monotonic() < until or len(times.library) < least:
        for path, taken in (("/", times.library), ("/healthz/live", times.health)):
            start = time.perf_counter()
            with suppress(requests.RequestException):
                requests.get(base + path, timeout=PATIENCE)
            taken.append(time.perf_counter() - start)
    return times


def percentiles(times: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return statistics.median(times), sorted(times)[int(0.95 * (len(times) - 1) + 0.5)]


@contextmanager
def slow(kind: str, address: str, clients: int) -> Iterator[int]:
    """So many slow clients, in a process; yields how many it connected."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.slow_clients",
        "--be",
        kind,
        address,
        "--clients",
        str(clients),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


# --- the process of the slow clients ---------------------------------------------------------------


async def be_slow(kind: str, address: str, clients: int) -> None:
    """Connect, tell how many connections there are, and be slow until killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    parts = urlsplit(address)
    kinds = KINDS if kind == ALL else (kind,)
    connections = [
        (each, *await asyncio.open_connection(parts.hostname, parts.port, limit=1024))
        for each in kinds
        for _ in range(clients)
    ]
    drips = [
        asyncio.create_task(drip(each, reader, writer, parts.path, number / len(connections)))
        for number, (each, reader, writer) in enumerate(connections)
    ]
    await asyncio.sleep(1)
    print(len(connections), flush=True)
    await asyncio.gather(*drips)


async def drip(
    kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, delay: float
) -> None:
    host = b"Host: 127.0.0.1\r\n"
    if kind == "heads":
        writer.write(b"GET / HTTP/1.1\r\n" + host + b"X-Slow: ")
    elif kind == "bodies":
        form = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n"
        writer.write(b"POST /api/search HTTP/1.1\r\n" + host + form + b"\r\n")
    elif kind == "idle":
        writer.write(b"GET /healthz/live HTTP/1.1\r\n" + host + b"\r\n")
    elif kind == "readers":
        writer.write(b"GET " + path.encode() + b" HTTP/1.1\r\n" + host + b"\r\n")
    await asyncio.sleep(delay)  # bytes come evenly, not all at once
    with suppress(OSError):
        while True:
            if kind in ("heads", "bodies"):
                writer.write(b"x")
            elif kind == "readers":
                await reader.read(1)
            await asyncio.sleep(1)


if __name__ == "__main__":
    main()
