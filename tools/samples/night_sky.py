"""The night sky: star trails, planets, the phases of the moon, the Milky Way, an eclipse."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, Gradient, Ink, inks, ramp
from tools.samples.hills import stars
from tools.samples.paths import arc, moved, points
from tools.samples.sample import Sample


def star_trails() -> Image.Image:
    """An hour of stars around the pole, above a tent."""
    canvas = Canvas(1200, 900, "#000000", seed=701)
    canvas.fill(canvas.sky("#060b24", "#12285a", "#2f5685", "#7f93a8", bottom=860))
    rng = canvas.rng
    trails: dict[float, list[np.ndarray]] = {1.0: [], 1.8: [], 2.8: []}
    for _ in range(430):
        radius, start = 1050 * np.sqrt(rng.uniform(0.0005, 1)), rng.uniform(0, 360)
        width = float(rng.choice([1.0, 1.0, 1.0, 1.8, 1.8, 2.8]))
        trails[width].append(arc(560, 330, radius, start, start + rng.uniform(22, 40), steps=28))
    for (width, paths), colour in zip(trails.items(), ("#a9c0ea", "#dfe6f2", "#fff1d0"), strict=True):
        canvas.screen(canvas.lines(paths, width), colour, 0.75)
    canvas.screen(canvas.disc(560, 330, 3), "#ffffff")
    wood = trees.forest(rng, canvas.ridge(800, 26, 500, 4), 26, (40, 120), 0.4)
    canvas.paint(np.maximum(canvas.polygons(wood), canvas.below(canvas.ridge(806, 14, 420, 4))), "#081226")
    canvas.glow(790, 820, 190, "#ff9a3c", 0.6)
    canvas.paint(
        canvas.polygon([(690, 850), (790, 740), (890, 850)]),
        ramp((canvas.y - 740) / 110, "#ffb24a", "#ffd98a"),
    )
    canvas.paint(canvas.polygon([(790, 740), (890, 850), (842, 850)]), "#d97a2c", 0.8)
    canvas.paint(canvas.polygon([(768, 850), (790, 770), (800, 850)]), "#8a3f1c")
    canvas.paint(canvas.below(canvas.ridge(850, 8, 420, 4)), "#050b1a")
    return canvas.print()


def globe(canvas: Canvas, x: float, y: float, radius: float, skin: Ink, dark: str = "#05060f") -> None:
    """A planet with the given skin, lit from the upper left."""
    disc = canvas.disc(x, y, radius, 1.2)
    canvas.paint(disc, skin)
    dx, dy = (canvas.x - x) / radius, (canvas.y - y) / radius
    up = np.sqrt(np.clip(1 - dx * dx - dy * dy, 0, 1))
    shade = np.clip(-0.62 * dx - 0.5 * dy + 0.62 * up, 0, 1)
    canvas.multiply(disc * (1 - shade) ** 1.3, dark, 0.92)
    canvas.screen(disc * np.clip(shade - 0.8, 0, 1) * 2, "#fff4dc", 0.3)


def banded_skin(
    canvas: Canvas, y: float, radius: float, tones: tuple[str, ...], wild: float = 0.18
) -> Gradient:
    """Bands of cloud as on a gas giant."""
    swirl = canvas.noise((radius * 0.4, radius * 1.6), 4, 0.6) - 0.5
    level = (canvas.y - y + radius) / (2 * radius) + swirl * wild
    return ramp(0.5 + 0.5 * np.sin(level * 19 + 2 * np.sin(level * 7)), *tones)


def planets() -> Image.Image:
    """Eight of them and a slice of the sun."""
    canvas = Canvas(1600, 560, "#0a1024", seed=703)
    canvas.fill(ramp(canvas.x / 1600, "#1c1730", "#0b1128", "#070b1c"))
    stars(canvas, 420, 560)
    canvas.glow(-330, 280, 700, "#ff9a3c", 0.8)
    canvas.paint(
        canvas.disc(-330, 280, 450, 2),
        ramp(canvas.distance(-330, 280) / 450, "#fff0b0", "#ffd35a", "#f58a2c"),
    )
    for radius in (300, 440, 590, 750, 1010, 1300, 1540, 1760):
        canvas.screen(canvas.ring(-330, 280, radius + 210, 1.2), "#8fa0d0", 0.25)
    row = (
        (180, 17, ("#8a7f78", "#c4b6a6")),
        (320, 30, ("#c98f4a", "#f3d79a")),
        (470, 34, ("#1f5f9a", "#4f9a6a", "#e9f2f4")),
        (630, 26, ("#8f3a24", "#d97a4a")),
        (890, 108, ("#a8653c", "#e3b486", "#f6e6cb", "#c98f62")),
        (1190, 84, ("#b9945a", "#ecd6a0", "#f7ebc9")),
        (1400, 52, ("#5fa9b5", "#bfe4e2")),
        (1530, 48, ("#244f9f", "#6f9fe0")),
    )
    for k, (x, radius, tones) in enumerate(row):
        part = canvas.part(x, 280, radius * 2.4)
        skin = (
            banded_skin(part, 280, radius, tones) if k > 3 else ramp(part.noise(radius * 1.2, 4, 0.6), *tones)
        )
        if k == 5:
            _ring(part, x, 280, radius, back=True)
        globe(part, x, 280, radius, skin)
        if k == 5:
            _ring(part, x, 280, radius, back=False)
    return canvas.print(grain=0.014)


def _ring(
    canvas: Canvas,
    x: float,
    y: float,
    radius: float,
    back: bool,
    turn: float = -16,
    tones: tuple[str, ...] = ("#8a7350", "#ecd9a8", "#b99a66", "#f6e9c6", "#9c8258"),
) -> None:
    """One half of a planet's rings: the half behind it, or the one in front."""
    angle = np.radians(turn)
    dx, dy = canvas.x - x, canvas.y - y
    u, v = dx * np.cos(angle) + dy * np.sin(angle), (dy * np.cos(angle) - dx * np.sin(angle)) / 0.3
    away = np.sqrt(u * u + v * v) / radius
    mask = (
        np.clip((away - 1.28) * 40, 0, 1)
        * np.clip((2.18 - away) * 40, 0, 1)
        * (1 - np.clip(1 - np.abs(away - 1.84) * 26, 0, 1))
    )
    half = np.clip(-v / 2 + 0.5, 0, 1) if back else np.clip(v / 2 + 0.5, 0, 1)
    lines = 0.5 + 0.5 * np.sin(away * 46 + 3 * np.sin(away * 15))
    canvas.paint(mask * half * (0.55 + 0.4 * lines), ramp((away - 1.28) / 0.9, *tones))


