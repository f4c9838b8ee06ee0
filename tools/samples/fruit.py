"""Single fruits: round bodies, leaves and slices, to be set into pictures."""

from __future__ import annotations

import numpy as np

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, darker, lighter, mix, ramp
from tools.samples.paths import Path, arc, leaf, moved, points, smooth, symmetric, xy

LEMON = ("#b06f12", "#dd9d15", "#f6c626", "#fde04f", "#fff0a0")
ORANGE = ("#8e3510", "#cf5a12", "#f08418", "#fba43a", "#ffd08a")
RED = ("#4e0a18", "#8f1420", "#c8232a", "#e4503c", "#f79a76")
GREEN = ("#28501f", "#4f8527", "#86b436", "#b6d458", "#e4f0a6")
PEAR = ("#6a5a1c", "#9c8e2c", "#c6b944", "#dfd46c", "#f4ecb0")
CHERRY = ("#3d0513", "#7a0c1f", "#b3152c", "#d83a44", "#f28f86")

_HALF_LEMON = points(
"-.6,0 -.53,-.07 -.43,-.17 -.24,-.31 .02,-.365 .25,-.31 .42,-.17 .51,-.085 "
".59,-.065 .635,-.02"
)  # fmt: skip
_HALF_APPLE = points(
"0,-.37 .1,-.42 .27,-.45 .43,-.36 .5,-.16 .48,.1 .38,.32 .22,.45 .1,.46 "
"0,.43"
)  # fmt: skip
_HALF_PEAR = points(
"0,-.66 .1,-.63 .17,-.5 .2,-.32 .27,-.12 .41,.08 .47,.28 .38,.47 .2,.56 "
"0,.55"
)  # fmt: skip
_HALF_STRAWBERRY = points("0,-.42 .2,-.46 .4,-.36 .45,-.14 .36,.14 .2,.4 .06,.54 0,.56")


def lemon_outline() -> Path:
    top = np.array(_HALF_LEMON)
    return smooth(np.concatenate([top, (top * (1, -1))[-2:0:-1]]))


def apple_outline() -> Path:
    return smooth(symmetric(_HALF_APPLE)[:-1])


def pear_outline() -> Path:
    return smooth(symmetric(_HALF_PEAR)[:-1])


def body(canvas: Canvas, mask: Field, size: float, inks: tuple[str, ...], pores: float = 0.0) -> Field:
    """Paint a round body of about this radius, lit from the upper left; returns how it is lit."""
    shade = light.rounded(mask, size, (-0.55, -0.65, 0.75))
    tone = shade * 1.08 - 0.1
    if pores:
        tone = tone - np.clip(canvas.noise(7, 1) * 3 - 2.15, 0, 1) * pores * mask
    canvas.paint(mask, ramp(tone, *inks))
    canvas.paint(
        light.stippled(light.crescent(mask, -size * 0.34, -size * 0.4, size * 0.4) * 0.5, canvas.rng),
        inks[0],
        0.55,
    )
    rim = light.crescent(mask, -size * 0.07, -size * 0.08, size * 0.08) * np.clip(0.9 - shade, 0, 1)
    canvas.screen(rim, inks[3], 0.35)
    return shade


def shine(
    canvas: Canvas, x: float, y: float, across: float, down: float, turn: float, strength: float = 0.75
) -> None:
    """The reflection of a window on a glossy skin."""
    canvas.screen(canvas.ellipse(x, y, across, down, turn, soft=min(across, down) * 0.9), "#fff6e2", strength)


def ground_shadow(canvas: Canvas, x: float, y: float, radius: float, colour: str = "#3a3050") -> None:
    """What a fruit throws on the table, away from the light, darkest where it touches."""
    canvas.multiply(
        canvas.ellipse(x + radius * 0.5, y, radius * 1.25, radius * 0.3, 6, radius * 0.26), colour, 0.45
    )
    canvas.multiply(
        canvas.ellipse(x + radius * 0.08, y, radius * 0.72, radius * 0.13, 0, radius * 0.1), colour, 0.6
    )


