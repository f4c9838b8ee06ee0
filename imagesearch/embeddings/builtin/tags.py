"""What a photo may show, in one word: a suggestion for people, never a fact."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.builtin.concepts import concepts, membership

CLASS_BELIEF = 0.35  # from which a class is worth suggesting
FAMILY_BELIEF = 0.5  # from which a family of classes is

# WordNet's families have names such as instrumentality and diapsid; these are the ones that people tag with.
FAMILY_NAMES = """
    aircraft, amphibian, animal, antelope, ape, bag, ball, bear, beetle, beverage, bicycle, big cat,
    bird, boat, bottle, bread, bridge, building, bus, butterfly, camera, car, cat, chair, clock,
    clothing, coat, computer, crab, dessert, dog, duck, edible fruit, elephant, fabric, fence, fish,
    flower, food, footwear, fox, frog, fungus, furniture, guitar, gun, hat, helmet, insect, knife, lamp,
    lizard, lobster, mammal, monkey, mountain, musical instrument, parrot, piano, plant, rabbit,
    reptile, rodent, salamander, sandwich, seabird, shark, ship, shoe, shop, skirt, snake, spider,
    sports equipment, sweater, telephone, terrier, tool, truck, turtle, vegetable, vehicle, weapon,
    whale, wolf
"""


def suggest(beliefs: Matrix) -> list[str]:
    """One tag or none, for the probabilities (1000,) of the classes: a class, else the smallest family."""
    if beliefs.max() >= CLASS_BELIEF:
        return [concepts()[int(beliefs.argmax())].names[0]]
    for family in families():
        if membership()[family] @ beliefs >= FAMILY_BELIEF:
            return [concepts()[family].names[0]]
    return []


@cache
def families() -> NDArray[np.intp]:
    """(f,): the numbers of FAMILY_NAMES among the concepts, the smallest family first."""
    names = family_names()
    known = [number for number, concept in enumerate(concepts()) if concept.names[0] in names]
    return np.array(sorted(known, key=lambda number: membership()[number].sum()))


@cache
def family_names() -> frozenset[str]:
    return frozenset(name.strip() for name in FAMILY_NAMES.split(","))
