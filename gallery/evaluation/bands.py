"""How often hits are right, band by band: by the cuts that hold once a model is calibrated on the photos."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.scores import Cuts

BANDS = ("strong", "likely", "weak")
BLOCK = 1000  # queries that are compared at once


@dataclass
class Bands:
    """Of all hits of all queries: how many fall into each band, and how many of them are right."""

    cuts: Cuts
    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BANDS, 0))
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BANDS, 0))

    def add(self, cosines: Matrix, right: NDArray[np.bool_]) -> None:
        """Both (queries, photos); NaN is no hit."""
        for name, (low, high) in self.cuts.spans().items():
            inside = (cosines >= low) & (cosines < high)
            self.hits[name] += int(inside.sum())
            self.right[name] += int((inside & right).sum())

    def as_dict(self) -> dict[str, dict[str, Any]]:
        return {
            name: {
                "hits": self.hits[name],
                "right": self.right[name],
                "share": round(self.right[name] / self.hits[name], 4) if self.hits[name] else None,
            }
            for name in BANDS
        }


def by_pictures(cuts: Cuts, vectors: dict[int, Any], labels: dict[int, str]) -> Bands:
    """Each photo is asked for, itself left out; right is what has its label."""
    bands, keys = Bands(cuts), sorted(vectors)
    photos = np.array([vectors[key] for key in keys], np.float32)
    names = np.array([labels[key] for key in keys])
    for start in range(0, len(keys), BLOCK):
        part = slice(start, start + BLOCK)
        cosines = photos[part] @ photos.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = np.nan
        bands.add(cosines, names[part, None] == names[None, :])
    return bands


def by_words(cuts: Cuts, vectors: dict[int, Any], queries: Iterable[tuple[Any, set[int]]]) -> Bands:
    """Each query is its vector and the photos that are right."""
    bands, keys = Bands(cuts), sorted(vectors)
    photos = np.array([vectors[key] for key in keys], np.float32)
    for query, relevant in queries:
        right = np.array([key in relevant for key in keys])
        bands.add((photos @ query)[None, :], right[None, :])
    return bands