def draw_leaf(
    canvas: Canvas,
    x: float,
    y: float,
    length: float,
    turn: float,
    colour: str = "#3f7a3c",
    bend: float = 0.12,
    wide: float = 0.46,
) -> None:
    """A leaf in two tones with its veins, from the stalk at (x, y)."""
    canvas = canvas.part(x, y, length * 1.1)
    whole = canvas.polygon(leaf(x, y, length, length * wide, turn, bend))
    canvas.paint(whole, colour)
    t = np.linspace(0, 1, 24)
    spine = np.stack([t * length, bend * length * np.sin(np.pi * t / 2) ** 2], 1)
    half = np.concatenate([moved(spine, x, y, turn), moved([(length, length), (0, length)], x, y, turn)])
    canvas.paint(whole * canvas.polygon(half), darker(colour, 0.28))
    veins = []
    for k in range(4, 21, 4):
        px, py = spine[k]
        veins += [moved([(px, py), (px + length * 0.14, py + s * length * 0.2)], x, y, turn) for s in (-1, 1)]
    pale = lighter(colour, 0.4)
    canvas.paint(canvas.lines(veins, max(1.0, length / 130)) * whole, pale, 0.55)
    canvas.paint(canvas.line(moved(spine, x, y, turn), max(1.4, length / 70)), pale, 0.8)


def lemon(
    canvas: Canvas, x: float, y: float, size: float, turn: float, inks: tuple[str, ...] = LEMON
) -> None:
    """A lemon `size` px long."""
    canvas = canvas.part(x, y, size)
    body(canvas, canvas.polygon(moved(lemon_outline(), x, y, turn, size / 1.2)), size * 0.3, inks, 0.16)
    shine(canvas, x - size * 0.12, y - size * 0.14, size * 0.13, size * 0.06, turn - 10, 0.6)


def orange(canvas: Canvas, x: float, y: float, radius: float, inks: tuple[str, ...] = ORANGE) -> None:
    canvas = canvas.part(x, y, radius * 1.2)
    body(canvas, canvas.ellipse(x, y, radius, radius * 0.97), radius, inks, 0.15)
    shine(canvas, x - radius * 0.38, y - radius * 0.42, radius * 0.2, radius * 0.13, -40, 0.55)
    canvas.paint(
        canvas.star(x + radius * 0.12, y - radius * 0.72, radius * 0.13, radius * 0.06, 5, 10), "#5f7a2c"
    )


def apple(
    canvas: Canvas,
    x: float,
    y: float,
    size: float,
    inks: tuple[str, ...] = RED,
    blush: str | None = "#f3c04a",
) -> None:
    """An apple `size` px high, streaked from the stalk down."""
    canvas = canvas.part(x, y, size * 0.8)
    mask = canvas.polygon(moved(apple_outline(), x, y, 0, size))
    shade = body(canvas, mask, size * 0.44, inks)
    angle = np.arctan2(canvas.x - x, canvas.y - (y - size * 0.52))
    streaks = np.interp(angle.ravel(), np.linspace(-3.2, 3.2, 260), canvas.rng.random(260)).reshape(
        angle.shape
    )
    fade = np.clip(1.15 - (canvas.y - (y - size * 0.45)) / (size * 0.85), 0, 1)
    if blush:
        canvas.paint(mask * shade * np.clip(streaks * 2.4 - 1.2, 0, 1) * fade, blush, 0.6)
    canvas.multiply(
        canvas.ellipse(x, y - size * 0.37, size * 0.17, size * 0.055, 0, size * 0.05) * mask, inks[0], 0.85
    )
    stalk = smooth([(0, -0.36), (0.015, -0.5), (0.06, -0.62)], False)
    canvas.paint(canvas.line(moved(stalk, x, y, 0, size), size * 0.035), "#5b3b22")
    shine(canvas, x - size * 0.24, y - size * 0.2, size * 0.075, size * 0.15, 18, 0.7)


def pear(canvas: Canvas, x: float, y: float, size: float, turn: float = 0, inks: tuple[str, ...] = PEAR,
         blush: str = "#c8542f") -> None:  # fmt: skip
    """A pear `size` px high, freckled, with a red cheek."""
    canvas = canvas.part(x, y, size * 0.75)
    mask = canvas.polygon(moved(pear_outline(), x, y, turn, size / 1.22))
    body(canvas, mask, size * 0.34, inks)
    cheek = canvas.ellipse(x + size * 0.2, y + size * 0.16, size * 0.26, size * 0.34, 12, size * 0.3)
    canvas.paint(light.stippled(mask * cheek * 0.75, canvas.rng), blush, 0.6)
    freckles = np.clip(canvas.noise(5, 1) * 4 - 3.2, 0, 1) * mask
    canvas.paint(freckles, inks[0], 0.5)
    stalk = moved(smooth([(0, -0.52), (0.02, -0.6), (0.07, -0.68)], False), x, y, turn, size)
    canvas.paint(canvas.line(stalk, size * 0.03), "#4f3722")
    shine(canvas, x - size * 0.15, y + size * 0.12, size * 0.05, size * 0.13, 12, 0.5)


