"""A white village, a bridge in the fog, a barn in the snow."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import lighter, mix, ramp
from tools.samples.paths import arc, points
from tools.samples.sample import Sample
from tools.samples.sea import water


def white_village() -> Image.Image:
    canvas = Canvas(900, 1200, "#000000", seed=451)
    canvas.fill(canvas.sky("#2f83c2", "#6fb3dd", "#cfe6ea", bottom=420))
    water(canvas, 380, ("#7fc4d6", "#2f8fbd", "#176a9f"))
    canvas.paint(canvas.polygon(points("0,384 0,350 180,330 330,372 420,384")), "#8fb0b8")
    rng = canvas.rng
    blocks = [(rng.uniform(-60, 860), 470 + k * 19.5 + rng.uniform(-20, 20)) for k in range(34)]
    for k, (x, y) in enumerate(sorted(blocks, key=lambda b: b[1])):
        size = 0.62 + (y - 440) / 900
        if y > 430 + abs(x - 700) * 0.3:
            _cube(canvas, x, y, size, k)
    for x, y, r in ((640, 500, 74), (240, 800, 96), (745, 905, 60)):
        _dome(canvas, x, y, r)
    for x, y, size in ((60, 1010, 70), (420, 1130, 90), (700, 1090, 60), (130, 1160, 80), (852, 1010, 50)):
        spots = rng.normal(0, 0.45, (150, 2)) * (size, size * 0.62) + (x, y)
        for colour, some, radius in (
            ("#2f6f4a", spots, 9),
            ("#4f9a5a", spots[::3], 6),
            ("#d83a7c", spots[1::2], 7),
            ("#f07aae", spots[::4], 5),
        ):
            canvas.paint(
                canvas.discs([(px, py - 4, radius * rng.uniform(0.6, 1.1)) for px, py in some]), colour
            )
    return canvas.print(paper=0.014)


def _cube(canvas: Canvas, x: float, y: float, size: float, k: int) -> None:
    """A whitewashed house: a sunny front, a blue-grey side, small blue windows."""
    wide, high, deep = 190 * size, 170 * size, 60 * size
    canvas = canvas.part(x + (wide + deep) / 2, y + high * 1.4, (wide + deep) / 2 + 2, high * 1.4 + deep)
    front = [(x, y), (x + wide, y), (x + wide, y + high * 3), (x, y + high * 3)]
    side = [
        (x + wide, y),
        (x + wide + deep, y - deep * 0.5),
        (x + wide + deep, y + high * 3),
        (x + wide, y + high * 3),
    ]
    roof = [(x, y), (x + deep, y - deep * 0.5), (x + wide + deep, y - deep * 0.5), (x + wide, y)]
    canvas.paint(canvas.polygon(front), ramp((canvas.y - y) / (high * 2), "#fdfaf2", "#f3ece0", "#dfd6d2"))
    canvas.paint(canvas.polygon(side), ramp((canvas.y - y) / (high * 2), "#a9b8d0", "#b9c1d2", "#cfd0d8"))
    canvas.paint(canvas.polygon(roof), "#fffdf8")
    blue = ("#2464a8", "#2f7fb8", "#1d4f8c")[k % 3]
    holes = [
        canvas.box(x + wide * a, y + high * 0.3, x + wide * (a + 0.15), y + high * 0.56) for a in (0.16, 0.58)
    ]
    canvas.paint(np.maximum(*holes), blue)
    if k % 3 == 0:
        canvas.paint(canvas.arch(x + wide * 0.36, y + high * 0.5, x + wide * 0.52, y + high * 1.02), blue)


def _dome(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A church with a blue dome on a white drum."""
    canvas.paint(canvas.box(x - radius * 1.15, y + radius * 0.35, x + radius * 1.15, y + radius * 4),
                 ramp((canvas.x - x + radius) / (2 * radius), "#fffdf6", "#f1ebe2", "#b4c0d4"))  # fmt: skip
    canvas.paint(canvas.box(x - radius, y - radius * 0.06, x + radius, y + radius * 0.4),
                 ramp((canvas.x - x + radius) / (2 * radius), "#ffffff", "#efe9e2", "#a9b7d0"))  # fmt: skip
    dome = canvas.polygon(arc(x, y, radius * 0.97, 180, 360))
    shade = light.rounded(canvas.disc(x, y, radius * 0.97), radius)
    canvas.paint(dome, ramp(shade * 1.05, "#123a74", "#1f5fa8", "#3f8fd0", "#a9d4ee"))
    canvas.paint(
        canvas.lines(
            [
                [(x, y - radius * 1.34), (x, y - radius * 0.95)],
                [(x - radius * 0.11, y - radius * 1.2), (x + radius * 0.11, y - radius * 1.2)],
            ],
            radius * 0.06,
        ),
        "#fffdf6",
    )
    for k in (-0.6, 0, 0.6):
        canvas.paint(
            canvas.arch(x + (k - 0.1) * radius, y + 0.06 * radius, x + (k + 0.1) * radius, y + 0.36 * radius),
            "#1d4f8c",
        )


