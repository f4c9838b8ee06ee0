"""The word index at work: `python -m benchmarks.words [images] [--data DIR]`, of 100,000 images by default.

Makes up so many images without files in a scratch SQLite gallery, with English, German and Japanese titles,
captions, tags and file names. Prints the size of the word index, and what building it, searches for words,
typing help, and a list by name take. With --data the gallery is kept in DIR; one that an earlier version has
left there is migrated, and the time of that is printed.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.footprint import on_sqlite

BATCH = 2_000
REPEATS = 9
MOST = 1_200  # hits, as a search asks for

THINGS = (
    "sunset beach dog cat flower mountain lake tree bird car house street bridge boat river horse church "
    "train garden baby city window door cake bike butterfly market forest castle rose puppy lighthouse "
    "waterfall wedding snow tower coffee camera guitar tomato leaf child woman man mouse berry fox bus dress"
).split()
LOOKS = (
    "old red little blue beautiful green big white wild wooden dark golden quiet foggy black sunny rusty "
    "empty yellow tiny early cold frozen bright"
).split()
PLACES = (
    "Paris London Lisbon Łódź Malmö Øresund Zürich Kraków Tokyo Oaxaca Reykjavík Brno Porto Oslo Naples "
    "Québec Nice Kyoto Bergen Galway"
).split()
CAPTIONS = (
    "Taken in the morning near {place} with my {look} camera; the {thing} was there, the {many} came later.",
    "A {look} {thing} beside the {other}, seen by {name}.",
    "We walked from the {thing} to the {other} in {place}, {year}.",
    "",
)
TITLES = (
    "{look} {thing} in {place}", "{thing} and {other}", "My {many} {year}", "{name}'s {thing}", "{thing}",
    "The {look} {other} at {place}, {year}", "IMG_{number}", "DSC0{number}", "{many} of {place}",
)  # fmt: skip
GERMAN_THINGS = (
    "Hund Katze Blume Straße Brücke Schloss Kirche Fluss Berg Wiese Garten Schmetterling Vögel Häuser Bäume "
    "Sonnenuntergang Hochzeitstorte Leuchtturm Wasserfall Marktplatz"
).split()
GERMAN_TITLES = ("{german} in {place}", "{german} und {german2}", "Unser {german} im Sommer {year}")
GERMAN_CAPTIONS = ("Aufgenommen am Morgen bei {place}, mit {german} und {german2}.", "")
JAPANESE_THINGS = (
    "東京タワー 夜景 桜 富士山 猫 犬 神社 海 花火 紅葉 電車 ラーメン 温泉 公園 橋 バス 空 雪 祭り 城".split()
)
JAPANESE_TITLES = ("{japanese}の{japanese2}", "{japanese}と{japanese2}", "{year}年の{japanese}")
JAPANESE_CAPTIONS = ("{place}の近くで朝に撮った{japanese}の写真です。{japanese2}も見えます。", "")
SYLLABLES = "ka ro mi ven tal sor ba ne lin dra ost hu wer ga pel".split()
NAMES = ["".join(syllables).capitalize() for syllables in product(SYLLABLES, repeat=3)]

WORDS = {
    "a common word": "sunset",
    "its plural": "sunsets",
    "a rare word": NAMES[-1],
    "two common words": "sunset beach",
    "common words in captions": "camera morning",
    "three words, one of them rare": f"dog Lisbon {NAMES[-1]}",
    "a number of a file's name": "1273",
    "German": "Brücke",
    "Japanese, two characters": "東京",
    "Japanese, five characters": "東京タワー",
    "Japanese, one character": "桜",
    "a word that no image has": "xylophonist",
}
TYPED = ("s", "su", "sunset", "old red", "karo", "br", "東", "東京")


class Texts(NamedTuple):
    """What is written about one image."""

    title: str
    caption: str
    name: str
    tags: list[str]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="?", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    with (
        nullcontext(asked.data)
        if asked.data
        else tempfile.TemporaryDirectory(prefix="gallery-bench-") as folder
    ):
        began = bool(asked.data) and (asked.data / "gallery.sqlite3").exists()
        seconds, worked = set_up(Path(folder))
        if began:
            print(f"the gallery of an earlier version: migrated in {seconds:.0f} s, {worked:.0f} s of work")
        else:
            fill(asked.images)
        report()


def set_up(folder: Path) -> tuple[float, float]:
    """Django on this folder. Returns what `migrate` took, as `timed`."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "imagesearch.settings",
        "LOG_LEVEL": "ERROR",
    }
    import django
    from django.core.management import call_command

    django.setup()
    return timed(lambda: call_command("migrate", verbosity=0))


# --- the made-up gallery -------------------------------------------------------------------------


def fill(images: int) -> None:
    from gallery.ingest.terms import refresh_terms
    from gallery.models import ImageItem
    from imagesearch.vectors.sqlite import refresh_statistics

    random = np.random.default_rng(1)
    write(texts(images, random), random)
    refresh_statistics("default")
    ids = ImageItem.objects.order_by("pk").values_list("pk", flat=True)
    seconds, worked = timed(lambda: refresh_terms(ids))
    refresh_statistics("default")
    print(f"{images:,} images; their word index was made in {seconds:.0f} s, {worked:.0f} s of work")