def cherry(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas = canvas.part(x, y, radius * 1.2)
    ball = canvas.ellipse(x, y, radius * 1.04, radius)
    body(canvas, ball, radius, CHERRY)
    dip = canvas.ellipse(x + radius * 0.05, y - radius * 0.86, radius * 0.4, radius * 0.12, 0, radius * 0.2)
    canvas.multiply(dip * ball, CHERRY[0])
    shine(canvas, x - radius * 0.4, y - radius * 0.36, radius * 0.14, radius * 0.25, 35, 0.95)


def citrus_slice(
    canvas: Canvas, x: float, y: float, radius: float, peel: str, flesh: str, turn: float, parts: int = 9
) -> None:
    """A round slice: peel, white pith, and segments with their fibres."""
    canvas = canvas.part(x, y, radius + 4)
    canvas.paint(canvas.disc(x, y, radius), peel)
    canvas.paint(canvas.disc(x, y, radius * 0.93), mix(peel, "#fff6dc", 0.8))
    segments = []
    for k in range(parts):
        half = np.pi / parts * 0.86
        ends = arc(0, 0, radius * 0.84, -np.degrees(half), np.degrees(half), steps=10)
        inner = [(radius * 0.13, 0)]
        rounded = smooth(np.concatenate([inner, ends * (0.97, 0.97)]), steps=4)
        segments.append(moved(rounded, x, y, turn + k * 360 / parts))
    mask = canvas.polygons(segments)
    dx, dy = canvas.x - x, canvas.y - y
    away = np.sqrt(dx * dx + dy * dy) / radius
    rays = np.interp(np.arctan2(dy, dx).ravel(), np.linspace(-3.2, 3.2, 150), canvas.rng.random(150)).reshape(
        away.shape
    )
    canvas.paint(
        mask,
        ramp(np.clip(away * 0.9 + 0.3 * (rays - 0.5), 0, 1), lighter(flesh, 0.45), flesh, darker(flesh, 0.1)),
    )
    drops = np.clip(canvas.noise((11, 11), 2) * 5 - 3.4, 0, 1) * mask
    canvas.screen(drops, "#fff4d0", 0.45)


def strawberry(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """A strawberry `size` px high with seeds and a green ruff."""
    canvas = canvas.part(x, y, size * 0.8)
    outline = smooth(symmetric(_HALF_STRAWBERRY)[:-1])
    mask = canvas.polygon(moved(outline, x, y, turn, size))
    body(canvas, mask, size * 0.4, ("#6d0d1a", "#b01826", "#d92a30", "#ef5a48", "#ffab8e"))
    seeds = []
    for row in range(7):
        for column in range(-3, 4):
            sx, sy = column * 0.13 + (row % 2) * 0.065, -0.3 + row * 0.115
            if abs(sx) < 0.4 - max(0.0, sy + 0.05) * 0.75:
                px, py = moved([(sx, sy)], x, y, turn, size)[0]
                seeds.append((px, py, size * 0.014))
    canvas.paint(canvas.discs([(px + 1, py + 2, r * 1.5) for px, py, r in seeds]), "#8a1020", 0.7)
    canvas.paint(canvas.discs(seeds), "#ffd98a")
    foot = moved([(0, -0.42)], x, y, turn, size)[0]
    leaves = [
        leaf(foot[0], foot[1], size * 0.3, size * 0.14, turn + 90 + a, 0.25)
        for a in (-105, -72, -36, 0, 36, 72, 105)
    ]
    canvas.shadow(canvas.polygons(leaves), 2, 5, 3, "#6d0d1a", 0.5)
    canvas.paint(canvas.polygons(leaves), "#4c8a34")
    canvas.paint(canvas.polygons(leaves[::2]), "#66a544")
    stalk = moved(smooth([(0, -0.42), (0.01, -0.54), (0.06, -0.64)], False), x, y, turn, size)
    canvas.paint(canvas.line(stalk, size * 0.03), "#5f9a3f")
    canvas.screen(
        canvas.ellipse(*xy(moved([(-0.2, -0.16)], x, y, turn, size)), size * 0.05, size * 0.13, turn + 20, 6),
        "#ffffff",
        0.4,
    )
