"""Whether composing helps: `python -m benchmarks.composing DIR`, a folder as `manage.py evaluate` takes it.

Asks many queries of several parts in a scratch gallery, each beside its parts alone, and prints how often the
first hits are right. The word index is left out, since file names tell the labels; colours are those that the
gallery files photos under, which no model has a say in. Words are those of queries.json that name one label,
where the model is sure of them. All that is drawn by lot has a seed, so that a second run prints the same.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from benchmarks.labelled import Photos, query
from benchmarks.serving import scratch

FIRST = 10
PAGE = 24
MOST = 500  # pairs of one kind
COLLAGES = 150
MIN_RIGHT = 2  # photos that satisfy a query, else it is not asked
MIN_UNWANTED = 3  # among the first 24, else it is no problem
RANK_CONSTANT = 60  # of reciprocal rank fusion


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with scratch():
        photos = Photos.of(Path(sys.argv[1]))
        print(f"{photos.model}: {len(photos.labels):,} photos of {len(photos.of_label)} labels\n")
        for measure in (words_beside_a_picture, several_examples, less_like, a_part, bands):
            measure(photos)
            print(flush=True)


def precision(found: Sequence[int], right: set[int]) -> float:
    """As in `evaluate`: hits among the first 10, or among as many as there are."""
    k = min(FIRST, len(right))
    return len(right.intersection(found[:k])) / k


def share(found: Sequence[int], right: Iterable[int]) -> float:
    return len(set(right).intersection(found[:PAGE])) / PAGE


def line(name: str, count: int, *figures: float) -> None:
    print(f"  {name:<46}{count:>7,}" + "".join(f"{figure:>9.3f}" for figure in figures))


def head(title: str, count: str, *columns: str) -> None:
    print(f"{title:<48}{count:>7}" + "".join(f"{column:>9}" for column in columns))


# --- a picture and words -----------------------------------------------------------------------------

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


# --- several examples ----------------------------------------------------------------------------------


def several_examples(photos: Photos) -> None:
    """Each is judged by what none of the three examples is."""
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


# --- less like -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sought:
    """A query, the labels that it is meant to find, and those that may be in the way (all others)."""

    query: Any
    wanted: frozenset[str]
    unwanted: frozenset[str] = frozenset()


def less_like(photos: Photos) -> None:
    """As somebody would do it: the first wrong hits of one label on the first page are unwanted, or the first
    of each of several labels. The share is theirs; what was clicked is counted neither before nor after.
    """
    head("Less like (share of the first 24)", "queries", "unwanted", "after", "wanted", "after")
    for name, sought in asked_for(photos).items():
        for clicks, each in ((1, False), (2, False), (3, False), (3, True)):
            rows = [row for one in sought if (row := judged(photos, one, clicks, each))]
            if rows:
                clicked = f"{clicks}{' unlike ones' if each else ''}"
                line(f"{name}, less like {clicked}", len(rows), *map(fmean, zip(*rows, strict=True)))


def asked_for(photos: Photos) -> dict[str, list[Sought]]:
    threes = [(examples, label) for label, examples in triples(photos)]
    labels: dict[str, set[str]] = defaultdict(set)
    for label, group in photos.groups.items():
        labels[group].add(label)
    return {
        "a picture": [Sought(query(pk), frozenset([label])) for pk, label in photos.labels.items()],
        "three pictures": [Sought(query(*examples), frozenset([label])) for examples, label in threes],
        "picture + its name": [
            Sought(query(pk, words=photos.words[label]), frozenset([label]))
            for pk, label in photos.labels.items()
            if label in photos.words
        ],
        "words": [Sought(query(words=text), frozenset([label])) for label, text in photos.words.items()],
        "words for a group, without one of it": [
            Sought(query(words=group), frozenset(labels[group] - {label}), frozenset([label]))
            for label, group in photos.groups.items()
            if group in photos.sure_groups
        ],
    }


def judged(photos: Photos, sought: Sought, clicks: int, each: bool) -> tuple[float, ...] | None:
    """(unwanted, after, wanted, after); None where there is too little in the way."""
    found = photos.found(sought.query)
    page = [pk for pk in found[:PAGE] if photos.labels[pk] not in sought.wanted]
    wrong = Counter(photos.labels[pk] for pk in page)
    names = [
        name
        for name, count in sorted(wrong.items(), key=lambda pair: (-pair[1], pair[0]))
        if count >= MIN_UNWANTED and (not sought.unwanted or name in sought.unwanted)
    ][: clicks if each else 1]
    if len(names) < (clicks if each else 1):
        return None
    hits = [[pk for pk in page if photos.labels[pk] == name] for name in names]
    clicked = [pks[0] for pks in hits] if each else hits[0][:clicks]
    after = photos.found(without_like(sought.query, clicked))
    before = [pk for pk in found if pk not in clicked]
    unwanted = {pk for name in names for pk in photos.of_label[name]}
    wanted = {pk for name in sought.wanted for pk in photos.of_label[name]}
    return share(before, unwanted), share(after, unwanted), share(before, wanted), share(after, wanted)


def without_like(asked: Any, clicked: Iterable[int]) -> Any:
    for pk in clicked:
        asked = asked.less(pk)
    return asked


# --- a part of a picture -------------------------------------------------------------------------------


def a_part(photos: Photos) -> None:
    """Each collage is a photo with another, of another label, somewhere on it: 25 to 35 % of its sides."""
    head("A part of a picture (precision at 10)", "collages", "whole", "loose", "part", "photo")
    random, keys = Random(4), sorted(photos.labels)  # noqa: S311
    rows, first = [], Counter[str]()
    for _ in range(min(COLLAGES, len(keys))):
        small, large = random.sample(keys, 2)
        right = {*photos.of_label[photos.labels[small]]} - {small, large}
        if photos.labels[small] == photos.labels[large] or len(right) < MIN_RIGHT:
            continue
        picture, part = collage(photos.files[small], photos.files[large], random)
        found = {
            "whole": in_memory(photos, picture, None),
            "loose": in_memory(photos, picture, loosened(part)),
            "part": in_memory(photos, picture, part),
        }
        first.update(name for name, ids in found.items() if ids[0] == small)
        others = [[pk for pk in ids if pk not in (small, large)] for ids in found.values()]
        others.append(photos.found(query(small), {large}))
        rows.append([precision(ids, right) for ids in others])
    line("its label", len(rows), *map(fmean, zip(*rows, strict=True)))
    line("the small photo itself comes first", len(rows), *(first[name] / len(rows) for name in found))


def collage(small: Path, large: Path, random: Random) -> tuple[bytes, Any]:
    """(PNG, the part of it that is the small photo)."""
    from PIL import Image

    from imagesearch.query import Crop

    with Image.open(large) as below, Image.open(small) as above:
        canvas = below.convert("RGB")
        side = random.uniform(0.25, 0.35)
        scale = side * min(canvas.width / above.width, canvas.height / above.height)
        size = max(1, round(above.width * scale)), max(1, round(above.height * scale))
        left, top = random.randint(0, canvas.width - size[0]), random.randint(0, canvas.height - size[1])
        canvas.paste(above.convert("RGB").resize(size, Image.Resampling.LANCZOS), (left, top))
    buffer = BytesIO()
    canvas.save(buffer, "PNG", compress_level=1)
    across, down = 1000 / canvas.width, 1000 / canvas.height
    return buffer.getvalue(), Crop(
        int(left * across), int(top * down), int(size[0] * across), int(size[1] * down)
    )


def loosened(part: Any) -> Any:
    """The part as a hurried hand draws it: a fifth of its sides more all around, as far as there is any."""
    from imagesearch.query import Crop

    across, down = part.width // 5, part.height // 5
    left, top = max(0, part.x - across), max(0, part.y - down)
    right, bottom = (
        min(1000, part.x + part.width + across), min(1000, part.y + part.height + down)
    )  # fmt: skip
    return Crop(left, top, right - left, bottom - top)


def in_memory(photos: Photos, picture: bytes, part: Any) -> list[int]:
    from imagesearch.query import Picture, Query

    return photos.found(Query().more(Picture(picture), crop=part))


# --- bands ---------------------------------------------------------------------------------------------


def bands(photos: Photos) -> None:
    """Of the hits in each band the share that is right, and how many hits a query has in it."""
    from imagesearch.embeddings.scores import band

    names = ("strong", "likely", "weak")
    head(
        "Bands (right hits, and hits a query)",
        "queries",
        *(text for name in names for text in (name, "hits")),
    )
    for title, asked in mixed(photos).items():
        hits, right = Counter[str](), Counter[str]()
        for made, wanted in asked:
            for match in photos.matches(made):
                if match.score is not None:
                    hits[band(match.score)] += 1
                    right[band(match.score)] += match.pk in wanted
        figures = [(right[name] / max(hits[name], 1), hits[name] / len(asked)) for name in names if asked]
        line(title, len(asked), *(figure for pair in figures for figure in pair))


def mixed(photos: Photos) -> dict[str, list[tuple[Any, set[int]]]]:
    """Queries and what is right."""
    whole = {pk: {*photos.of_label[label]} for pk, label in sorted(photos.labels.items())}
    sought = asked_for(photos)

    def all_of(name: str, clicks: int = 0) -> list[tuple[Any, set[int]]]:
        found = []
        for one in sought[name]:
            right = {pk for label in one.wanted for pk in photos.of_label[label]}
            wrong = [pk for pk in photos.found(one.query)[:PAGE] if pk not in right][:clicks]
            found.append((without_like(one.query, wrong), right))
        return found

    pairs = kinds(photos)
    return {
        "a picture": all_of("a picture"),
        "words": all_of("words"),
        "three pictures": all_of("three pictures"),
        "picture + its name": all_of("picture + its name"),
        "picture + a colour": [(query(pk, words=words), right) for pk, words, right in pairs[COLOURED]],
        "  … right by the label alone": [
            (query(pk, words=words), whole[pk]) for pk, words, _ in pairs[COLOURED]
        ],
        "a picture, less like the first wrong one": all_of("a picture", 1),
        "a picture, less like the first three": all_of("a picture", 3),
        "words, less like the first wrong one": all_of("words", 1),
        "words, less like the first three": all_of("words", 3),
    }


if __name__ == "__main__":
    main()
