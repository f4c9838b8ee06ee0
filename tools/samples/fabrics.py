"""Fabrics: stripes, checks, tartans, dots, tweeds and knitwear, with threads and soft folds."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples.canvas import Canvas
from tools.samples.colours import Field, darker, lighter, ramp, rgb
from tools.samples.sample import Sample

Band = tuple[str, float]
"""A colour and how many px of it."""
_FINE = 8
"""Entries per px in the table of a sequence of bands."""


def banded(place: Field, bands: tuple[Band, ...]) -> Field:
    """The ink of endlessly repeated bands at each place (px), their edges a pixel soft."""
    table = np.concatenate([np.tile(rgb(colour), (round(width * _FINE), 1)) for colour, width in bands])
    shifts = range(-_FINE // 2, _FINE // 2 + 1)
    soft = np.mean([np.roll(table, shift, 0) for shift in shifts], 0)
    index = np.mod(place * _FINE, len(table)).astype(np.intp)
    return np.stack([np.take(channel, index, mode="clip") for channel in soft.T])


class Cloth(Canvas):
    """A canvas that hangs in folds: `u` and `v` are places on the cloth in px, `lit` how bright each is."""

    def __init__(self, width: int, height: int, seed: int, fold: float = 1.0, upright: bool = True) -> None:
        super().__init__(width, height, "#ffffff", seed)
        cells = (1500.0, 300.0) if upright else (280.0, 1300.0)
        swell = self.noise(cells, 2, 0.4) + 0.4 * self.noise((700, 560), 1)
        down, across = np.gradient(swell * 260)
        self.u: Field = self.x + across * (9 * fold)
        self.v: Field = self.y + down * (9 * fold)
        self.lit: Field = 0.5 - 0.5 * np.tanh(fold * (0.75 * across + 0.55 * down))

    def weave(self, strength: float = 0.16) -> None:
        """Uneven threads in both directions."""
        threads = self.noise((1.5, 26), 1) + self.noise((26, 1.5), 1) - 1
        self.pixels *= 1 + threads * strength

    def hang(self, shade: str = "#5b5a80", depth: float = 0.85) -> None:
        """Darken the hollows of the folds and brighten their backs."""
        self.multiply((1 - self.lit) ** 2.4, shade, depth)
        self.screen(np.clip(self.lit * 2 - 1, 0, 1) ** 1.5, "#fff6e6", 0.16)


def stripes(
    bands: tuple[Band, ...], seed: int, size: tuple[int, int] = (1200, 900), along: bool = False
) -> Image.Image:
    cloth = Cloth(*size, seed, upright=not along)
    cloth.fill(banded(cloth.v if along else cloth.u, bands))
    cloth.weave()
    cloth.hang()
    return cloth.print(grain=0.01, paper=0.006)


def checks(
    bands: tuple[Band, ...], seed: int, size: tuple[int, int] = (1000, 1000), rib: float = 9.0
) -> Image.Image:
    """Warp and weft with the same bands, mixed by a twill: gingham with two colours, tartan with more."""
    cloth = Cloth(*size, seed, fold=0.8)
    warp, weft = banded(cloth.u, bands), banded(cloth.v, bands)
    over = np.clip(0.5 + 0.36 * np.sin((cloth.u + cloth.v) * (2 * np.pi / rib)), 0, 1)
    cloth.fill(warp + (weft - warp) * over)
    cloth.weave(0.1)
    cloth.hang()
    return cloth.print(grain=0.01, paper=0.006)


def dots(
    ground: str, dot: str, step: float, radius: float, seed: int, size: tuple[int, int] = (900, 1100)
) -> Image.Image:
    cloth = Cloth(*size, seed, fold=1.25)
    cloth.fill(ground)
    row = np.floor(cloth.v / step + 0.5)
    place = cloth.u + np.mod(row, 2) * (step * 0.577)
    across = place - np.floor(place / (step * 1.155) + 0.5) * (step * 1.155)
    down = cloth.v - row * step
    cloth.paint(np.clip(radius - np.sqrt(across**2 + down**2) + 0.5, 0, 1), dot)
    cloth.weave(0.1)
    cloth.hang(darker(ground, 0.55))
    return cloth.print(grain=0.01, paper=0.006)


def knit(yarn: tuple[str, ...], seed: int, size: tuple[int, int] = (1000, 1000)) -> Image.Image:
    """Stocking stitch: columns of plump V's; one yarn a row where several are given."""
    cloth = Cloth(*size, seed, fold=0.7)
    wide, high = 46.0, 34.0
    column = cloth.u / wide
    inside = column - np.floor(column) - 0.5
    slant = np.abs(inside)
    lift = cloth.v / high - (slant * 1.5) ** 0.9 * 1.25
    row = np.floor(lift)
    strand = np.abs(lift - row - 0.5) * 2
    hollow = np.clip(np.abs(slant - 0.25) * 4, 0, 1)
    plump = np.clip(1 - strand**2.4, 0, 1) * np.clip(1 - hollow**5, 0, 1)
    fibres = np.sin((lift * 30 + slant * 40) * 1.0) * 0.5 + 0.5
    tone = np.clip(plump * 0.85 + 0.12 * fibres - 0.1 * slant, 0, 1)
    for k, colour in enumerate(yarn):
        mine = np.mod(row, len(yarn)) == k
        cloth.paint(
            mine, ramp(tone, darker(colour, 0.72), darker(colour, 0.3), colour, lighter(colour, 0.22))
        )
    cloth.pixels += (cloth.noise((3, 3), 2) - 0.5) * (0.12)
    cloth.hang(darker(yarn[0], 0.6), 0.6)
    return cloth.print(grain=0.01, paper=0.006)