def bridge() -> Image.Image:
    """A red suspension bridge stands in morning fog."""
    canvas = Canvas(1400, 700, "#000000", seed=461)
    canvas.fill(canvas.sky("#9fb7c4", "#d9d3c8", "#f4dfc0", bottom=520))
    canvas.glow(1120, 250, 420, "#fff4d8", 0.6)
    for level, height, colour in ((430, 80, "#b3bfc2"), (470, 60, "#93a5ab")):
        canvas.paint(canvas.below(canvas.ridge(level, height, 520, 6)), colour)
    water(canvas, 520, ("#d6cfc0", "#8fa6ac", "#5d7f8c"))
    red, dark = "#c8432f", "#8a2b2a"
    deck, tops = 470, (380, 1010)
    cables = []
    for left, right in ((-250, 380), (380, 1010), (1010, 1640)):
        t = np.linspace(-1, 1, 60)
        cables.append(np.stack([(left + right + t * (right - left)) / 2, 150 + 290 * (1 - t * t)], 1))
    hangers = [[(px, py), (px, deck)] for cable in cables for px, py in cable[2:-2:2] if 0 < px < 1400]
    canvas.paint(canvas.lines(hangers, 1.8), dark, 0.8)
    canvas.paint(canvas.lines(cables, 6), red)
    for x in tops:
        for dx in (-26, 26):
            leg = canvas.polygon(
                [(x + dx - 10, 130), (x + dx + 10, 130), (x + dx + 15, 600), (x + dx - 15, 600)]
            )
            canvas.paint(leg, ramp((canvas.x - x - dx + 12) / 24, lighter(red, 0.15), red, dark))
        for y in (150, 238, 330, 420):
            canvas.paint(canvas.box(x - 30, y, x + 30, y + 22), red)
            canvas.multiply(canvas.box(x - 30, y + 14, x + 30, y + 22), dark, 0.6)
        canvas.paint(canvas.box(x - 62, 584, x + 62, 612, 4), "#6f7b80")
    canvas.paint(canvas.box(0, deck, 1400, deck + 9), red)
    canvas.paint(canvas.box(0, deck + 9, 1400, deck + 22), dark)
    fog = np.clip(canvas.noise((110, 620), 4, 0.5) * 2.6 - 0.9, 0, 1) * np.exp(
        -(((canvas.y - 505) / 120) ** 2)
    )
    canvas.paint(fog, "#efe6d6", 0.95)
    return canvas.print(vignette=0.05)


def barn() -> Image.Image:
    """A red barn in falling snow."""
    canvas = Canvas(1200, 900, "#000000", seed=471)
    canvas.fill(canvas.sky("#8fa3bc", "#c3cbd6", "#e9e4e2", bottom=600))
    back = canvas.ridge(520, 26, 500, 4)
    for height, share in (((40, 100), 0.72), ((70, 150), 0.45)):
        wood = trees.forest(canvas.rng, back + 20 * (1 - share), 22, height, 0.4)
        canvas.paint(canvas.polygons(wood), mix("#1f3f4a", "#c3cbd6", share))
    canvas.paint(canvas.below(back), "#dfe3ea")
    _barn(canvas)
    snow = canvas.below(682 + canvas.ridge(0, 12, 420, 4))
    canvas.paint(snow, ramp((canvas.y - 670) / 230, "#f3f3f6", "#e2e6ef", "#b9c4d8"))
    canvas.multiply(canvas.polygon(points("430,690 1040,690 1190,770 520,760")) * snow, "#7a86ad", 0.5)
    posts = [[(x, 770 - 4 * np.sin(x / 60)), (x, 830)] for x in range(20, 1200, 92)]
    rails = [[(x, y + 6 * np.sin(x / 140)) for x in range(-10, 1220, 30)] for y in (784, 808)]
    canvas.paint(canvas.lines(rails, 7), "#5b4a4c")
    canvas.paint(canvas.lines(posts, 13), "#4a3b40")
    places = canvas.rng.uniform((0, 0), (1200, 900), (420, 2)).tolist()
    canvas.paint(canvas.discs([(x, y, 0.8 + canvas.rng.exponential(1.2)) for x, y in places]), "#ffffff", 0.9)
    return canvas.print()


def _barn(canvas: Canvas) -> None:
    front = points("430,690 430,470 480,390 600,320 720,390 770,470 770,690")
    flank = points("770,690 770,470 1040,470 1040,690")
    roof = points("770,474 720,390 600,320 880,320 1000,390 1056,474")
    canvas.paint(canvas.polygon(flank), "#9c2b2c")
    canvas.paint(canvas.polygon(front), "#c5352f")
    boards = [[(x, 320), (x, 690)] for x in range(450, 1040, 20)]
    canvas.paint(canvas.lines(boards, 2) * canvas.polygons([front, flank]), "#6d1c26", 0.6)
    canvas.paint(canvas.polygon(roof), ramp((canvas.y - 320) / 150, "#f7f7fa", "#dfe4ee"))
    edge = points("420,480 474,384 600,310 726,384 780,480")
    canvas.paint(canvas.line(edge, 22), "#f7f5f0")
    canvas.paint(canvas.box(540, 540, 660, 692), "#a82a2b")
    cross = points("540,690 660,540 540,540 660,690 660,540 540,540 540,690")
    canvas.paint(canvas.line(cross, 8), "#f7f0e4")
    canvas.paint(canvas.box(566, 420, 634, 484), "#f7f0e4")
    canvas.paint(canvas.box(573, 427, 627, 477), "#ffcf7a")
    canvas.glow(600, 452, 130, "#ffc46a", 0.5)
    canvas.multiply(canvas.box(770, 470, 1040, 500), "#4a2a48", 0.5)


SAMPLES = (
    Sample("white-village", "White village", "Blue domes above a blue sea.",
           ("houses", "village", "sea", "white", "blue"), white_village),
    Sample("bridge-in-fog", "Red bridge in fog", "Only the towers stand clear.",
           ("bridge", "fog", "sea", "red", "panorama"), bridge),
    Sample("red-barn", "Red barn in the snow", "A light is on in the loft.",
           ("barn", "snow", "winter", "red", "white"), barn),
)  # fmt: skip
