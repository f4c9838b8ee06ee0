"""Flowers: poppies, daisies, a sunflower, tulips, and a branch in blossom."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, lighter, ramp
from tools.samples.fruit import body, draw_leaf
from tools.samples.hills import stars
from tools.samples.paths import Path, arc, blob, leaf, moved, points, ribbon, rows, smooth, symmetric
from tools.samples.sample import Sample


def petal(length: float, width: float, tip: float = 0.1) -> Path:
    """A rounded petal that grows to the right from the origin, broadest near its end."""
    half = [(0, 0), (0.25, 0.2), (0.6, 0.46), (0.86, 0.42), (1.0, 0.16), (1 - tip * 0.3, 0)]
    edge = np.array([(x * length, -y * width) for x, y in half])
    return smooth(np.concatenate([edge, (edge * (1, -1))[-2:0:-1]]), steps=6)


def poppies() -> Image.Image:
    canvas = Canvas(900, 1200, "#efe6d0", seed=601)
    canvas.fill(canvas.sky("#cfe0dc", "#f0ead6", "#f3dcb8"))
    grass = [
        ribbon(smooth([(x, 1230), (x + b * 0.3, 1030), (x + b, 1200 - h)], False), np.linspace(9, 1, 29))
        for x, b, h in zip(
            canvas.rng.uniform(-40, 940, 90),
            canvas.rng.uniform(-70, 70, 90),
            canvas.rng.uniform(160, 460, 90),
            strict=True,
        )
    ]
    for k, colour in enumerate(("#b9c79a", "#7fa070", "#4f7d57")):
        canvas.paint(canvas.polygons(grass[k::3]), colour)
    for x, y, size, foot in rows(
        "250,640,120,330 690,540,130,600 470,330,165,440 160,300,78,260 770,830,100,720 430,830,90,480"
    ):
        stem = smooth([(x, y), (x + (foot - x) * 0.2, (y + 1220) / 2), (foot, 1240)], False)
        canvas.paint(canvas.line(stem, 7), "#4a6b48")
        _poppy(canvas, x, y, size)
    return canvas.print(paper=0.02)


def _poppy(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Four crumpled petals around a dark heart."""
    canvas = canvas.part(x, y, size * 1.6)
    for turn, tone in ((200, "#a81d22"), (20, "#b9221f"), (110, "#d8332a"), (285, "#e5432f")):
        cx, cy = x + size * 0.42 * np.cos(np.radians(turn)), y + size * 0.36 * np.sin(np.radians(turn))
        petal = canvas.polygon(blob(canvas.rng, cx, cy, size * 0.72, 0.17, 13))
        canvas.shadow(petal, 3, 5, 9, "#4a0a14", 0.55)
        away = canvas.distance(x, y) / size
        dx, dy = canvas.x - x, canvas.y - y
        folds = np.interp(
            np.arctan2(dy, dx).ravel(), np.linspace(-3.2, 3.2, 120), canvas.rng.random(120)
        ).reshape(away.shape)
        canvas.paint(
            petal,
            ramp(
                away * 0.75 + 0.25 * (folds - 0.5),
                darker(tone, 0.5),
                tone,
                lighter(tone, 0.2),
                lighter(tone, 0.3),
            ),
        )
        blotch = canvas.ellipse(
            x + (cx - x) * 0.55, y + (cy - y) * 0.55, size * 0.24, size * 0.2, turn, size * 0.12
        )
        canvas.paint(blotch * petal, "#24101c", 0.85)
    dots = [
        (x + size * r * np.cos(a), y + size * r * np.sin(a), size * 0.026)
        for r in (0.26, 0.33)
        for a in np.linspace(0, 6.3, 26) + r
    ]
    canvas.paint(canvas.lines([[(x, y), (px, py)] for px, py, _ in dots], 1.5), "#1c1220")
    canvas.paint(canvas.discs(dots), "#1c1220")
    canvas.paint(canvas.disc(x, y, size * 0.17), "#7d8f52")
    canvas.paint(canvas.star(x, y, size * 0.15, size * 0.05, 8), "#3f4f30")


