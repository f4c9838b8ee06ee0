"""The queries of the table “one score”: hundreds of each kind, drawn by lot with a seed.

What is right is told by the labels, and for colours by those that the gallery files photos under. The wrong
hits that a query is to be less like are the first ones of its sought parts alone, by their vector, so that
two versions of the ranking are asked the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.labelled import Photos, query

CONTEXTS = (
    "on water", "in the grass", "on the beach", "in snow", "on a table",
    "red", "blue", "with a hat", "a house",
)  # fmt: skip
SAMPLE = 200
MANY = 300
UNLIKE = 150
SETS_PER_LABEL = 6
MIN_PHOTOS = 5  # of a label, else it is not asked
MIN_RIGHT = 2
DEPTH = 48  # how far down somebody looks for a wrong hit


@dataclass(frozen=True)
class Asked:
    """A query and the ids that are right. `copy_of` is the image whose file, or a changed copy, is asked."""

    kind: str
    query: Any
    right: frozenset[int]
    copy_of: int | None = None

    @property
    def named(self) -> frozenset[int]:
        """The ids that the query names, which are never among its hits."""
        return frozenset(part.pk for part in self.query if part.pk is not None)

    def less(self, kind: str, unwanted: list[int]) -> Asked:
        made = self.query
        for pk in unwanted:
            made = made.less(pk)
        return Asked(kind, made, self.right - {*unwanted}, self.copy_of)


def query_sets(photos: Photos) -> Iterator[Asked]:
    """All queries, in the order in which they are drawn."""
    return QuerySets(photos).all()


def spread(queries: Iterable[Asked], most: int | None) -> Iterator[Asked]:
    """Kind by kind those with something right to be found; at most so many of each, evenly spaced."""
    kinds: dict[str, list[Asked]] = defaultdict(list)
    for asked in queries:
        if asked.right:
            kinds[asked.kind].append(asked)
    for several in kinds.values():
        yield from several[:: -(-len(several) // most) if most else 1]


class QuerySets:
    """Draws the queries. One random generator is used throughout, so the order of the methods matters."""

    def __init__(self, photos: Photos) -> None:
        from imagesearch.colours.palette import NAMES

        self.photos = photos
        self.random = Random(1)  # noqa: S311
        labels = sorted(photos.of_label)
        self.members = {
            label: photos.of_label[label] for label in labels if len(photos.of_label[label]) >= MIN_PHOTOS
        }
        self.pictures = [pk for members in self.members.values() for pk in members]
        self.colours = [colour for colour in NAMES if colour in photos.known]
        self.contexts = [text for text in CONTEXTS if photos.knows(text)]

    def all(self) -> Iterator[Asked]:
        single = [*self.single()]
        own_kind: list[Asked] = []
        yield from single
        yield from self.uploads()
        yield from self.uploads_in_context()
        for asked in self.pictures_and_words():
            own_kind += [asked] if asked.kind == "picture + own kind" else []
            yield asked
        yield from self.coloured_kinds()
        examples = [*self.examples()]
        yield from examples
        yield from self.unlike_examples()
        pictures = [asked for asked in single if asked.kind == "picture"]
        words = [asked for asked in single if asked.kind == "word"]
        threes = [asked for asked in examples if asked.kind == "3 examples"]
        for several in (pictures, words, threes, self.some(own_kind, SAMPLE)):
            yield from self.less_wrong(several)
        yield from self.less_wrong_in_context()

    def some(self, drawn: list[Any], most: int) -> list[Any]:
        return self.random.sample(drawn, min(most, len(drawn)))

    def of(self, label: str) -> frozenset[int]:
        return frozenset(self.photos.of_label[label])

    def label(self, pk: int) -> str:
        return self.photos.labels[pk]

    # --- one part ------------------------------------------------------------------------------

    def single(self) -> Iterator[Asked]:
        for label, text in self.photos.words.items():
            yield Asked("word", query(words=text), self.of(label))
        for pk in self.pictures:
            yield Asked("picture", query(pk), self.of(self.label(pk)) - {pk})

    def uploads(self) -> Iterator[Asked]:
        for pk in self.pictures:
            yield Asked("own upload", self.photos.upload(pk), self.of(self.label(pk)), pk)
        for path, pk in self.photos.copies:
            yield Asked("changed copy", self.photos.upload(path), self.of(self.label(pk)), pk)

    # --- a picture and words -------------------------------------------------------------------

    def uploads_in_context(self) -> Iterator[Asked]:
        for pk in self.some(self.pictures, SAMPLE) if self.contexts else ():
            asked = self.photos.upload(pk, self.random.choice(self.contexts))
            yield Asked("own upload + context", asked, self.of(self.label(pk)), pk)

    def pictures_and_words(self) -> Iterator[Asked]:
        photos = self.photos
        coloured = [
            (pk, colour, right)
            for pk in self.pictures
            for colour in self.colours
            if colour != photos.colours[pk]
            and len(right := photos.of_colour(self.label(pk), colour)) >= MIN_RIGHT
        ]
        for pk, colour, right in self.some(coloured, MANY):
            yield Asked("picture + colour", query(pk, words=colour), frozenset(right))
        for pk in self.pictures:
            if text := photos.words.get(self.label(pk)):
                yield Asked("picture + own kind", query(pk, words=text), self.of(self.label(pk)) - {pk})
        other = [
            (pk, text, right)
            for pk in self.pictures
            for label, text in photos.words.items()
            if label != self.label(pk)
            and len(right := photos.of_colour(label, photos.colours[pk])) >= MIN_RIGHT
        ]
        for pk, text, right in self.some(other, MANY):
            yield Asked("picture + other kind", query(pk, words=text), frozenset(right))

    def coloured_kinds(self) -> Iterator[Asked]:
        for label, text in self.photos.words.items():
            for colour in self.colours:
                right = frozenset(self.photos.of_colour(label, colour))
                if len(right) >= MIN_RIGHT:
                    words = f"{colour} {text.removeprefix('a photo of a ')}"
                    yield Asked("colour + kind, one text", query(words=words), right)

    # --- several examples ----------------------------------------------------------------------

    def examples(self) -> Iterator[Asked]:
        for count in (2, 3, 5):
            for label, members in self.members.items():
                for _ in range(SETS_PER_LABEL):
                    chosen = self.random.sample(members, min(count, len(members) - 2))
                    yield Asked(f"{count} examples", query(*chosen), self.of(label) - {*chosen})

    def unlike_examples(self) -> Iterator[Asked]:
        for _ in range(UNLIKE if len(self.members) > 1 else 0):
            labels = self.random.sample([*self.members], 2)
            pks = [self.random.choice(self.members[label]) for label in labels]
            right = self.of(labels[0]) | self.of(labels[1])
            yield Asked("2 examples, unlike", query(*pks), right - {*pks})

    # --- less like -----------------------------------------------------------------------------

    def less_wrong(self, several: list[Asked]) -> Iterator[Asked]:
        """Without the first one, two and three wrong hits, and without the first right one."""
        for count in (1, 2, 3):
            for asked in several:
                wrong = [pk for pk in self.nearest(asked) if pk not in asked.right][:count]
                if len(wrong) == count:
                    yield asked.less(f"{asked.kind} − {count} wrong", wrong)
        for asked in several:
            right = [pk for pk in self.nearest(asked) if pk in asked.right][:1]
            if right and asked.kind in ("picture", "word"):
                yield asked.less(f"{asked.kind} − 1 right", right)

    def less_wrong_in_context(self) -> Iterator[Asked]:
        for pk in self.some(self.pictures, SAMPLE) if self.contexts else ():
            right = self.of(self.label(pk))
            wrong = [near for near in self.photos.nearest(query(pk)) if near not in right][:1]
            asked = Asked("", self.photos.upload(pk, self.random.choice(self.contexts)), right, pk)
            yield asked.less("own upload + context − 1 wrong", wrong)

    def nearest(self, asked: Asked) -> list[int]:
        return self.photos.nearest(asked.query)[:DEPTH]
