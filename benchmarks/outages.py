"""Two hundred uploads while the database is stopped, killed and cut off: `python -m benchmarks.outages`.

Starts a tidb-server of its own behind a small proxy, and the real web server and worker before it. Every
upload is sent until it is acknowledged, as a person would press the button again. Afterwards each picture
must be there once, with one vector; and it prints how soon pages answered when the database was back.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from benchmarks.serving import scratch, server, worker
from benchmarks.uploads import picture
from tests.support.proxy import Proxy
from tests.support.tidb_server import Server
from tests.support.tidb_server import server as tidb_server

UPLOADS = 200
CLIENTS = 8
BETWEEN = 4.0  # seconds from one disturbance to the next
AWAY = 2.0  # seconds without a database
PATIENCE = 180.0


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else UPLOADS
    with (
        tidb_server(durable=True) as tidb,
        Proxy(tidb.port) as proxy,
        scratch(f"tidb://root@127.0.0.1:{proxy.port}/"),
        server() as base,
        worker(),
    ):
        answers, backs = run(base, tidb, proxy, count)
        report(answers, backs, count)


def run(base: str, tidb: Server, proxy: Proxy, count: int) -> tuple[Counter[str], list[tuple[str, float]]]:
    """What the uploads were answered, and (disturbance, seconds until the library answered again)."""
    from django.contrib.auth import get_user_model

    from gallery.models import ApiToken

    token = ApiToken.issue(get_user_model().objects.create_superuser("admin"))
    answers: Counter[str] = Counter()
    backs: list[tuple[str, float]] = []
    done = threading.Event()

    def disturb() -> None:
        ways = disturbances(tidb, proxy)
        while not done.wait(BETWEEN):
            name, way = ways[len(backs) % len(ways)]
            way()
            backs.append((name, until_answered(base)))

    trouble = threading.Thread(target=disturb)
    trouble.start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda number: upload(base, token, picture(number), answers), range(count)))
    done.set()
    trouble.join()
    return answers, backs


def disturbances(tidb: Server, proxy: Proxy) -> list[tuple[str, Callable[[], object]]]:
    def away(end: Callable[[], None]) -> None:
        end()
        time.sleep(AWAY)
        tidb.start()

    return [
        ("connections cut", proxy.cut),
        ("stopped and started", lambda: away(tidb.stop)),
        ("killed and started", lambda: away(tidb.kill)),
    ]


def until_answered(base: str) -> float:
    start = time.perf_counter()
    while time.perf_counter() - start < PATIENCE:
        try:
            if requests.get(base, timeout=30).status_code == 200:
                break
        except requests.RequestException:
            pass
        time.sleep(0.05)
    return time.perf_counter() - start


def upload(base: str, token: str, content: bytes, answers: Counter[str]) -> None:
    """Send it until it is acknowledged."""
    headers = {"Authorization": f"Bearer {token}"}
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            files = {"image": ("noise.jpg", content, "image/jpeg")}
            status = requests.post(f"{base}/api/images", files=files, headers=headers, timeout=60).status_code
            answers[str(status)] += 1
            if status in (200, 201):
                return
        except requests.RequestException as error:
            answers[type(error).__name__] += 1
        time.sleep(0.5)
    answers["never acknowledged"] += 1


def report(answers: Counter[str], backs: list[tuple[str, float]], count: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from gallery.models import Embedding, ImageItem

    connection.close()
    until = time.monotonic() + PATIENCE
    while ImageItem.objects.exclude(state="ready").exists() and time.monotonic() < until:
        time.sleep(0.5)
    print(f"{count} uploads by {CLIENTS} clients; answers {dict(answers)}")
    for name in dict(backs):
        times = [seconds for what, seconds in backs if what == name]
        print(f"{name}, {len(times)} times: pages answered again after at most {max(times):.1f} s")
    rows, hashes = ImageItem.objects.count(), ImageItem.objects.values("sha256").distinct().count()
    ready, vectors = ImageItem.objects.filter(state="ready").count(), Embedding.objects.count()
    print(f"rows {rows}, different pictures {hashes}, searchable {ready}, vectors {vectors}")
    call_command("check_gallery")
    if not rows == hashes == ready == vectors == count:
        sys.exit("Something was lost or doubled.")


if __name__ == "__main__":
    main()