def daisy(canvas: Canvas, x: float, y: float, size: float, turn: float, white: str = "#fbf7ec") -> None:
    """A daisy from above, `size` px in radius."""
    canvas = canvas.part(x, y, size * 1.35)
    angles = np.linspace(0, 360, 20, endpoint=False) + turn
    under = canvas.polygons([moved(petal(size * 0.98, size * 0.3), x, y, a + 9) for a in angles])
    over = canvas.polygons(
        [moved(petal(size * canvas.rng.uniform(0.9, 1), size * 0.27), x, y, a) for a in angles[::2]]
    )
    canvas.shadow(under, size * 0.1, size * 0.16, size * 0.12, "#17382f", 0.5)
    canvas.paint(
        under, ramp(canvas.distance(x, y) / size, "#b9b49a", darker(white, 0.14), darker(white, 0.08))
    )
    canvas.shadow(over, 2, 3, 4, "#6a6a70", 0.4)
    canvas.paint(over, ramp(canvas.distance(x, y) / size, "#cfc79a", white, white))
    heart = canvas.disc(x, y, size * 0.27)
    body(canvas, heart, size * 0.27, ("#9a5a0c", "#d38f12", "#f2b91f", "#fbd24a", "#ffe894"))
    spots = [
        (
            x + size * 0.25 * np.sqrt(k / 90) * np.cos(k * 2.4),
            y + size * 0.25 * np.sqrt(k / 90) * np.sin(k * 2.4),
            size * 0.011,
        )
        for k in range(90)
    ]
    canvas.paint(canvas.discs(spots), "#a8650f", 0.75)


def daisies() -> Image.Image:
    canvas = Canvas(1200, 900, "#2f6f5a", seed=603)
    canvas.fill(ramp(canvas.noise(260, 4), "#1f5546", "#2f7259", "#4a8d68"))
    blades = [
        leaf(x, y, 90, 16, a, 0.2) for x, y, a in canvas.rng.uniform((0, 0, 0), (1200, 900, 360), (160, 3))
    ]
    canvas.paint(canvas.polygons(blades[::2]), "#1c4a3d", 0.7)
    canvas.paint(canvas.polygons(blades[1::2]), "#5a9a6c", 0.5)
    spots = rows(
"180,190,150 520,130,105 850,220,165 1110,120,95 330,470,130 660,480,150 "
"1020,520,140 130,740,120 460,780,135 800,770,115 1110,810,120"
)  # fmt: skip
    for k, (x, y, size) in enumerate(spots):
        daisy(canvas, x, y, size, k * 31)
    return canvas.print()


def sunflower() -> Image.Image:
    canvas = Canvas(900, 1200, "#5aa3b8", seed=605)
    canvas.fill(canvas.sky("#4a97b4", "#86bfc4", "#cfdcc4"))
    stem = ribbon(smooth([(450, 500), (470, 850), (440, 1230)], False), 34.0)
    canvas.paint(canvas.polygon(stem), ramp((canvas.x - 430) / 50, "#7fa24a", "#4a7a3a", "#2f5a34"))
    draw_leaf(canvas, 460, 900, 330, -28, "#4a8040")
    draw_leaf(canvas, 452, 1020, 330, 205, "#3f7440")
    for ring, (count, length, colour) in enumerate(
        ((23, 330, "#e0921a"), (23, 312, "#f2b222"), (19, 270, "#fbcb3a"))
    ):
        turns = np.linspace(0, 360, count, endpoint=False) + 8 * ring + canvas.rng.uniform(-3, 3, count)
        blade = leaf(100, 0, length - 100, 92 - 8 * ring, 0, 0.05, 0.5)
        petals = [moved(blade, 450, 460, turn) for turn in turns]
        mask = canvas.polygons(petals)
        canvas.shadow(mask, 5, 8, 10, "#6a3a08", 0.45)
        canvas.paint(
            mask,
            ramp((canvas.distance(450, 460) - 100) / 230, darker(colour, 0.3), colour, lighter(colour, 0.15)),
        )
        veins = [moved([(140, 0), (length * 0.86, 0)], 450, 460, a) for a in turns]
        canvas.paint(canvas.lines(veins, 2) * mask, darker(colour, 0.35), 0.5)
    canvas.paint(
        canvas.disc(450, 460, 142), ramp(canvas.distance(450, 460) / 142, "#6b4a1c", "#3a2412", "#24150c")
    )
    spin, reach = np.arange(420) * 2.39996, 138 * np.sqrt(np.arange(420) / 420)
    places = np.stack([450 + reach * np.cos(spin), 460 + reach * np.sin(spin), 2.2 + reach / 63], 1)
    seeds = [(x, y, radius) for x, y, radius in places.tolist()]
    canvas.paint(canvas.discs(seeds[130:]), "#8a5a24")
    canvas.paint(canvas.discs(seeds[:130]), "#b98f3a")
    return canvas.print(vignette=0.05)


