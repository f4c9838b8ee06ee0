"""Measures nearest() on 100,000 made-up vectors in a scratch SQLite file: `python -m benchmarks.nearest`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import numpy as np
from django.conf import settings

ROWS, DIMENSIONS, HITS, ROUNDS, ALLOWED = 100_000, 512, 100, 60, 1_000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="nearest-") as folder:
        path = Path(folder) / "vectors.sqlite3"
        configure(path)
        model = fill(make_table())
        report(model, path)


def configure(path: Path) -> None:
    options = {"init_command": "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"}
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["imagesearch"],
    )
    django.setup()


def make_table() -> Any:
    from django.db import connection, models

    from imagesearch.vectors.changes import VectorColumn, install
    from imagesearch.vectors.fields import VectorField

    class Row(models.Model):  # noqa: DJ008
        vector = VectorField(dimensions=DIMENSIONS)

        class Meta:
            app_label = "benchmarks"

    with connection.schema_editor() as editor:
        editor.create_model(Row)
    with connection.cursor() as cursor:
        install(cursor, VectorColumn.of(Row._meta.get_field("vector")))
    return Row


def made_up() -> np.ndarray[Any, Any]:
    rows = np.random.default_rng(1).standard_normal((ROWS, DIMENSIONS), np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def fill(model: Any) -> Any:
    started = time.perf_counter()
    rows = made_up()
    for start in range(0, ROWS, 5_000):
        model.objects.bulk_create([model(vector=row) for row in rows[start : start + 5_000]])
    line("writing them by bulk_create", time.perf_counter() - started, "s")
    return model


def report(model: Any, path: Path) -> None:
    from imagesearch.vectors.nearest import nearest

    def ask(allowed: Any = None, n: int = HITS) -> Any:
        return nearest(model, "vector", next(queries), n, allowed)

    queries = unit_vectors()
    before = resident()
    started = time.perf_counter()
    ask()
    line("first nearest(): load", time.perf_counter() - started, "s")
    line("memory for it, of which vectors 205", resident() - before, "MB")

    rows = made_up()
    product, whole = alternately(lambda: rows @ next(queries), ask)
    line("plain numpy product, p50", product * 1000, "ms")
    line(f"nearest(n={HITS}), p50", whole * 1000, "ms")
    line("ratio", whole / product, "")
    few = np.random.default_rng(2).choice(ROWS, ALLOWED, replace=False).tolist()
    line(f"nearest(n={HITS}), {ALLOWED} allowed, p50", median(lambda: ask(few)) * 1000, "ms")
    line("nearest(n=5000), p50", median(lambda: ask(n=5_000), rounds=10) * 1000, "ms")
    line("reading the last change, p50", median(read_last_change, rounds=1000) * 1000, "ms")
    line("nearest() right after another process wrote, p50", follow(path, model) * 1000, "ms")


def unit_vectors() -> Iterator[np.ndarray[Any, Any]]:
    random = np.random.default_rng(3)
    while True:
        vector = random.standard_normal(DIMENSIONS).astype(np.float32)
        yield vector / np.linalg.norm(vector)


def read_last_change() -> None:
    from django.db import connection

    from imagesearch.vectors.changes import newest

    with connection.cursor() as cursor:
        newest(cursor)


WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=20)
for _ in sys.stdin:
    copy = "INSERT INTO benchmarks_row (vector) SELECT vector FROM benchmarks_row WHERE id = 1"
    row = database.execute(copy)
    database.commit()
    print(row.lastrowid, flush=True)
"""


def follow(path: Path, model: Any) -> float:
    """Seconds of the search that follows another process's commit, and that must find the new row."""
    from imagesearch.vectors.nearest import nearest

    vector = model.objects.get(pk=1).vector
    command = [sys.executable, "-c", WRITER, str(path)]
    seconds = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin
        assert writer.stdout
        for _ in range(20):
            print("write", file=writer.stdin, flush=True)
            written = int(writer.stdout.readline())
            started = time.perf_counter()
            found = nearest(model, "vector", vector, HITS)
            seconds.append(time.perf_counter() - started)
            assert written in dict(found), "the row that the other process wrote was not found"
        writer.stdin.close()
    return statistics.median(seconds)


def alternately(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[float, float]:
    """The medians of two things timed by turns, so that a busy moment of the machine hits both."""
    pairs = [(timed(first), timed(second)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def median(action: Callable[[], Any], rounds: int = ROUNDS) -> float:
    return statistics.median(timed(action) for _ in range(rounds))


def timed(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def resident() -> float:
    """The process's memory in MB, as the kernel counts it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def line(what: str, value: float, unit: str) -> None:
    print(f"{what:<50} {value:>9.2f} {unit}", flush=True)


if __name__ == "__main__":
    main()
