"""Whether a picture finds more with words beside it, and several examples more than one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random
from statistics import fmean

from benchmarks.composing.printing import head, line, precision
from benchmarks.labelled import Photos, query

MOST = 500  # pairs of one kind
MIN_RIGHT = 2  # photos that satisfy a query, else it is not asked
RANK_CONSTANT = 60  # of reciprocal rank fusion

Pair = tuple[int, str, set[int]]  # a photo, words, and what is right; the photo itself is not among it


def words_beside_a_picture(photos: Photos) -> None:
    head("Picture + words (precision at 10)", "pairs", "picture", "words", "both")
    for name, pairs in kinds(photos).items():
        if pairs:
            columns = [alone, worded, both(1)]
            line(name, len(pairs), *(mean(photos, pairs, column) for column in columns))
    pairs = kinds(photos)[COLOURED]
    if not pairs:
        return
    print("  The first line, were words to weigh so many times as much as they do:")
    for weight in (0.25, 0.5, 2, 4):
        line(f"  {weight:g}", len(pairs), mean(photos, pairs, both(weight)))
    print("  … and were the two rankings put together otherwise:")
    for name, way in {"sum of scores": sum, "lower score": min, "reciprocal ranks": None}.items():
        line(f"  {name}", len(pairs), mean(photos, pairs, fused(way)))


COLOURED = "the same thing in another colour"


def kinds(photos: Photos) -> dict[str, list[Pair]]:
    coloured: list[Pair] = []
    other: list[Pair] = []
    own: list[Pair] = []
    for pk, label in sorted(photos.labels.items()):
        mine = photos.colours[pk]
        for colour in sorted(photos.known - {mine}):
            coloured.append((pk, colour, photos.of_colour(label, colour)))
        for another, words in sorted(photos.words.items()):
            right = photos.of_colour(another, mine) if another != label else {*photos.of_label[label]} - {pk}
            (other if another != label else own).append((pk, words, right))
    return {
        COLOURED: few(coloured),
        "another thing in the same colour": few(other),
        "the thing, and its own name": few(own),
    }


def few(pairs: list[Pair]) -> list[Pair]:
    """Those that can be satisfied, a sample where they are many."""
    asked = [pair for pair in pairs if len(pair[2]) >= MIN_RIGHT]
    return Random(1).sample(asked, MOST) if len(asked) > MOST else asked  # noqa: S311


Way = Callable[[Photos, int, str], list[int]]


def mean(photos: Photos, pairs: list[Pair], way: Way) -> float:
    return fmean(precision(way(photos, pk, words), right) for pk, words, right in pairs)


def alone(photos: Photos, pk: int, words: str) -> list[int]:
    return photos.found(query(pk))


def worded(photos: Photos, pk: int, words: str) -> list[int]:
    return photos.found(query(words=words), {pk})


def both(weight: float) -> Way:
    return lambda photos, pk, words: photos.found(query(pk, words=words, weight=weight))


def fused(way: Callable[[list[float]], float] | None) -> Way:
    """By the scores of both parts, or without a way by reciprocal ranks."""

    def rank(photos: Photos, pk: int, words: str) -> list[int]:
        merits: dict[int, list[float]] = defaultdict(list)
        for ranking in (photos.matches(query(pk)), photos.matches(query(words=words))):
            for place, match in enumerate(match for match in ranking if match.pk != pk):
                merits[match.pk].append(match.score if way else 1 / (RANK_CONSTANT + place + 1))
        return sorted(merits, key=lambda key: (-(way or sum)(merits[key]), key))

    return rank


def several_examples(photos: Photos) -> None:
    """Right are the images of the label that are none of the three examples."""
    head("Several examples (precision at 10)", "sets", "one", "best one", "two", "three")
    groups: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for label, examples in triples(photos):
        right = {*photos.of_label[label]} - {*examples}
        single = [precision(photos.found(query(pk), examples), right) for pk in examples]
        two, three = (precision(photos.found(query(*examples[:n]), examples), right) for n in (2, 3))
        groups[photos.groups[label]].append((fmean(single), max(single), two, three))
    everything = [row for rows in groups.values() for row in rows]
    for name, rows in {"all": everything, **(groups if len(groups) > 1 else {})}.items():
        line(name, len(rows), *map(fmean, zip(*rows, strict=True)))


def triples(photos: Photos) -> Iterator[tuple[str, list[int]]]:
    """As many as there are photos: three of one label each, which leave some to be found."""
    random = Random(2)  # noqa: S311
    for label, members in photos.of_label.items():
        for _ in members if len(members) >= 3 + MIN_RIGHT else ():
            yield label, random.sample(members, 3)