def tulips() -> Image.Image:
    """Five tulips in a glass."""
    canvas = Canvas(900, 1200, "#e9cdbb", seed=607)
    canvas.fill(ramp(canvas.x / 900 * 0.7 + canvas.y / 4000, "#f3dccb", "#e6c3ae", "#d3a48f"))
    canvas.paint(canvas.below(960), ramp((canvas.y - 960) / 240, "#b5776a", "#c98d7c"))
    canvas.multiply(canvas.ellipse(560, 1070, 220, 34, 4, 30), "#4a2a3a", 0.5)
    heads = (
        (455, 230, -3, "#d8352f"),
        (190, 400, -26, "#e8763a"),
        (700, 350, 22, "#c02a4a"),
        (345, 500, -12, "#efb23a"),
        (590, 560, 12, "#e25a6a"),
    )
    for x, y, _, _ in heads:
        stem = smooth([(x, y + 80), (x * 0.5 + 225, 760), (450 + (x - 450) * 0.12, 1030)], False)
        canvas.paint(canvas.line(stem, 13), "#5f8f4a")
    for x, y, length, turn, bend in (
        (430, 840, 400, -132, 0.2),
        (475, 840, 420, -50, -0.2),
        (450, 860, 300, -100, 0.1),
    ):
        draw_leaf(canvas, x, y, length, turn, "#4f8450", bend, 0.2)
    for x, y, turn, colour in heads:
        _tulip(canvas, x, y, turn, colour)
    glass = canvas.polygon(points("350,800 550,800 575,1068 325,1068"))
    canvas.paint(glass, ramp((canvas.x - 325) / 250, "#eaf3f2", "#9cc2c8", "#6f9fae"), 0.55)
    canvas.screen(canvas.polygon(points("372,812 400,812 388,1050 356,1050")), "#ffffff", 0.5)
    canvas.paint(canvas.polygon(points("350,796 550,796 551,806 349,806")), "#f6faf8", 0.8)
    return canvas.print(vignette=0.06)


def _tulip(canvas: Canvas, x: float, y: float, turn: float, colour: str) -> None:
    canvas = canvas.part(x, y, 170)
    cup = points("0,-80 50,-105 82,-30 62,60 0,96")
    for dx, spin, tone, scale in ((-16, -9, 0.3, 0.98), (16, 9, 0.22, 0.98), (0, 0, 0.0, 0.82)):
        outline = smooth(symmetric([(0, -118), (26, -96), *cup[2:]])[:-1])
        petal = canvas.polygon(moved(outline, x + dx, y + 8, turn + spin, scale))
        canvas.shadow(petal, 2, 4, 8, darker(colour, 0.7), 0.45)
        shade = light.rounded(petal, 60)
        canvas.paint(
            petal,
            ramp(
                shade + 0.05,
                darker(colour, 0.55),
                darker(colour, 0.2 + tone),
                darker(colour, tone),
                lighter(colour, 0.3),
            ),
        )


