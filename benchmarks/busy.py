"""A visitor's searches while one client keeps the gallery busy: `python -m benchmarks.busy`.

Starts the real server on a scratch gallery and measures the library, a search by words and a search by a
12-megapixel picture: calm, beside twelve parallel uploads of 12-megapixel JPEGs from one client, and beside
requests for pictures at addresses that never answer. `--without-limits` serves without priorities, without
threads for uploads, and without the limits on uploads and fetches, for a comparison on the same machine.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import requests
from PIL import Image

from benchmarks.serving import scratch, server
from benchmarks.uploads import picture as small_picture

IMAGES = 100
UPLOADERS = 12
FETCHERS = 12
WORDS = ("dog", "cat", "ship", "car", "flower", "bird", "house", "mountain", "apple", "shoe")
SECONDS = 20.0
PATIENCE = 20.0  # seconds; who waits longer goes away, and is counted with so many
SIDE = (4000, 3000)

UNLIMITED = """
from imagesearch.concurrency import turns
turns.cores = turns.CoreLimiter(10_000)
UPLOADS_AT_ONCE = UPLOADS_PER_CLIENT = FETCHES_AT_ONCE = FETCHES_PER_CLIENT = 10_000
WEB_THREADS = 10_000
"""


@dataclass
class Load:
    """What a disturbing client did: answers by status, and how many uploads were taken."""

    answers: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Uploads a second that were taken."""
        return self.answers[201] / self.seconds if self.seconds else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-limits", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each situation")
    options = parser.parse_args()
    with scratch() as folder, silent_listener() as silent:
        token = fill()
        prepare_settings(folder, silent, without_limits=options.without_limits)
        name = "waitress" if options.without_limits else "gallery"
        with server(name, quiet=True) as base:
            report(base, token, f"http://127.0.0.1:{silent}/picture.jpg", options.seconds)


def prepare_settings(folder: Path, port: int, *, without_limits: bool) -> None:
    """Settings for the server's process: the silent listener may be asked, whatever its port."""
    text = f"from imagesearch.settings import *\nFETCH_PORTS = ({port},)\n"
    (folder / "busy_settings.py").write_text(text + (UNLIMITED if without_limits else ""))
    os.environ |= {
        "PYTHONPATH": str(folder),
        "DJANGO_SETTINGS_MODULE": "busy_settings",
        "FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        "OPENBLAS_NUM_THREADS": "1",  # as `manage.py serve` sets it
    }


def fill() -> str:
    """Add images to search among. Returns a token for uploads."""
    from django.contrib.auth import get_user_model

    from gallery.ingest.intake import take
    from gallery.models import ApiToken

    for number in range(IMAGES):
        take(small_picture(number), name=f"{WORDS[number % len(WORDS)]} {number}.jpg")
    return ApiToken.issue(get_user_model().objects.create_superuser("admin"))


def report(base: str, token: str, silent: str, seconds: float) -> None:
    calm = measure(base, seconds)
    line("calm", calm, calm)
    with uploads(base, token) as load:
        line("beside 12 uploads", measure(base, seconds), calm)
    print(f"  uploads: {load.rate:.1f}/s taken, answers {dict(load.answers)}")
    with fetches(base, silent) as load:
        line("beside silent addresses", measure(base, seconds), calm)
    print(f"  searches by address: answers {dict(load.answers)}")


def line(name: str, waits: dict[str, list[float]], calm: dict[str, list[float]]) -> None:
    print(f"{name}:")
    for kind, some in waits.items():
        middle, late = statistics.median(some), percentile(some, 95)
        ratio = late / percentile(calm[kind], 95)
        print(
            f"  {kind:<8} p50 {middle:6.3f} s  p95 {late:6.3f} s ({ratio:4.1f} × calm)  n {len(some)}",
            flush=True,
        )


def percentile(waits: list[float], per_cent: int) -> float:
    return float(np.percentile(waits, per_cent))


def measure(base: str, seconds: float) -> dict[str, list[float]]:
    """The seconds that each of a visitor's requests took, one after another. Raises for a refused one."""
    visitor = requests.Session()
    pictures = (jpeg(number) for number in itertools.count(next(SEEDS)))
    requested: dict[str, Callable[[], requests.Response]] = {
        "library": lambda: visitor.get(f"{base}/", timeout=PATIENCE),
        "words": lambda: visitor.get(f"{base}/search", params={"q": next(SEARCHED)}, timeout=PATIENCE),
        "picture": lambda: visitor.post(
            f"{base}/api/search", files={"image": ("own.jpg", next(pictures), "image/jpeg")}, timeout=PATIENCE
        ),
    }
    waits: dict[str, list[float]] = {kind: [] for kind in requested}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for kind, request in requested.items():
            start = time.perf_counter()
            with suppress(requests.Timeout):
                request().raise_for_status()
            waits[kind].append(time.perf_counter() - start)
    return waits


def searched() -> Iterator[str]:
    """Words that were not searched before, so that each search embeds."""
    for number in itertools.count():
        yield f"{WORDS[number % len(WORDS)]} {WORDS[number // len(WORDS) % len(WORDS)]} {number}"


SEARCHED = searched()
SEEDS = itertools.count(1, 10_000)


def photo() -> bytes:
    """A noisy JPEG of 12 megapixels, some 4 MB."""
    noise = np.random.default_rng(1).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize(SIDE, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


PHOTO = photo()


def jpeg(number: int) -> bytes:
    """The same picture with other bytes: a comment behind the start of the file."""
    comment = f"{os.getpid()} {number}".encode()
    return PHOTO[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + PHOTO[2:]


@contextmanager
def uploads(base: str, token: str) -> Iterator[Load]:
    """Twelve connections of one client that upload without a pause, and again where asked to wait."""
    numbers = itertools.count(next(SEEDS))
    headers = {"Authorization": f"Bearer {token}"}

    def upload() -> requests.Response:
        files = {"image": ("photo.jpg", jpeg(next(numbers)), "image/jpeg")}
        return requests.post(f"{base}/api/images", files=files, headers=headers, timeout=120)

    with busy(upload, UPLOADERS) as load:
        yield load


@contextmanager
def fetches(base: str, address: str) -> Iterator[Load]:
    """Clients that search by the picture at an address that never answers."""
    with busy(
        lambda: requests.post(f"{base}/api/search", data={"url": address}, timeout=120), FETCHERS
    ) as load:
        yield load


@contextmanager
def busy(request: Callable[[], requests.Response], clients: int) -> Iterator[Load]:
    """So many threads that send requests until the block ends, obeying Retry-After."""
    load, done = Load(), threading.Event()

    def run() -> None:
        while not done.is_set():
            answer = request()
            load.answers[answer.status_code] += 1
            done.wait(float(answer.headers.get("Retry-After", 0)))

    threads = [threading.Thread(target=run) for _ in range(clients)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)  # all of them have begun
        yield load
    finally:
        done.set()
        for thread in threads:
            thread.join()
        load.seconds = time.monotonic() - start


@contextmanager
def silent_listener() -> Iterator[int]:
    """The port of a listener that takes connections and never says anything."""
    kept: list[socket.socket] = []
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))

        def accept() -> None:
            while True:
                try:
                    kept.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield int(listener.getsockname()[1])
        for connection in kept:
            connection.close()


if __name__ == "__main__":
    main()
