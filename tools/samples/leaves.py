"""Plants without flowers: monstera leaves, and cacti on a shelf."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples.canvas import Canvas
from tools.samples.colours import darker, lighter, mix, ramp
from tools.samples.fruit import body
from tools.samples.paths import Path, arc, leaf, moved, points, smooth, symmetric
from tools.samples.sample import Sample


def monstera(ground: str, green: str, seed: int) -> Image.Image:
    canvas = Canvas(900, 1200, ground, seed)
    canvas.fill(ramp((canvas.x + canvas.y) / 2100, lighter(ground, 0.15), ground, darker(ground, 0.08)))
    for x, y, size, turn, tone in (
        (690, 330, 300, 38, 0.25),
        (230, 760, 330, -32, 0.1),
        (520, 820, 400, 12, 0.0),
    ):
        outline, *holes = (moved(path, x, y, turn, size) for path in _windowed_leaf())
        mask = canvas.polygons([outline], holes)
        colour = mix(green, ground, tone)
        canvas.shadow(mask, 26, 34, 26, darker(ground, 0.8), 0.4)
        across = (canvas.x - x + canvas.y - y) / (2 * size) + 0.5
        canvas.paint(mask, ramp(across, lighter(colour, 0.16), colour, darker(colour, 0.35)))
        veins = [
            moved(smooth([(0, at), (s * 0.34, at + 0.06), (s * 0.74, at + 0.26)], False), x, y, turn, size)
            for at in (-0.5, -0.22, 0.06, 0.34, 0.6)
            for s in (-1, 1)
        ]
        canvas.paint(canvas.lines(veins, 2.6) * mask, lighter(colour, 0.4), 0.6)
        rib = moved([(0, -0.64), (0.02, 0.2), (0, 1.12)], x, y, turn, size)
        canvas.paint(canvas.line(rib, 5), lighter(colour, 0.45), 0.8)
        stem = moved(smooth([(0, -0.64), (0.05, -0.9), (0.3, -1.5)], False), x, y, turn, size)
        canvas.paint(canvas.line(stem, 8), colour)
    return canvas.print(paper=0.02)


def _windowed_leaf() -> list[Path]:
    """The outline of a monstera leaf one unit in size, then the slits and holes in it."""
    heart = smooth(symmetric(points("0,-.62 .2,-.86 .5,-.86 .8,-.5 .84,0 .62,.5 .3,.9 0,1.15"))[:-1])
    paths = [heart]
    for side in (-1, 1):
        for k, (at, reach) in enumerate(points("-.42,.62 -.14,.62 .16,.56 .44,.42 .7,.28")):
            turn = 18 if side > 0 else 162
            paths.append(
                leaf(side * (0.3 + 0.02 * k), at - 0.06, reach * 1.25, 0.11, turn, side * 0.16, 0.62)
            )
        paths += [moved(arc(0, 0, 0.05, 0, 360, 0.6), side * 0.17, at, side * 26) for at in (-0.3, 0.0, 0.3)]
    return paths


@dataclass(frozen=True)
class Pot:
    """A flower pot on the shelf: where its middle stands, its size in px, its colours."""

    x: float
    wide: float
    high: float
    colour: str
    band: str


def cacti() -> Image.Image:
    """Five cacti in painted pots on a shelf."""
    canvas = Canvas(1200, 800, "#f3d3c0", seed=619)
    canvas.fill(ramp((canvas.x + canvas.y) / 2000, "#f8e0d0", "#f1c9b6", "#e5b29f"))
    canvas.paint(canvas.box(0, 690, 1200, 800), ramp((canvas.y - 690) / 110, "#a8674c", "#8a4f3c"))
    canvas.paint(canvas.box(0, 684, 1200, 700), "#c48263")
    pots = (
        Pot(150, 120, 120, "#2f6f86", "#f4e6cc"),
        Pot(380, 150, 130, "#d8573c", "#f7d9a8"),
        Pot(620, 170, 150, "#f0e6d2", "#1f3f5f"),
        Pot(850, 130, 120, "#e9b03c", "#b5432f"),
        Pot(1060, 140, 130, "#5f7f6a", "#f3d9c0"),
    )
    for pot in pots:
        canvas.multiply(canvas.ellipse(pot.x + 50, 690, pot.wide * 0.8, 16, 0, 16), "#4a2030", 0.5)
    _plants(canvas)
    for pot in pots:
        _pot(canvas, pot)
    return canvas.print(vignette=0.04)


def _plants(canvas: Canvas) -> None:
    """A column, a prickly pear, a ball, an aloe, and a column with arms."""
    inks = ("#16402f", "#2a6a48", "#4a9460", "#86bb7c", "#d3e2a8")
    _ribbed(canvas, 150, 480, 44, 170, inks)
    for x, y, r, turn in ((380, 490, 96, 0), (322, 372, 62, -26), (446, 366, 66, 24), (458, 266, 44, 6)):
        pad = canvas.ellipse(x, y, r * 0.72, r, turn)
        body(canvas, pad, r * 0.7, inks)
        spots = [
            (x + r * 0.9 * (u - v * 0.2), y + r * 0.9 * v, 2.4)
            for u in (-0.4, -0.13, 0.13, 0.4)
            for v in (-0.7, -0.35, 0, 0.35, 0.7)
        ]
        canvas.paint(canvas.discs(spots) * pad, "#f4ecc8")
    _ribbed(canvas, 620, 480, 92, 92, inks)
    blades = [
        leaf(850, 575, 225 - abs(a + 90) * 1.25, 42, a, (a + 90) / 500)
        for a in (-165, -15, -150, -30, -135, -45, -118, -62, -104, -76, -90)
    ]
    for k, blade in enumerate(blades):
        canvas.paint(canvas.polygon(blade), mix("#1f5a48", "#8fc08a", k / 12))
    arms = [
        smooth([(1060 + s * 70, y), (1060 + s * 66, y + 30), (1060, y + 40)], False)
        for s, y in ((-1, 490), (1, 470))
    ]
    canvas.paint(canvas.lines(arms, 40), inks[1])
    for x, y, w, h in ((1060, 420, 36, 160), (990, 440, 23, 66), (1130, 410, 23, 74)):
        _ribbed(canvas, x, y, w, h, inks)
    canvas.paint(canvas.discs([(620 + d, 386 - abs(d) * 0.2, 15) for d in (-26, 0, 26)]), "#e2487a")
    canvas.paint(canvas.discs([(1060, 258, 13), (460, 224, 12), (150, 310, 14)]), "#ec6a4a")


def _ribbed(canvas: Canvas, x: float, y: float, wide: float, high: float, inks: tuple[str, ...]) -> None:
    """A column or a ball with ribs and spines."""
    canvas = canvas.part(x, y, wide + 8, high + 8)
    mask = (
        canvas.box(x - wide, y - high, x + wide, y + high, wide)
        if high > wide
        else canvas.ellipse(x, y, wide, high)
    )
    body(canvas, mask, wide, inks)
    bulge = np.arcsin(np.clip((canvas.x - x) / wide, -0.999, 0.999))
    ribs = np.abs(np.sin(bulge * 3.5))
    canvas.multiply(mask * (1 - ribs) ** 3, inks[0], 0.8)
    spines = mask * np.clip(ribs * 6 - 5, 0, 1) * np.clip(np.sin(canvas.y / 3.2) * 3 - 1.6, 0, 1)
    canvas.paint(spines, "#f4ecc8", 0.8)


def _pot(canvas: Canvas, pot: Pot) -> None:
    top = 690 - pot.high
    half = pot.wide / 2
    outline = [
        (pot.x - half, top),
        (pot.x + half, top),
        (pot.x + half * 0.76, 690),
        (pot.x - half * 0.76, 690),
    ]
    mask = canvas.polygon(outline)
    canvas.paint(
        mask,
        ramp(
            (canvas.x - pot.x + half) / pot.wide,
            lighter(pot.colour, 0.18),
            pot.colour,
            darker(pot.colour, 0.35),
        ),
    )
    zig = np.abs(np.mod(canvas.x / 13, 2) - 1) * 13
    band = np.clip(8 - np.abs(canvas.y - top - pot.high * 0.5 - zig + 6), 0, 1) * mask
    canvas.paint(band, pot.band, 0.9)
    rim = canvas.box(pot.x - half - 8, top - 14, pot.x + half + 8, top + 14, 4)
    canvas.paint(
        rim,
        ramp(
            (canvas.x - pot.x + half) / pot.wide,
            lighter(pot.colour, 0.25),
            pot.colour,
            darker(pot.colour, 0.3),
        ),
    )


SAMPLES = (
    Sample("monstera", "Monstera on pink", "Three leaves with their windows.",
           ("leaves", "plant", "green", "pink"), partial(monstera, "#f0b9ac", "#1f5f4a", 613)),
    Sample("cacti", "Five cacti", "In painted pots on a shelf.",
           ("cactus", "plant", "green", "pots", "still life"), cacti),
)  # fmt: skip