def blossom(sky: tuple[str, ...], moon: str, petals: tuple[str, str], wood: str, night: bool) -> Image.Image:
    """A branch in blossom before a great moon."""
    canvas = Canvas(900, 1200, sky[0], seed=611)
    canvas.fill(canvas.sky(*sky))
    if night:
        stars(canvas, 200, 1100)
    canvas.glow(520, 470, 620, moon, 0.3)
    canvas.paint(
        canvas.disc(520, 470, 290, 1.5),
        ramp(canvas.noise(200, 5), darker(moon, 0.05), moon, lighter(moon, 0.4)),
    )
    branches = (
        (points("-30,900 180,800 400,720 610,560 800,520 930,440"), 44),
        (points("330,752 420,600 470,430 560,300"), 22),
        (points("610,560 640,430 740,330 760,230"), 18),
        (points("180,800 200,640 150,500 190,380"), 17),
        (points("480,672 620,720 720,700 860,760"), 15),
        (points("100,846 260,960 340,1080"), 14),
    )
    tips = []
    for course, width in branches:
        spine = smooth(course, False)
        canvas.paint(canvas.polygon(ribbon(spine, np.linspace(width, 3, len(spine)))), wood)
        tips += [spine[int(k)] for k in np.linspace(len(spine) * 0.3, len(spine) - 1, 8)]
    for k, (x, y) in enumerate(tips):
        for _ in range(2):
            dx, dy = canvas.rng.normal(0, 30, 2)
            _flower(canvas, x + dx, y + dy, float(canvas.rng.uniform(20, 36)), petals, k * 40.0)
    places = canvas.rng.uniform((0, 500, 0), (900, 1200, 360), (26, 3)).tolist()
    falling = [moved(petal(20, 16), x, y, turn) for x, y, turn in places]
    canvas.paint(canvas.polygons(falling), petals[0], 0.9)
    return canvas.print(paper=0.018)


def _flower(canvas: Canvas, x: float, y: float, size: float, petals: tuple[str, str], turn: float) -> None:
    canvas = canvas.part(x, y, size * 1.7)
    shapes = canvas.polygons([moved(petal(size, size * 0.95, 0.7), x, y, turn + k * 72) for k in range(5)])
    canvas.shadow(shapes, 3, 5, 5, "#5a2a4a", 0.35)
    canvas.paint(shapes, ramp(canvas.distance(x, y) / size, petals[1], petals[0], lighter(petals[0], 0.4)))
    stamens = moved(arc(0, 0, size * 0.34, 0, 320, steps=9), x, y, turn)
    canvas.paint(canvas.lines([[(x, y), (px, py)] for px, py in stamens], 1.3), petals[1])
    canvas.paint(canvas.discs([(px, py, 2.0) for px, py in stamens]), "#e9b44a")


_PLANT = ("flowers", "plant")
SPRING = ("#a9d3dc", "#d9e6e0", "#f6e3d6")
MIDNIGHT = ("#0a1130", "#1a2a58", "#3f4a80")
SAMPLES = (
    Sample("poppies", "Poppies", "Six red heads above the grass.", (*_PLANT, "poppy", "red", "summer"),
           poppies),
    Sample("daisies", "Daisies", "White petals on a green meadow.", (*_PLANT, "daisy", "white", "green"),
           daisies),
    Sample("sunflower", "Sunflower", "One great yellow face.", (*_PLANT, "sunflower", "yellow", "summer"),
           sunflower),
    Sample("tulips", "Five tulips", "A spring bunch in a glass.",
           (*_PLANT, "tulips", "vase", "red", "still life"), tulips),
    Sample("blossom-by-day", "Cherry blossom", "A branch before a pale sun.",
           (*_PLANT, "cherry blossom", "pink", "spring"),
           partial(blossom, SPRING, "#fdf1dc", ("#f7c3d0", "#d8527f"), "#4a2f33", False)),
    Sample("blossom-by-night", "Cherry blossom by night", "The same branch before the moon.",
           (*_PLANT, "cherry blossom", "night", "moon"),
           partial(blossom, MIDNIGHT, "#f3ead0", ("#eab6cf", "#a83f78"), "#120c1c", True)),
)  # fmt: skip
