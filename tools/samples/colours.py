"""Inks: colours written as hex strings, mixed in OKLab so that no mixture turns muddy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""Numbers in rows and columns; float32 wherever it is as large as a picture."""

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


@dataclass(frozen=True)
class Gradient:
    """An ink that changes with the place: `t` (h or 1, w or 1) says where on the `table` (3, n) it is.

    Colours are looked up when and where the ink is used: most shapes cover little of the sheet.
    """

    t: Field
    table: Field

    def within(self, down: slice, across: slice) -> Field:
        """The colours (3, h or 1, w or 1) of some rows and columns."""
        high, wide = (size > 1 for size in self.t.shape)
        t = self.t[down if high else slice(None), across if wide else slice(None)]
        index = (np.clip(t, 0, 1) * (self.table.shape[1] - 1) + 0.5).astype(np.intp)
        inks = np.empty((3, *index.shape), np.float32)
        for channel in range(3):
            np.take(self.table[channel], index, out=inks[channel], mode="clip")
        return inks


Ink = str | Field | Gradient
"""A colour `#rrggbb`, or (3, h or 1, w or 1) sRGB values 0…1, or a gradient."""
_ALL = slice(None)


def inks(colour: Ink, down: slice = _ALL, across: slice = _ALL) -> Field:
    """The colours (3, h or 1, w or 1) of an ink on some rows and columns."""
    if isinstance(colour, Gradient):
        return colour.within(down, across)
    if isinstance(colour, str):
        return rgb(colour)[:, None, None]
    high, wide = (size > 1 for size in colour.shape[1:])
    return colour[:, down if high else _ALL, across if wide else _ALL]


def _lab(colour: str) -> NDArray[np.float64]:
    values = rgb(colour).astype(np.float64)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_CONES @ linear)
    return lab


def _srgb(lab: NDArray[np.float64]) -> Field:
    """(3, n) OKLab to (3, n) sRGB, cut to 0…1."""
    linear = np.clip(_FROM_CONES @ (_FROM_LAB @ lab) ** 3, 0, 1)
    values = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return values.astype(np.float32)


@lru_cache(maxsize=256)
def _table(colours: tuple[str, ...], stops: tuple[float, ...]) -> Field:
    """(3, steps) sRGB along the way through the colours."""
    labs = np.array([_lab(colour) for colour in colours])
    steps = np.linspace(0, 1, _STEPS)
    return _srgb(np.stack([np.interp(steps, stops, labs[:, axis]) for axis in range(3)]))


def ramp(t: Field, *colours: str, at: Sequence[float] | None = None) -> Gradient:
    """The ink that runs, as t goes from 0 to 1, through the colours, evenly spaced or at the given stops."""
    stops = np.linspace(0, 1, len(colours)).tolist() if at is None else at
    return Gradient(t, _table(colours, tuple(stops)))


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
