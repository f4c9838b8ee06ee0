"""A change of model under a running search, killed twice: `python -m benchmarks.change_model --to clip/PATH`.

A scratch gallery of pictures from a folder (else of the samples) goes from the default model to another one,
while threads search by the pictures' files without a pause. Prints how many answers each model gave; exits
with 1 if one was empty or mixed two models. With --tidb it is at TIDB_URL, else on
a tidb-server of its own.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.serving import ROOT, scratch
from benchmarks.tidb import tidb_url

KILLED_AT = (1 / 4, 1 / 2)  # of the images
SEARCHERS = 2
NEARBY = 10


class Answer(NamedTuple):
    """What one search brought."""

    model: str
    empty: bool
    mixed: bool


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="photos; without, the samples")
    parser.add_argument("--to", required=True, metavar="MODEL", help="such as clip/../models/my-clip")
    parser.add_argument("--most", type=int, default=1000, metavar="N", help="pictures at most")
    parser.add_argument("--tidb", action="store_true", help="on TiDB instead of SQLite")
    options = parser.parse_args()
    with tidb_url() if options.tidb else nullcontext("") as url, scratch(url) as folder:
        measure(options, folder)


def measure(options: Namespace, folder: Path) -> None:
    from django.core.management import call_command

    from gallery.models import ImageItem, VectorSpace

    fill(options.folder, options.most)
    images, before = ImageItem.objects.ready().count(), VectorSpace.current().model
    print(f"{images} images by {before}")
    answers: list[Answer] = []
    over = threading.Event()
    threads = [threading.Thread(target=search, args=[answers, over, seed]) for seed in range(SEARCHERS)]
    for thread in threads:
        thread.start()
    started = time.perf_counter()
    try:
        change(options.to, images)
        switched = time.perf_counter()
        time.sleep(2)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    print(f"changed to {VectorSpace.current().model} in {switched - started:.1f} s, the kills included")
    report(answers)
    back = time.perf_counter()
    manage("change_model", before).wait()
    print(f"and back to {VectorSpace.current().model} in {time.perf_counter() - back:.1f} s")
    call_command("check_gallery")


def fill(folder: Path | None, most: int) -> None:
    from django.core.management import call_command

    from gallery.ingest.intake import take
    from gallery.samples.catalogue import samples

    if folder:
        call_command("import_images", str(folder))
        return
    for sample in islice(samples(), most):
        take(sample.path.read_bytes(), name=sample.file, tags=sample.tags, title=sample.title)


def change(model: str, images: int) -> None:
    """Begin, be killed, go on; as a person would who runs it again at once."""
    from gallery.models import SecondEmbedding

    for share in KILLED_AT:
        process = manage("change_model", model)
        while process.poll() is None and SecondEmbedding.objects.count() < share * images:
            time.sleep(0.01)
        if process.poll() is not None:
            sys.exit("It was over before it could be killed; take more pictures.")
        process.kill()
        process.wait()
        print(f"killed at {SecondEmbedding.objects.count()} vectors")
    if manage("change_model", model).wait():
        sys.exit("The change did not end well.")


def manage(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=ROOT, stderr=subprocess.DEVNULL)


def search(answers: list[Answer], over: threading.Event, seed: int) -> None:
    """Until it is over: what is like this picture, asked with the file, so that a model must embed it."""
    from django.db import connection

    from gallery.models import ImageItem

    random = np.random.default_rng(seed)
    ids = list(ImageItem.objects.order_by("pk").values_list("pk", flat=True))
    try:
        while not over.is_set():
            answers.append(ask(int(random.choice(ids))))
    finally:
        connection.close()


def ask(pk: int) -> Answer:
    """Search by the file of an image: one model finds it at no distance, two models mixed do not."""
    from gallery.models import ImageItem
    from imagesearch.query.query import Picture

    images: Any = ImageItem.objects.visible_to(None)
    item = images.get(pk=pk)
    with item.file.open("rb") as file:
        hits = images.search(Picture(file.read()))[:NEARBY]
    nearest = min((hit.distance for hit in hits), default=0.0)
    found = any(hit.pk == pk for hit in hits) and nearest < 0.001
    return Answer(images.space().model, not hits, bool(hits) and not found)


def report(answers: list[Answer]) -> None:
    empty, mixed = sum(answer.empty for answer in answers), sum(answer.mixed for answer in answers)
    told = ", ".join(f"{count} by {model}" for model, count in Counter(a.model for a in answers).items())
    print(f"{len(answers)} answers: {told}; empty {empty}, of two models {mixed}")
    if empty or mixed:
        sys.exit(1)


if __name__ == "__main__":
    main()
