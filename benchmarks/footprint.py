"""What a gallery grows by: `python -m benchmarks.footprint [images]`, on SQLite or the TiDB of DATABASE_URL.

Makes up so many images in a scratch database, which is dropped afterwards, and prints the bytes of each table
for each image, and how long the statements take whose work grows with the gallery. `python -m
benchmarks.footprint --pictures DIR` prints instead what the three files of each picture in a folder take.

SQLite's sizes are those of its pages. TiDB's are its own estimate from the rows' statistics: before
compression, before replicas, and without the vectors (which take 4 bytes a number, and 4).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

BATCH = 2_000
VOCABULARY = 20_000
REPEATS = 5


class Size(NamedTuple):
    """Bytes of one table."""

    table: str
    rows: int
    data: int
    indexes: int


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gallery-bench-") as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "imagesearch.settings"}
        os.environ |= {"LOG_LEVEL": "ERROR"}
        import django

        django.setup()
        if sys.argv[1:2] == ["--pictures"]:
            pictures(Path(sys.argv[2]))
        else:
            gallery(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)


def gallery(images: int) -> None:
    from django.conf import settings

    from gallery.evaluation.scratch import scratch_gallery

    on_file = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    with scratch_gallery(None if on_file else "default"):
        fill(images)
        report(on_file, images)
        growing(images)


# --- the made-up gallery -------------------------------------------------------------------------


def fill(images: int) -> None:
    """Each with a title of three words, a caption of eight, a camera's file name, and three tags."""
    from gallery.models import Tag
    from imagesearch.vectors.sqlite import refresh_statistics

    random = np.random.default_rng(1)
    words = vocabulary(random)
    tags = [Tag(name=word, key=word) for word in words[:500]]
    Tag.objects.bulk_create(tags)
    tags = list(Tag.objects.order_by("key"))
    start = time.perf_counter()
    for first in range(1, images + 1, BATCH):
        write(range(first, min(first + BATCH, images + 1)), words, tags, random)
    refresh_statistics("default")
    seconds = time.perf_counter() - start
    print(f"{images:,} images written in {seconds:.0f} s, {images / seconds:,.0f}/s")


def vocabulary(random: np.random.Generator) -> list[str]:
    letters = random.integers(97, 123, (VOCABULARY, 7), dtype=np.uint8)
    return sorted({bytes(row).decode() for row in letters})


def write(ids: range, words: list[str], tags: list[Any], random: np.random.Generator) -> None:
    from django.db import models

    from gallery.models import Embedding, ImageItem, Term
    from gallery.text.words import WordRules

    # Some words are common, most are rare, as in real texts.
    chosen = np.minimum(random.zipf(1.3, (len(ids), 11)) - 1, len(words) - 1)
    labels = [random.choice(len(tags), 3, replace=False) for _ in ids]
    items, terms = [], []
    for pk, numbers, labelled in zip(ids, chosen, labels, strict=True):
        title, caption = [words[i] for i in numbers[:3]], [words[i] for i in numbers[3:]]
        items.append(image(pk, " ".join(title), " ".join(caption), random))
        texts = [("caption", " ".join(caption)), ("name", f"{pk:08}"), ("title", " ".join(title))]
        found = WordRules().indexed([*texts, *(("tag", tags[i].key) for i in labelled)])
        terms += [
            Term(image_id=pk, term=term, form=form, weight=weight) for (term, form), weight in found.items()
        ]
    links = ImageItem.tags.through
    vectors = random.standard_normal((len(ids), 512)).astype(np.float32)
    models.QuerySet.bulk_create(ImageItem.objects.all(), items, batch_size=200)  # rings no indexer
    Embedding.objects.bulk_create(
        [Embedding(image_id=pk, vector=vector) for pk, vector in zip(ids, vectors, strict=True)],
        batch_size=200,
    )
    Term.objects.bulk_create(terms, batch_size=1000)
    links.objects.bulk_create(
        [
            links(imageitem_id=pk, tag_id=tags[i].pk)
            for pk, some in zip(ids, labels, strict=True)
            for i in some
        ],
        batch_size=1000,
    )


def image(pk: int, title: str, caption: str, random: np.random.Generator) -> Any:
    from gallery.models import ImageItem
    from gallery.search.sorting import NAMES

    sha256 = random.bytes(32).hex()
    colours = [f"#{random.bytes(3).hex()}" for _ in range(5)]
    return ImageItem(
        pk=pk, title=title, caption=caption, original_name=f"IMG_{pk:08}.jpg", sha256=sha256,
        file=f"originals/{sha256[:2]}/{sha256}.jpg", dhash=random.bytes(8).hex(), format="JPEG",
        width=4032, height=3024, size=int(random.integers(10**6, 6 * 10**6)), state="ready",
        color=NAMES[pk % len(NAMES)], palette=[{"hex": colour, "share": 0.2} for colour in colours],
    )  # fmt: skip


