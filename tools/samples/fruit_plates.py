"""Pictures of fruit: on a table, as patterns, and in a bowl."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples import fruit, light
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, lighter, mix, ramp
from tools.samples.paths import arc, leaf, moved, points, smooth, symmetric
from tools.samples.sample import Sample


def table(width: int, height: int, wall: str, cloth: str, edge: float, seed: int) -> Canvas:
    """A wall and a table in two colours, lit from the left."""
    canvas = Canvas(width, height, wall, seed)
    canvas.fill(
        ramp(canvas.x / width * 0.8 + canvas.y / height * 0.2, lighter(wall, 0.18), wall, darker(wall, 0.16))
    )
    top = canvas.below(edge)
    canvas.paint(
        top, ramp((canvas.y - edge) / (height - edge), darker(cloth, 0.1), cloth, lighter(cloth, 0.14))
    )
    canvas.multiply(
        np.clip(1 - np.abs(canvas.y - edge + 10) / 40, 0, 1) * np.ones_like(canvas.x), darker(wall, 0.3), 0.3
    )
    return canvas


def lemons() -> Image.Image:
    canvas = table(1200, 900, "#2f6fa3", "#e9eef0", 520, 101)
    for x, y, r in ((380, 690, 190), (760, 720, 190), (610, 560, 180)):
        fruit.ground_shadow(canvas, x, y, r)
    fruit.draw_leaf(canvas, 640, 420, 210, -160, "#3d7d46")
    fruit.draw_leaf(canvas, 650, 425, 190, -38, "#4c8f4c")
    fruit.lemon(canvas, 620, 500, 380, -12)
    fruit.lemon(canvas, 340, 610, 400, 18)
    canvas.shadow(canvas.disc(800, 620, 132), 20, 16, 14, "#3a3050", 0.4)
    fruit.citrus_slice(canvas, 800, 610, 136, "#f0bd1e", "#f7d84a", 8)
    return canvas.print(vignette=0.08)


def lemon_pattern() -> Image.Image:
    """Slices and leaves scattered on yellow."""
    canvas = Canvas(1000, 1000, "#f7cf45", seed=104)
    spots = points(
"150,150 520,90 860,190 330,380 700,420 80,560 480,660 880,690 230,860 "
"650,930 980,960"
)  # fmt: skip
    for k, (x, y) in enumerate(spots):
        for turn in (40, 205):
            fruit.draw_leaf(canvas, x, y, 165, turn + k * 47, "#4a8a4d")
        near = canvas.part(x, y, 150)
        near.shadow(near.disc(x, y, 106), 7, 12, 8, "#8a5a10", 0.45)
        fruit.citrus_slice(canvas, x, y, 108, "#f2b90f", "#fbe15a", k * 23)
    return canvas.print()


def oranges() -> Image.Image:
    canvas = table(1200, 900, "#1f6f70", "#f2ddc0", 540, 106)
    for x, y, r in ((420, 740, 180), (770, 770, 200), (640, 650, 150), (980, 790, 130)):
        fruit.ground_shadow(canvas, x, y, r)
    fruit.orange(canvas, 610, 500, 160)
    fruit.draw_leaf(canvas, 640, 384, 180, -24, "#4f8a45")
    fruit.orange(canvas, 390, 590, 178)
    fruit.orange(canvas, 980, 680, 128)
    canvas.shadow(canvas.disc(720, 660, 150), 24, 18, 14, "#3a3050", 0.4)
    fruit.citrus_slice(canvas, 720, 650, 156, "#ee7a14", "#fa9a2e", 14, 10)
    return canvas.print(vignette=0.08)


def orange_pattern() -> Image.Image:
    """Rows of orange and blood orange slices."""
    canvas = Canvas(1000, 1000, "#f6e7cd", seed=108)
    inks = (("#ee7a14", "#fa9a2e"), ("#e2572a", "#d63a3a"), ("#f0a01c", "#fbb94a"))
    for row in range(5):
        for column in range(5):
            x, y = 50 + column * 225 + (row % 2) * 112, 90 + row * 205
            near = canvas.part(x, y, 130)
            near.shadow(near.disc(x, y, 92), 6, 10, 7, "#8a5030", 0.4)
            fruit.citrus_slice(canvas, x, y, 95, *inks[(row + 2 * column) % 3], canvas.rng.uniform(0, 90), 9)
    return canvas.print()


def red_apple() -> Image.Image:
    canvas = table(900, 1100, "#e7c9b0", "#b98a6a", 760, 110)
    fruit.ground_shadow(canvas, 450, 880, 260)
    fruit.draw_leaf(canvas, 478, 390, 230, -28, "#4f8245")
    fruit.apple(canvas, 450, 640, 520)
    return canvas.print(vignette=0.08)


def green_apples() -> Image.Image:
    canvas = table(1200, 700, "#f3ead7", "#c9d3bd", 440, 112)
    for x, size in ((250, 300), (600, 330), (950, 290)):
        fruit.ground_shadow(canvas, x, 425 + size * 0.42, size * 0.45)
        fruit.apple(canvas, x, 425, size, fruit.GREEN, "#e8e07a")
    fruit.draw_leaf(canvas, 618, 226, 120, -30, "#4f8245")
    return canvas.print(vignette=0.06)


def pears(wall: str, cloth: str, inks: tuple[str, ...], seed: int) -> Image.Image:
    canvas = table(900, 1100, wall, cloth, 730, seed)
    for x, y, r in ((330, 905, 170), (590, 930, 180)):
        fruit.ground_shadow(canvas, x, y, r)
    fruit.pear(canvas, 330, 650, 540, -5, inks)
    fruit.draw_leaf(canvas, 300, 372, 150, -150, "#6d7f3c")
    fruit.pear(canvas, 590, 700, 500, 9, inks)
    return canvas.print(vignette=0.1)


def cherries() -> Image.Image:
    canvas = Canvas(900, 1100, "#f2b8b0", seed=118)
    canvas.fill(ramp((canvas.x + canvas.y) / 2000, "#f8d3c8", "#f2b8b0", "#e79c98"))
    joint = (560, 210)
    for x, y, bend in ((300, 770, 60), (650, 820, -40)):
        canvas.shadow(canvas.disc(x, y, 150), 50, 70, 36, "#b0525c", 0.5)
        stalk = smooth([joint, ((joint[0] + x) / 2 + bend, 480), (x + 6, y - 128)], False, 24)
        canvas.shadow(canvas.line(stalk, 9), 34, 46, 10, "#b0525c", 0.35)
        canvas.paint(canvas.line(stalk, 9), "#5d7f34")
    fruit.draw_leaf(canvas, *joint, 300, 152, "#3f7a3c", 0.1)
    fruit.draw_leaf(canvas, *joint, 250, 18, "#4d8a45", -0.12)
    canvas.paint(canvas.disc(*joint, 15), "#6d5a2c")
    fruit.cherry(canvas, 300, 770, 158)
    fruit.cherry(canvas, 650, 820, 164)
    return canvas.print(vignette=0.05)


def watermelon() -> Image.Image:
    """Five slices, some with a bite out of them."""
    canvas = Canvas(1200, 900, "#a9dcc8", seed=121)
    canvas.fill(ramp((canvas.x + canvas.y) / 2100, "#bfe8d6", "#9fd6c2"))
    for x, y, size, turn in (
        (330, 250, 290, -14),
        (900, 330, 270, 168),
        (640, 570, 330, 4),
        (190, 720, 230, 22),
        (1050, 700, 250, -24),
    ):
        _melon_slice(canvas, x, y, size, turn)
    return canvas.print()


def _melon_slice(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    canvas = canvas.part(x, y, size + 60)
    layers = ((1.0, "#2a6b3a"), (0.93, "#8fc46a"), (0.885, "#f3f0d8"), (0.84, "#e8433f"))
    whole = canvas.polygon(moved(arc(0, 0, 1, 0, 180), x, y, turn, size))
    canvas.shadow(whole, 14, 22, 14, "#2f7a6a", 0.45)
    for reach, colour in layers:
        canvas.paint(canvas.polygon(moved(arc(0, 0, reach, 0, 180), x, y, turn, size)), colour)
    flesh = canvas.polygon(moved(arc(0, 0, 0.84, 0, 180), x, y, turn, size))
    away = canvas.distance(x, y) / (size * 0.84)
    canvas.paint(
        flesh,
        ramp(
            away + 0.15 * (canvas.noise(30, 2) - 0.5),
            "#f2605a",
            "#e8433f",
            "#ef6d60",
            "#f7b3a0",
            at=(0, 0.6, 0.9, 1),
        ),
    )
    seeds = []
    for reach, angles in (
        (0.3, (40, 90, 140)),
        (0.52, (22, 60, 100, 142)),
        (0.7, (14, 42, 74, 108, 138, 164)),
    ):
        for angle in angles:
            px, py = moved(
                [(reach * np.cos(np.radians(angle)), reach * np.sin(np.radians(angle)))], x, y, turn, size
            )[0]
            seeds.append(leaf(px, py, size * 0.075, size * 0.042, turn + angle))
    canvas.paint(canvas.polygons(seeds), "#2a1a1c")
    stripes = [moved(arc(0, 0, 0.965, a, a + 7), x, y, turn, size) for a in range(4, 176, 15)]
    canvas.paint(canvas.lines(stripes, size * 0.045) * whole, "#17472a", 0.75)


def strawberries() -> Image.Image:
    canvas = Canvas(1000, 1000, "#f7e3dc", seed=124)
    for row in range(4):
        for column in range(4):
            x, y = 70 + column * 275 + (row % 2) * 135, 130 + row * 250
            turn = canvas.rng.uniform(-26, 26)
            near = canvas.part(x, y, 150)
            near.shadow(near.disc(x, y, 80), 16, 22, 16, "#c08080", 0.5)
            fruit.strawberry(canvas, x, y, 190, turn)
    return canvas.print()


def pineapple() -> Image.Image:
    canvas = Canvas(850, 1200, "#3fb3ad", seed=128)
    canvas.fill(ramp(canvas.y / 1200, "#5cc7bd", "#2f9fa0"))
    for k in range(9, -1, -1):
        for side in (-1, 1):
            spread, length = side * (3 + k * 8.5), 420 - k * 24 - 60 * (k % 2)
            blade = canvas.polygon(leaf(425, 510, length, 84, -90 + spread, side * 0.12, 0.3))
            canvas.shadow(blade, 4, 6, 6, "#10402c", 0.5)
            canvas.paint(blade, mix("#2f6b3c", "#8fc05a", ((9 - k) / 9) * 0.8))
            canvas.paint(
                canvas.polygon(leaf(425, 510, length * 0.96, 16, -90 + spread, side * 0.12)), "#24583a", 0.4
            )
    outline = smooth(symmetric(points("0,-330 130,-318 215,-210 240,-20 222,180 140,310 0,344"))[:-1])
    mask = canvas.polygon(moved(outline, 425, 790))
    canvas.shadow(mask, 40, 40, 40, "#0f5a60", 0.45)
    fruit.body(canvas, mask, 230, ("#7a3c10", "#b8691a", "#e09a2a", "#f5c04a", "#fde59a"))
    dx, dy = (canvas.x - 425) / 240, (canvas.y - 790) / 340
    bulge = np.arcsin(np.clip(dx / np.sqrt(np.clip(1 - 0.55 * dy * dy, 0.2, 1)), -0.999, 0.999))
    u, v = bulge * 3.0 + dy * 4.2, bulge * 3.0 - dy * 4.2
    fu, fv = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
    groove = np.clip((np.maximum(np.abs(fu), np.abs(fv)) - 0.39) * 12, 0, 1)
    canvas.multiply((groove * mask), "#8a4a12", 0.8)
    canvas.screen(
        (np.clip(0.2 - np.sqrt((fu + 0.1) ** 2 + (fv - 0.1) ** 2), 0, 1) * 3 * mask), "#ffe9a0", 0.55
    )
    canvas.paint((np.clip(0.09 - np.sqrt(fu * fu + fv * fv), 0, 0.05) * 20 * mask), "#7a3f12", 0.8)
    return canvas.print(vignette=0.06)


def bowl() -> Image.Image:
    """A blue bowl with everything in it."""
    canvas = table(1200, 900, "#e8d7ba", "#a8562f", 590, 132)
    canvas.multiply(canvas.ellipse(700, 800, 470, 62, 0, 50), "#4a2030", 0.6)
    fruit.draw_leaf(canvas, 460, 300, 160, -150, "#4f8245")
    fruit.pear(canvas, 470, 400, 400, -14)
    fruit.orange(canvas, 790, 450, 130)
    fruit.lemon(canvas, 905, 500, 270, 24)
    fruit.apple(canvas, 630, 440, 270)
    fruit.orange(canvas, 400, 520, 118)
    fruit.apple(canvas, 790, 540, 220, fruit.GREEN, "#e8e07a")
    fruit.lemon(canvas, 560, 560, 260, -16)
    outline = np.concatenate(
        [
            [(210, 545), (990, 545)],
            smooth(points("990,545 940,690 780,800 600,815 420,800 260,690 210,545"), False),
        ]
    )
    mask = canvas.polygon(outline)
    canvas.paint(mask, ramp((canvas.x - 210) / 780, "#5f93bd", "#3f77a8", "#244f7f", "#173a63"))
    canvas.paint(light.stippled(light.crescent(mask, -120, -60, 90) * 0.6, canvas.rng), "#10294a", 0.7)
    rim = canvas.box(200, 532, 1000, 560, 14)
    canvas.paint(rim, ramp((canvas.x - 200) / 800, "#8fb8d6", "#4f86b4", "#2a5a8c"))
    for level in (610, 640):
        canvas.paint(
            canvas.line(
                [(x, level + 34 * np.sin((x - 600) / 420 * 1.57 + 1.57)) for x in range(245, 956, 10)], 7
            )
            * mask,
            "#e8eef0",
            0.8,
        )
    return canvas.print(vignette=0.08)


_FRUIT = ("fruit", "food")
DUSKY = ("#3a2a20", "#7a5a2a", "#b08a3c", "#d6b45c", "#f0dca0")
SAMPLES = (
    Sample("lemons", "Lemons", "Two and a half lemons on a white table.",
           (*_FRUIT, "lemon", "yellow", "still life"), lemons),
    Sample("lemon-slices", "Lemon slices", "Slices and leaves, all over.",
           (*_FRUIT, "lemon", "yellow", "pattern"), lemon_pattern),
    Sample("oranges", "Oranges", "Oranges before a green wall.", (*_FRUIT, "orange", "still life"),
           oranges),
    Sample("orange-slices", "Orange slices", "Orange and blood orange in rows.",
           (*_FRUIT, "orange", "pattern"), orange_pattern),
    Sample("red-apple", "One red apple", "A single apple, freshly polished.",
           (*_FRUIT, "apple", "red", "still life"), red_apple),
    Sample("green-apples", "Three green apples", "Sour ones, in a row.",
           (*_FRUIT, "apple", "green", "still life"), green_apples),
    Sample("pears-by-day", "Two pears", "Ripe on one side already.",
           (*_FRUIT, "pear", "green", "still life"), partial(pears, "#b9c4b4", "#e6dcc4", fruit.PEAR, 114)),
    Sample("pears-at-evening", "Two pears at evening", "The same two by lamplight.",
           (*_FRUIT, "pear", "dark", "still life"), partial(pears, "#3d2c33", "#6b3f30", DUSKY, 114)),
    Sample("cherries", "A pair of cherries", "Two on one stalk.", (*_FRUIT, "cherry", "red", "pink"),
           cherries),
    Sample("watermelon", "Watermelon", "Slices for a hot day.",
           (*_FRUIT, "watermelon", "red", "green", "summer"), watermelon),
    Sample("strawberries", "Strawberries", "Sixteen of them, in loose order.",
           (*_FRUIT, "strawberry", "red", "pattern"), strawberries),
    Sample("pineapple", "Pineapple", "King of the fruit stall.",
           (*_FRUIT, "pineapple", "yellow", "turquoise"), pineapple),
    Sample("fruit-bowl", "Fruit bowl", "Apples, oranges, lemons and a pear in blue china.",
           (*_FRUIT, "bowl", "still life", "colourful"), bowl),
)  # fmt: skip
