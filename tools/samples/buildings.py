"""Facades by day and by night, arches, balconies, and stairs in strong sun."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, lighter, mix, ramp
from tools.samples.paths import arc, leaf, points
from tools.samples.sample import Sample


@dataclass(frozen=True)
class Hour:
    """The colours of a street front at an hour, and what share of its windows is lit."""

    wall: str
    trim: str
    shutter: str
    glass: tuple[str, str]
    shade: str
    lit: float = 0.0


DAY = Hour("#e8b267", "#f7ead0", "#3f7d6b", ("#2f4a5e", "#7fa3b0"), "#8a6a9a")
EVENING = Hour("#8f6f8f", "#c9a9b4", "#3d4670", ("#262a4c", "#4a4d78"), "#3f3563", 0.45)
NIGHT = Hour("#1d2a4d", "#33436b", "#121b38", ("#0c1430", "#1a2750"), "#0b1028", 0.5)
LAMP = ("#ffe3a0", "#ffc35a", "#f0943a")


def facade(hour: Hour, seed: int = 401) -> Image.Image:
    canvas = Canvas(900, 1200, hour.wall, seed)
    stain = canvas.noise((220, 90), 5, 0.6)
    canvas.fill(ramp(stain, darker(hour.wall, 0.1), hour.wall, lighter(hour.wall, 0.1)))
    canvas.paint(canvas.box(-5, 0, 905, 52), hour.trim)
    canvas.multiply(canvas.box(-5, 52, 905, 74), hour.shade, 0.5)
    for x in range(10, 900, 44):
        canvas.paint(canvas.box(x, 52, x + 18, 68), hour.trim)
    for row in range(4):
        for column in range(4):
            _window(canvas, hour, 120 + column * 220, 205 + row * 236, row, column)
    canvas.paint(canvas.box(-5, 1046, 905, 1060), hour.trim)
    _shops(canvas, hour)
    if not hour.lit:
        canvas.multiply(canvas.polygon(points("520,0 900,0 900,1200 830,1200")), hour.shade, 0.55)
    return canvas.print(paper=0.016, vignette=0.08)


def _window(canvas: Canvas, hour: Hour, x: float, y: float, row: int, column: int) -> None:
    """A tall window with open shutters; every second one on the first floor has a balcony."""
    canvas = canvas.part(x, y, 118)
    lit = canvas.rng.random() < hour.lit
    if lit:
        canvas.glow(x, y, 150, "#ffb95a", 0.4)
    canvas.paint(canvas.box(x - 48, y - 80, x + 48, y + 82), hour.trim)
    glass = canvas.box(x - 39, y - 71, x + 39, y + 76)
    if lit:
        canvas.paint(glass, ramp((canvas.y - y + 71) / 147, *LAMP))
        if canvas.rng.random() < 0.6:
            folds = np.clip(np.abs(canvas.x - x) - 20 + 3 * np.sin(canvas.y / 9), 0, 1) * glass
            canvas.multiply(folds, "#d9822f", 0.6)
    else:
        canvas.paint(glass, ramp((canvas.y - y + 71 + (canvas.x - x) * 0.6) / 150, *hour.glass[::-1]))
    bars = [
        [(x, y - 71), (x, y + 76)],
        [(x - 39, y - 26), (x + 39, y - 26)],
        [(x - 39, y + 26), (x + 39, y + 26)],
    ]
    canvas.paint(canvas.lines(bars, 5), hour.trim)
    canvas.multiply(canvas.box(x - 39, y - 71, x + 39, y - 58), hour.shade, 0.6)
    for side in (-1, 1):
        left, right = sorted((x + side * 50, x + side * 92))
        canvas.multiply(canvas.box(left + 6, y - 74, right + 9, y + 88), hour.shade, 0.45)
        canvas.paint(canvas.box(left, y - 80, right, y + 80), hour.shutter)
        slats = [[(left + 6, y + k), (right - 6, y + k)] for k in range(-70, 78, 9) if abs(k - 2) > 6]
        canvas.paint(canvas.lines(slats, 3.4), darker(hour.shutter, 0.3))
    canvas.paint(canvas.box(x - 56, y + 80, x + 56, y + 90), hour.trim)
    if (row + column) % 3 == 1:
        _flower_box(canvas, hour, x, y + 82)


def _flower_box(canvas: Canvas, hour: Hour, x: float, y: float) -> None:
    dark = hour.lit > 0
    leaves = [leaf(x + k, y - 4, 26, 11, -90 + k * 0.9) for k in range(-44, 46, 7)]
    canvas.paint(canvas.polygons(leaves), mix("#4f8a45", hour.wall, 0.6) if dark else "#4f8a45")
    blooms = [
        (x + canvas.rng.uniform(-46, 46), y - canvas.rng.uniform(8, 26), canvas.rng.uniform(3, 5.5))
        for _ in range(16)
    ]
    canvas.paint(canvas.discs(blooms), mix("#dc3f3a", hour.wall, 0.55) if dark else "#dc3f3a")
    canvas.paint(canvas.box(x - 50, y - 4, x + 50, y + 18, 2), darker(hour.shutter, 0.25))


def _shops(canvas: Canvas, hour: Hour) -> None:
    """The ground floor: a striped awning over a lit window, and a door."""
    dim = 0.0 if not hour.lit else 0.5
    canvas.paint(canvas.box(60, 1092, 560, 1200), LAMP[1] if hour.lit else hour.glass[0])
    canvas.multiply(canvas.box(60, 1060, 560, 1122), hour.shade, 0.5)
    for k in range(12):
        strip = [
            (40 + k * 45, 1060),
            (85 + k * 45, 1060),
            (78 + k * 47.5 + 14, 1116),
            (78 + k * 47.5 - 33, 1116),
        ]
        colour = mix(("#c93b33", "#f7ecd8")[k % 2], hour.wall, dim)
        canvas.paint(canvas.polygon(strip), colour)
        canvas.paint(canvas.polygon(arc(78 + k * 47.5 - 9.5, 1116, 23.5, 0, 180)), darker(colour, 0.12))
    canvas.paint(canvas.arch(660, 1076, 800, 1210), hour.trim)
    canvas.paint(canvas.arch(674, 1090, 786, 1210), darker(hour.shutter, 0.2))
    canvas.paint(canvas.line([(730, 1100), (730, 1200)], 4), darker(hour.shutter, 0.5))


def arches(sky: tuple[str, str], wall: tuple[str, str], hollow: tuple[str, str], seed: int) -> Image.Image:
    """Four storeys of arches in low sun."""
    canvas = Canvas(1000, 1200, sky[0], seed)
    canvas.fill(canvas.sky(*sky))
    front = canvas.box(110, 130, 890, 1110)
    canvas.paint(front, ramp((canvas.y - 130) / 980, *wall))
    canvas.paint(canvas.polygon(points("890,130 1000,176 1000,1140 890,1110")), darker(wall[1], 0.35))
    for row in range(5):
        for column in range(4):
            x, y = 150 + column * 182, 170 + row * 188
            part = canvas.part(x + 77, y + 80, 110)
            mouth = part.arch(x, y, x + 154, y + 160)
            part.paint(mouth, ramp((part.x - x) / 154, *hollow))
            inner = light.shifted(mouth, -34, 18) * mouth
            part.paint(inner, mix(hollow[1], wall[1], 0.45))
            part.paint(light.stippled(inner * np.clip((part.y - y) / 200, 0, 1), part.rng), hollow[0], 0.6)
            part.paint(part.box(x - 12, y + 158, x + 166, y + 164), lighter(wall[0], 0.4))
    canvas.paint(canvas.box(96, 116, 904, 134), lighter(wall[0], 0.35))
    ground = canvas.below(1110)
    canvas.paint(ground, mix(wall[0], sky[1], 0.35))
    canvas.multiply(canvas.polygon(points("110,1110 890,1110 1000,1140 1000,1200 420,1200")), hollow[0], 0.6)
    canvas.paint(light.stippled(front * 0.14, canvas.rng), darker(wall[1], 0.3), 0.4)
    return canvas.print(paper=0.018)


def stairs() -> Image.Image:
    """Pink walls, a flight of steps, and a sky without a cloud."""
    canvas = Canvas(900, 1200, "#2f86b8", seed=413)
    canvas.fill(canvas.sky("#2b7fb4", "#63aecb", "#a9d6d8"))
    canvas.paint(canvas.polygon(points("0,330 330,330 330,1200 0,1200")), "#e8735f")
    canvas.paint(canvas.polygon(points("330,330 410,380 410,1200 330,1200")), "#a83f4f")
    canvas.paint(canvas.arch(90, 480, 240, 800), "#7c2f48")
    canvas.paint(canvas.polygon([(90, 800), (240, 800), (240, 700)]), "#c9564f")
    canvas.paint(canvas.polygon(points("620,190 900,190 900,1200 620,1200")), "#f2a58f")
    canvas.paint(canvas.polygon(points("620,190 560,232 560,1200 620,1200")), "#c2545b")
    canvas.paint(canvas.box(700, 300, 790, 420), "#63aecb")
    canvas.paint(canvas.polygon(points("700,300 722,300 722,404 700,420")), "#c2545b")
    for k in range(14):
        x, y = 250 + k * 34, 1200 - (k + 1) * 52
        canvas.paint(canvas.box(x, y, 900, 1210), mix("#f4b49e", "#ee9284", k / 13))
        canvas.paint(canvas.box(x, y, x + 34, 1210), mix("#e98a7c", "#dc7470", k / 13))
        canvas.paint(canvas.box(x, y, 900, y + 11), "#fbd2bd")
    canvas.paint(canvas.polygon(points("726,472 900,472 900,1210 726,1210")), "#f7bda6")
    canvas.multiply(canvas.polygon(points("726,472 900,660 900,1200 726,1200")), "#c76a72", 0.75)
    canvas.paint(canvas.box(726, 460, 900, 474), "#fbd2bd")
    for x, height in ((56, 150), (104, 220), (148, 120)):
        stem = canvas.box(x - 17, 1200 - height, x + 17, 1230, 17)
        canvas.paint(stem, "#2f6b55")
        canvas.multiply(light.crescent(stem, -10, 0, 6), "#4a4f7a", 0.6)
    canvas.paint(light.stippled(canvas.below(300) * 0.07, canvas.rng), "#7c2f48", 0.5)
    return canvas.print(paper=0.02)


_FRONT = ("building", "facade", "windows")
SAMPLES = (
    Sample("ochre-facade", "Ochre facade, morning", "Green shutters, flower boxes and a striped awning.",
           (*_FRONT, "day", "yellow"), partial(facade, DAY)),
    Sample("facade-at-evening", "Facade at evening", "Somebody is home on every floor.",
           (*_FRONT, "dusk", "purple"), partial(facade, EVENING)),
    Sample("facade-by-night", "Facade by night", "Half of the windows are still lit.",
           (*_FRONT, "night", "blue"), partial(facade, NIGHT, 404)),
    Sample("arches-in-the-afternoon", "Arches in the afternoon", "Twenty arches and their shadows.",
           ("building", "arches", "architecture", "blue", "orange"),
           partial(arches, ("#2a7f9e", "#a9d3cc"), ("#f2c58c", "#e8a35f"), ("#6a3350", "#a85a52"), 405)),
    Sample("pink-stairs", "Pink stairs", "Walls in every pink, and a sky without a cloud.",
           ("building", "stairs", "architecture", "pink", "blue"), stairs),
)  # fmt: skip
