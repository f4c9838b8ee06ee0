"""The table “one order”: words in the word index beside vectors, and whether the numbers are in order.

Half of the photos have their label as a tag, a fourth their colour; beside pictures, one in twenty also has a
wrong label in its caption. Nothing else of them is in the word index. first: 1 ÷ the place of the first right
hit (mean reciprocal rank). The other columns are those of “one score”.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from random import Random

import numpy as np

from benchmarks.composing.one_score import QUICK, Tally
from benchmarks.composing.printing import Figures, print_table
from benchmarks.composing.query_sets import MIN_PHOTOS, MIN_RIGHT, Asked, spread
from benchmarks.labelled import Photos, query

SEEDS = (0, 1, 2)
TAGGED, COLOURED, WRONG = 0.5, 0.25, 0.05
MIN_COLOURED = 3  # photos of a label in a colour, else it is not asked
SAMPLE = 250
COLUMNS = ("precision", "strong", "disorder")


def one_order(photos: Photos, before: dict[str, Figures], quick: bool) -> dict[str, Figures]:
    """Ask, print, and return the figures of each kind. Afterwards the photos have no other words."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    firsts: dict[str, list[float]] = defaultdict(list)

    def ask(queries: Iterator[Asked]) -> None:
        from gallery.models import ImageItem

        for asked in spread(queries, QUICK if quick else None):
            found = ImageItem.objects.search(asked.query).matches(len(photos.labels))
            tallies[asked.kind].add(found, asked.right, None)
            places = (place for place, match in enumerate(found, 1) if match.pk in asked.right)
            firsts[asked.kind].append(1 / next(places, np.inf))

    for seed in SEEDS:
        write_words(photos, seed)
        ask(words(photos))
    write_words(photos, SEEDS[0], WRONG)
    ask(words_beside_pictures(photos))
    found = {}
    for kind, tally in tallies.items():
        figures = tally.figures()
        found[kind] = {
            "queries": figures["queries"],
            "first": round(float(np.mean(firsts[kind])), 4),
            **{name: figures[name] for name in COLUMNS},
        }
    print_table("One order", found, before)
    return found


def spoken(label: str) -> str:
    return label.lower() if label == "t-shirt" else label.lower().replace("-", " ")


def labels(photos: Photos) -> list[str]:
    return [label for label, members in sorted(photos.of_label.items()) if len(members) >= MIN_PHOTOS]


def write_words(photos: Photos, seed: int, wrong: float = 0.0) -> None:
    """Give the photos tags, and so many of them a wrong caption; the word index has nothing else."""
    from gallery.ingest.terms import refresh_terms
    from gallery.models import ImageItem, Tag

    random, names = np.random.RandomState(seed), labels(photos)
    pks = sorted(photos.labels)
    tagged = random.rand(len(pks)) < TAGGED
    tags: dict[str, list[int]] = defaultdict(list)
    ImageItem.objects.update(title="", original_name="", caption="")
    for pk, has_label in zip(pks, tagged, strict=True):
        if has_label:
            tags[spoken(photos.labels[pk])].append(pk)
        if random.rand() < COLOURED:
            tags[photos.colours[pk]].append(pk)
        if random.rand() < wrong:
            ImageItem.objects.filter(pk=pk).update(caption=spoken(random.choice(names)))
    Tag.objects.all().delete()
    for tag in Tag.named(list(tags)):
        tag.images.set(tags[tag.name])
    refresh_terms(pks)


def words(photos: Photos) -> Iterator[Asked]:
    """The names of labels, and of labels in a colour."""
    from imagesearch.colours.palette import NAMES

    for label in labels(photos):
        name = spoken(label)
        right = frozenset(photos.of_label[label])
        yield Asked("two words" if " " in name else "one word", query(words=name), right)
        for colour in NAMES:
            right = frozenset(photos.of_colour(label, colour))
            if len(right) >= MIN_COLOURED:
                yield Asked("colour + label", query(words=f"{colour} {name}"), right)


def words_beside_pictures(photos: Photos) -> Iterator[Asked]:
    from imagesearch.colours.palette import NAMES

    random = Random(2)  # noqa: S311
    of_label = {label: frozenset(photos.of_label[label]) for label in photos.words}
    pictures = [pk for label in photos.words for pk in photos.of_label[label]]
    for pk in pictures:
        label = photos.labels[pk]
        yield Asked("picture + own kind", query(pk, words=photos.words[label]), of_label[label] - {pk})
    coloured = [
        (pk, colour, right)
        for pk in sorted(photos.labels)
        for colour in NAMES
        if colour in photos.known
        and colour != photos.colours[pk]
        and len(right := photos.of_colour(photos.labels[pk], colour)) >= MIN_RIGHT
    ]
    for pk, colour, right in random.sample(coloured, min(SAMPLE, len(coloured))):
        yield Asked("picture + colour", query(pk, words=colour), frozenset(right))
    other = [(pk, label) for pk in pictures for label in photos.words if label != photos.labels[pk]]
    for pk, label in random.sample(other, min(SAMPLE, len(other))):
        yield Asked("picture + other kind", query(pk, words=photos.words[label]), of_label[label])
