"""Dunes at three hours, and a canyon of coloured stone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import mix, ramp
from tools.samples.hills import stars
from tools.samples.paths import points
from tools.samples.sample import Sample


@dataclass(frozen=True)
class Hour:
    """The colours of the dunes at an hour: sky from the top, sand in light and in shade, the lamp."""

    sky: tuple[str, ...]
    sand: tuple[str, str]
    shade: tuple[str, str]
    lamp: str
    lamp_at: tuple[float, float, float]
    stars: int = 0


NOON = Hour(
    ("#4fa0c9", "#9fcdd8", "#f0e6cd"),
    ("#f4d49a", "#dfa861"),
    ("#c9884e", "#d9a064"),
    "#fffdf0",
    (640, 170, 44),
)
DUSK = Hour(
    ("#5a3a6b", "#b9566b", "#ee8a58", "#fbc77c"),
    ("#f3a55c", "#c95f3f"),
    ("#5a2346", "#93384a"),
    "#fff0c0",
    (610, 392, 74),
)
NIGHT = Hour(
    ("#070b20", "#12244e", "#34548a", "#7f93b5"),
    ("#8fa3c4", "#3f5688"),
    ("#0d1636", "#22346a"),
    "#fdf7e0",
    (650, 220, 52),
    380,
)

DUNES = (  # summit x and y, height, width to the left and to the right, sway of the crest
    (190, 500, 120, 190, 150, 40), (700, 530, 150, 260, 170, 46), (300, 600, 210, 250, 230, 70),
    (830, 700, 260, 330, 200, 80), (380, 800, 420, 420, 330, 150),
)  # fmt: skip


def dunes(hour: Hour) -> Image.Image:
    canvas = Canvas(900, 1200, "#000000", seed=31)
    canvas.fill(canvas.sky(*hour.sky, bottom=560))
    if hour.stars:
        stars(canvas, hour.stars, 520)
    x, y, radius = hour.lamp_at
    canvas.glow(x, y, radius * 7, hour.lamp, 0.5)
    canvas.paint(canvas.disc(x, y, radius, 1.5), hour.lamp)
    for layer, dune in enumerate(DUNES):
        _dune(canvas, hour, dune, layer / 4)
    _walker(canvas, hour)
    return canvas.print(grain=0.022, vignette=0.06)


def _dune(canvas: Canvas, hour: Hour, dune: tuple[float, ...], near: float) -> None:
    """One dune: a lit slope, and behind its winding crest a slope in shade."""
    x, y, height, left, right, sway = dune
    away = canvas.x[0] - x
    rise = 1 - np.exp(-np.abs(away) / np.where(away < 0, left, right))
    body = canvas.below(y + height * rise + 5 * near * canvas.ridge(0, 1, 300, 2))
    t = np.linspace(0, 1, 60)
    crest = np.stack([x + sway * np.sin(t * 5.2) * (0.25 + t) + 150 * near * t**1.5, y + (1240 - y) * t], 1)
    lee = body * canvas.polygon(np.concatenate([crest, [(1500, 1240), (1500, y - 60), (x, y - 60)]]))
    haze = mix(hour.sand[0], hour.sky[-1], 0.5 * (1 - near))
    down = (canvas.y - y) / (1200 - y)
    canvas.paint(body, ramp(down, haze, mix(hour.sand[1], hour.sky[-1], 0.4 * (1 - near))))
    edge_x = np.interp(canvas.y, crest[:, 1], crest[:, 0]).astype(np.float32)
    beyond = np.clip((canvas.x - edge_x) / (260 + 240 * near), 0, 1)
    dark, pale = (mix(colour, hour.sky[-1], 0.42 * (1 - near)) for colour in hour.shade)
    canvas.paint(lee, ramp(beyond, dark, pale))
    windward = body * (1 - lee) * np.clip(1 - (edge_x - canvas.x) / (150 + 130 * near), 0, 1) ** 2
    canvas.screen(light.stippled(windward * 0.55, canvas.rng), hour.lamp, 0.2)
    if near > 0.7:
        warp = canvas.noise((90, 260), 2) * 60
        waves = np.sin((canvas.y + warp + 0.22 * canvas.x) * (0.36 - 0.12 * near))
        canvas.multiply((body * (1 - lee) * np.clip(waves, 0, 1)), hour.sand[1], 0.4)


def _walker(canvas: Canvas, hour: Hour) -> None:
    """Somebody on the crest, small, with a long shadow and a trail of steps."""
    x, y = 330, 806
    steps = [(x - 12 - 15 * k, y + 8 + 8.4 * k + 0.25 * k * k, 1.9 + k * 0.08) for k in range(20)]
    canvas.paint(canvas.discs(steps), hour.shade[0], 0.5)
    figure = points("-4,2 -5,-16 -3,-25 3,-25 5,-15 4,2 1,2 0,-9 -1,2")
    canvas.paint(canvas.polygon(np.array(figure, float) * 1.15 + (x, y)), mix(hour.shade[0], "#000000", 0.5))
    canvas.paint(canvas.disc(x, y - 33, 4.6), mix(hour.shade[0], "#000000", 0.5))


def canyon() -> Image.Image:
    """Layers of stone in every red, worn into waves."""
    canvas = Canvas(800, 1200, "#f6d9ae", seed=57)
    inks = ("#f3c892", "#eba76a", "#e28753", "#d4663f", "#bb4a36", "#9c3533", "#7d2833", "#5c1f33", "#401a30")
    flow = canvas.noise((1100, 900), 2, 0.3)
    bend = flow * 900 + canvas.y * 0.8 + canvas.x * 0.45 + 60 * np.sin(canvas.y / 170 + canvas.x / 260)
    level = (bend - bend.min()) / (bend.max() - bend.min())
    bands = level * 17 + 0.3 * canvas.noise((60, 400), 3)
    step = np.floor(bands)
    canvas.fill(ramp(np.clip(level * 0.92 + 0.14 * np.sin(step * 2.4), 0, 1), *inks))
    ledge = bands - step
    canvas.multiply(np.clip(1 - ledge * 1.5, 0, 1) ** 1.5, "#6b2338", 0.55)
    canvas.screen(np.clip(ledge * 2.4 - 1.4, 0, 1) ** 2, "#ffd9a0", 0.4)
    fine = np.sin(bands * 33)
    canvas.multiply(np.clip(fine, 0, 1), "#c98a6a", 0.22)
    canvas.screen(np.clip(1 - canvas.distance(480, 200) / 800, 0, 1) ** 2, "#ffe0a8", 0.35)
    return canvas.print(grain=0.025, vignette=0.15)


_DUNES = ("landscape", "desert", "dunes")
SAMPLES = (
    Sample("dunes-at-noon", "Dunes at noon", "White sun, short shadows, one walker.",
           (*_DUNES, "noon", "yellow"), partial(dunes, NOON)),
    Sample("dunes-at-dusk", "Dunes at dusk", "The low sun draws every crest.", (*_DUNES, "dusk", "orange"),
           partial(dunes, DUSK)),
    Sample("dunes-by-night", "Dunes by moonlight", "Cold sand under a small bright moon.",
           (*_DUNES, "night", "moon", "blue"), partial(dunes, NIGHT)),
    Sample("red-canyon", "Red canyon", "Layers of sandstone, worn smooth by water.",
           ("landscape", "canyon", "rock", "red", "orange"), canyon),
)  # fmt: skip
