"""Finds for each noun of WordNet the nearest thing or family of things that the built-in model knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from imagesearch.embeddings.builtin.concepts import CLASSES, concepts, membership
from imagesearch.embeddings.builtin.tags import family_names
from tools.unknown_words.wordnet import Nouns

NOT_KNOWN = {"plant", "flower", "mountain"}
"""Families whose few classes say nothing of the others: a tree or a rose is no daisy."""
PEOPLE = {"ballplayer", "groom", "scuba diver"}
"""Classes, which say nothing of other people."""
FURTHER = {"fruit"}
"""Nuts and seeds; `family_names` has the edible fruit."""
SAME_THING = {"20", "27"}
"""Subjects whose meaning may come before, plants and substances: asparagus is a vegetable, too."""
MOSTLY_OTHER = 10
"""Uses as another part of speech from which a noun is not meant: of lower 50, stable 9."""
MISLEADING = {"female", "giant", "grass", "homo", "male", "man", "nasturtium"}
"""Animals and food to WordNet."""

FRIENDLY = {
    "big cat": "big cats",
    "beverage": "drinks",
    "cock": "roosters",
    "ear": "ears of corn",
    "edible fruit": "fruit",
    "file": "filing cabinets",
    "fungus": "mushrooms",
    "goose": "geese",
    "head cabbage": "cabbages",
    "iron": "flatirons",
    "jean": "jeans",
    "knife": "knives",
    "lycaenid": "small butterflies",
    "Pekinese": "Pekingese",
    "plane": "carpenter’s planes",
    "rule": "rulers",
    "seashore": "beaches",
    "swab": "mops",
    "upright": "upright pianos",
    "water buffalo": "water buffaloes",
    "web site": "websites",
}
"""What people call the things of a concept, where it is not its first name with the ending of a plural."""
UNCOUNTED = frozenset(
    "aircraft antelope bison bread chain clothing consomme dough espresso fabric fish food footwear fruit "
    "furniture hay".split()
)
UNCOUNTED_ENDINGS = (" equipment", " mail", " wine")


BY_HAND = {
    "kitten": "cat",
    "kitty": "cat",
    "seahorse": "fish",
    "caterpillar": "insect",
    "kiwi": "edible fruit",
}
"""Nouns whose usual meaning WordNet has elsewhere: a kitten is a young mammal, a seahorse a walrus."""
ANIMAL, FOOD = "05", "13"


class Family(NamedTuple):
    """A concept by its number, and the nouns that it stands in for."""

    number: int
    nouns: list[str]


def families(nouns: Nouns, known: Callable[[str], bool]) -> list[Family]:
    """By the concepts' numbers; the nouns by the alphabet. `known` says which nouns need none."""
    found: dict[int, list[str]] = defaultdict(list)
    nearest = Nearest(nouns)
    for noun in sorted(nouns.meanings):
        if noun.isascii() and noun.isalpha() and len(noun) > 2 and noun not in MISLEADING and not known(noun):
            number = nearest.of(noun)
            if number is not None:
                found[number].append(noun)
    return [Family(number, found[number]) for number in sorted(found)]


class Nearest:
    """Walks up from a noun to the nearest concept that people have a name for."""

    def __init__(self, nouns: Nouns) -> None:
        self.nouns = nouns
        self.sizes = membership().sum(axis=1)
        self.named = {concepts()[number].names[0]: number for number in range(len(concepts()))}
        self.numbers = {offset: number for number, offset in enumerate(offsets(nouns)) if usable(number)}

    def of(self, noun: str) -> int | None:
        """None where the noun mostly means something else, or where nothing above it is known."""
        if noun in BY_HAND:
            return self.named[BY_HAND[noun]]
        before = 0
        for at, offset in enumerate(self.nouns.meanings[noun]):
            synset = self.nouns.synsets[offset]
            uses = self.nouns.uses.get((noun, offset), 0)
            number = self.above(offset)
            if number is not None:
                rare = before > uses + 1 or self.nouns.other_uses.get(noun, 0) >= MOSTLY_OTHER + 2 * uses
                is_name = noun not in synset.words and (at > 0 or synset.is_instance)
                return None if rare or is_name else self.alive(noun, at, number)
            before += 0 if synset.subject in SAME_THING else uses
        return None

    def alive(self, noun: str, at: int, number: int) -> int:
        """The family as an animal of what is food, too, if that is meant as often: photos show both."""
        offsets = self.nouns.meanings[noun][at:]
        least = self.nouns.uses.get((noun, offsets[0]), 0)
        if self.nouns.synsets[offsets[0]].subject != FOOD:
            return number
        animals = [
            above
            for offset in offsets
            if self.nouns.synsets[offset].subject == ANIMAL
            and self.nouns.uses.get((noun, offset), 0) >= least
            and (above := self.above(offset)) is not None
        ]
        return next(iter(animals), number)

    def above(self, offset: str) -> int | None:
        """The fewest steps up; of several as near, the smallest family."""
        found = [
            (steps, int(self.sizes[self.numbers[kind]]), self.numbers[kind])
            for kind, steps in self.nouns.kinds(offset).items()
            if kind in self.numbers
        ]
        return min(found)[2] if found else None


def usable(number: int) -> bool:
    name = concepts()[number].names[0]
    return (number < CLASSES and name not in PEOPLE) or name in (family_names() | FURTHER) - NOT_KNOWN


def offsets(nouns: Nouns) -> Iterator[str]:
    """The meaning in WordNet of each concept: the one with its words, below its families."""
    by_words: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for offset, synset in nouns.synsets.items():
        by_words[synset.words].append(offset)
    for concept in concepts():
        above = {offset for parent in concept.parents for offset in by_words[concepts()[parent].names]}
        fitting = [offset for offset in by_words[concept.names] if above & {*nouns.synsets[offset].kinds}]
        yield (fitting or by_words[concept.names])[0]


def friendly(number: int) -> str:
    """What people call the things of a concept: “fruit”, “shops”, “torches”."""
    name = concepts()[number].names[0]
    if name in FRIENDLY:
        return FRIENDLY[name]
    if name in UNCOUNTED or name.endswith(UNCOUNTED_ENDINGS):
        return name
    if name.endswith(("s", "sh", "ch", "x", "z")):
        return f"{name}es"
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"
