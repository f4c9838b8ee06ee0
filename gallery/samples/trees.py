"""Trees as outlines: firs, poplars and round crowns, alone and as the fringe of a forest."""

from __future__ import annotations

import numpy as np

from gallery.samples.colours import Field
from gallery.samples.noise import Rng
from gallery.samples.paths import Path, blob, mirrored, symmetric


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
    return np.concatenate([[(0.0, -height)], side(), stem, mirrored(side())[::-1]]) + (x, base)


def poplar(x: float, base: float, height: float, slender: float = 0.2) -> Path:
    """A cypress or poplar: a flame on a short stem."""
    t = np.linspace(0, 1, 26)
    half = height * slender / 2 * np.sin(np.pi * t**0.62) ** 0.8
    half[-3:] = np.maximum(half[-3:], height * 0.018)
    return symmetric(np.stack([half, (t - 1) * height], 1)) + (x, base)


def crown(rng: Rng, x: float, base: float, height: float) -> list[Path]:
    """A round-headed tree: a few lumps of leaves over a stem."""
    size = height * 0.3
    lumps = [blob(rng, x, base - height * 0.66, size * 1.1, 0.1)]
    for dx, dy in ((-0.7, 0.25), (0.7, 0.3), (-0.3, -0.45), (0.4, -0.35), (0, 0.4)):
        lumps.append(blob(rng, x + dx * size, base - height * 0.66 + dy * size, size * 0.66, 0.16))
    stem = height * 0.035
    trunk = np.array([(-stem * 0.7, -height * 0.5), (stem * 0.7, -height * 0.5), (stem, 0), (-stem, 0)])
    return [*lumps, trunk + (x, base)]


def forest(rng: Rng, edge: Field, spacing: float, height: tuple[float, float], slender: float = 0.36) -> list[Path]:
    """Firs along the edge of a hill, (width,), spaced by about so many px."""
    places = np.arange(-spacing, len(edge) + spacing, spacing)
    places = places + rng.uniform(-0.45, 0.45, len(places)) * spacing
    return [
        fir(rng, x, float(edge[int(np.clip(x, 0, len(edge) - 1))]) + 6, rng.uniform(*height), slender) for x in places
    ]