def ringed_planet() -> Image.Image:
    canvas = Canvas(900, 1200, "#1a1238", seed=707)
    canvas.fill(canvas.sky("#120d2e", "#2c1a4f", "#6a2f63", "#b8575f"))
    stars(canvas, 340, 1180)
    canvas.glow(450, 560, 520, "#f2a07a", 0.35)
    _ring(canvas, 450, 560, 205, True)
    part = canvas.part(450, 560, 215)
    globe(
        part,
        450,
        560,
        205,
        banded_skin(part, 560, 205, ("#c9744a", "#f0b878", "#fbe3b8", "#d98a5a")),
        "#1a0c2c",
    )
    part.multiply(
        light.blurred(part.ellipse(470, 604, 205, 24, -16), 10) * part.disc(450, 560, 205), "#5a2438", 0.7
    )
    _ring(canvas, 450, 560, 205, False)
    for x, y, radius in ((150, 250, 42), (760, 880, 26)):
        part = canvas.part(x, y, radius * 1.5)
        globe(part, x, y, radius, ramp(part.noise(30, 4, 0.6), "#8f7f9a", "#d9c6c4"), "#120a24")
    edge = canvas.ridge(1080, 40, 420, 6)
    canvas.paint(canvas.below(edge), ramp((canvas.y - 1030) / 170, "#4a2148", "#1c0d2c"))
    return canvas.print(vignette=0.06)


def moon_skin(canvas: Canvas, x: float, y: float, radius: float) -> Field:
    """Grey plains and craters."""
    seas = np.clip(canvas.noise(radius * 0.9, 5, 0.55) * 3 - 1.2, 0, 1)
    tone = 1 - 0.75 * seas + 0.16 * (canvas.noise(radius * 0.12, 3) - 0.5)
    skin = inks(ramp(tone, "#8f8a88", "#cfc7b8", "#f4edda"))
    rng = np.random.default_rng(int(radius))
    for _ in range(26):
        angle, reach, size = (
            rng.uniform(0, 6.3),
            radius * np.sqrt(rng.uniform(0, 0.86)),
            radius * (0.02 + rng.exponential(0.035)),
        )
        cx, cy = x + reach * np.cos(angle), y + reach * np.sin(angle)
        part = canvas.part(cx, cy, size * 1.6)
        away = part.distance(cx, cy) / size
        bowl = np.clip(1 - away, 0, 1) * ((part.x - cx + part.y - cy) / size * 0.5)
        rim = np.exp(-(((away - 1) / 0.18) ** 2)) * 0.5
        rows = slice(part.top - canvas.top, part.top - canvas.top + part.height)
        columns = slice(part.left - canvas.left, part.left - canvas.left + part.width)
        skin[:, rows, columns] += bowl * 0.5 + rim * 0.16
    return np.clip(skin, 0, 1)


