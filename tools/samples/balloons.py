"""Hot-air balloons at three hours, and an umbrella in the rain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, darker, mix, ramp
from tools.samples.hills import cloud, stars
from tools.samples.paths import arc, moved, points, smooth, symmetric
from tools.samples.sample import Sample

ENVELOPE = smooth(symmetric(points("0,-1 .42,-.93 .78,-.62 .88,-.2 .72,.25 .42,.66 .16,.94 0,.95"))[:-1])


@dataclass(frozen=True)
class Hour:
    """The colours of an hour, and how much the balloons glow from within."""

    sky: tuple[str, ...]
    land: tuple[str, str]
    tint: str
    glow: float = 0.0
    stars: int = 0
    clouds: bool = False


MORNING = Hour(("#5f9cc4", "#b9d3d6", "#f6dcb4"), ("#c9bfae", "#5a7462"), "#fff0d6", clouds=True)
SUNSET = Hour(("#5a4a86", "#c46a8a", "#f59a6a", "#fcd08a"), ("#b0607a", "#3a2448"), "#ffc79a")
EVENING = Hour(("#0c1536", "#27407a", "#6a78a8", "#c9a09a"), ("#4a5a86", "#0d1530"), "#27407a", 0.9, 120)
INKS = (
    ("#d8392f", "#f6e9d0", "#efb23a"),
    ("#1f5f8f", "#f6e9d0", "#8fc0c9"),
    ("#2f8a72", "#f2c84a", "#f6e9d0"),
    ("#e8793a", "#7a2f5a", "#f6d9a8"),
    ("#c8406a", "#f7d0c4", "#3a2f6a"),
)


def balloon(
    canvas: Canvas, x: float, y: float, size: float, inks: tuple[str, ...], hour: Hour, far: float
) -> None:
    """A balloon whose envelope is `size` px in radius, striped in gores, with its basket."""
    canvas = canvas.part(x, y + size * 0.35, size * 1.2, size * 1.5)
    inks = tuple(
        mix(mix(colour, hour.tint, 0.12 + 0.5 * far), "#101a3c", 0.45 if hour.glow else 0) for colour in inks
    )
    _basket(canvas, x, y, size, mix("#8a5a34", hour.tint, 0.5 * far), mix("#3a2a2c", hour.tint, 0.5 * far))
    mask = canvas.polygon(moved(ENVELOPE, x, y, 0, size))
    reach = np.interp((canvas.y[:, 0] - y) / size, *_widths())[:, None]
    around = np.arcsin(np.clip((canvas.x - x) / (size * reach), -0.999, 0.999))
    gore = np.floor(around / np.pi * 10 + 0.5)
    canvas.paint(mask, inks[0])
    canvas.paint(mask * (np.mod(gore, 2) == 1), inks[1])
    for level, height in ((0.08, 0.17), (-0.6, 0.06)):
        zig = (canvas.y - y) / size - level - 0.06 * np.abs(np.mod(around / np.pi * 10, 2) - 1)
        canvas.paint(mask * np.clip((height - np.abs(zig)) * size, 0, 1), inks[2])
    seam = np.abs(around / np.pi * 10 + 0.5 - np.round(around / np.pi * 10 + 0.5))
    canvas.multiply(mask * np.clip(1 - seam * 14, 0, 1), inks[0], 0.5)
    shade = np.clip((canvas.x - x) / size * 0.7 + (canvas.y - y) / size * 0.25 + 0.25, 0, 1)
    canvas.multiply(mask * shade, darker("#7a6a9a", 0.1), 0.75)
    shine = np.exp(-((canvas.distance(x - size * 0.36, y - size * 0.4) / (size * 0.3)) ** 2))
    canvas.screen(mask * shine, "#fff2d8", 0.35)
    if hour.glow:
        inner = np.clip(1 - canvas.distance(x, y + size * 0.65) / (size * 1.5), 0, 1)
        canvas.screen(mask * inner, "#ffb04a", hour.glow)
        canvas.glow(x, y + size * 1.0, size * 0.2, "#ffe9a8", 1.0)


def _basket(canvas: Canvas, x: float, y: float, size: float, wicker: str, dark: str) -> None:
    ropes = [moved([(s, 0.9), (s * 0.9, 1.24)], x, y, 0, size) for s in (-0.14, -0.05, 0.05, 0.14)]
    canvas.paint(canvas.lines(ropes, max(1.0, size * 0.012)), dark)
    for half, top, bottom, colour in ((0.14, 1.22, 1.42, wicker), (0.15, 1.21, 1.26, dark)):
        part = canvas.box(x - size * half, y + size * top, x + size * half, y + size * bottom, size * 0.03)
        canvas.paint(part, colour)


def _widths() -> tuple[np.ndarray, np.ndarray]:
    """Heights and half widths of the envelope."""
    right = ENVELOPE[ENVELOPE[:, 0] >= 0]
    order = np.argsort(right[:, 1])
    return right[order, 1], np.maximum(right[order, 0], 0.02)


def balloons(hour: Hour) -> Image.Image:
    canvas = Canvas(900, 1200, "#000000", seed=841)
    canvas.fill(canvas.sky(*hour.sky, bottom=1020))
    if hour.stars:
        stars(canvas, hour.stars, 800)
    if hour.clouds:
        for spot in ((120, 480, 0.8), (760, 560, 1.2), (560, 180, 0.6)):
            cloud(canvas, *spot)
    for layer in range(4):
        edge = canvas.ridge(960 + 55 * layer, 46 - 6 * layer, 480 - 50 * layer, 5)
        colour = mix(*hour.land, layer / 3)
        haze = np.clip((canvas.y - edge[None, :]) / 110, 0, 1)
        mask = canvas.below(edge)
        if layer == 3:
            mask = np.maximum(mask, canvas.polygons(trees.forest(canvas.rng, edge, 22, (24, 62), 0.4)))
        canvas.paint(mask, ramp(haze, colour, mix(colour, hour.sky[-1], 0.4 - 0.13 * layer)))
    for x, y, size, k, far in (
        (640, 610, 46, 4, 0.8),
        (90, 700, 38, 1, 0.9),
        (790, 330, 84, 2, 0.45),
        (210, 250, 118, 1, 0.25),
        (690, 800, 70, 3, 0.5),
    ):
        balloon(canvas, x, y, size, INKS[k], hour, far)
    balloon(canvas, 430, 520, 232, INKS[0], hour, 0.0)
    return canvas.print(vignette=0.06)


def red_umbrella() -> Image.Image:
    """One red umbrella in grey rain."""
    canvas = Canvas(900, 1200, "#8fa0ac", seed=843)
    canvas.fill(canvas.sky("#74889a", "#a3b0b6", "#c9cdc9"))
    canvas.paint(canvas.below(1010), ramp((canvas.y - 1010) / 190, "#8a979e", "#5f707c"))
    dome = _umbrella(canvas, 450, 600, 290)
    wet = canvas.rng.uniform((-100, -60), (980, 1200), (330, 2))
    drops = [[(x, y), (x - 14, y + 52)] for x, y in wet]
    dry = np.maximum(dome, canvas.polygon(points("170,610 730,610 690,1010 130,1010")))
    canvas.screen(canvas.lines(drops, 1.8) * (1 - dry), "#f4f7f8", 0.7)
    for k, x in enumerate(canvas.rng.uniform(0, 900, 14).tolist()):
        y, size = 1040 + 130 * k / 14, 12 + 2 * k
        part = canvas.part(x, y, size * 2)
        ring = part.ellipse(x, y, size, size * 0.26) - part.ellipse(x, y, size * 0.86, size * 0.2)
        part.screen(np.clip(ring, 0, 1), "#eef3f5", 0.8)
    return canvas.print(vignette=0.06)


def _umbrella(canvas: Canvas, x: float, y: float, r: float) -> Field:
    """An open umbrella whose rim is `r` px in radius around (x, y); returns the stencil of its dome."""
    canvas.paint(canvas.line([(x, y - 260), (x, y + 330)], 11), "#2a2530")
    canvas.paint(
        canvas.line(np.concatenate([[(x, y + 300)], arc(x + 34, y + 340, 34, 180, 10)]), 17), "#7a4a2c"
    )
    ribs = np.linspace(-1, 1, 6)
    scallops = np.concatenate(
        [
            arc(x + r * (a + b) / 2, y + 4, r * (b - a) / 2, 180, 360, 0.34)[::-1]
            for a, b in zip(ribs[-2::-1], ribs[:0:-1], strict=True)
        ]
    )
    dome = np.concatenate([arc(x, y, r, 180, 360, 0.86), scallops])
    mask = canvas.polygon(dome)
    canvas.paint(mask, "#cf2f2c")
    for k in range(5):
        bend = np.linspace(0, np.pi / 2, 20)
        left, right = (
            np.stack([x + r * at * np.sin(bend), y - r * 0.86 * np.cos(bend)], 1) for at in ribs[k : k + 2]
        )
        panel = canvas.polygon(np.concatenate([left, right[::-1]])) * mask
        canvas.paint(panel, ("#e4483c", "#d8352f", "#e0413a", "#bf2629", "#a31f28")[k])
        canvas.paint(
            light.stippled(panel * np.clip((canvas.y - y + 150) / 260, 0, 1) * 0.7, canvas.rng),
            "#6d1220",
            0.55,
        )
        canvas.paint(canvas.line(left, 3), "#7f1a22", 0.7)
    canvas.screen(canvas.ellipse(340, 440, 70, 22, -42, 24), "#ffd9c8", 0.5)
    canvas.paint(canvas.line([(x, y - 285), (x, y - 246)], 9), "#2a2530")
    return mask


_AIR = ("balloon", "sky", "hot-air balloon")
SAMPLES = (
    Sample("balloons-in-the-morning", "Balloons in the morning", "Six of them rise above the valley.",
           (*_AIR, "morning", "colourful"), partial(balloons, MORNING)),
    Sample("balloons-at-sunset", "Balloons at sunset", "The wind has gone to sleep.",
           (*_AIR, "sunset", "pink"), partial(balloons, SUNSET)),
    Sample("balloons-in-the-evening", "Balloons in the evening", "The burners light them from within.",
           (*_AIR, "night", "blue"), partial(balloons, EVENING)),
    Sample("red-umbrella-in-the-rain", "Red umbrella in the rain", "The only colour of the day.",
           ("umbrella", "rain", "weather", "red", "grey"), red_umbrella),
)  # fmt: skip
