"""Writes the word index: the terms of each image's title, tags, file name and caption."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet

from gallery.models import ImageItem, Term, WordIndexState
from gallery.text.words import Form, WordRules
from imagesearch.database.transactions import atomically
from imagesearch.jobs.batches import batched

MAX_ROUNDS = 10  # of reading and writing an image's words, while others change it
BATCH = 200  # images; more gains nothing
MAX_KEYS = (
    5_000  # in one statement; SQLite takes 32,766 by default, and long captions have thousands of words
)

Weights = dict[tuple[str, Form], int]
"""(term, form) → weight."""
Rows = dict[tuple[str, Form], tuple[int, int]]
"""(term, form) → weight and key of the row."""


def weights(item: Any, rules: WordRules) -> Weights:
    """Each term of an image with the weight of the best place that it stands in."""
    return rules.indexed(
        [
            ("caption", item.caption),
            ("name", item.original_name.rpartition(".")[0] or item.original_name),
            ("title", item.title),
            *(("tag", tag.name) for tag in item.tags.all()),
        ]
    )


def compared_terms(
    images: QuerySet[Any], terms: QuerySet[Any], rules: Sequence[WordRules]
) -> Iterator[tuple[Any, Rows, Weights]]:
    """Each of these images with its terms as they are, and as they should be by all of the rules."""
    current: dict[int, Rows] = defaultdict(dict)
    items = list(images.prefetch_related("tags"))
    rows = terms.filter(image__in=[item.pk for item in items])
    for image, term, form, weight, pk in rows.values_list("image_id", "term", "form", "weight", "pk"):
        current[image][term, Form(form)] = (weight, pk)
    for item in items:
        wanted: Weights = {}
        for each in rules:
            wanted |= weights(item, each)
        yield item, current[item.pk], wanted


def refresh_terms(ids: Iterable[int]) -> None:
    """Bring the word index of these images up to date with their titles, tags, names and captions.

    What was written is compared once more afterwards: of two who change the same image at once, one may have
    read before and written after the other, and is the one to notice.
    """
    for some in batched(ids, BATCH):
        for _ in range(MAX_ROUNDS):
            if not (some := atomically(partial(_write_current, some), repeatable=True)):
                break


def _write_current(ids: Sequence[int]) -> list[int]:
    """Returns those of the images whose words were not as they should be."""
    rules = WordIndexState.current().written_rules
    return write_terms(ImageItem.objects.filter(pk__in=ids), Term.objects.all(), rules)


def write_terms(images: QuerySet[Any], terms: QuerySet[Any], rules: Sequence[WordRules]) -> list[int]:
    """Make the terms of these images be those of all of the rules; returns the ids of those changed."""
    stale: list[int] = []
    new: list[Any] = []
    changed: list[int] = []
    for item, had, wanted in compared_terms(images, terms, rules):
        wrong = {key for key in {*had, *wanted} if had.get(key, (0, 0))[0] != wanted.get(key, 0)}
        stale += [had[key][1] for key in wrong if key in had]
        new += [
            terms.model(image_id=item.pk, term=term, form=form, weight=wanted[term, form])
            for term, form in sorted(wrong & wanted.keys())
        ]
        if wrong:
            changed.append(item.pk)
    for some in batched(stale, MAX_KEYS):
        terms.filter(pk__in=some).delete()
    terms.bulk_create(new, ignore_conflicts=True)
    return changed


def outdated_terms(ids: Sequence[int]) -> list[int]:
    """Those of the images whose words are not as they should be."""
    rules = WordIndexState.current().written_rules
    compared = compared_terms(ImageItem.objects.filter(pk__in=ids), Term.objects.all(), rules)
    return [
        item.pk
        for item, had, wanted in compared
        if {key: weight for key, (weight, _) in had.items()} != wanted
    ]