RED_STRIPES = (("#c62f2d", 64), ("#f6efe0", 64))
BLUE_STRIPES = (("#f5f1e6", 58), ("#1f3f7a", 34))
DECKCHAIR = (
    ("#e2512f", 60),
    ("#f7ecd2", 14),
    ("#f2b134", 60),
    ("#f7ecd2", 14),
    ("#2c8c86", 60),
    ("#f7ecd2", 14),
    ("#22406e", 60),
    ("#f7ecd2", 14),
    ("#e58a7b", 60),
    ("#f7ecd2", 14),
)
TICKING = (("#f1ecdc", 44), ("#4f7a5b", 5), ("#f1ecdc", 9), ("#4f7a5b", 22), ("#f1ecdc", 9), ("#4f7a5b", 5))
ROYAL = (
    ("#b3202a", 88),
    ("#14284b", 26),
    ("#b3202a", 12),
    ("#14284b", 26),
    ("#b3202a", 88),
    ("#f2e9d0", 6),
    ("#1d4a38", 70),
    ("#f0b92f", 6),
    ("#1d4a38", 70),
    ("#f2e9d0", 6),
)
HIGHLAND = (
    ("#1c3d33", 90),
    ("#142a4a", 60),
    ("#0f1420", 14),
    ("#142a4a", 60),
    ("#1c3d33", 90),
    ("#e9d9a0", 5),
    ("#1c3d33", 16),
    ("#a9323a", 7),
    ("#1c3d33", 16),
    ("#e9d9a0", 5),
)
_CLOTH = ("fabric", "textile")
SAMPLES = (
    Sample("red-stripes", "Red stripes", "Awning cloth in red and cream.",
           (*_CLOTH, "stripes", "red", "white"), partial(stripes, RED_STRIPES, 201)),
    Sample("sailor-stripes", "Sailor stripes", "Blue on white, as worn on the coast.",
           (*_CLOTH, "stripes", "blue", "white"), partial(stripes, BLUE_STRIPES, 202, (900, 1100), True)),
    Sample("deckchair-stripes", "Deckchair stripes", "All the colours of the promenade.",
           (*_CLOTH, "stripes", "colourful"), partial(stripes, DECKCHAIR, 203)),
    Sample("green-ticking", "Green ticking", "Narrow and wide stripes on linen.",
           (*_CLOTH, "stripes", "green"), partial(stripes, TICKING, 204, (900, 1100))),
    Sample("red-gingham", "Red gingham", "A tablecloth for a picnic.",
           (*_CLOTH, "checks", "gingham", "red"), partial(checks, (("#c92f33", 56), ("#f8f2e6", 56)), 205)),
    Sample("blue-gingham", "Blue gingham", "The same checks for the kitchen.",
           (*_CLOTH, "checks", "gingham", "blue"),
           partial(checks, (("#2f66a8", 40), ("#f6f4ec", 40)), 206)),
    Sample("red-tartan", "Red tartan", "A warm blanket in red, navy and green.",
           (*_CLOTH, "checks", "tartan", "red"), partial(checks, ROYAL, 207, (1200, 900))),
    Sample("green-tartan", "Green tartan", "Dark green and navy with a fine red line.",
           (*_CLOTH, "checks", "tartan", "green"), partial(checks, HIGHLAND, 208, (1200, 900))),
    Sample("polka-dots-on-red", "Polka dots on red", "White dots in even rows.",
           (*_CLOTH, "dots", "red", "white"), partial(dots, "#c8312f", "#faf3e6", 84, 22, 209)),
    Sample("polka-dots-on-navy", "Polka dots on navy", "Small dots on dark blue.",
           (*_CLOTH, "dots", "blue", "white"), partial(dots, "#1c2f5c", "#f4efe2", 62, 13, 210)),
    Sample("red-knit", "Red knitwear", "A thick red jumper, close up.", (*_CLOTH, "wool", "knit", "red"),
           partial(knit, ("#c5322f",), 215)),
)  # fmt: skip
