"""Which hits are near-duplicates of one before them: the same picture resized, recompressed, brightened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from imagesearch.vectors.codec import Vector

MOST_BITS = 4
"""dHash bits in which copies of one picture differ at most (64 in all)."""
LEAST_COSINE = 0.9
LEAST_STRUCTURE = 6
"""A hash with fewer ones, or fewer zeros, says that there is hardly anything to see, and proves nothing."""

Vectors = Callable[[Sequence[int]], Mapping[int, Vector]]


def hidden(ids: Sequence[int], hashes: Mapping[int, str], vectors: Vectors) -> dict[int, int]:
    """For each id that repeats an earlier one: the earlier one, which is itself no repetition.

    Decided from the front, so that a longer list never changes what a shorter one showed. Both must agree:
    hashes alone take different pictures for equal, and vectors alone different photos of one thing.
    """
    known = [pk for pk in ids if _tells(hashes.get(pk, ""))]
    if not known:
        return {}
    signs = _signs([hashes[pk] for pk in known])
    alike = np.tril(signs @ signs.T >= 64 - 2 * MOST_BITS, -1)  # a bit that agrees adds 1, another takes 1
    concerned = np.flatnonzero(alike.any(0) | alike.any(1))
    at_hand = vectors([known[place] for place in concerned]) if len(concerned) else {}
    concerned = np.array([place for place in concerned if known[place] in at_hand], dtype=np.intp)
    if not len(concerned):
        return {}
    chosen = np.array([at_hand[known[place]] for place in concerned])
    repeats: dict[int, int] = {}
    for later, earlier in np.argwhere(
        alike[np.ix_(concerned, concerned)] & (chosen @ chosen.T >= LEAST_COSINE)
    ):
        copy, first = known[concerned[later]], known[concerned[earlier]]
        if copy not in repeats and first not in repeats:
            repeats[copy] = first
    return repeats


def _tells(dhash: str) -> bool:
    return bool(dhash) and LEAST_STRUCTURE <= int(dhash, 16).bit_count() <= 64 - LEAST_STRUCTURE


def _signs(hashes: Sequence[str]) -> NDArray[np.float32]:
    """(n, 64) of 1 and −1 for n hashes of 16 hex digits."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint8)).reshape(-1, 64)
    return bits.astype(np.float32) * 2 - 1
