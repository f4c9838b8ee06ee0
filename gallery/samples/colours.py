"""Inks: colours written as hex strings, mixed in OKLab so that no mixture turns muddy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Ink = str | Field
"""A colour `#rrggbb`, or (3, h or 1, w or 1) sRGB values 0…1."""

# Björn Ottosson's matrices (bottosson.github.io/posts/oklab).
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB = np.linalg.inv(_TO_LAB)
_FROM_CONES = np.linalg.inv(_TO_CONES)
_STEPS = 512


def rgb(colour: str) -> Field:
    """(3,) sRGB values 0…1 of `#rrggbb`."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def ink(colour: Ink) -> Field:
    """Any ink as an array (3, h or 1, w or 1)."""
    return rgb(colour)[:, None, None] if isinstance(colour, str) else colour


def _lab(colour: str) -> NDArray[np.float64]:
    values = rgb(colour).astype(np.float64)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return _TO_LAB @ np.cbrt(_TO_CONES @ linear)


def _srgb(lab: NDArray[np.float64]) -> Field:
    """(3, n) OKLab to (3, n) sRGB, cut to 0…1."""
    linear = np.clip(_FROM_CONES @ (_FROM_LAB @ lab) ** 3, 0, 1)
    values = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return values.astype(np.float32)


def ramp(t: Field, *colours: str, at: Sequence[float] | None = None) -> Field:
    """The ink at each t (0…1) of a gradient through the colours, evenly spaced or at the given stops."""
    stops = np.linspace(0, 1, len(colours)) if at is None else np.asarray(at, np.float64)
    labs = np.array([_lab(colour) for colour in colours])
    steps = np.linspace(0, 1, _STEPS)
    table = _srgb(np.stack([np.interp(steps, stops, labs[:, axis]) for axis in range(3)]))
    index = (np.clip(t, 0, 1) * (_STEPS - 1) + 0.5).astype(np.intp)
    inks = np.empty((3, *index.shape), np.float32)
    for channel in range(3):
        np.take(table[channel], index, out=inks[channel], mode="clip")
    return inks


def mix(first: str, second: str, share: float) -> str:
    """The colour that lies the given share of the way from the first to the second."""
    lab = _lab(first) * (1 - share) + _lab(second) * share
    red, green, blue = (round(float(v) * 255) for v in _srgb(lab[:, None])[:, 0])
    return f"#{red:02x}{green:02x}{blue:02x}"


def darker(colour: str, share: float = 0.2) -> str:
    """The colour towards a warm black."""
    return mix(colour, "#14101c", share)


def lighter(colour: str, share: float = 0.2) -> str:
    """The colour towards paper white."""
    return mix(colour, "#fffaf0", share)
