"""What less like does to the first page: to what is unwanted, and to what is wanted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from benchmarks.composing.parts import triples
from benchmarks.composing.printing import PAGE, head, line, share
from benchmarks.labelled import Photos, query

MIN_UNWANTED = 3  # among the first 24, else it is no problem


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
            rows = [row for one in sought if (row := shares_of_labels(photos, one, clicks, each))]
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


def shares_of_labels(photos: Photos, sought: Sought, clicks: int, each: bool) -> tuple[float, ...] | None:
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
