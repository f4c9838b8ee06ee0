"""A search while somebody types: `python -m benchmarks.typing [DIR or rows] [--tidb] [--profile]`.

Types phrases letter by letter and asks for the page's main part after each, as the browser does, in this
process through all of Django. The gallery is a folder of labelled photos, or so many made-up
images (100,000), in a scratch database: SQLite, or with --tidb at TIDB_URL, else on a tidb-server of its own.
Prints what half and 19 of 20 answers took, and with --profile where the time goes.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.footprint import fill
from benchmarks.serving import ROOT, scratch
from benchmarks.tidb import tidb_url

PHRASES = ("red bird on water", "brown dog", "blue dress and white shoes", "spider", "orange fruit")
DEEP = 30  # functions of the profile


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("gallery", nargs="?", default="100000")
    parser.add_argument("--tidb", action="store_true")
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with tidb_url() if asked.tidb else no_url() as url, scratch(url):
        if asked.gallery.isdecimal():
            fill(int(asked.gallery))
        else:
            from benchmarks.labelled import Photos

            Photos.of(Path(asked.gallery), words=True)
        measure(asked.profile)


@contextmanager
def no_url() -> Iterator[str]:
    yield ""


def measure(profiled: bool) -> None:
    from gallery.models import ImageItem

    first, other = ImageItem.objects.values_list("pk", flat=True)[:2]
    common = commonest(3)
    kinds: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
        "words that the model knows": ({}, PHRASES),
        "the index's three commonest words": ({}, (" ".join(common),)),
        "known words, beside a picture": ({"like": first}, PHRASES),
        "… and less like another": ({"like": first, "less": other}, PHRASES),
    }
    typed({}, "warm")
    images = ImageItem.objects.count()
    print(f"{f'of {images:,} images, in ms':<42}{'letters':>8}{'p50':>8}{'p95':>8}{'most':>8}{'CPU p50':>9}")
    for name, (asked, phrases) in kinds.items():
        profile = cProfile.Profile() if profiled else None
        answers = [answer for phrase in phrases for answer in typed(asked, phrase, profile)]
        times, work = (sorted(column) for column in zip(*answers, strict=True))
        figures = [statistics.median(times), times[int(0.95 * (len(times) - 1))], times[-1]]
        said = "".join(f"{figure:>8.1f}" for figure in figures)
        print(f"{name:<42}{len(times):>8}{said}{statistics.median(work):>9.1f}", flush=True)
        if profile:
            own(profile, len(times))


def own(profile: cProfile.Profile, asked: int) -> None:
    """The gallery's and the engine's functions that take longest, with all that they call."""
    stats: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    parts = (str(ROOT / "gallery"), str(ROOT / "imagesearch"))
    mine = [(cumulative, key) for key, (_, _, _, cumulative, _) in stats.items() if key[0].startswith(parts)]
    for cumulative, (file, line, name) in sorted(mine, reverse=True)[:DEEP]:
        where = f"{Path(file).relative_to(ROOT)}:{line} {name}"
        print(f"    {where:<70}{cumulative * 1000 / asked:>8.1f} ms an answer")


def commonest(count: int) -> list[str]:
    from django.db.models import Count

    from gallery.models import Term

    found = Term.objects.values("term").annotate(n=Count("pk")).order_by("-n", "term")[:count]
    return [row["term"] for row in found]


def typed(
    asked: dict[str, Any], phrase: str, profile: cProfile.Profile | None = None
) -> list[tuple[float, float]]:
    """Milliseconds of each letter, and how many this process worked, whatever else the machine does."""
    from django.test import Client

    client, times = Client(headers={"hx-request": "true", "hx-target": "found", "hx-trigger": "q"}), []
    for end in range(1, len(phrase) + 1):
        if phrase[end - 1] == " ":
            continue
        if profile:
            profile.enable()
        start, worked = time.perf_counter(), time.process_time()
        response = client.get("/search/", {**asked, "q": phrase[:end]}, HTTP_HOST="localhost")
        times.append(((time.perf_counter() - start) * 1000, (time.process_time() - worked) * 1000))
        if profile:
            profile.disable()
        assert response.status_code == 200, response
        assert b"<html" not in response.content, "a page, where a part of it was asked for"
    return times


if __name__ == "__main__":
    main()
