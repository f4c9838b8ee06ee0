"""Writes the word index: the terms of each image's title, tags, file name and caption."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from gallery.models import ImageItem, Term
from gallery.text.words import WEIGHTS, terms
from imagesearch.database.transactions import atomically
from imagesearch.jobs.batches import batched

COLUMNS = ("image_id", "term", "weight", "pk")
MAX_ROUNDS = 10  # of reading and writing an image's words, while others change it
BATCH = 200  # images; more gains nothing


def weights(item: ImageItem) -> dict[str, int]:
    """Each term of an image with the weight of the best place that it stands in."""
    sources = [
        ("caption", item.caption),
        ("name", item.original_name.rpartition(".")[0] or item.original_name),
        ("title", item.title),
        ("tag", " ".join(tag.name for tag in item.tags.all())),
    ]
    found: dict[str, int] = {}
    for source, text in sources:
        for term in terms(text):
            found[term] = max(WEIGHTS[source], found.get(term, 0))
    return found


def compared_terms(
    ids: Sequence[int],
) -> Iterator[tuple[ImageItem, dict[str, tuple[int, int]], dict[str, int]]]:
    """Each image with its terms as they are (term → weight and row) and as they should be (term → weight)."""
    current: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for image, term, weight, pk in Term.objects.filter(image__in=ids).values_list(*COLUMNS):
        current[image][term] = (weight, pk)
    for item in ImageItem.objects.filter(pk__in=ids).prefetch_related("tags"):
        yield item, current[item.pk], weights(item)


def refresh_terms(ids: Iterable[int]) -> None:
    """Bring the word index of these images up to date with their titles, tags, names and captions.

    What was written is compared once more afterwards: of two who change the same image at once, one may have
    read before and written after the other, and is the one to notice.
    """
    for some in batched(ids, BATCH):
        for _ in range(MAX_ROUNDS):
            if not (some := atomically(partial(_write_terms, some), repeatable=True)):
                break


def _write_terms(ids: Sequence[int]) -> list[int]:
    """Returns those of the images whose words were not as they should be."""
    stale: list[int] = []
    new: list[Term] = []
    changed: list[int] = []
    for item, had, wanted in compared_terms(ids):
        wrong = {term for term in {*had, *wanted} if had.get(term, (0, 0))[0] != wanted.get(term, 0)}
        stale += [had[term][1] for term in wrong if term in had]
        new += [Term(image=item, term=term, weight=wanted[term]) for term in wrong if term in wanted]
        if wrong:
            changed.append(item.pk)
    Term.objects.filter(pk__in=stale).delete()
    Term.objects.bulk_create(new, ignore_conflicts=True)
    return changed


def outdated_terms(ids: Sequence[int]) -> list[int]:
    """Those of the images whose words are not as they should be."""
    return [
        item.pk
        for item, had, wanted in compared_terms(ids)
        if {term: weight for term, (weight, _) in had.items()} != wanted
    ]