def full_moon() -> Image.Image:
    """Close, behind drifting cloud."""
    canvas = Canvas(1000, 1000, "#0a1228", seed=709)
    canvas.fill(canvas.sky("#05070f", "#0c1226", "#1c2740"))
    stars(canvas, 200, 980)
    canvas.glow(500, 470, 520, "#f3e6c0", 0.35)
    part = canvas.part(500, 470, 304)
    disc = part.disc(500, 470, 300, 1.5)
    part.paint(disc, moon_skin(part, 500, 470, 300))
    part.multiply(disc * np.clip(part.distance(420, 380) / 420 - 0.35, 0, 1), "#6a6a86", 0.7)
    cloud = np.clip(canvas.noise((90, 520), 5, 0.55) * 3.4 - 2.1, 0, 1) * np.clip(
        np.abs(canvas.y - 400) / 300, 0, 1
    )
    canvas.paint(cloud, ramp(canvas.distance(500, 470) / 560, "#5a5f70", "#2a3148", "#12182a"), 0.85)
    return canvas.print()


def milky_way() -> Image.Image:
    """Somebody with a lamp under the Milky Way."""
    canvas = Canvas(900, 1200, "#060a1c", seed=713)
    canvas.fill(canvas.sky("#050818", "#0d1a3c", "#23406a", "#6a6f86", bottom=1120))
    along = (canvas.x - 470) * 0.86 + (canvas.y - 560) * 0.5
    drift = canvas.noise(240, 5, 0.6)
    band = np.exp(-(((along + 260 * (drift - 0.5)) / 150) ** 2))
    dust = np.clip(canvas.noise(150, 6, 0.62) * 3 - 1.5, 0, 1)
    canvas.screen(band * (0.35 + 0.65 * drift), ramp(drift, "#3a4a9a", "#8f7ab8", "#e9b8a0", "#fbe6c4"), 0.85)
    canvas.multiply(np.exp(-(((along + 200 * (drift - 0.5)) / 70) ** 2)) * dust, "#1a1430", 0.85)
    chance = canvas.rng.random((1200, 900), np.float32)
    canvas.screen(light.blurred(np.clip((chance - 0.9975 + 0.004 * band) * 700, 0, 1), 1.3), "#fff3e0", 1.0)
    stars(canvas, 380, 1080)
    edge = canvas.ridge(1050, 34, 420, 6) + 60 * np.tanh((canvas.x[0] - 560) / 60) - 40
    canvas.paint(canvas.below(edge), "#060912")
    x, y = 380, float(edge[380])
    canvas.screen(
        light.blurred(canvas.polygon([(x + 8, y - 40), (x + 190, y - 430), (x + 290, y - 390)]), 8),
        "#fff0c0",
        0.35,
    )
    figure = points("-9,6 -10,-30 -7,-48 7,-48 26,-38 24,-32 9,-36 10,6 3,6 0,-14 -3,6")
    canvas.paint(canvas.polygon(moved(figure, x, y)), "#060912")
    canvas.paint(canvas.disc(x, y - 57, 8.5), "#060912")
    canvas.glow(x + 26, y - 36, 26, "#fff0c0", 1.0)
    return canvas.print(grain=0.018)


_SKY = ("night", "stars")
SAMPLES = (
    Sample("star-trails", "An hour of stars", "The sky turns above a lit tent.",
           (*_SKY, "landscape", "forest", "blue"), star_trails),
    Sample("eight-planets", "Eight planets", "All of them in a row, and a slice of the sun.",
           (*_SKY, "planets", "space", "panorama"), planets),
    Sample("ringed-planet", "Ringed planet", "Seen from one of its moons.",
           (*_SKY, "planets", "space", "purple"), ringed_planet),
    Sample("full-moon", "Full moon", "Close, behind drifting cloud.", (*_SKY, "moon", "clouds"), full_moon),
    Sample("milky-way", "Under the Milky Way", "Somebody looks up, lamp in hand.",
           (*_SKY, "milky way", "landscape"), milky_way),
)  # fmt: skip
