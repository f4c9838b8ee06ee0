"""An image's palette as links to the images of each colour."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from imagesearch.colours.oklab import oklab
from imagesearch.colours.palette import NAMES, names


class Patch(NamedTuple):
    """One colour of a palette: its hex, its share in per cent, and which of the twelve names fits it."""

    hex: str
    share: int
    name: str


def patches(palette: list[dict[str, Any]]) -> list[Patch]:
    if not palette:
        return []
    rgb = np.array([list(bytes.fromhex(swatch["hex"][1:])) for swatch in palette], dtype=np.uint8)
    return [
        Patch(swatch["hex"], round(100 * swatch["share"]), NAMES[name])
        for swatch, name in zip(palette, names(oklab(rgb)), strict=True)
    ]