# --- sizes -----------------------------------------------------------------------------------------


def report(on_file: bool, images: int) -> None:
    print(f"\n{'table':<24}{'rows/image':>11}{'data':>9}{'indexes':>9}{'bytes/image':>13}")
    total = 0
    for size in sorted(on_sqlite() if on_file else on_tidb(), key=lambda size: -size.data - size.indexes):
        if size.rows < images:
            continue  # what does not grow with the images
        both = size.data + size.indexes
        total += both
        rows, data, indexes = size.rows / images, size.data / images, size.indexes / images
        print(f"{size.table:<24}{rows:>11.1f}{data:>9,.0f}{indexes:>9,.0f}{both / images:>13,.0f}")
    print(f"{'all':<24}{'':>29}{total / images:>13,.0f}")


def on_sqlite() -> list[Size]:
    return [
        Size(table, count(table), data, indexes)
        for table, data, indexes in ask(
            "SELECT s.tbl_name, SUM(CASE s.type WHEN 'table' THEN d.pgsize ELSE 0 END),"
            " SUM(CASE s.type WHEN 'index' THEN d.pgsize ELSE 0 END)"
            " FROM dbstat d JOIN sqlite_master s ON s.name = d.name GROUP BY 1"
        )
    ]


def on_tidb() -> list[Size]:
    from django.db import connection

    for table in connection.introspection.table_names():
        ask(f"ANALYZE TABLE `{table}` ALL COLUMNS")
    found = ask(
        "SELECT table_name, avg_row_length, index_length / table_rows FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_rows > 0"
    )
    counted = [(table, count(table), data, indexes) for table, data, indexes in found]
    return [
        Size(table, rows, rows * int(data), rows * int(indexes)) for table, rows, data, indexes in counted
    ]


def count(table: str) -> int:
    from django.db import connection

    quote = connection.ops.quote_name
    return int(ask(f"SELECT COUNT(*) FROM {quote(table)}")[0][0])  # noqa: S608


def ask(sql: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


# --- work that grows -------------------------------------------------------------------------------


def growing(images: int) -> None:
    """The statements that look at all rows, or at all of some kind, each a few times."""
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Count

    from gallery.maintenance.file_faults import FileCheck
    from gallery.maintenance.status_report import overview
    from gallery.models import Embedding, ImageItem, Tag, Term
    from gallery.search.sorting import ORDERS
    from imagesearch.vectors.nearest import nearest

    seen = ImageItem.objects.visible_to(None)
    vector = Embedding.objects.values_list("vector", flat=True)[0]
    first = ImageItem.objects.order_by("pk")[0]
    words = [row["term"] for row in Term.objects.values("term").annotate(n=Count("pk")).order_by("-n")[:2]]
    tag = Tag.objects.values_list("name", flat=True)[0]
    nearest(Embedding, "vector", vector, 1)  # SQLite reads its matrix
    print(f"\n{'of ' + format(images, ',') + ' images':<50}{'ms':>9}")
    line("nearest(), 100 hits", lambda: nearest(Embedding, "vector", vector, 100))
    line("the deepest list like a picture, 1,200 hits", lambda: seen.similar_to(first).matches(1_200))
    line("the same among one tag's images", lambda: seen.tagged(tag).similar_to(first).matches(1_200))
    line(
        "a filter that leaves most: 10,001 ids",
        lambda: seen.turned("landscape").narrowed_ids(10_000),
    )
    line("the commonest word", lambda: seen.word_matches(words[0], 1_200))
    line("the two commonest words", lambda: seen.word_matches(" ".join(words), 1_200))
    line("the library's count", seen.count)
    line("the status page's figures", lambda: overview(AnonymousUser()))
    for name, order in ORDERS.items():
        line(f"a page in the order {name}", lambda order=order: list(order.sort(seen)[:49]))
    line("check_gallery, one of its 256 shards", lambda: list(FileCheck().shard("00")))


def line(name: str, act: Callable[[], object]) -> None:
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    print(f"{name:<50}{statistics.median(seconds) * 1000:>9.1f}", flush=True)


# --- pictures --------------------------------------------------------------------------------------


def pictures(folder: Path) -> None:
    """The mean bytes of a picture's own file, its tile and its view."""
    from imagesearch.images.decode import decode

    sizes = []
    for path in sorted(folder.rglob("*.jp*g")):
        with path.open("rb") as file:
            photo = decode(file, path.name)
        pixels = photo.image.width * photo.image.height
        sizes.append((photo.width * photo.height, photo.size, len(photo.tile()), len(photo.view()), pixels))
    pixels, own, tile, view, viewed = (statistics.mean(column) for column in zip(*sizes, strict=True))
    print(f"{len(sizes):,} pictures of {pixels / 1e6:.2f} megapixels on average; bytes: own {own:,.0f},")
    print(f"tile {tile:,.0f}, view {view:,.0f} ({view / viewed:.3f} a pixel)")


if __name__ == "__main__":
    main()
