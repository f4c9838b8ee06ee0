"""Animals on land: a fox, a cat, a butterfly, a ladybird."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, lighter, mix, ramp
from tools.samples.fruit import body
from tools.samples.paths import (
    Path,
    leaf,
    moved,
    points,
    ribbon,
    rows,
    smooth,
    symmetric,
    xy,
)
from tools.samples.sample import Sample


def fox() -> Image.Image:
    """A fox sits in falling snow."""
    canvas = Canvas(900, 1200, "#cfdbe6", seed=933)
    canvas.fill(canvas.sky("#a9c0d6", "#d3dfe9", "#f0eeea"))
    for level, share, size in ((724, 0.72, (140, 280)), (764, 0.5, (200, 350))):
        wood = trees.forest(canvas.rng, canvas.ridge(level, 20, 400, 3), 52, size, 0.36)
        canvas.paint(canvas.polygons(wood), mix("#23465a", "#d3dfe9", share))
    snow = canvas.below(canvas.ridge(752, 22, 500, 3))
    canvas.paint(snow, ramp((canvas.y - 740) / 460, "#f7f6f4", "#e3e9f0", "#bccbdc"))
    canvas.multiply(canvas.ellipse(560, 1075, 300, 44, 0, 50), "#6f86ad", 0.55)
    _fox_body(canvas)
    _fox_head(canvas)
    flakes = [(*canvas.rng.uniform((0, 0), (900, 1200)), 1 + canvas.rng.exponential(1.7)) for _ in range(300)]
    canvas.paint(canvas.discs(flakes), "#ffffff", 0.95)
    return canvas.print()


_RUST, _DEEP, _WHITE, _DARK = "#e0702c", "#a8431c", "#fbf3e6", "#33222a"


def _fox_body(canvas: Canvas) -> None:
    tail = ribbon(
        smooth(points("560,1060 700,1066 766,960 720,850 660,800"), False),
        150 * np.sin(np.linspace(0.25, 3.05, 57)) ** 0.7 + 6,
    )
    canvas.paint(canvas.polygon(tail), ramp((canvas.x - 560) / 240, _RUST, _DEEP))
    tip = canvas.polygon(tail) * np.clip((880 + 12 * np.sin(canvas.x / 9) - canvas.y), 0, 1)
    canvas.paint(tip, _WHITE)
    trunk = smooth(points("450,560 560,640 610,820 620,1000 580,1078 330,1078 300,1000 320,800 350,640"))
    mask = canvas.polygon(trunk)
    canvas.paint(mask, ramp((canvas.x - 300) / 330, lighter(_RUST, 0.1), _RUST, _DEEP))
    chest = smooth(points("450,590 520,680 512,800 450,900 390,800 380,680"))
    canvas.paint(canvas.polygon(chest), _WHITE)
    for x in (396, 500):
        leg = canvas.box(x - 36, 820, x + 36, 1084, 34)
        canvas.paint(leg, ramp((canvas.y - 820) / 260, _RUST, _DEEP, _DARK, _DARK, at=(0, 0.4, 0.62, 1)))
        canvas.paint(canvas.ellipse(x - 4, 1074, 46, 22), _DARK)
    shade = light.stippled(mask * np.clip((canvas.x - 430) / 260, 0, 1) * 0.8, canvas.rng)
    canvas.paint(shade, darker(_DEEP, 0.3), 0.4)


def _fox_head(canvas: Canvas) -> None:
    for side in (-1, 1):
        outer = np.array([(40, -110), (150, -250), (176, -60)]) * (side, 1) + (450, 470)
        inner = np.array([(72, -110), (142, -208), (150, -80)]) * (side, 1) + (450, 470)
        canvas.paint(canvas.polygon(smooth(outer, steps=1)), _DARK)
        canvas.paint(canvas.polygon(outer * 0.94 + (27, 28)), _RUST)
        canvas.paint(canvas.polygon(inner), "#5a2f2c")
    face = moved(
        smooth(symmetric(points("0,352 74,350 146,400 188,488 196,522 120,580 44,646 0,670"))[:-1]), 450
    )
    head = canvas.polygon(face)
    canvas.shadow(head, 0, 22, 20, "#7a3a1c", 0.45)
    canvas.paint(head, ramp((canvas.y - 340) / 300, lighter(_RUST, 0.12), _RUST, _DEEP))
    for side in (-1, 1):
        cheek = points("210,524 150,500 92,528 40,596 0,606 0,676 44,652 124,590") * (side, 1) + (450, 0)
        canvas.paint(canvas.polygon(cheek) * head, _WHITE)
        eye = leaf(450 + side * 52, 512, 62, 34, 0 if side > 0 else 180, -0.3 * side)
        canvas.paint(canvas.polygon(eye), _DARK)
        canvas.paint(canvas.disc(450 + side * 80, 502, 6), "#ffffff")
    canvas.paint(canvas.ellipse(450, 650, 30, 22), _DARK)
    canvas.screen(canvas.ellipse(442, 642, 8, 5), "#ffffff", 0.6)


def cat() -> Image.Image:
    """A black cat on the window sill at dusk."""
    canvas = Canvas(900, 1200, "#3a2f4f", seed=937)
    canvas.fill(ramp(canvas.y / 1200, "#4a3f66", "#32294a"))
    pane = canvas.box(130, 90, 770, 950)
    canvas.paint(canvas.box(100, 60, 800, 980), "#221b36")
    canvas.paint(pane, canvas.sky("#3f3f7a", "#a85f86", "#f08a62", "#fbc67a", bottom=900))
    canvas.paint(canvas.disc(610, 650, 64, 1.5) * pane, "#fff0c0")
    x, outline = 100.0, [(100.0, 1000.0)]
    while x < 800:
        width, top = canvas.rng.uniform(50, 110), 830 - canvas.rng.uniform(0, 170)
        outline += [(x, top), (x + width * 0.5, top - canvas.rng.choice([0, 34])), (x + width, top)]
        x += width
    canvas.paint(canvas.polygon([*outline, (900, 1000)]) * pane, "#5a3560")
    canvas.paint(canvas.lines([[(450, 90), (450, 950)], [(130, 470), (770, 470)]], 20), "#221b36")
    fur = "#15121f"
    trunk = smooth(points("330,520 420,610 470,760 480,900 440,968 250,968 214,900 230,740 262,620"))
    tail = ribbon(
        smooth(points("450,950 560,960 640,1010 660,1100 600,1130"), False), np.linspace(46, 22, 57)
    )
    head = canvas.ellipse(322, 500, 108, 94)
    ears = [[(226, 470), (222, 350), (300, 420)], [(344, 420), (420, 350), (420, 470)]]
    canvas.paint(canvas.box(60, 950, 840, 1010, 4), ramp((canvas.y - 950) / 60, "#8a6a86", "#54406a"))
    shape = np.maximum.reduce([canvas.polygon(trunk), head, canvas.polygons(ears), canvas.polygon(tail)])
    canvas.paint(shape, fur)
    rim = light.crescent(shape, -9, 7, 6) * np.clip(1.1 - canvas.y / 1000, 0, 1)
    canvas.screen(rim, "#ffb27a", 0.85)
    for dx in (-42, 44):
        canvas.paint(canvas.polygon(leaf(322 + dx - 30, 500, 60, 40, 0, 0, 0.5)), "#f6d24a")
        canvas.paint(canvas.ellipse(322 + dx, 500, 6, 17), "#120c14")
    canvas.paint(canvas.polygon(smooth([(312, 536), (332, 536), (322, 548)], steps=3)), "#c9788a")
    whiskers = [
        [(322 + s * 30, 548 + k * 9), (322 + s * 132, 534 + k * 22)] for s in (-1, 1) for k in range(3)
    ]
    canvas.paint(canvas.lines(whiskers, 1.6), "#b9a9c4", 0.7)
    pot = points("610,850 730,850 712,952 628,952")
    fronds = [leaf(670, 860, 150, 34, a, (a + 90) / 300) for a in (-150, -125, -100, -80, -55, -30)]
    canvas.paint(canvas.polygons(fronds), "#1f2f3a")
    canvas.paint(canvas.polygon(pot), ramp((canvas.x - 610) / 120, "#a8524a", "#6a2f44"))
    return canvas.print(vignette=0.08)


def butterfly() -> Image.Image:
    """A monarch with its wings spread."""
    canvas = Canvas(1200, 1000, "#eadfc6", seed=943)
    canvas.fill(ramp((canvas.x + canvas.y) / 2200, "#f3ead4", "#e6d8ba"))
    upper = smooth(points("14,-20 60,-170 230,-330 430,-380 500,-320 450,-160 330,-30 150,20"))
    lower = smooth(points("14,10 160,30 320,60 370,170 300,300 180,330 80,230 24,110"))
    for side in (-1, 1):
        _butterfly_wings(canvas, side, upper, lower)
    trunk = canvas.polygon(
        moved(smooth(symmetric(points("0,-140 22,-120 20,-60 26,0 18,120 10,210 0,226"))[:-1]), 600, 480)
    )
    canvas.paint(trunk, ramp(light.rounded(trunk, 22), "#120b10", "#2c2026", "#6a5a5a"))
    dots = [(600 + s * 10, 480 + y, 3.5) for s in (-1, 1) for y in range(-112, -20, 22)]
    canvas.paint(canvas.discs(dots), "#fbf3e2")
    return canvas.print(paper=0.03)


def _butterfly_wings(canvas: Canvas, side: int, upper: Path, lower: Path) -> None:
    """The two wings of one side, and its feeler."""
    wings = [outline * (side, 1) + (600, 480) for outline in (upper, lower)]
    both = canvas.polygons(wings)
    canvas.shadow(both, 26, 40, 26, "#6a5a4a", 0.45)
    canvas.paint(both, "#1f1518")
    inner = [
        moved(outline * (side, 1), 600, 480) for outline in (upper * 0.9 + (14, -8), lower * 0.88 + (12, 10))
    ]
    cells = canvas.polygons(inner)
    canvas.paint(cells, ramp(canvas.distance(600, 480) / 560, "#f7a62e", "#ee7a1c", "#d9531a"))
    veins = [
        [(600, 470), (600 + side * px, 480 + py)]
        for px, py in points(
            "240,-340 350,-370 440,-350 470,-250 420,-130 330,-30 330,70 370,160 320,270 220,330 110,260"
        )
    ]
    canvas.paint(canvas.lines(veins, 9) * both, "#1f1518")
    tip = (
        canvas.polygon(points("330,-420 540,-420 540,-150 470,-220 380,-300") * (side, 1) + (600, 480)) * both
    )
    canvas.paint(tip, "#1f1518", 0.95)
    table = rows(
        "400,-348,9 450,-322,10 478,-280,8 380,-310,13 432,-270,12 470,-230,7 "
        "450,-180,7 408,-120,6 356,110,6 366,160,7 350,214,7 318,262,7 276,298,7 "
        "226,314,6 176,312,6"
    )
    spots = [(600 + side * px, 480 + py, r) for px, py, r in table]
    canvas.paint(canvas.discs(spots), "#fbf3e2")
    feeler = smooth(points("4,-120 30,-220 86,-290"), False) * (side, 1) + (600, 480)
    canvas.paint(canvas.line(feeler, 5), "#1f1518")
    canvas.paint(canvas.disc(*xy(feeler, -1), 8), "#1f1518")


def ladybird() -> Image.Image:
    """A ladybird on a wet leaf."""
    canvas = Canvas(1200, 900, "#dfe8c4", seed=947)
    canvas.fill(ramp(canvas.noise(300, 3), "#cfdcae", "#e6edcc", "#f3f3dc"))
    big = leaf(-120, 700, 1500, 760, -12, 0.04)
    mask = canvas.polygon(big)
    canvas.shadow(mask, 10, 50, 40, "#7f9a5a", 0.6)
    canvas.paint(mask, ramp((canvas.y - 150) / 700, "#8fbf54", "#5f9f48", "#3a7a42", "#255f3a"))
    t = np.linspace(0, 1, 30)
    spine = moved(np.stack([t * 1500, 0.04 * 1500 * np.sin(np.pi * t / 2) ** 2], 1), -120, 700, -12)
    veins = [
        smooth([spine[k], spine[k] + (110, s * 130 - 20), spine[k] + (270, s * 300 - 20)], False)
        for k in range(3, 27, 3)
        for s in (-1, 1)
    ]
    canvas.paint(canvas.lines(veins, 4) * mask, "#b9dc86", 0.6)
    canvas.paint(canvas.line(spine, 10), "#c9e49a", 0.8)
    _beetle(canvas, 600, 430)
    for dx, dy, r in rows("-330,130,34 -260,-90,22 330,190,28 180,250,18 420,60,16 -420,240,20 -120,260,14"):
        x, y = 600 + dx, 430 + dy
        part = canvas.part(x, y, r * 2)
        drop = part.disc(x, y, r)
        part.shadow(drop, 4, 7, 6, "#123018", 0.6)
        part.screen(drop * np.clip((part.y - y + r) / (2 * r), 0, 1), "#dff2b4", 0.6)
        part.paint(part.disc(x - r * 0.35, y - r * 0.4, r * 0.2, r * 0.2), "#ffffff", 0.95)
    return canvas.print()


def _beetle(canvas: Canvas, x: float, y: float) -> None:
    legs = [
        smooth(
            [(x + dx, y + dy), (x + dx * 1.5 + s * 40, y + dy * 1.2), (x + dx * 1.7 + s * 30, y + dy * 1.5)],
            False,
        )
        for dx, dy, s in rows("-100,120,-1 20,150,0 140,110,1 -100,-130,-1 20,-160,0 140,-120,1")
    ]
    canvas.paint(canvas.lines(legs, 15), "#1a1418")
    shell = canvas.ellipse(x, y, 210, 168, -8)
    canvas.shadow(shell, 30, 46, 24, "#123018", 0.65)
    canvas.paint(canvas.ellipse(x + 196, y - 28, 74, 86, -8), "#1a1418")
    canvas.paint(
        canvas.ellipse(x + 168, y - 24, 66, 118, -8),
        ramp((canvas.y - y + 120) / 240, "#3f363c", "#1a1418", "#0d0a0c"),
    )
    for sy in (-74, 48):
        canvas.paint(canvas.ellipse(x + 190, y + sy - 6, 24, 22), "#fbf3e2")
    feelers = [
        smooth([(x + 256, y - 50 + k), (x + 300, y - 90 + 2.4 * k), (x + 336, y - 92 + 3 * k)], False)
        for k in (-10, 34)
    ]
    canvas.paint(canvas.lines(feelers, 7), "#1a1418")
    body(canvas, shell, 168, ("#5a0a14", "#a8141f", "#d8241f", "#ee4630", "#ff9a7a"))
    canvas.paint(canvas.line(smooth([(x - 208, y + 30), (x, y + 2), (x + 150, y - 18)], False), 7), "#2a0a10")
    table = rows("120,-16,30 40,-84,32 58,74,32 -70,-96,30 -50,92,30 -140,-34,24 -130,62,24")
    canvas.paint(canvas.discs([(x + dx, y + dy, r) for dx, dy, r in table]) * shell, "#1a1014", 0.95)
    canvas.screen(canvas.ellipse(x - 50, y - 96, 66, 22, -24, 24), "#fff0e4", 0.7)


_ANIMAL = ("animal",)
SAMPLES = (
    Sample("fox", "Fox in the snow", "It waits until we have gone.",
           (*_ANIMAL, "fox", "snow", "winter", "orange"), fox),
    Sample("cat", "Cat on the window sill", "Evening, and somebody is late.",
           (*_ANIMAL, "cat", "window", "dusk", "black"), cat),
    Sample("butterfly", "Monarch butterfly", "With its wings spread.",
           (*_ANIMAL, "butterfly", "insect", "orange"), butterfly),
    Sample("ladybird", "Ladybird", "Seven spots on a wet leaf.",
           (*_ANIMAL, "ladybird", "insect", "leaf", "red", "green"), ladybird),
)  # fmt: skip
