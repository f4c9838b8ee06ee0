"""Which hits are near-duplicates of one before them: the same picture resized, recompressed, brightened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from imagesearch.images.hashes import NEAR_DUPLICATE_BITS, has_structure
from imagesearch.vectors.codec import Vector

MIN_COSINE = 0.9

LoadVectors = Callable[[Sequence[int]], Mapping[int, Vector]]


def find_repeats(ids: Sequence[int], hashes: Mapping[int, str], vectors: LoadVectors) -> dict[int, int]:
    """For each id that repeats an earlier one: the earlier one, which is itself no repetition.

    Decided from the front, so that a longer list never changes what a shorter one showed. Both must agree:
    hashes alone take different pictures for equal, and vectors alone different photos of one thing.
    """
    known = [pk for pk in ids if has_structure(hashes.get(pk, ""))]
    bits = np.array([int(hashes[pk], 16) for pk in known], dtype=np.uint64)
    alike = np.tril(np.bitwise_count(bits[:, None] ^ bits) <= NEAR_DUPLICATE_BITS, -1)
    concerned = np.flatnonzero(alike.any(0) | alike.any(1))
    known_vectors = vectors([known[place] for place in concerned]) if len(concerned) else {}
    repeats: dict[int, int] = {}
    for place in np.flatnonzero(alike.any(1)):
        copy = known[place]
        for first in (known[earlier] for earlier in np.flatnonzero(alike[place])):
            if first in repeats or not {copy, first} <= known_vectors.keys():
                continue
            if known_vectors[copy] @ known_vectors[first] >= MIN_COSINE:
                repeats[copy] = first
                break
    return repeats
