"""Where words lead that the model does not know: `python -m benchmarks.unknown_words [DIR]`.

Reads 60 nouns, 30 words in each of five languages and 40 misspellings with the built-in model, and prints how
many lead to the right kind, at once or by an offer, and how many lead elsewhere. With DIR, labelled photos
with devset's labels, also how many of the first ten photos are of the right kind, and how many would be by
the vector of the word itself.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.serving import scratch

WORDS = Path(__file__).with_suffix(".tsv")
"""Lines of a group, a word, and what is right, the best first."""
NOUNS = "nouns"

CLOTHES = "dress hat longsleeve outwear pants shirt shorts skirt t-shirt"
SHOWN = {
    "birds": "duck chicken",
    "cat": "cat",
    "clothing": CLOTHES,
    "cow": "cow",
    "dog": "dog",
    "dogs": "dog",
    "dress": "dress",
    "duck": "duck",
    "fish": "fish shark",
    "footwear": "shoes",
    "fruit": "Satsumas Pomegranate Plum Pear Peach Papaya Orange Nectarine Lemon Avocado",
    "hat": "hat",
    "lemon": "Lemon",
    "mammals": "pig dog cow cat bison ape",
    "monkey": "ape",
    "pants": "pants",
    "pig": "pig",
    "seabirds": "duck chicken",
    "shoe": "shoes",
    "skirt": "skirt",
    "snake": "snake",
    "spider": "spider",
    "suits": CLOTHES,
    "vegetables": "Pepper Onion Mushroom Garlic Carrots Cabbage Avocado",
}
"""The labels of devset that show a kind."""


def main() -> None:
    parser = ArgumentParser("python -m benchmarks.unknown_words", description=__doc__)
    parser.add_argument("folder", nargs="?", metavar="DIR", type=Path)
    options = parser.parse_args()
    with scratch():
        for group, words in groups().items():
            print_outcomes(group, words)
        if options.folder:
            first_ten(options.folder)


def groups() -> dict[str, list[tuple[str, list[str]]]]:
    """Group → (word, what is right) of each."""
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        group, word, right = line.split("\t")
        found[group].append((word, right.split(", ")))
    return dict(found)


def print_outcomes(group: str, words: list[tuple[str, list[str]]]) -> None:
    counts: Counter[str] = Counter()
    others = []
    for word, right in words:
        outcome, said = led(word, right, may_be_known=group == NOUNS)
        counts[outcome] += 1
        if outcome not in ("right", "known", "offered first"):
            others.append(f"{word}: {outcome} {said}".rstrip())
    figures = ", ".join(f"{outcome} {count}" for outcome, count in counts.most_common())
    print(f"{group}: {counts.total()}, {figures}", *others, sep="\n    ", flush=True)


def led(word: str, right: list[str], *, may_be_known: bool) -> tuple[str, str]:
    """Where the word leads, and what stands there instead of the right things."""
    reading = interpreted(word)
    applied = {each.text for each in reading.read_as} | set(reading.sure)
    offers = [each.text for each in reading.offers]
    if applied & set(right):
        return "right", ""
    if may_be_known and applied == {word}:
        return "known", ""
    if set(offers) & set(right):
        return "offered first" if offers[0] in right else "offered", ", ".join(offers)
    if applied:
        return "misled", ", ".join(sorted(applied))
    return ("offered others", ", ".join(offers)) if offers else ("nothing", "")


def interpreted(word: str) -> Any:
    from gallery.text.folding import fold
    from imagesearch.embeddings.base import Vocabulary
    from imagesearch.embeddings.registry import get_embedder

    return get_embedder().interpret(word, Vocabulary(fold))


def first_ten(folder: Path) -> None:
    """Of the first ten photos those of the right kind, for words whose kind the photos show."""
    from benchmarks.labelled import Photos

    photos = Photos.of(folder)
    for group, words in groups().items():
        cases = [(word, SHOWN[right[0]].split()) for word, right in words if right[0] in SHOWN]
        if cases and group != "misspellings":  # these are offered, and not applied
            print_shares(group, photos, cases)


def print_shares(group: str, photos: Any, cases: list[tuple[str, list[str]]]) -> None:
    as_read = by_itself = 0.0
    for word, labels in cases:
        right = {pk for pk, label in photos.labels.items() if label in labels}
        depth = min(10, len(right))
        as_read += len(right.intersection(photos.found(word)[:depth])) / depth / len(cases)
        by_itself += len(right.intersection(nearest_to(word)[:depth])) / depth / len(cases)
    print(f"{group}: {len(cases)}, right among the first ten {as_read:.2f}, by itself {by_itself:.2f}")


def nearest_to(word: str) -> list[int]:
    """The photos nearest to the word's own vector, unsure as it is."""
    from gallery.models import Embedding
    from imagesearch.embeddings.embed import text_vector
    from imagesearch.embeddings.registry import get_embedder
    from imagesearch.vectors.nearest import nearest

    return [pk for pk, _ in nearest(Embedding, "vector", text_vector(get_embedder(), word), 10)]


if __name__ == "__main__":
    main()
