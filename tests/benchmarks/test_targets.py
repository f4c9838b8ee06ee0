"""On real photos “less like” never empties a page, a copy comes first, and numbers are in order."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from benchmarks.composing.one_score import WEAK, Tally, in_order
from benchmarks.composing.query_sets import query_sets, spread
from benchmarks.labelled import Photos
from gallery.models import ImageItem
from imagesearch.hits import Match
from imagesearch.query import Query

SHARED = project.BASE_DIR.parent / "shared"
DEVSET = SHARED / "data" / "devset"
TINY = SHARED / "models" / "tiny-dual-encoder"
LABELS = ("cat", "chicken", "cow", "dog", "duck", "fish", "pig", "shark", "shirt", "shoes", "skirt", "snake")
EACH = 6  # photos of a label


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six photos each of twelve labels, linked from the folder of all."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    (folder / "images").symlink_to(DEVSET / "images")
    with (DEVSET / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["file"], row["label"]) for row in csv.DictReader(file)]
    counts: Counter[str] = Counter()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "label"))
        for name, label in rows:
            counts[label] += 1
            if label in LABELS and counts[label] <= EACH:
                writer.writerow((name, label))
    shutil.copyfile(DEVSET / "queries.json", folder / "queries.json")
    return folder


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.skipif(not DEVSET.is_dir(), reason="the labelled photos are not at ../shared/data/devset")
@pytest.mark.skipif(not TINY.is_dir(), reason="the model is not at ../shared/models/tiny-dual-encoder")
def test_a_small_dual_encoder_keeps_what_composed_queries_promise(folder: Path, settings: Any) -> None:
    settings.EMBEDDING_MODEL = f"clip/{TINY}"
    photos = Photos.of(folder)
    copies, several = Tally(), list(spread(query_sets(photos), 4))
    assert len(several) >= 60
    for asked in several:
        found = ImageItem.objects.search(asked.query).matches(len(photos.labels))
        if asked.copy_of is not None:
            copies.add(found, asked.right, asked.copy_of)
        sought = Query(tuple(part for part in asked.query if not part.against))
        without = ImageItem.objects.search(sought).matches(len(photos.labels))
        assert is_empty(found) == is_empty([match for match in without if match.pk not in asked.named]), asked
        assert in_order(asked), asked
    figures = copies.figures()
    assert (figures["empty"], figures["copy_first"], figures["copy_strong"]) == (0.0, 1.0, 1.0)


def is_empty(found: list[Match]) -> bool:
    """Whether none of these matches is shown."""
    return all((match.score or 0.0) < WEAK for match in found)
