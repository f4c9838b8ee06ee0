"""Hills, one valley at four hours, and a long row of ridges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import mix, ramp
from tools.samples.paths import moved, points, rows
from tools.samples.sample import Sample


@dataclass(frozen=True)
class Hour:
    """The colours of an hour: sky from the top, hills from far to near, mist and light."""

    sky: tuple[str, ...]
    hills: tuple[str, str]
    mist: str
    lamp: str
    lamp_at: tuple[float, float, float]
    glow: float
    stars: int = 0
    window: str | None = None
    clouds: bool = False
    house: tuple[str, str] | None = None


DAWN = Hour(
    ("#6f8fb4", "#c9b6c4", "#f3c3a6", "#fbe3b8"),
    ("#b39bb0", "#2f4858"),
    "#f6d3bb",
    "#fff3cf",
    (0.66, 0.47, 40),
    0.8,
)
NOON = Hour(
    ("#3f8fc4", "#7dbbd8", "#cfe6e4"),
    ("#8dbfb9", "#2c6240"),
    "#e3ecc0",
    "#fffbe6",
    (0.24, -0.2, 36),
    0.5,
    clouds=True,
    house=("#efe6cf", "#b4543c"),
)
DUSK = Hour(
    ("#3b3561", "#9c4f78", "#ea7d5b", "#fdbf6b"),
    ("#b0506a", "#1f1d38"),
    "#f2936a",
    "#ffe3a0",
    (0.4, 0.53, 62),
    0.9,
)
BLUE = Hour(
    ("#16284f", "#33568d", "#7f9fc4", "#d7c9cf"),
    ("#7d9ac0", "#0f1e38"),
    "#a3b5d2",
    "#f7f2e2",
    (0.76, 0.2, 20),
    0.35,
    26,
    "#ffc766",
)
NIGHT = Hour(
    ("#070d22", "#0e1c3f", "#1f3763", "#3f5c86"),
    ("#33517c", "#050a18"),
    "#37557f",
    "#fdf6dc",
    (0.3, 0.24, 46),
    0.5,
    300,
    "#ffbf57",
)


def stars(canvas: Canvas, count: int, horizon: float) -> None:
    """Stars that thin out towards the horizon."""
    rng = np.random.default_rng(count)
    x, y = rng.uniform(0, canvas.width, count), rng.uniform(0, 1, count) ** 1.4 * horizon
    radius = 0.5 + rng.exponential(0.45, count)
    canvas.screen(canvas.discs(zip(x, y, np.minimum(radius, 2.6), strict=True)), "#fdf4e0", 0.9)


def cloud(
    canvas: Canvas, x: float, y: float, scale: float, white: str = "#fffdf4", shade: str = "#b9d3dd"
) -> None:
    """A fair-weather cloud: a flat base with round heads."""
    heads = rows("-104,-8,26 -66,-30,40 -18,-58,52 30,-46,48 72,-22,38 112,-6,22 0,-12,40")
    mask = canvas.discs([(x + dx * scale, y + dy * scale, r * scale) for dx, dy, r in heads])
    mask *= np.clip((y + 26 * scale - canvas.y) / (70 * scale), 0, 1)
    canvas.paint(mask, ramp((canvas.y - y + 110 * scale) / (130 * scale), white, white, shade), 0.92)


def valley(hour: Hour) -> Image.Image:
    canvas = Canvas(1200, 800, "#000000", seed=4)
    canvas.fill(canvas.sky(*hour.sky, bottom=560))
    if hour.stars:
        stars(canvas, hour.stars, 430)
    x, y, radius = hour.lamp_at[0] * 1200, hour.lamp_at[1] * 800, hour.lamp_at[2]
    canvas.glow(x, y, radius * 9, hour.lamp, hour.glow * 0.55, 2.4)
    canvas.paint(canvas.disc(x, y, radius, 1.5), hour.lamp)
    if hour.clouds:
        for place in ((210, 205, 0.9), (800, 170, 1.25), (1085, 300, 0.6), (480, 310, 0.45)):
            cloud(canvas, *place)
    for layer in range(6):
        _ridge(canvas, hour, layer)
    _meadow(canvas, hour)
    return canvas.print(vignette=0.07)


def _ridge(canvas: Canvas, hour: Hour, layer: int) -> None:
    """One of six ranges of hills; the near ones are darker, rounder and wooded."""
    depth = layer / 5
    edge = canvas.ridge(392 + layer * 50, 74 - layer * 4, 620 - layer * 40, 6 - layer // 2, 0.42)
    colour = mix(hour.hills[0], hour.hills[1], depth**1.1 * 0.86)
    mask = canvas.below(edge)
    if layer in (3, 4):
        wood = trees.forest(canvas.rng, edge, 9 + layer * 2, (14 + layer * 4, 30 + layer * 7))
        some = canvas.noise((900, 170), 2)[0] > 0.5
        mask = np.maximum(mask, canvas.polygons([t for t in wood if some[int(np.clip(t[0, 0], 0, 1199))]]))
    haze = np.clip((canvas.y - edge[None, :]) / 150, 0, 1) ** 1.3
    canvas.paint(mask, ramp(haze, colour, mix(colour, hour.mist, 0.62 - 0.3 * depth)))


def _meadow(canvas: Canvas, hour: Hour) -> None:
    """The slope in front, with a round tree, poplars and a farmhouse."""
    near = hour.hills[1]
    edge = canvas.ridge(702, 26, 900, 3) + np.linspace(30, -40, 1200, dtype=np.float32)
    grass = canvas.below(edge)
    house_x, house_y = 860, float(edge[860]) + 4
    house = points("-46,0 -46,-34 -30,-62 34,-62 50,-34 50,0")
    plants = [trees.poplar(house_x + dx, house_y + 3, h) for dx, h in ((74, 120), (98, 142), (120, 104))]
    plants += trees.crown(canvas.rng, 212, float(edge[212]) + 8, 150)
    plants += trees.crown(canvas.rng, 306, float(edge[306]) + 6, 92)
    canvas.paint(canvas.polygons(plants), mix(near, hour.hills[0], 0.06))
    wall, tiles = hour.house or (mix(near, hour.hills[0], 0.2), mix(near, hour.sky[1], 0.12))
    canvas.paint(canvas.polygon(moved(house, house_x, house_y)), wall)
    roof = points("-54,-32 -32,-66 36,-66 58,-32")
    canvas.paint(canvas.polygon(moved(roof, house_x, house_y)), tiles)
    if hour.window:
        for dx in (-26, 2, 26):
            canvas.glow(house_x + dx + 5, house_y - 18, 60, hour.window, 0.5)
            canvas.paint(canvas.box(house_x + dx, house_y - 25, house_x + dx + 10, house_y - 11), hour.window)
    canvas.paint(grass, ramp((canvas.y - 650) / 150, mix(near, hour.hills[0], 0.1), near))
    blades = light.stippled(grass * np.clip((canvas.y - edge) / 140, 0, 1) * 0.35, canvas.rng)
    canvas.paint(blades, mix(near, hour.lamp, 0.18), 0.5)


def ridges() -> Image.Image:
    """Ten ranges in the last light, three times as wide as high."""
    canvas = Canvas(1500, 560, "#000000", seed=19)
    canvas.fill(canvas.sky("#e9a15b", "#f6c983", "#fbe6bd", bottom=300))
    canvas.glow(1060, 190, 460, "#fff2c4", 0.7)
    canvas.paint(canvas.disc(1060, 188, 44, 1.5), "#fff8de")
    for layer in range(10):
        depth = layer / 9
        edge = canvas.ridge(196 + layer * 33, 58 - depth * 14, 420 - layer * 16, 7, 0.48)
        colour = mix("#e8a878", "#2b1c33", depth**0.9)
        haze = np.clip((canvas.y - edge[None, :]) / 90, 0, 1)
        canvas.paint(canvas.below(edge), ramp(haze, colour, mix(colour, "#f7cd92", 0.5 * (1 - depth))))
    return canvas.print(vignette=0.1)


SAMPLES = (
    Sample("hills-at-dawn", "Dawn over the hills", "Mist lies between the hills as the sun comes up.",
           ("landscape", "hills", "dawn", "mist", "pink"), partial(valley, DAWN)),
    Sample("hills-at-noon", "Noon over the hills", "The valley under a clear midday sky.",
           ("landscape", "hills", "noon", "day", "green"), partial(valley, NOON)),
    Sample("hills-at-dusk", "Sunset over the hills", "The sun goes down behind six ranges of hills.",
           ("landscape", "hills", "dusk", "sunset", "orange"), partial(valley, DUSK)),
    Sample("hills-at-blue-hour", "Blue hour over the hills", "The first windows are lit in the farmhouse.",
           ("landscape", "hills", "dusk", "blue hour", "blue"), partial(valley, BLUE)),
    Sample("hills-by-night", "Night over the hills", "A full moon above the sleeping valley.",
           ("landscape", "hills", "night", "moon", "stars", "blue"), partial(valley, NIGHT)),
    Sample("ten-ridges", "Ten ridges, evening light",
           "A panorama of mountains, each paler than the one before.",
           ("landscape", "mountains", "panorama", "sunset", "orange"), ridges),
)  # fmt: skip
