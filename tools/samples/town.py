"""Towns: houses on a canal, and a skyline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, darker, lighter, mix, ramp
from tools.samples.hills import cloud, stars
from tools.samples.paths import Path, points
from tools.samples.sample import Sample

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
HOUSES = (
    "#c8492f",
    "#e9b44a",
    "#3f7280",
    "#efe0c4",
    "#9a3b44",
    "#d98a5a",
    "#5f8468",
    "#e7a79a",
    "#2f4a6b",
    "#dcc48a",
)


def _gable(kind: int, left: float, right: float, top: float, base: float) -> Path:
    """The outline of a narrow house with a pointed, stepped or bell-shaped gable."""
    middle, width = (left + right) / 2, right - left
    rise = width * 0.62
    if kind == 0:
        head = [(right, top), (middle, top - rise), (left, top)]
    elif kind == 1:
        steps = [(k / 4, j / 4) for k in range(4) for j in (k, k + 1)]
        right_side = [(right - width * 0.42 * x, top - rise * 0.8 * y) for x, y in steps]
        left_side = [(left + width * 0.42 * x, top - rise * 0.8 * y) for x, y in steps[::-1]]
        head = [*right_side, *left_side]
    else:
        bell = points("0,0 .1,.02 .2,.25 .24,.6 .36,.72 .4,.9 .5,1")
        head = [(right - width * x, top - rise * y) for x, y in bell]
        head += [(left + width * x, top - rise * y) for x, y in bell[::-1]]
    return np.array([(left, base), (right, base), *head])


def canal(night: bool) -> Image.Image:
    canvas = Canvas(1400, 800, "#000000", seed=431)
    base = 560
    if night:
        canvas.fill(canvas.sky("#070d24", "#152a55", "#3d5687", bottom=base))
        stars(canvas, 160, 300)
    else:
        canvas.fill(canvas.sky("#5aa6cf", "#a7d3df", "#eef0e2", bottom=base))
        for spot in ((220, 130, 0.8), (760, 90, 1.0), (1240, 150, 0.7)):
            cloud(canvas, *spot)
    rng, left, number = canvas.rng, -30.0, 0
    while left < 1400:
        width = float(rng.uniform(112, 152))
        _house(canvas, left, left + width, base - float(rng.uniform(250, 340)), base, number, night)
        left, number = left + width + 2, number + 1
    canvas.paint(canvas.box(0, base, 1400, base + 16), "#1a1f38" if night else "#8d8378")
    canvas.reflect(base + 16, 1.25, ripple=9)
    depth = np.clip((canvas.y - base) / 240, 0, 1)
    canvas.paint(
        (canvas.y > base + 16) * (0.25 + 0.45 * depth) * np.ones_like(canvas.x),
        "#0a142f" if night else "#3f6f7a",
    )
    streaks = np.clip(canvas.noise((6, 190), 3) * 6 - 4.2, 0, 1) * (canvas.y > base + 18)
    canvas.paint(streaks, "#f2b35a" if night else "#e9f2ea", 0.35)
    return canvas.print(vignette=0.06)


def _house(
    canvas: Canvas, left: float, right: float, top: float, base: float, number: int, night: bool
) -> None:
    """One house of the row: gable, tall windows that grow towards the ground, a door."""
    canvas = canvas.part(
        (left + right) / 2, (top + base) / 2 - 60, (right - left) / 2 + 40, (base - top) / 2 + 70
    )
    colour = HOUSES[(number * 7) % len(HOUSES)]
    if night:
        colour = mix(colour, "#0f1a3a", 0.76)
    trim = mix("#f7efe0", "#16224a", 0.62) if night else "#f9f2e4"
    front = canvas.polygon(_gable(number % 3, left, right, top, base))
    canvas.paint(light.blurred(front, 3) * 0.4, "#0d1430" if night else "#5b5068", 0.4)
    canvas.paint(
        front,
        ramp((canvas.y - top + 60) / (base - top + 60), lighter(colour, 0.08), colour, darker(colour, 0.16)),
    )
    canvas.multiply(front * np.clip((canvas.x - right + 26) / 26, 0, 1), "#6b6288", 0.35)
    _windows(canvas, (left, top, right, base), number, night, trim)
    attic = ((left + right) / 2, top - 22)
    canvas.paint(canvas.disc(*attic, 13), trim)
    canvas.paint(canvas.disc(*attic, 9), "#ffce72" if night and number % 2 else "#2a3550")


def _windows(canvas: Canvas, front: Box, number: int, night: bool, trim: str) -> None:
    """Three windows on each of four floors, with a door in place of one."""
    left, top, right, base = front
    columns, width = 3, (right - left) / 3.6
    frames: list[Box] = []
    dark: list[Box] = []
    lit: list[Box] = []
    for row in range(4):
        y = top + 18 + row * (base - top - 30) / 4
        height = (base - top) / 4 * 0.62
        for column in range(columns):
            x = left + (right - left) * (column + 0.5) / columns
            if row == 3 and column == number % 3:
                frames.append((x - 17, base - 66, x + 17, base))
                dark.append((x - 13, base - 62, x + 13, base))
                continue
            frames.append((x - width * 0.34, y, x + width * 0.34, y + height))
            pane = (x - width * 0.27, y + 4, x + width * 0.27, y + height - 4)
            (lit if night and canvas.rng.random() < 0.5 else dark).append(pane)
    canvas.paint(_boxes(canvas, frames), trim)
    canvas.paint(_boxes(canvas, dark), "#0b1230" if night else "#33475a")
    if lit:
        panes = _boxes(canvas, lit)
        canvas.screen(light.blurred(panes, 22), "#ffab4a", 0.4)
        canvas.paint(panes, "#ffce72")
    bars = [[((a + c) / 2, b), ((a + c) / 2, d)] for a, b, c, d in dark + lit]
    bars += [[(a, (b + d) / 2), (c, (b + d) / 2)] for a, b, c, d in dark + lit]
    canvas.paint(canvas.lines(bars, 2.4), trim)


def _boxes(canvas: Canvas, boxes: list[Box]) -> Field:
    return canvas.polygons([[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in boxes])


@dataclass(frozen=True)
class City:
    """The colours of a skyline: sky, towers from far to near, windows, and what share of them is lit."""

    sky: tuple[str, ...]
    towers: tuple[str, str]
    window: str
    lit: float
    lamp: str
    lamp_at: tuple[float, float, float]
    stars: int = 0
    fog: float = 0.0


CITY_DUSK = City(
    ("#3c3468", "#a8527f", "#f0805f", "#fdc77e"),
    ("#b96a80", "#241d40"),
    "#ffd98a",
    0.2,
    "#fff0c0",
    (470, 480, 70),
)
CITY_NIGHT = City(
    ("#050a20", "#0f1f48", "#2b4578"),
    ("#22386a", "#060b1e"),
    "#ffcb6b",
    0.42,
    "#fbf5e2",
    (1010, 150, 46),
    240,
)
CITY_FOG = City(
    ("#c9d3d8", "#e3e3dc", "#f3e6d0"),
    ("#c6ced2", "#4f6472"),
    "#f7efdc",
    0.05,
    "#fffaf0",
    (820, 210, 48),
    0,
    0.85,
)


def skyline(city: City) -> Image.Image:
    canvas = Canvas(1400, 800, "#000000", seed=441)
    canvas.fill(canvas.sky(*city.sky, bottom=640))
    if city.stars:
        stars(canvas, city.stars, 380)
    canvas.glow(city.lamp_at[0], city.lamp_at[1], city.lamp_at[2] * 7, city.lamp, 0.45)
    canvas.paint(canvas.disc(*city.lamp_at, soft=1.5), city.lamp)
    for layer in range(4):
        near = layer / 3
        colour = mix(*city.towers, near)
        left = -20.0
        while left < 1400:
            width = float(canvas.rng.uniform(46, 96) * (0.8 + 0.3 * near))
            top = 650 - float(canvas.rng.uniform(0.35, 1) ** 1.3 * (470 - 75 * layer))
            _tower(canvas, city, left, top, width, colour, near)
            left += width + float(canvas.rng.uniform(-8, 26))
        if city.fog:
            haze = np.clip((canvas.y - 330 - 60 * layer) / 320, 0, 1) * np.ones_like(canvas.x)
            canvas.paint(
                haze * (0.6 + 0.6 * canvas.noise((90, 500), 3)), city.sky[1], city.fog * (1 - 0.5 * near)
            )
    canvas.reflect(664, 2.4, ripple=8)
    canvas.paint(
        (canvas.y > 664) * np.clip(0.35 + (canvas.y - 664) / 260, 0, 1) * np.ones_like(canvas.x),
        darker(city.towers[1], 0.2),
        0.6,
    )
    return canvas.print(vignette=0.06)


def _tower(
    canvas: Canvas, city: City, left: float, top: float, width: float, colour: str, near: float
) -> None:
    """A tower with its windows, sometimes with a setback or a mast."""
    canvas = canvas.part(left + width / 2, (top + 590) / 2, width / 2 + 16, (670 - top) / 2 + 80)
    rng, right = canvas.rng, left + width
    outline = [(left, 664), (left, top), (right, top), (right, 664)]
    kind = int(rng.integers(5))
    if kind == 0:
        outline[1:3] = [
            (left, top + 26),
            (left + width * 0.2, top + 26),
            (left + width * 0.2, top),
            (right - width * 0.2, top),
            (right - width * 0.2, top + 26),
            (right, top + 26),
        ]
    if kind == 1:
        outline[1:3] = [(left, top), (right, top - width * 0.5)]
    body = canvas.polygon(outline)
    canvas.paint(body, ramp((canvas.y - top) / 460, colour, mix(colour, city.sky[-1], 0.3 * (1 - near))))
    canvas.multiply(body * np.clip((canvas.x - right + width * 0.3) / 2, 0, 1), darker(colour, 0.2), 0.4)
    if kind == 2:
        canvas.paint(canvas.line([(left + width / 2, top - 62), (left + width / 2, top)], 3), colour)
        if city.lit > 0.3:
            canvas.glow(left + width / 2, top - 62, 14, "#ff5a4a", 0.9)
    step_x, step_y = 11.0, 15.0
    panes = []
    for row in range(1, int((650 - top) / step_y) - 1):
        for column in range(int((width - 12) / step_x)):
            if rng.random() < city.lit * (0.35 + 0.75 * near):
                x, y = left + 9 + column * step_x, top + 14 + row * step_y
                panes.append((x, y, x + 5.5, y + 8.0))
    canvas.paint(_boxes(canvas, panes), mix(city.window, colour, 0.45 * (1 - near)))


_CITY = ("city", "skyline", "towers")
SAMPLES = (
    Sample("canal-by-day", "Houses on the canal", "Narrow houses, tall windows, quiet water.",
           ("houses", "canal", "reflection", "day", "colourful"), partial(canal, False)),
    Sample("canal-by-night", "Lights on the canal", "The same houses after dark.",
           ("houses", "canal", "reflection", "night", "windows"), partial(canal, True)),
    Sample("skyline-at-dusk", "Skyline at dusk", "The sun goes down between the towers.",
           (*_CITY, "dusk", "sunset"), partial(skyline, CITY_DUSK)),
    Sample("skyline-by-night", "Skyline by night", "A thousand lit windows.",
           (*_CITY, "night", "windows", "blue"), partial(skyline, CITY_NIGHT)),
    Sample("skyline-in-fog", "Skyline in fog", "Morning, before the city wakes.",
           (*_CITY, "morning", "fog", "grey"), partial(skyline, CITY_FOG)),
)  # fmt: skip
