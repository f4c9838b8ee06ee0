"""Chance with a memory: smooth random fields and lines, for clouds, mist, ridges, paper and cloth."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.samples.colours import Field

Rng = np.random.Generator


def resized(
    field: Field, height: int, width: int, method: Image.Resampling = Image.Resampling.BICUBIC
) -> Field:
    """The field stretched to another size."""
    return np.asarray(Image.fromarray(field.astype(np.float32, copy=False)).resize((width, height), method))


def field(
    rng: Rng,
    height: int,
    width: int,
    cell: float | tuple[float, float],
    octaves: int = 4,
    gain: float = 0.5,
) -> Field:
    """(height, width) fractal value noise, 0…1; `cell` is the size of its largest lumps, px (down, across).

    The octaves are summed at the resolution that the finest of them needs and enlarged once: four times
    as fast as summing at full size.
    """
    down, across = cell if isinstance(cell, tuple) else (cell, cell)
    fine = max(1.0, min(down, across) / 2 ** (octaves - 1) / 4)
    rows, columns = max(2, round(height / fine)), max(2, round(width / fine))
    total = np.zeros((rows, columns), np.float32)
    for octave in range(octaves):
        shape = (int(height * 2**octave / down) + 3, int(width * 2**octave / across) + 3)
        lumps = rng.random(shape, np.float32)
        total += resized(lumps, rows, columns) * gain**octave
    low, high = float(total.min()), float(total.max())
    total = (total - low) / max(high - low, 1e-6)
    return total if fine == 1.0 else resized(total, height, width, Image.Resampling.BILINEAR)


def line(rng: Rng, length: int, cell: float, octaves: int = 5, gain: float = 0.5) -> Field:
    """(length,) fractal noise along a line, -1…1; `cell` is the width of its largest swells in px."""
    total = np.zeros(length, np.float64)
    for octave in range(octaves):
        knots = int(length * 2**octave / cell) + 3
        at = np.arange(length) * 2**octave / cell + rng.random()
        left = at.astype(int)
        share = at - left
        share = share * share * (3 - 2 * share)
        heights = rng.uniform(-1, 1, knots + 1)
        total += (heights[left] * (1 - share) + heights[left + 1] * share) * gain**octave
    swells: Field = (total / np.abs(total).max()).astype(np.float32)
    return swells
