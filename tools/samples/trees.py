"""Trees as outlines: firs, poplars and round crowns, alone and as the fringe of a forest."""

from __future__ import annotations

import numpy as np

from tools.samples.colours import Field
from tools.samples.noise import Rng
from tools.samples.paths import Path, arc, blob, mirrored, moved, symmetric


def fir(rng: Rng, x: float, base: float, height: float, slender: float = 0.36) -> Path:
    """A fir that stands at (x, base): tiers of branches that widen towards the ground."""
    tiers = max(4, int(height / 16))
    t = np.linspace(0.04, 1, tiers)
    down = (t * 0.93 - 1) * height

    def side() -> Path:
        out = t**0.9 * height * slender / 2 * rng.uniform(0.8, 1.12, tiers)
        tips = np.stack([out, down + height * 0.02], 1)
        return np.stack([tips, np.stack([out * 0.55, down], 1)], 1).reshape(-1, 2)

    trunk = height * 0.025
    stem = [(trunk, 0.0), (-trunk, 0.0)]
    outline = np.concatenate([[(0.0, -height)], side(), stem, mirrored(side())[::-1]])
    return moved(outline, x, base)


def poplar(x: float, base: float, height: float, slender: float = 0.2) -> Path:
    """A cypress or poplar: a flame on a short stem."""
    t = np.linspace(0, 1, 26)
    half = height * slender / 2 * np.sin(np.pi * t**0.62) ** 0.8
    half[-3:] = np.maximum(half[-3:], height * 0.018)
    return moved(symmetric(np.stack([half, (t - 1) * height], 1)), x, base)


def crown(rng: Rng, x: float, base: float, height: float) -> list[Path]:
    """A broad round tree: lumps of leaves around a heart, over a forked stem."""
    across, down, heart = height * 0.36, height * 0.27, base - height * 0.64
    lumps = [arc(x, heart, across * 0.9, 0, 360, down / across)]
    for angle in np.linspace(0, 2 * np.pi, 11, endpoint=False) + rng.uniform(0, 1):
        size = height * rng.uniform(0.09, 0.16)
        reach = rng.uniform(0.74, 0.92)
        lumps.append(
            blob(rng, x + np.cos(angle) * across * reach, heart + np.sin(angle) * down * reach, size, 0.12, 9)
        )
    stem = height * 0.03
    trunk = np.array([(-stem * 0.6, -height * 0.5), (stem * 0.6, -height * 0.5), (stem * 0.8, -height * 0.1),
                      (stem * 1.7, 0), (-stem * 1.7, 0), (-stem * 0.8, -height * 0.1)])  # fmt: skip
    return [*lumps, moved(trunk, x, base)]


def forest(
    rng: Rng, edge: Field, spacing: float, height: tuple[float, float], slender: float = 0.36
) -> list[Path]:
    """Firs along the edge of a hill, (width,), spaced by about so many px."""
    places = np.arange(-spacing, len(edge) + spacing, spacing)
    places = places + rng.uniform(-0.45, 0.45, len(places)) * spacing
    return [
        fir(rng, x, float(edge[int(np.clip(x, 0, len(edge) - 1))]) + 6, rng.uniform(*height), slender)
        for x in places
    ]
