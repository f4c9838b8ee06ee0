"""Where each class of the network lies among the words."""

from __future__ import annotations

import numpy as np

from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.builtin.concepts import CLASSES, ancestor_steps, concepts, membership
from imagesearch.embeddings.builtin.words import DIMENSIONS, WordTable
from imagesearch.embeddings.norm import unit

NAMES_USED = 9  # of a concept; more are Latin and dialect
TOO_GENERAL = 600  # a family of more classes than this says nothing about one of them
DECAY = 0.5  # a family's weight, for each step up to it


def class_anchors(words: WordTable) -> Matrix:
    """(1000, 256), norm 1: the meaning of each class's names and, fading with each step, of its families'.

    ConSE (Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", 2014) takes the
    names alone; with the families, "fruit" and "bird" find what belongs to them.
    """
    meanings = [meaning(words, concept.names) for concept in concepts()]
    sizes = membership().sum(axis=1)
    anchors = np.zeros((CLASSES, DIMENSIONS), np.float32)
    for anchor, up in zip(anchors, ancestor_steps(), strict=True):
        for family, steps in up.items():
            if sizes[family] <= TOO_GENERAL:
                anchor += DECAY**steps * meanings[family]
    return unit(anchors)


def meaning(words: WordTable, names: tuple[str, ...]) -> Matrix:
    """(256,), norm 1: the mean direction of a concept's names."""
    return unit(np.mean([words.vector(name) for name in names[:NAMES_USED]], axis=0))
