"""Things on tables: cups, bottles, vases, a candle, a lamp."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, darker, lighter, ramp
from tools.samples.fruit_plates import table
from tools.samples.hills import stars
from tools.samples.paths import Path, moved, points, ribbon, smooth, symmetric
from tools.samples.sample import Sample


def turned(canvas: Canvas, outline: Path, x: float, foot: float, colour: str, gloss: float = 0.5) -> Field:
    """Something from the lathe or the wheel, standing at (x, foot): shaded from left to right."""
    shape = moved(outline, x, foot)
    mask = canvas.polygon(shape)
    half = float(np.abs(outline[:, 0]).max())
    across = (canvas.x - x) / (2 * half) + 0.5
    canvas.multiply(
        canvas.ellipse(x + half * 0.9, foot - 4, half * 1.5, half * 0.2, 3, half * 0.22), "#4a3a50", 0.5
    )
    canvas.paint(
        mask,
        ramp(
            across,
            darker(colour, 0.12),
            lighter(colour, 0.2),
            colour,
            darker(colour, 0.25),
            darker(colour, 0.42),
            at=(0, 0.26, 0.5, 0.8, 1),
        ),
    )
    canvas.paint(
        light.stippled(light.crescent(mask, -half * 0.5, 0, half * 0.4) * 0.55, canvas.rng),
        darker(colour, 0.55),
        0.6,
    )
    canvas.screen(mask * np.exp(-(((across - 0.25) / 0.05) ** 2)), "#fff8ea", gloss * 0.5)
    return mask


def _profile(*half: tuple[float, float]) -> Path:
    """A closed outline from the right half of a profile, (half width, height above the foot)."""
    curve = smooth([(w, -h) for w, h in half], False)
    return symmetric(curve)


BOTTLE = _profile((17, 330), (15, 300), (16, 240), (24, 205), (52, 170), (56, 120), (56, 20), (52, 0))
FLASK = _profile((20, 250), (15, 235), (15, 180), (30, 140), (68, 90), (78, 50), (62, 10), (40, 0))
JUG = _profile((46, 210), (40, 195), (40, 170), (70, 110), (80, 60), (66, 10), (50, 0))
BEAKER = _profile((50, 130), (50, 120), (48, 60), (44, 6), (40, 0))
TALL = _profile((26, 400), (22, 390), (24, 300), (38, 200), (44, 90), (38, 8), (34, 0))


def bottles(wall: str, cloth: str, inks: tuple[str, ...], seed: int) -> Image.Image:
    """Bottles and beakers, close together, in quiet colours."""
    canvas = table(1200, 900, wall, cloth, 590, seed)
    row = (
        (FLASK, 330, 690, 0),
        (TALL, 465, 680, 1),
        (BOTTLE, 600, 690, 2),
        (JUG, 760, 695, 3),
        (BOTTLE, 890, 685, 4),
        (BEAKER, 540, 735, 5),
        (BEAKER, 845, 742, 0),
    )
    for outline, x, foot, k in row:
        turned(canvas, outline * 1.12, x, foot, inks[k], 0.45)
        top, half = foot + outline[:, 1].min() * 1.12, float(np.abs(outline[0, 0])) * 1.12
        canvas.paint(canvas.ellipse(x, top, half, max(3.0, half * 0.16)), darker(inks[k], 0.5))
    return canvas.print(grain=0.022, paper=0.02, vignette=0.08)


def coffee() -> Image.Image:
    """A cup of coffee from above."""
    canvas = Canvas(1000, 1000, "#d9a58a", seed=811)
    wood = canvas.noise((14, 700), 4, 0.6)
    canvas.fill(ramp(wood, "#a8694a", "#c08560", "#d8a27a"))
    for y in (240, 520, 800):
        canvas.multiply(np.clip(2.5 - np.abs(canvas.y - y), 0, 1) * np.ones_like(canvas.x), "#5a3320", 0.7)
    canvas.shadow(canvas.disc(490, 500, 320), 46, 60, 40, "#3a1f1a", 0.6)
    canvas.paint(
        canvas.disc(490, 500, 320), ramp(canvas.distance(380, 380) / 520, "#fffdf6", "#f3ece0", "#cfc4ba")
    )
    canvas.multiply(np.clip(1 - np.abs(canvas.distance(490, 500) - 236) / 20, 0, 1), "#b9aaa4", 0.6)
    canvas.paint(canvas.ring(490, 500, 304, 6), "#2f6f86")
    handle = ribbon(smooth(points("620,400 720,318 748,356 660,452"), False), 30.0)
    canvas.shadow(canvas.polygon(handle), 12, 18, 12, "#3a1f1a", 0.5)
    canvas.paint(canvas.polygon(handle), "#efe7da")
    canvas.shadow(canvas.disc(490, 500, 205), 26, 34, 26, "#3a1f1a", 0.55)
    canvas.paint(
        canvas.disc(490, 500, 205), ramp(canvas.distance(400, 400) / 380, "#ffffff", "#f2eadd", "#c9bdb2")
    )
    _foam(canvas)
    spoon = canvas.polygon(
        ribbon(smooth([(200, 770), (330, 850), (560, 880)], False), np.linspace(10, 16, 29))
    )
    both = np.maximum(spoon, canvas.ellipse(170, 742, 62, 38, 38))
    canvas.shadow(both, 14, 20, 10, "#3a1f1a", 0.55)
    canvas.paint(both, ramp((canvas.x + canvas.y - 800) / 600, "#f4f2ee", "#a9a6a8", "#efece8"))
    canvas.paint(canvas.ellipse(174, 746, 44, 24, 38, 8), "#8f8c92", 0.8)
    return canvas.print(vignette=0.08)


def _foam(canvas: Canvas) -> None:
    """The coffee in the cup, with a heart poured into it."""
    brew = canvas.disc(490, 500, 184)
    turn = np.arctan2(canvas.y - 500, canvas.x - 490)
    swirl = 0.5 + 0.5 * np.sin(3 * turn + canvas.distance(490, 500) / 17 + 3 * canvas.noise(160, 3))
    away = canvas.distance(490, 500) / 184
    canvas.paint(
        brew, ramp(np.clip(away * 0.8 + 0.3 * swirl - 0.1, 0, 1), "#f0cf9e", "#c98f55", "#8a5028", "#4a2412")
    )
    heart = canvas.polygon(
        moved(smooth(symmetric(points("0,430 34,396 88,412 98,470 56,540 0,596"))[:-1]), 490)
    )
    canvas.paint(light.blurred(heart, 6), "#f7e3c2", 0.95)
    canvas.paint(
        light.blurred(canvas.polygon(smooth(points("490,452 524,436 548,470 490,548 432,470 456,436"))), 6),
        "#b97a42",
        0.7,
    )
    canvas.multiply(light.crescent(brew, 26, 30, 18), "#3a1a10", 0.6)


def _steam(canvas: Canvas, x: float, y: float, height: float) -> None:
    """Two wisps above something hot."""
    for k, dx in enumerate((-24, 18)):
        t = np.linspace(0, 1, 40)
        spine = np.stack([x + dx + 26 * np.sin(t * 6 + k) * t, y - height * t], 1)
        wisp = canvas.polygon(ribbon(spine, 22 * np.sin(np.pi * t) ** 0.7 + 1))
        canvas.screen(
            light.blurred(wisp, 10) * np.clip((canvas.y - y + height) / height, 0, 1), "#ffffff", 0.55
        )


def cup(wall: str, cloth: str, colour: str, seed: int) -> Image.Image:
    """A large cup that steams."""
    canvas = table(1100, 900, wall, cloth, 600, seed)
    canvas.multiply(canvas.ellipse(640, 742, 330, 44, 2, 40), "#3a2a40", 0.6)
    canvas.paint(canvas.ellipse(540, 728, 290, 46), darker(colour, 0.25))
    canvas.paint(
        canvas.ellipse(540, 718, 290, 44),
        ramp((canvas.x - 250) / 580, lighter(colour, 0.3), lighter(colour, 0.1), darker(colour, 0.15)),
    )
    canvas.paint(canvas.ellipse(540, 718, 150, 22), darker(colour, 0.3), 0.7)
    outer = ribbon(smooth(points("700,470 800,450 850,530 790,620 680,640"), False), 34.0)
    canvas.paint(canvas.polygon(outer), ramp((canvas.x - 690) / 160, colour, darker(colour, 0.3)))
    body = smooth(points("178,-290 180,-200 160,-90 110,-10 60,0"), False)
    turned(canvas, symmetric(body), 540, 716, colour, 0.9)
    for y, width in ((560, 14), (590, 6)):
        stripe = canvas.line(
            [(k, y + 34 * np.sqrt(max(0.0, 1 - ((k - 540) / 185) ** 2))) for k in range(350, 731, 6)], width
        )
        inside = canvas.polygon(moved(symmetric(body), 540, 716))
        canvas.paint(stripe * inside, lighter(colour, 0.75), 0.85)
    canvas.paint(canvas.ellipse(540, 426, 178, 36), lighter(colour, 0.35))
    canvas.paint(canvas.ellipse(540, 429, 164, 29), darker(colour, 0.35))
    tea = canvas.ellipse(540, 440, 150, 20)
    canvas.paint(tea, ramp((canvas.x - 400) / 290, "#8a3f16", "#c4702a", "#5f260e"))
    _steam(canvas, 540, 410, 320)
    return canvas.print(vignette=0.08)


def candle() -> Image.Image:
    """One flame in a dark room."""
    canvas = Canvas(850, 1200, "#1a1016", seed=823)
    canvas.fill(ramp(canvas.distance(425, 480) / 900, "#8a4a24", "#4f2620", "#22131c", "#120b14"))
    canvas.paint(canvas.below(960), ramp(np.abs(canvas.x - 425) / 500, "#7a4426", "#3a1f1c", "#1a1016"))
    canvas.multiply(canvas.ellipse(440, 1030, 210, 34, 0, 40), "#1a0c10", 0.8)
    dish = canvas.ellipse(425, 1016, 190, 40)
    canvas.paint(dish, ramp((canvas.x - 235) / 380, "#b9813a", "#f0c878", "#8a5a24", "#5a3416"))
    canvas.paint(canvas.ellipse(425, 1006, 165, 29), "#7a4a1e")
    stick = canvas.box(365, 590, 485, 1010, 8)
    canvas.paint(stick, ramp((canvas.x - 365) / 120, "#e8cfa8", "#fbedd0", "#e3c193", "#b98a5c"))
    canvas.screen(stick * np.clip(1 - (canvas.y - 580) / 210, 0, 1), "#ffb25a", 0.7)
    canvas.multiply(stick * np.clip((canvas.y - 700) / 320, 0, 1), "#7a4a3a", 0.6)
    drips = [
        canvas.box(x, 590, x + w, 590 + h, w / 2)
        for x, w, h in ((369, 20, 120), (398, 14, 60), (462, 22, 170))
    ]
    canvas.paint(np.maximum.reduce(drips), "#fff3da", 0.7)
    canvas.paint(canvas.ellipse(425, 592, 60, 13), "#fff0cc")
    canvas.glow(425, 490, 520, "#ff9a3a", 0.55, 2.4)
    canvas.glow(425, 500, 220, "#ffd27a", 0.7)
    canvas.paint(canvas.line(smooth([(425, 592), (424, 566), (429, 548)], False), 5), "#2a1412")
    for width, height, colour in ((40, 180, "#ff9a2e"), (30, 148, "#ffcf5a"), (18, 104, "#fff6d8")):
        flame = smooth(
            symmetric(
                [
                    (0, -height),
                    (width * 0.35, -height * 0.62),
                    (width, -height * 0.24),
                    (width * 0.6, 0),
                    (0, 8),
                ]
            )[:-1]
        )
        canvas.paint(light.blurred(canvas.polygon(moved(flame, 425, 562)), 3), colour, 0.95)
    canvas.paint(light.blurred(canvas.ellipse(425, 560, 12, 12), 4), "#4f7ac9", 0.6)
    return canvas.print(grain=0.02)


def reading_lamp() -> Image.Image:
    """A lamp, a stack of books, and the moon in the window."""
    canvas = Canvas(1200, 900, "#26304f", seed=827)
    canvas.fill(ramp(canvas.distance(760, 470) / 900, "#6a5a5f", "#3c3f5c", "#232b49", "#161c36"))
    canvas.paint(canvas.box(120, 110, 470, 560), "#11182f")
    sky = canvas.box(136, 126, 454, 544)
    canvas.paint(sky, canvas.sky("#0c1736", "#274a7c", bottom=560))
    part = canvas.part(295, 335, 159, 209)
    stars(part, 160, 560)
    canvas.paint(canvas.disc(352, 230, 34), "#f7efd2")
    canvas.paint(canvas.lines([[(295, 126), (295, 544)], [(136, 335), (454, 335)]], 12), "#11182f")
    canvas.paint(canvas.below(720), ramp(np.abs(canvas.x - 760) / 760, "#b5794a", "#7a4a36", "#3a2630"))
    cone = canvas.polygon(points("640,372 880,372 1150,760 380,760"))
    canvas.screen(light.blurred(cone, 30) * np.clip(1 - (canvas.y - 360) / 520, 0.1, 1), "#ffd58a", 0.55)
    canvas.paint(canvas.ellipse(760, 744, 120, 20), "#1f2a3c")
    canvas.paint(canvas.box(752, 370, 768, 744), "#1f2a3c")
    shade = canvas.polygon(points("690,190 830,190 890,376 630,376"))
    canvas.paint(shade, ramp((canvas.y - 190) / 186, "#c8523a", "#e8794a", "#f8b062"))
    canvas.multiply(shade * np.clip(np.abs(canvas.x - 760) / 130 - 0.25, 0, 1), "#a8453f", 0.6)
    canvas.glow(760, 380, 330, "#ffcf86", 0.55)
    for left, top, right, bottom, colour in (
        (830, 696, 1130, 740, "#2f6f73"),
        (835, 662, 1105, 696, "#e2b04a"),
        (847, 612, 1133, 662, "#b5432f"),
        (861, 582, 1091, 612, "#efe2c8"),
    ):
        book = ramp((canvas.x - left) / (right - left), lighter(colour, 0.1), colour, darker(colour, 0.35))
        canvas.paint(canvas.box(left, top, right, bottom, 5), book)
        canvas.paint(canvas.box(left + 24, top + 4, left + 32, bottom - 4), lighter(colour, 0.5))
    turned(canvas, _profile((52, 96), (52, 60), (46, 6), (40, 0)), 520, 760, "#e8e0d0", 0.6)
    canvas.paint(canvas.ellipse(520, 664, 52, 11), "#5a2f1c")
    canvas.paint(
        canvas.polygon(ribbon(smooth(points("468,690 430,690 436,740 474,740"), False), 12.0)), "#d8cfc0"
    )
    _steam(canvas, 520, 650, 150)
    return canvas.print(vignette=0.1)


MORANDI = ("#c9a58c", "#e8dccb", "#8f9a94", "#d8b9a0", "#f0e8dc", "#a8705a")
COOL = ("#5f7f96", "#cfd9dc", "#2f4f6b", "#8fa9b3", "#e6ebea", "#3f6f7f")
_TABLE = ("still life",)
SAMPLES = (
    Sample("warm-bottles", "Bottles, warm", "Bottles and beakers in the colours of clay.",
           (*_TABLE, "bottles", "brown", "calm"), partial(bottles, "#d9c6b0", "#e9dcc8", MORANDI, 801)),
    Sample("cool-bottles", "Bottles, cool", "The same shelf on a grey day.",
           (*_TABLE, "bottles", "blue", "calm"), partial(bottles, "#9fb3bc", "#dfe4e2", COOL, 801)),
    Sample("coffee", "Coffee from above", "A heart in the foam.",
           ("cup", "coffee", "drink", "brown", "morning"), coffee),
    Sample("red-cup", "Red cup", "Hot tea for a cold day.", ("cup", "tea", "drink", "red", *_TABLE),
           partial(cup, "#e8d3b8", "#b98a68", "#c23a30", 813)),
    Sample("blue-cup", "Blue cup", "The other cup of the pair.", ("cup", "tea", "drink", "blue", *_TABLE),
           partial(cup, "#f0d9b0", "#d9c7b0", "#2f6f9f", 813)),
    Sample("candle", "Candle", "One flame in a dark room.", ("candle", "light", "night", "dark", "orange"),
           candle),
    Sample("reading-lamp", "Reading lamp", "A stack of books, and the moon in the window.",
           ("lamp", "books", "night", "light", "room"), reading_lamp),
)  # fmt: skip
