"""The open sea at four hours, sails, and waves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, darker, lighter, mix, ramp
from tools.samples.hills import cloud, stars
from tools.samples.paths import moved, points, smooth
from tools.samples.sample import Sample

HORIZON = 430


@dataclass(frozen=True)
class Hour:
    """The colours of the sea at an hour, and where the sun or the moon stands (x, y, radius)."""

    sky: tuple[str, ...]
    water: tuple[str, ...]
    lamp: str
    lamp_at: tuple[float, float, float]
    glint: str
    stars: int = 0
    clouds: str | None = None


SUNRISE = Hour(
    ("#4f86b0", "#e9b89a", "#f9c469"),
    ("#efb86f", "#8fa0a0", "#35708a", "#174a66"),
    "#fff3c0",
    (600, 372, 48),
    "#ffe9a8",
    clouds="#e08f78",
)
NOON = Hour(
    ("#2f86c6", "#7fc0e0", "#d6eef0"),
    ("#8fd0d0", "#2f9fb4", "#14749c", "#0d5482"),
    "#fffdf0",
    (600, -90, 40),
    "#ffffff",
)
DUSK = Hour(
    ("#3a2350", "#8e2f5c", "#d9483f", "#f79a4a"),
    ("#d9603f", "#8a2f4f", "#4a1f47", "#22123a"),
    "#ffe39a",
    (600, 408, 84),
    "#ffc56a",
    clouds="#5c2350",
)
NIGHT = Hour(
    ("#050a1e", "#0f2148", "#2a4a7c"),
    ("#2f4f7f", "#13284f", "#0a1836", "#050c20"),
    "#fdf8e4",
    (600, 170, 60),
    "#e8ecf2",
    320,
)


def water(canvas: Canvas, horizon: int, inks: tuple[str, ...]) -> tuple[Field, Field]:
    """Paint the sea down from the horizon; returns its stencil, and waves that shrink towards it."""
    near = np.clip((canvas.y - horizon) / (canvas.height - horizon), 1e-4, 1)
    sea = canvas.below(horizon)
    canvas.paint(sea, ramp(near**0.8, *inks))
    swell = canvas.noise((15, 150), 4, 0.62)
    waves = swell[np.clip(near[:, 0] ** 0.52 * (canvas.height - 1), 0, canvas.height - 1).astype(int)]
    canvas.multiply(sea * np.clip(0.5 - waves, 0, 1), inks[-1], 0.75)
    canvas.screen(sea * np.clip(waves * 3 - 1.75, 0, 1) * 0.7, inks[0], 0.5)
    return sea, waves


def glints(canvas: Canvas, sea: Field, waves: Field, x: float, width: float, colour: str) -> None:
    """The path of light under a low sun or moon."""
    near = np.clip((canvas.y - HORIZON) / (canvas.height - HORIZON), 0, 1)
    reach = width * (0.55 + 1.1 * near)
    path = np.exp(-(((canvas.x - x) / reach) ** 2))
    canvas.screen(sea * path, colour, 0.22)
    sparks = np.clip((waves - 0.78 + 0.36 * path) * 13, 0, 1) * np.clip(path * 2.2, 0, 1)
    canvas.paint((sea * sparks), colour, 0.92)


def open_sea(hour: Hour, seed: int = 41) -> Canvas:
    """Sky, lamp and water, without anything on it."""
    canvas = Canvas(1200, 800, "#000000", seed)
    canvas.fill(canvas.sky(*hour.sky, bottom=HORIZON))
    if hour.stars:
        stars(canvas, hour.stars, HORIZON - 20)
    x, y, radius = hour.lamp_at
    canvas.glow(x, y, radius * 8, hour.lamp, 0.5)
    canvas.paint(canvas.disc(x, y, radius, 1.5), hour.lamp)
    if hour.clouds:
        bars = np.clip(canvas.noise((26, 430), 3) * 5 - 3.0, 0, 1) * np.clip((canvas.y - 60) / 260, 0, 1)
        canvas.paint(bars, hour.clouds, 0.6)
    sea, waves = water(canvas, HORIZON, hour.water)
    if y > 0:
        glints(canvas, sea, waves, x, radius * 1.4 + 30, hour.glint)
    return canvas


def sea(hour: Hour) -> Image.Image:
    return open_sea(hour).print(vignette=0.08)


def boat(
    canvas: Canvas, x: float, y: float, size: float, sail: str, hull: str = "#f3ecdc", lean: float = 4
) -> None:
    """A small sailing boat that floats at (x, y): a hull, a mainsail and a jib, and its broken reflection."""
    parts = (
        (smooth(points("-.36,-.1 .42,-.12 .3,0 -.26,0"), steps=4), hull),
        (points("-.02,-.14 .02,-1 .035,-1 .02,-.14"), "#4a3a35"),
        (
            np.concatenate([smooth([(0.0, -0.96), (-0.16, -0.58), (-0.35, -0.2)], False, 8), [(0.0, -0.18)]]),
            sail,
        ),
        (
            np.concatenate([smooth([(0.04, -0.9), (0.2, -0.5), (0.38, -0.18)], False, 8), [(0.05, -0.2)]]),
            mix(sail, "#ffffff", 0.45),
        ),
    )
    for outline, colour in parts:
        mirror = np.array(outline) * (1, -0.62)
        canvas.paint(light.blurred(canvas.polygon(moved(mirror, x, y, -lean, size)), 3), colour, 0.3)
    for outline, colour in parts:
        mask = canvas.polygon(moved(outline, x, y, lean, size))
        canvas.paint(mask, colour)
        canvas.multiply(light.crescent(mask, -size * 0.05, -size * 0.02, size * 0.05), "#8a86a0", 0.5)


def sailing_at_noon() -> Image.Image:
    canvas = open_sea(NOON)
    for spot in ((180, 200, 0.9), (1010, 150, 1.2), (620, 270, 0.55), (380, 330, 0.4)):
        cloud(canvas, *spot)
    for x, y, size, sail in (
        (760, 470, 70, "#f4efe2"),
        (420, 500, 120, "#f4efe2"),
        (690, 640, 330, "#f7f2e6"),
    ):
        boat(canvas, x, y, size, sail, hull="#c8402f")
    return canvas.print(vignette=0.06)


def red_sail() -> Image.Image:
    canvas = open_sea(DUSK, seed=44)
    boat(canvas, 380, 610, 300, "#c9302f", hull="#2b1530", lean=-5)
    return canvas.print(vignette=0.1)


def regatta() -> Image.Image:
    """Flat sails before a flat sea, like an old travel poster."""
    canvas = Canvas(850, 1200, "#f1e4c4", seed=46)
    canvas.fill(canvas.sky("#f4e6c3", "#f4dcae", "#f2c99a", bottom=900))
    canvas.paint(canvas.disc(190, 270, 105, 1.5), "#ee7f4b")
    canvas.paint(canvas.below(canvas.ridge(800, 30, 420, 4)), "#9cb9b0")
    sails = ((130, 850, 300, "#f3b23c"), (722, 872, 400, "#f8f1df"), (375, 930, 740, "#c8392f"))
    for step, (x, y, size, colour) in enumerate(sails):
        _swell(canvas, 820 + 36 * step, ("#5b9ca0", "#3f8790", "#2c7280")[step], step)
        _poster_boat(canvas, x, y, size, colour)
    for step, colour in enumerate(("#1d5f72", "#164c62", "#103a51", "#0b2b40")):
        _swell(canvas, 935 + 64 * step, colour, step + 3)
    return canvas.print(paper=0.02)


def _swell(canvas: Canvas, level: float, colour: str, step: int) -> None:
    edge = (
        level
        + (10 + 2 * step) * np.sin(canvas.x[0] / (46 + 9 * step) + step * 1.7)
        + 6 * np.sin(canvas.x[0] / 170)
    )
    mask = canvas.below(edge)
    canvas.paint(mask, colour)
    crest = np.clip(1 - np.abs(canvas.y - edge[None, :] - 9) / 2.2, 0, 1)
    canvas.paint(crest, lighter(colour, 0.45), 0.8)


def _poster_boat(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    """Two great sails that lean with the wind."""
    main = np.concatenate([smooth([(0.02, -1), (-0.2, -0.62), (-0.36, -0.13)], False, 10), [(0.02, -0.1)]])
    jib = np.concatenate([smooth([(0.06, -0.92), (0.26, -0.5), (0.46, -0.14)], False, 10), [(0.06, -0.1)]])
    for outline, tone in ((main, colour), (jib, mix(colour, "#ffffff", 0.28))):
        mask = canvas.polygon(moved(outline, x, y, 6, size))
        canvas.paint(mask, tone)
        canvas.paint(
            light.stippled(light.crescent(mask, -0.1 * size, 0, 0.1 * size) * 0.6, canvas.rng),
            darker(tone, 0.4),
        )
    seams = [
        moved([(-0.36 + 0.06 * k, -0.13 - 0.17 * k), (0.02, -0.1 - 0.2 * k)], x, y, 6, size)
        for k in range(1, 5)
    ]
    canvas.paint(canvas.lines(seams, max(1.2, size / 320)), darker(colour, 0.35), 0.6)
    hull = smooth(points("-.4,-.07 .5,-.08 .34,.03 -.3,.03"), steps=6)
    canvas.paint(canvas.polygon(moved(hull, x, y, 6, size)), "#2b2c3f")
    canvas.paint(canvas.line(moved([(0.02, -1.05), (0.04, -0.08)], x, y, 6, size), size / 90), "#2b2c3f")


_SEA = ("sea", "water", "horizon")
SAMPLES = (
    Sample("sea-at-sunrise", "Sunrise at sea", "Gold light on quiet water.",
           (*_SEA, "dawn", "sunrise", "yellow"), partial(sea, SUNRISE)),
    Sample("sailing-at-noon", "Three boats at noon", "White sails, red hulls and a fair wind.",
           ("sea", "boat", "sailing", "noon", "blue"), sailing_at_noon),
    Sample("sea-at-dusk", "Red sunset at sea", "The sun touches the horizon.",
           (*_SEA, "dusk", "sunset", "red"), partial(sea, DUSK)),
    Sample("moon-over-the-sea", "Moon over the sea", "A silver path across the water.",
           (*_SEA, "night", "moon", "stars"), partial(sea, NIGHT)),
    Sample("red-sail", "Red sail at sunset", "One boat on its way home.",
           ("sea", "boat", "sailing", "sunset", "red"), red_sail),
    Sample("regatta", "Regatta", "Three tall sails, as on an old travel poster.",
           ("sea", "boat", "sailing", "poster", "red", "yellow"), regatta),
)  # fmt: skip
