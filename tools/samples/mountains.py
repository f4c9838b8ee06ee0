"""Mountains: one lake below a snow peak at four hours, a red mountain, and northern lights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, mix, ramp
from tools.samples.hills import stars
from tools.samples.paths import Path, points
from tools.samples.sample import Sample

SHORE = 560


@dataclass(frozen=True)
class Hour:
    """The colours of the lake at an hour; rock and snow come as (lit, in shade)."""

    sky: tuple[str, ...]
    far: str
    rock: tuple[str, str]
    snow: tuple[str, str]
    wood: str
    water: str
    lamp: str | None = None
    stars: int = 0


MORNING = Hour(
    ("#86a9c9", "#d9c9cf", "#f8d9b9"),
    "#b7b3c6",
    ("#a98f97", "#5d6486"),
    ("#ffeedd", "#b3b7d6"),
    "#3c5259",
    "#7b93ab",
)
NOON = Hour(
    ("#2f86bf", "#84bfdc", "#d8ebe8"),
    "#a5c4d3",
    ("#8c9a9c", "#566a7a"),
    ("#ffffff", "#b7d3e4"),
    "#24563f",
    "#1d7f94",
)
DUSK = Hour(
    ("#46407c", "#a8608f", "#f29079", "#fdcf94"),
    "#a06a92",
    ("#c66f6a", "#4c3763"),
    ("#ffc9a8", "#9573a6"),
    "#2a2342",
    "#6b4a80",
    "#ffdf9e",
)
NIGHT = Hour(
    ("#060b1f", "#10224a", "#2c4d80"),
    "#1e3560",
    ("#3d5680", "#14213f"),
    ("#b9cdec", "#4d6a9c"),
    "#060d1c",
    "#0c1a38",
    "#fbf4dd",
    360,
)


def lake(hour: Hour) -> Image.Image:
    canvas = Canvas(1200, 900, "#000000", seed=11)
    canvas.fill(canvas.sky(*hour.sky, bottom=SHORE))
    if hour.stars:
        stars(canvas, hour.stars, 470)
    if hour.lamp:
        canvas.glow(935, 210, 330, hour.lamp, 0.5)
        canvas.paint(canvas.disc(935, 210, 36, 1.5), hour.lamp)
    far = canvas.ridge(410, 70, 330, 7, 0.5)
    haze = np.clip((canvas.y - 380) / 170, 0, 1)
    canvas.paint(canvas.below(far), ramp(haze, hour.far, mix(hour.far, hour.sky[-1], 0.55)))
    peak(canvas, 905, 268, 330, hour, 0.32)
    peak(canvas, 250, 236, 390, hour, 0.26)
    peak(canvas, 560, 96, 500, hour, 0.06)
    _woods(canvas, hour)
    _water(canvas, hour)
    return canvas.print(vignette=0.07)


def _jagged(
    rng: np.random.Generator, start: tuple[float, float], end: tuple[float, float], rough: float
) -> Path:
    """A broken line between two points, out of true by a share of its length."""
    t = np.sort(np.concatenate([[0, 1], rng.uniform(0.04, 0.96, 13)]))
    line: Path = np.array(start) * (1 - t[:, None]) + np.array(end) * t[:, None]
    line[1:-1] += rng.uniform(-rough, rough, (13, 2)) * math.dist(start, end)
    return line


def peak(canvas: Canvas, x: float, top: float, half: float, hour: Hour, haze: float) -> None:
    """A mountain lit from the left, with snow above a ragged line; `haze` fades it into the sky."""
    rng, base = canvas.rng, SHORE + 30
    left = _jagged(rng, (x - half, base), (x, top), 0.016)
    right = _jagged(rng, (x, top), (x + half * 0.94, base), 0.016)
    spine = _jagged(rng, (x, top), (x + half * 0.16, base), 0.05)
    body = canvas.polygon(np.concatenate([left, right]))
    shades = [np.concatenate([spine, right[::-1]])]
    lights = []
    for at in np.linspace(0.08, 0.8, 9):
        px, py = spine[int(at * 14)]
        reach = half * rng.uniform(0.22, 0.5) * (0.35 + at)
        drop = reach * rng.uniform(0.75, 1.1)
        shades.append(np.array([(px, py), (px - reach, py + drop), (px - reach * 0.42, py + drop * 1.05)]))
        lights.append(np.array([(px + 2, py), (px + reach, py + drop), (px + reach * 0.5, py + drop * 1.1)]))
    shade = np.clip(canvas.polygons(shades, lights), 0, 1) * body
    edge = canvas.ridge(top + (base - top) * 0.5, 72, 120, 5, 0.62)
    snow = body * (1 - canvas.below(edge))
    tone = hour.sky[-1]
    lit, dark = (mix(colour, tone, haze) for colour in hour.rock)
    canvas.paint(body, mix(lit, hour.far, 0.15))
    canvas.paint(shade, dark)
    canvas.paint(snow, mix(hour.snow[0], tone, haze))
    canvas.paint(snow * shade, mix(hour.snow[1], tone, haze))
    valley = body * np.clip((canvas.y - 430) / 180, 0, 1) ** 1.2
    canvas.paint(valley, mix(hour.far, tone, 0.45), 0.75)


def _woods(canvas: Canvas, hour: Hour) -> None:
    """Two fringes of firs along the far shore."""
    for level, size, share in ((536, (16, 40), 0.42), (556, (22, 58), 0.0)):
        edge = canvas.ridge(level, 12, 260, 4)
        wood = canvas.polygons(trees.forest(canvas.rng, edge, 11, size, 0.42))
        canvas.paint(np.maximum(wood, canvas.below(edge)), mix(hour.wood, hour.far, share))


def _water(canvas: Canvas, hour: Hour) -> None:
    """The lake: a mirror that darkens towards the viewer, with a few bright streaks and a near shore."""
    canvas.reflect(SHORE, 0.94, ripple=7)
    depth = np.clip((canvas.y - SHORE) / (900 - SHORE), 0, 1)
    lake_part = canvas.below(SHORE)
    canvas.paint(lake_part * (0.22 + 0.5 * depth), hour.water)
    streaks = canvas.noise((7, 260), 3)
    canvas.paint(np.clip(streaks * 6 - 4.1, 0, 1) * lake_part, hour.sky[-1], 0.3)
    canvas.paint(canvas.box(0, SHORE - 1.5, 1200, SHORE + 1.5), mix(hour.sky[-1], hour.water, 0.3), 0.8)
    bank = canvas.ridge(872, 14, 500, 4) - 70 * np.exp(-(((canvas.x[0] - 1190) / 210) ** 2))
    firs = [trees.fir(canvas.rng, x, float(bank[int(x)]) + 8, h, 0.4) for x, h in
            points("1010,190 1072,330 1130,420 1176,300 955,110")]  # fmt: skip
    near = darker(hour.wood, 0.35)
    canvas.paint(np.maximum(canvas.polygons(firs), canvas.below(bank)), near)


def red_mountain() -> Image.Image:
    """One great slope under a sky of drifting clouds, after the manner of old woodcuts."""
    canvas = Canvas(1200, 840, "#000000", seed=8)
    canvas.fill(canvas.sky("#2d5f8f", "#6f9fb8", "#cfdcc9", "#efe3c4", bottom=700))
    drift = canvas.noise((26, 520), 4, 0.55)
    canvas.paint(np.clip(drift * 7 - 3.7, 0, 1) * np.clip(1.15 - canvas.y / 620, 0, 1), "#f6efdd", 0.95)
    x = canvas.x[0]
    slope = 150 + 560 * (1 - np.exp(-np.abs(x - 760) / np.where(x < 760, 430, 330)))
    slope = np.where(np.abs(x - 760) < 26, slope.min() + 34, slope)
    edge = slope + 3 * canvas.ridge(0, 1, 40, 4)
    mountain = canvas.below(edge)
    high = np.clip((canvas.y - 150) / 560, 0, 1)
    canvas.paint(
        mountain,
        ramp(high, "#6d2a22", "#b23e26", "#c9572f", "#8a6b3d", "#2f5a45", at=(0, 0.2, 0.55, 0.78, 1)),
    )
    angle = np.arctan2(canvas.x - 760, canvas.y - 90)
    gullies = np.interp(angle.ravel(), np.linspace(-1.6, 1.6, 220), canvas.rng.random(220)).reshape(
        angle.shape
    )
    length = 0.16 + 0.34 * gullies
    snow = mountain * np.clip((gullies - 0.55) * 9, 0, 1) * np.clip((length - high) * 14, 0, 1)
    canvas.paint(snow, "#f7efe0", 0.92)
    canvas.multiply(mountain * np.clip((canvas.x - 760) / 320, 0, 1) ** 0.8, "#a8607a", 0.55)
    wood = canvas.noise(34, 3)
    dots = mountain * np.clip((high - 0.62 - 0.35 * wood) * 9, 0, 1)
    canvas.paint(light.stippled(dots, canvas.rng), "#234a3c", 0.8)
    canvas.paint(
        np.clip((canvas.y - 690) / 150, 0, 1) * np.clip(canvas.noise((40, 500), 3) * 2.2 - 0.4, 0, 1),
        "#f1e6c9",
    )
    return canvas.print(paper=0.02)


def northern_lights() -> Image.Image:
    canvas = Canvas(1200, 900, "#000000", seed=23)
    canvas.fill(canvas.sky("#050a1c", "#0b1f3d", "#14475a", bottom=700))
    stars(canvas, 420, 700)
    rays = canvas.noise((900, 16), 4, 0.7)[0]
    for level, height, colours, strength in ((470, 380, ("#3df5a0", "#1fae9a", "#6a4bd0"), 0.85),
                                             (560, 300, ("#8affb0", "#2bd08f", "#2c7fd0"), 0.7)):  # fmt: skip
        foot = canvas.ridge(level, 92, 560, 3)
        up = (foot[None, :] - canvas.y) / (height * (0.55 + 0.75 * rays[None, :]))
        veil = np.clip(up * 14, 0, 1) * np.clip(1 - up, 0, 1) ** 1.7 * (0.35 + 0.8 * rays[None, :])
        canvas.screen(np.clip(veil, 0, 1), ramp(up, *colours), strength)
        rays = rays[::-1]
    far = canvas.ridge(668, 46, 380, 6)
    canvas.paint(canvas.below(far), "#0d2438")
    wood = trees.forest(canvas.rng, canvas.ridge(716, 6, 300, 3), 17, (30, 92), 0.34)
    canvas.paint(np.maximum(canvas.polygons(wood), canvas.below(715)), "#04101c")
    canvas.reflect(722, 0.8, ripple=5)
    canvas.paint(np.clip(canvas.y - 722, 0, 1) * np.clip((canvas.y - 690) / 300, 0, 1), "#050d1c", 0.8)
    firs = [
        trees.fir(canvas.rng, x, 925, h, 0.34) for x, h in points("58,520 150,400 4,340 236,260 1150,330")
    ]
    canvas.paint(canvas.polygons(firs), "#020711")
    return canvas.print()


_LAKE = ("landscape", "mountains", "lake", "reflection")
SAMPLES = (
    Sample("lake-at-first-light", "First light on the lake",
           "Pale snow and still water before the day begins.", (*_LAKE, "dawn"), partial(lake, MORNING)),
    Sample("lake-at-noon", "Mountain lake at noon", "Snow, firs and clear cold water.",
           (*_LAKE, "noon", "blue"), partial(lake, NOON)),
    Sample("lake-at-dusk", "Evening glow on the lake", "The last light turns the snow pink.",
           (*_LAKE, "dusk", "pink"), partial(lake, DUSK)),
    Sample("lake-by-night", "The lake under the stars", "Moonlight on the snow peak and its reflection.",
           (*_LAKE, "night", "stars"), partial(lake, NIGHT)),
    Sample("red-mountain", "Red mountain, clear weather", "A volcano turns red in the early sun.",
           ("landscape", "mountains", "volcano", "red", "woodcut"), red_mountain),
    Sample("northern-lights", "Northern lights", "Green veils of light above the firs.",
           ("landscape", "night", "stars", "aurora", "forest", "green"), northern_lights),
)  # fmt: skip
