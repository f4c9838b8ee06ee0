"""How often hits are right, band by band, over many kinds of queries."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.composing.less_like import asked_for, without_like
from benchmarks.composing.parts import COLOURED, kinds
from benchmarks.composing.printing import PAGE, head, line
from benchmarks.labelled import Photos, query


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
