"""Whole searches over 100,000 made-up vectors, through the real server: `python -m benchmarks.search [rows]`.

Prints the median of each kind of request beside `nearest()` alone in the same run, and how soon a row that
another process wrote is found. Works in a folder that is thrown away.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from urllib.parse import urlencode

import numpy as np
import requests

from benchmarks.serving import scratch, server

REPEATS = 40
BATCH = 5_000


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with scratch():
        fill(rows)
        with server() as base:
            measure(base, rows)


def fill(rows: int) -> None:
    from django.db import models

    from gallery.models import Embedding, ImageItem, Tag, Term
    from gallery.text.words import Form
    from imagesearch.vectors.sqlite import refresh_statistics

    tag = Tag.named(["one in a hundred"])[0]
    random = np.random.default_rng(1)
    start = time.perf_counter()
    for first in range(1, rows + 1, BATCH):
        ids = range(first, min(first + BATCH, rows + 1))
        items = [
            ImageItem(
                pk=pk,
                title=f"Image {pk}",
                sha256=f"{pk:064x}",
                width=600,
                height=400,
                state="ready",
                color="blue",
            )
            for pk in ids
        ]
        models.QuerySet.bulk_create(ImageItem.objects.all(), items, batch_size=500)  # rings no indexer
        vectors = random.standard_normal((len(ids), 512)).astype(np.float32)
        Embedding.objects.bulk_create(
            [Embedding(image_id=pk, vector=vector) for pk, vector in zip(ids, vectors, strict=True)],
            batch_size=500,
        )
        Term.objects.bulk_create(
            [Term(image_id=pk, term=f"word{pk % 1000}", form=Form.SURFACE, weight=4) for pk in ids],
            batch_size=500,
        )
        ImageItem.tags.through.objects.bulk_create(
            [ImageItem.tags.through(imageitem_id=pk, tag_id=tag.pk) for pk in ids if pk % 100 == 0]
        )
    refresh_statistics("default")
    print(f"{rows:,} rows with vectors written in {time.perf_counter() - start:.0f} s")


def measure(base: str, rows: int) -> None:
    from gallery.models import Embedding
    from imagesearch.vectors.nearest import nearest

    session = requests.Session()

    def get(path: str, **params: object) -> requests.Response:
        response = session.get(f"{base}{path}?{urlencode(params)}", timeout=60)
        response.raise_for_status()
        return response

    start = time.perf_counter()
    get("/api/search", like=1, k=24)
    print(f"first search, the matrix's load included: {(time.perf_counter() - start) * 1000:.0f} ms")
    vectors = list(Embedding.objects.values_list("vector", flat=True)[:REPEATS])
    alone = median(lambda i: nearest(Embedding, "vector", vectors[i], 1200))
    print(f"nearest() alone, 1,200 hits:   {alone:6.1f} ms   1.00")
    kinds: dict[str, Callable[[int], object]] = {
        "API, similar to one, k=24": lambda i: get("/api/search", like=i + 1, k=24),
        "API, similar, in 1 % by a tag": lambda i: get(
            "/api/search", like=i + 1, k=24, tag="one in a hundred"
        ),
        "API, words": lambda i: get("/api/search", q=f"lion word{i}", k=24),
        "page, similar to one, 48 hits": lambda i: get("/search/", like=i + 1),
        "page of an image": lambda i: get(f"/image/{i + 1}/"),
        "the library": lambda i: get("/"),
    }
    for name, ask in kinds.items():
        time_of_it = median(ask)
        print(f"{name:30} {time_of_it:6.1f} ms   {time_of_it / alone:.2f}")
    print(f"a row of another process: found by its next search, {found_at_once(get, rows):.1f} ms")


def found_at_once(get: Callable[..., requests.Response], rows: int) -> float:
    """Write a row here, ask the server at once; the new row must be the nearest."""
    from gallery.models import Embedding, ImageItem

    vector = Embedding.objects.get(pk=7).vector
    ImageItem(pk=rows + 1, title="New", sha256="f" * 64, state="ready").save()
    Embedding.objects.create(image_id=rows + 1, vector=vector)
    start = time.perf_counter()
    hits = get("/api/search", like=7, k=1).json()["results"]
    if [hit["id"] for hit in hits] != [rows + 1]:
        raise SystemExit(f"The new row was not found: {hits}")
    return (time.perf_counter() - start) * 1000


def median(ask: Callable[[int], object]) -> float:
    times = []
    for i in range(REPEATS):
        start = time.perf_counter()
        ask(i)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
