"""A lighthouse by day, at dusk and by night, and the beach from above."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, mix, ramp
from tools.samples.hills import cloud, stars
from tools.samples.paths import arc, points
from tools.samples.sample import Sample
from tools.samples.sea import water


@dataclass(frozen=True)
class Hour:
    """The colours of the coast at an hour."""

    sky: tuple[str, ...]
    water: tuple[str, ...]
    tower: tuple[str, str]
    rock: str
    shade: str
    lamp: float
    stars: int = 0


DAY = Hour(
    ("#3f97cb", "#8ec9df", "#e6efe4"),
    ("#8ecccb", "#3a9db0", "#17708f", "#0e5273"),
    ("#fbf6ea", "#d33b32"),
    "#7b6a5d",
    "#8f93b5",
    0.0,
)
DUSK = Hour(
    ("#4f4380", "#c0688a", "#f59a73", "#fdd394"),
    ("#f0a886", "#a86a8f", "#5d4880", "#2f2b5c"),
    ("#fbe3cf", "#c23f49"),
    "#4a3550",
    "#7a5a93",
    0.55,
    12,
)
NIGHT = Hour(
    ("#050a1e", "#0d1f47", "#27477a"),
    ("#27477a", "#12284f", "#0a1938", "#060e24"),
    ("#a9b7d4", "#70304d"),
    "#0c1428",
    "#33406e",
    1.0,
    300,
)


def lighthouse(hour: Hour) -> Image.Image:
    canvas = Canvas(900, 1200, "#000000", seed=61)
    canvas.fill(canvas.sky(*hour.sky, bottom=800))
    if hour.stars:
        stars(canvas, hour.stars, 700)
    if not hour.lamp:
        for spot in ((170, 330, 1.1), (760, 520, 1.3), (250, 640, 0.6)):
            cloud(canvas, *spot)
    _, waves = water(canvas, 800, hour.water)
    if hour.lamp:
        _beam(canvas, 450, 300, hour.lamp)
    _rock(canvas, hour, waves)
    _tower(canvas, hour)
    return canvas.print(vignette=0.07)


def postcard() -> Image.Image:
    """The lighthouse by day once more: an old print of it, smaller, paler and yellowed."""
    fresh = lighthouse(DAY).resize((750, 1000), Image.Resampling.LANCZOS)
    return Image.blend(fresh, Image.new("RGB", fresh.size, "#eebf85"), 0.18)


def _beam(canvas: Canvas, x: float, y: float, strength: float) -> None:
    """Two shafts of light that leave the lantern and fade."""
    beams = canvas.polygon([(x, y - 7), (-60, y - 130), (-60, y + 70), (x, y + 7)])
    beams = np.maximum(beams, canvas.polygon([(x, y - 7), (960, y - 150), (960, y + 50), (x, y + 7)]))
    fade = np.clip(1 - np.abs(canvas.x - x) / 620, 0, 1)
    canvas.screen(light.blurred(beams, 8) * fade, "#ffe6a6", 0.75 * strength)
    canvas.glow(x, y, 300, "#ffdf9a", strength)


def _rock(canvas: Canvas, hour: Hour, waves: np.ndarray) -> None:
    """The island: three blocks of stone, lit from the left, with foam at their feet."""
    rng = canvas.rng
    base = 1010
    for x, half, top, tone in ((300, 250, 930, 0.12), (640, 260, 915, 0.0), (455, 280, 868, 0.06)):
        steps = np.linspace(-1, 1, 17)
        height = (1 - np.abs(steps) ** 2.2) * (base - top) + rng.uniform(-9, 9, 17)
        edge = np.stack([x + steps * half, base - height], 1)
        mask = canvas.polygon(np.concatenate([edge, [(x + half, base + 14), (x - half, base + 14)]]))
        canvas.paint(mask, mix(hour.rock, hour.tower[0], tone))
        facets = []
        for k in range(1, 16, 2):
            px, py = edge[k]
            facets.append(
                [(px, py), (px + half * 0.16, py + 22), (px + half * 0.1, base + 14), (px - 14, base + 14)]
            )
        canvas.multiply(canvas.polygons(facets) * mask, hour.shade, 0.5)
        canvas.paint(
            light.stippled(light.crescent(mask, -60, -30, 40) * 0.5, rng), darker(hour.rock, 0.5), 0.7
        )
    foam_edge = canvas.ridge(1012, 10, 70, 4)
    sea = canvas.below(foam_edge)
    canvas.paint(sea, ramp((canvas.y - 1010) / 190, hour.water[2], hour.water[3]))
    canvas.screen(sea * np.clip(waves * 3 - 1.6, 0, 1), hour.water[0], 0.6)
    near = np.clip(1 - np.abs(canvas.y - foam_edge[None, :] - 5) / 7, 0, 1) * np.clip(
        1.6 - np.abs(canvas.x - 460) / 330, 0, 1
    )
    canvas.paint(near, mix("#ffffff", hour.water[0], 0.25), 0.9)


def _tower(canvas: Canvas, hour: Hour) -> None:
    """The tapered tower with its bands, gallery and lantern."""
    top, foot = 352, 892

    def half(y: float) -> float:
        return 50 + (y - top) / (foot - top) * 44

    body = canvas.polygon(
        [(450 - half(top), top), (450 + half(top), top), (450 + half(foot), foot), (450 - half(foot), foot)]
    )
    canvas.paint(body, hour.tower[0])
    for k in range(3):
        y0, y1 = top + 66 + k * 172, top + 152 + k * 172
        band = [(450 - half(y0), y0), (450 + half(y0), y0), (450 + half(y1), y1), (450 - half(y1), y1)]
        canvas.paint(canvas.polygon(band), hour.tower[1])
    side = np.clip((canvas.x - 430) / 120, 0, 1) ** 1.2 * body
    canvas.multiply(side, hour.shade, 0.75)
    canvas.multiply(np.clip((410 - canvas.x) / 70, 0, 1) * body, hour.shade, 0.25)
    iron = mix("#23263a", hour.rock, 0.3)
    for y in (468, 640):
        canvas.paint(canvas.arch(438, y, 462, y + 40), "#ffd27a" if hour.lamp else "#2f4257")
    canvas.paint(canvas.arch(428, 826, 472, 894), darker(hour.tower[1], 0.45))
    canvas.paint(canvas.box(386, 334, 514, 352, 3), iron)
    glass = canvas.box(412, 268, 488, 334)
    canvas.paint(glass, "#fff0b8" if hour.lamp else "#bfe0e6")
    rails = [[(x, 300), (x, 336)] for x in range(388, 516, 14)]
    canvas.paint(canvas.lines([*rails, [(386, 300), (514, 300)]], 3), iron)
    canvas.paint(canvas.lines([[(x, 268), (x, 334)] for x in (412, 437, 463, 488)], 4), iron)
    canvas.paint(canvas.polygon(np.concatenate([arc(450, 268, 52, 180, 360, 0.86)])), hour.tower[1])
    canvas.paint(
        canvas.polygon([*arc(450, 268, 52, 270, 360, 0.86), (450, 268)]),
        darker(hour.tower[1], 0.3),
        0.6,
    )
    canvas.paint(canvas.line([(450, 226), (450, 190)], 4), iron)
    canvas.paint(canvas.disc(450, 221, 8), iron)
    if hour.lamp:
        canvas.glow(450, 300, 110, "#fff3c8", hour.lamp)


def parasol(
    canvas: Canvas, x: float, y: float, radius: float, first: str, second: str, turn: float = 0
) -> None:
    """A beach umbrella from above: twelve panels that meet in the middle, and the shadow beside it."""
    canvas = canvas.part(x, y, radius * 2)
    canvas.shadow(canvas.disc(x, y, radius), radius * 0.42, radius * 0.5, radius * 0.12, "#5d5a86", 0.62)
    rim = np.radians(np.linspace(0, 360, 13) + turn)
    wedges = []
    for k in range(12):
        a, b = rim[k], rim[k + 1]
        middle = (a + b) / 2
        wedges.append([(x, y), (x + radius * np.cos(a), y + radius * np.sin(a)),
                       (x + radius * 0.985 * np.cos(middle), y + radius * 0.985 * np.sin(middle)),
                       (x + radius * np.cos(b), y + radius * np.sin(b))])  # fmt: skip
    whole = canvas.polygons(wedges)
    canvas.paint(whole, second)
    canvas.paint(canvas.polygons(wedges[::2]), first)
    canvas.multiply(
        whole * np.clip(((canvas.x - x) + (canvas.y - y)) / radius * 0.55 + 0.15, 0, 1), "#8f86b0", 0.5
    )
    ribs = [[(x, y), (x + radius * np.cos(a), y + radius * np.sin(a))] for a in rim[:-1]]
    canvas.paint(canvas.lines(ribs, 1.4), darker(first, 0.4), 0.35)
    canvas.paint(canvas.disc(x, y, radius * 0.06), "#fbf6ea")


def _towel(canvas: Canvas, x: float, y: float, colour: str, turn: float) -> None:
    canvas, angle = canvas.part(x, y, 70), np.radians(turn)
    dx, dy = canvas.x - x, canvas.y - y
    u, v = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
    mask = np.clip(21.5 - np.abs(u), 0, 1) * np.clip(46.5 - np.abs(v), 0, 1)
    canvas.shadow(mask, 4, 6, 3, "#6b5a5a", 0.4)
    canvas.paint(mask, colour)
    canvas.paint(mask * (np.abs(np.abs(v) - 33) < 4), "#fbf6ea", 0.9)


def _shore(canvas: Canvas, edge_at: float, slope: float) -> None:
    """Sand, three lines of foam, and water that deepens towards the right or the top."""
    sand = canvas.noise((40, 60), 5, 0.7)
    canvas.fill(ramp(sand, "#e3c089", "#f0d5a3", "#f8e6c1"))
    edge = canvas.ridge(0, 24, 280, 4)
    away = edge_at - canvas.y + edge[None, :] + slope * (canvas.x - canvas.width / 2)
    canvas.multiply(np.clip(1 - np.abs(away + 22) / 60, 0, 1), "#c79a68", 0.7)
    sea = np.clip(away + 0.5, 0, 1)
    canvas.paint(sea, ramp(away / 520, "#c9ece0", "#62c9c4", "#1f9fb3", "#0f6f97"))
    net = np.abs(canvas.noise(70, 3, 0.6) - 0.5) * 2
    canvas.screen(sea * np.clip(1 - net * 7, 0, 1) * np.clip(away / 160, 0, 1), "#d8fff4", 0.3)
    for at, width in ((3, 11), (58, 5), (122, 3)):
        wobble = 16 * (canvas.noise((60, 60), 3) - 0.5)
        canvas.paint(np.clip(1.2 - np.abs(away + wobble - at) / width, 0, 1) * sea, "#ffffff", 0.95)


def umbrellas() -> Image.Image:
    canvas = Canvas(900, 1200, "#f0d5a3", seed=64)
    _shore(canvas, 330, 0.12)
    inks = ("#d8352f", "#f0b429", "#1f7fa0", "#ee7b4d", "#2f8f6f", "#e2648a")
    spots = points(
"130,560 370,500 620,590 820,480 220,790 480,760 740,830 100,1030 350,1010 "
"610,1070 840,1060"
)  # fmt: skip
    for k, (x, y) in enumerate(spots):
        _towel(canvas, x - 62, y + 52, inks[(k + 3) % 6], canvas.rng.uniform(-20, 20))
        parasol(canvas, x, y, 74, inks[k % 6], "#fbf3e2", 11 * k)
    return canvas.print(grain=0.022)


def one_red_umbrella() -> Image.Image:
    canvas = Canvas(1200, 800, "#f0d5a3", seed=67)
    _shore(canvas, 330, 0.22)
    _towel(canvas, 660, 640, "#1f7fa0", 24)
    parasol(canvas, 760, 590, 118, "#d8302d", "#e9564b", 8)
    return canvas.print(grain=0.022)


_LIGHTHOUSE = ("lighthouse", "sea", "coast")
_BEACH = ("beach", "umbrella", "sea", "summer")
SAMPLES = (
    Sample("lighthouse-by-day", "The lighthouse by day", "Red and white bands under a summer sky.",
           (*_LIGHTHOUSE, "day", "red"), partial(lighthouse, DAY)),
    Sample("lighthouse-postcard", "The lighthouse on a postcard",
           "The same picture, yellowed by the years.", (*_LIGHTHOUSE, "day", "vintage"), postcard),
    Sample("lighthouse-at-dusk", "The lighthouse at dusk", "The lamp has just been lit.",
           (*_LIGHTHOUSE, "dusk", "sunset"), partial(lighthouse, DUSK)),
    Sample("lighthouse-by-night", "The lighthouse by night", "Two beams turn over the dark water.",
           (*_LIGHTHOUSE, "night", "stars"), partial(lighthouse, NIGHT)),
    Sample("umbrellas-on-the-beach", "Umbrellas on the beach", "A full beach in August, seen from above.",
           (*_BEACH, "colourful"), umbrellas),
    Sample("one-red-umbrella", "One red umbrella", "The season has just begun.", (*_BEACH, "red"),
           one_red_umbrella),
)  # fmt: skip
