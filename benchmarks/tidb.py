"""Exact search on TiDB, ours, by hand and by pytidb: `python -m benchmarks.tidb [rows]`.

Fills one table with made-up vectors through our code, then asks it the same questions three ways, in turns,
in one run: `nearest()`, the statement sent by hand through the driver, and pytidb's search (where that is
installed: pip install pytidb). At TIDB_URL, else on a tidb-server of its own.
"""

import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from benchmarks.serving import scratch
from tests.support.tidb_server import server as tidb_server

ROWS = (20_000, 100_000)
WIDTH = 512
BATCH = 2_000
K = 100
REPEATS = 15


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or ROWS
    with tidb_url() as url, scratch(url):
        filled = 0
        for size in sizes:
            seconds = fill(filled, size)
            print(f"{size - filled:,} rows with vectors imported at {(size - filled) / seconds:,.0f} rows/s")
            filled = size
            compare(size)


@contextmanager
def tidb_url() -> Iterator[str]:
    if url := os.environ.get("TIDB_URL"):
        yield url
        return
    with tidb_server() as started:
        yield started.url


def fill(first: int, last: int) -> float:
    """Seconds to write the rows and their vectors; making them up is not counted."""
    from django.db import models

    from gallery.models import Embedding, ImageItem

    seconds = 0.0
    random = np.random.default_rng(first)
    for start in range(first + 1, last + 1, BATCH):
        ids = range(start, min(start + BATCH, last + 1))
        items = [ImageItem(pk=pk, title=f"Image {pk}", sha256=f"{pk:064x}", state="ready") for pk in ids]
        vectors = random.standard_normal((len(ids), WIDTH)).astype(np.float32)
        rows = [Embedding(image_id=pk, vector=vector) for pk, vector in zip(ids, vectors, strict=True)]
        begun = time.perf_counter()
        models.QuerySet.bulk_create(ImageItem.objects.all(), items, batch_size=200)  # rings no indexer
        Embedding.objects.bulk_create(rows, batch_size=200)
        seconds += time.perf_counter() - begun
    return seconds


def compare(rows: int) -> None:
    """The three ways in turns, so that what else the machine does meets them alike."""
    ways = {"nearest()": ours(), "the statement by hand": by_hand()}
    if pytidb := by_pytidb():
        ways["pytidb"] = pytidb
    questions = np.random.default_rng(7).standard_normal((REPEATS + 1, WIDTH)).astype(np.float32)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for question in questions:
        answers = {}
        for name, way in ways.items():
            begun = time.perf_counter()
            answers[name] = way(question)
            times[name].append((time.perf_counter() - begun) * 1000)
        first = answers["nearest()"]
        assert all(len(first & answer) >= K - 1 for answer in answers.values()), "they answer differently"
    base = statistics.median(times["nearest()"][1:])
    print(f"the nearest {K} of {rows:,}, median of {REPEATS}:")
    for name, taken in times.items():
        median = statistics.median(taken[1:])
        print(f"  {name:24} {median:8.1f} ms   {median / base:.2f} of nearest()")


def ours() -> Callable[[Any], set[int]]:
    from gallery.models import Embedding
    from imagesearch.vectors.nearest import nearest

    return lambda question: {key for key, _ in nearest(Embedding, "vector", question, K)}


def server(user: str) -> dict[str, Any]:
    """Where the gallery's database is, as drivers ask for it, who call a user by this name."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    names = {"host": "HOST", "port": "PORT", user: "USER", "password": "PASSWORD", "database": "NAME"}
    return {name: database[ours] for name, ours in names.items()}


def by_hand() -> Callable[[Any], set[int]]:
    import MySQLdb

    cursor = MySQLdb.connect(**server("user")).cursor()

    def ask(question: Any) -> set[int]:
        text = "[" + ",".join(f"{number:.9g}" for number in question.tolist()) + "]"
        cursor.execute(
            "SELECT image_id, VEC_COSINE_DISTANCE(vector, %s) AS d FROM gallery_embedding"
            " ORDER BY d LIMIT %s",
            [text, K],
        )
        return {key for key, _ in cursor.fetchall()}

    return ask


def by_pytidb() -> Callable[[Any], set[int]] | None:
    """pytidb's own search of our table; None where it is not installed."""
    try:
        from pytidb import Table, TiDBClient
        from pytidb.schema import Field, TableModel, VectorField
    except ImportError:
        print("pytidb is not installed here; it is left out.")
        return None
    client = TiDBClient.connect(**server("username"))

    class Row(TableModel, table=True):  # type: ignore[call-arg]
        __tablename__ = "gallery_embedding"
        __table_args__: ClassVar[dict[str, bool]] = {"extend_existing": True}
        image_id: int = Field(primary_key=True)
        vector: list[float] = VectorField(dimensions=WIDTH)

    table = Table(schema=Row, client=client)
    warnings.filterwarnings("ignore", module="pydantic")  # it would rather have lists than arrays

    def ask(question: Any) -> set[int]:
        found = table.search(question.tolist()).limit(K).to_list()
        return {row["image_id"] for row in found}

    return ask


if __name__ == "__main__":
    main()
