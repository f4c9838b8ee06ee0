"""Eight writers with shared tags and owners on TiDB, for a minute: `python -m benchmarks.writers [seconds]`.

Each is a process of its own that adds pictures under the same tags and owners and now and then tags or hides
what others have added. Prints errors, waits and how often a transaction was tried again; no picture may be
missing afterwards. Pictures are small and the model is one for tests, so that the database is what they wait
for. At TIDB_URL, else on a tidb-server of its own.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections import Counter
from typing import Any, NamedTuple

from benchmarks.serving import scratch
from benchmarks.tidb import tidb_url
from benchmarks.uploads import picture

WRITERS = 8
SECONDS = 60.0
TAGS = ("animal", "city", "flower", "night", "sea", "snow")
OWNERS = ("ann", "ben")


class Report(NamedTuple):
    """What one writer did."""

    added: int
    waits: list[float]
    errors: Counter[str]
    retries: int


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    os.environ["EMBEDDING_MODEL"] = "tests.support.embedder.ColourEmbedder"
    with tidb_url() as url, scratch(url):
        from django.contrib.auth import get_user_model
        from django.core.management import call_command

        from gallery.models import Embedding, ImageItem, VectorSpace

        for name in OWNERS:
            get_user_model().objects.create_user(name)
        VectorSpace.current()
        with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
            reports = pool.starmap(write, [(number, seconds) for number in range(WRITERS)])
        added = sum(report.added for report in reports)
        waits = sorted(wait for report in reports for wait in report.waits)
        errors = sum((report.errors for report in reports), Counter())
        rows, vectors = ImageItem.objects.count(), Embedding.objects.count()
        print(
            f"{WRITERS} writers, {seconds:.0f} s: {added} pictures taken in, {rows} rows, {vectors} vectors"
        )
        print(f"errors {dict(errors)}; transactions tried again {sum(report.retries for report in reports)}")
        half, most = statistics.median(waits), waits[int(len(waits) * 0.95)]
        print(f"one picture took {half:.2f} s (half), {most:.2f} s (95 %), {waits[-1]:.2f} s (longest)")
        call_command("check_gallery")
        if rows != added or vectors != rows:
            sys.exit("A picture was lost or doubled.")


class Retries(logging.Handler):
    """Counts what `imagesearch.database.transactions` tells."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def write(number: int, seconds: float) -> Report:
    """One writer, in a process of its own."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model

    from gallery.ingest.intake import take

    retries = Retries()
    log = logging.getLogger("imagesearch.database.transactions")
    log.setLevel(logging.INFO)
    log.addHandler(retries)
    log.propagate = False
    chance = random.Random(number)  # noqa: S311
    owners = list(get_user_model().objects.filter(username__in=OWNERS))
    added, waits, errors = 0, [], Counter[str]()  # type: ignore[var-annotated]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        content = picture(number * 100_000 + len(waits), width=64)
        begun = time.perf_counter()
        try:
            take(content, name="noise.jpg", owner=chance.choice(owners), tags=chance.sample(TAGS, 3))
            added += 1
            if chance.random() < 0.2:
                meddle(chance)
        except Exception as error:  # whatever it is, it is what is measured
            errors[f"{type(error).__name__} {error.args[:1]}"] += 1
        waits.append(time.perf_counter() - begun)
    return Report(added, waits, errors, retries.count)


def meddle(chance: random.Random) -> Any:
    """Tag the newest images of all writers, as a curator would."""
    from gallery.admin.actions import put_tags, take_tags
    from gallery.models import ImageItem

    newest = list(ImageItem.objects.order_by("-created_at").values_list("pk", flat=True)[:20])
    act = chance.choice([put_tags, take_tags])
    return act(newest, chance.sample(TAGS, 2))


if __name__ == "__main__":
    main()