def texts(images: int, random: np.random.Generator) -> Iterator[Texts]:
    """85 in 100 in English, 10 in German, 5 in Japanese."""
    for pk in range(1, images + 1):
        words = {
            "thing": often(THINGS, random), "other": often(THINGS, random), "look": often(LOOKS, random),
            "many": plural(often(THINGS, random)), "place": often(PLACES, random),
            "name": often(NAMES, random),
            "german": often(GERMAN_THINGS, random), "german2": often(GERMAN_THINGS, random),
            "japanese": often(JAPANESE_THINGS, random), "japanese2": often(JAPANESE_THINGS, random),
            "year": 2000 + pk % 25, "number": f"{pk % 10_000:04}",
        }  # fmt: skip
        language = random.random()
        titles: Sequence[str]
        captions: Sequence[str]
        if language < 0.85:
            titles, captions, tags = TITLES, CAPTIONS, ["thing", "look", "place"]
        elif language < 0.95:
            titles, captions, tags = GERMAN_TITLES, GERMAN_CAPTIONS, ["german", "place"]
        else:
            titles, captions, tags = JAPANESE_TITLES, JAPANESE_CAPTIONS, ["japanese", "japanese2"]
        yield Texts(
            one_of(titles, random).format(**words),
            one_of(captions, random).format(**words),
            f"{one_of(('IMG_', 'DSC0', 'P10'), random)}{words['number']}.jpg",
            list(dict.fromkeys(str(words[tag]) for tag in tags)),
        )


def one_of(items: Sequence[str], random: np.random.Generator) -> str:
    return items[int(len(items) * random.random())]


def often(items: Sequence[str], random: np.random.Generator) -> str:
    """The first of them most often: of 50 the first 14 times in 100, the last once."""
    return items[int(len(items) * random.random() ** 2)]


def plural(thing: str) -> str:
    unusual = {"leaf": "leaves", "child": "children", "woman": "women", "man": "men", "mouse": "mice"}
    regular = thing[:-1] + "ies" if thing.endswith(("ty", "by", "ry")) else thing + "s"
    return unusual.get(thing, regular)


def write(rows: Iterator[Texts], random: np.random.Generator) -> None:
    from django.db.models import QuerySet

    from gallery.models import ImageItem, Tag
    from imagesearch.jobs.batches import batched

    links = ImageItem.tags.through
    tags: dict[str, int] = {}
    for first, some in enumerate(batched(rows, BATCH)):
        ids = range(first * BATCH + 1, first * BATCH + 1 + len(some))
        items = [
            ImageItem(
                pk=pk, title=row.title[:200], caption=row.caption, original_name=row.name, state="ready",
                sha256=random.bytes(32).hex(), width=4032, height=3024, color="blue",
            )
            for pk, row in zip(ids, some, strict=True)
        ]  # fmt: skip
        QuerySet(ImageItem).bulk_create(items, batch_size=200)  # type: ignore[arg-type]  # it queues nothing
        if new := {name for row in some for name in row.tags} - tags.keys():
            found = Tag.named(sorted(new))
            tags |= {name: tag.pk for name in new for tag in found if tag.name == name}
        links.objects.bulk_create(
            [
                links(imageitem_id=pk, tag_id=tags[name])
                for pk, row in zip(ids, some, strict=True)
                for name in row.tags
                if name in tags
            ],
            batch_size=1000,
            ignore_conflicts=True,
        )


# --- what it takes -------------------------------------------------------------------------------


def report() -> None:
    from gallery.models import ImageItem
    from gallery.search.autocomplete import complete
    from gallery.search.sorting import ORDERS

    (size,) = (size for size in on_sqlite() if size.table == "gallery_term")
    images, seen = ImageItem.objects.count(), ImageItem.objects.visible_to(None)
    megabytes = (size.data + size.indexes) / 1e6
    print(f"the word index: {size.rows:,} rows, {size.rows / images:.1f} an image, {megabytes:.1f} MB")
    print(f"\n{f'of {images:,} images':<54}{'hits':>8}{'ms':>9}{'CPU ms':>9}")
    for kind, words in WORDS.items():
        line(f"{kind}: {words}", lambda words=words: seen.word_matches(words, MOST))
    for letters in TYPED:
        line(f"typing help: {letters}", lambda letters=letters: complete(letters, seen).suggestions)
    line("a page in the order of names", lambda: list(ORDERS["name"].sort(seen)[:49]))


def line(name: str, act: Callable[[], Sequence[Any]]) -> None:
    found = act()
    times = [timed(act) for _ in range(REPEATS)]
    passed, worked = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
    print(f"{name:<54}{len(found):>8,}{passed:>9.1f}{worked:>9.1f}", flush=True)


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Seconds, and how many of them this process worked, whatever else the machine does."""
    start, worked = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - start, time.process_time() - worked


if __name__ == "__main__":
    main()
