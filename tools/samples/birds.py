"""Birds: an owl, flamingos, penguins."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import lighter, ramp
from tools.samples.fruit import body, draw_leaf
from tools.samples.hills import stars
from tools.samples.paths import (
    Path,
    arc,
    leaf,
    mirrored,
    moved,
    points,
    ribbon,
    rows,
    smooth,
    symmetric,
    xy,
)
from tools.samples.sample import Sample


def owl() -> Image.Image:
    """An owl on a branch before the moon."""
    canvas = Canvas(900, 1200, "#0c1836", seed=931)
    canvas.fill(canvas.sky("#081230", "#1a2f5f", "#3f5688"))
    stars(canvas, 240, 1100)
    canvas.glow(450, 480, 560, "#f3e6c0", 0.4)
    canvas.paint(canvas.disc(450, 480, 330, 1.5), ramp(canvas.noise(240, 5), "#dccfa8", "#f3e8c8", "#fbf4de"))
    branch = ribbon(smooth(points("-30,960 260,930 560,950 940,890"), False), np.linspace(64, 30, 43))
    canvas.paint(canvas.polygon(branch), ramp((canvas.y - 890) / 110, "#5a4038", "#2c1e22"))
    for x, y, a in rows("700,920,-60 780,912,-30 640,950,60 150,930,-120 90,960,100 850,900,40"):
        draw_leaf(canvas, x, y, 120, a, "#2f4a3f")
    tail = [leaf(450 + d, 880, 190, 60, 90 - d * 0.3) for d in (-40, 0, 40)]
    canvas.paint(canvas.polygons(tail), "#4f3526")
    trunk = smooth(symmetric(points("0,330 120,350 196,450 214,620 190,790 110,910 0,940"))[:-1])
    trunk = moved(trunk, 450)
    mask = canvas.polygon(trunk)
    body(canvas, mask, 190, ("#3a261c", "#6a4832", "#8f6644", "#b48a5c", "#d9b988"))
    chest = canvas.ellipse(450, 720, 130, 190)
    canvas.paint(chest, "#e6cfa4")
    for row in range(7):
        y = 590 + row * 46
        feathers = [arc(450 + dx, y, 27, 0, 180, 1.15) for dx in range(-160 + (row % 2) * 20, 200, 40)]
        canvas.paint(canvas.polygons(feathers) * chest, ("#b98a58", "#a37448")[row % 2], 0.75)
        canvas.paint(canvas.lines([f[12:36] for f in feathers], 2) * chest, "#6a4630", 0.7)
    _owl_wings(canvas)
    _owl_face(canvas)
    claws = [canvas.box(450 + d - 11, 900, 450 + d + 11, 962, 11) for d in (-104, -78, -52, 52, 78, 104)]
    canvas.paint(np.maximum.reduce(claws), "#c99a3c")
    return canvas.print()


def _owl_wings(canvas: Canvas) -> None:
    for side in (-1, 1):
        outline = points("0,0 60,60 78,200 40,330 -14,390 -50,250 -48,90")
        wing = moved(smooth(outline * (side, 1)), 450 + side * 166, 520)
        part = canvas.polygon(wing)
        canvas.shadow(part, 0, 8, 12, "#1c120e", 0.5)
        canvas.paint(part, ramp((canvas.y - 520) / 390, "#7a5438", "#5a3c2a", "#3f2a20"))
        bars = [
            smooth([(450 + side * 110, y), (450 + side * 170, y + 26), (450 + side * 250, y + 6)], False)
            for y in range(580, 880, 44)
        ]
        canvas.paint(canvas.lines(bars, 6) * part, "#c49a68", 0.7)
        ear = [(450 + side * 60, 360), (450 + side * 150, 270), (450 + side * 184, 430)]
        canvas.paint(canvas.polygon(ear), "#5a3c2a")


def _owl_face(canvas: Canvas) -> None:
    """Two discs of feathers around the eyes, and the beak."""
    for side in (-1, 1):
        x = 450 + side * 84
        disc = canvas.ellipse(x, 470, 106, 112, side * 10)
        canvas.paint(disc, ramp(canvas.distance(x, 470) / 112, "#f3e3c0", "#e2c594", "#a3774c"))
        rays = [
            [(x + 56 * np.cos(a), 470 + 56 * np.sin(a)), (x + 98 * np.cos(a), 470 + 100 * np.sin(a))]
            for a in np.linspace(0, 6.28, 40)
        ]
        canvas.paint(canvas.lines(rays, 2), "#9a7048", 0.5)
        canvas.paint(canvas.disc(x, 470, 58), "#3a261c")
        canvas.paint(
            canvas.disc(x, 470, 51), ramp(canvas.distance(x, 470) / 51, "#f09a1c", "#fbc12e", "#f7a61f")
        )
        canvas.paint(canvas.disc(x, 470, 28), "#120c10")
        canvas.paint(canvas.disc(x - 11, 459, 9), "#ffffff")
    beak = points("450,490 476,520 450,574 424,520")
    canvas.paint(canvas.polygon(smooth(beak, steps=5)), "#d9a83f")


def _flamingo(canvas: Canvas, x: float, foot: float, size: float, left: bool) -> None:
    """A flamingo on one leg."""
    pink, deep, pale = "#f0788a", "#c8405f", "#fbb9b8"

    def place(path: Path) -> Path:
        return moved(mirrored(path) if left else path, x, foot, 0, size)

    legs = (points("0,-.46 -.02,-.2 0,0"), points(".05,-.46 .17,-.3 .02,-.26"))
    canvas.paint(canvas.lines([place(leg) for leg in legs], size * 0.017), deep)
    canvas.paint(canvas.line(place(points("-.01,0 .07,0")), size * 0.016), deep)
    neck = smooth(points(".14,-.6 .28,-.66 .3,-.8 .16,-.9 .12,-1.03 .21,-1.1 .29,-1.07"), False)
    canvas.paint(
        canvas.polygon(place(ribbon(neck, np.linspace(0.1, 0.052, len(neck))))),
        ramp((canvas.y - foot) / size + 1.1, pale, pink),
    )
    canvas.paint(canvas.disc(*xy(place(points(".275,-1.075"))), size * 0.048), pale)
    bill = smooth(points(".305,-1.1 .37,-1.075 .385,-1 .35,-.98 .335,-1.03 .29,-1.045"), steps=5)
    canvas.paint(canvas.polygon(place(bill)), "#f7e6da")
    canvas.paint(
        canvas.polygon(place(smooth(points(".378,-1.06 .385,-1 .35,-.98 .35,-1.02"), steps=4))), "#2a2028"
    )
    canvas.paint(canvas.disc(*xy(place(points(".28,-1.085"))), size * 0.0085), "#2a2028")
    trunk = smooth(points(".18,-.62 .06,-.74 -.14,-.7 -.34,-.54 -.2,-.46 .02,-.42 .16,-.5"))
    mask = canvas.polygon(place(trunk))
    canvas.paint(mask, ramp((canvas.y - foot) / size * 2.6 + 1.95, pale, pink, deep))
    for k, tone in enumerate((deep, pink, pale)):
        plumes = [
            leaf(0.06 - 0.03 * j, -0.66 + 0.045 * k + 0.02 * j, 0.36 - 0.05 * k, 0.07, 158 - 7 * j, -0.1)
            for j in range(4)
        ]
        canvas.paint(canvas.polygons([place(p) for p in plumes]), tone, 0.9)


def flamingos() -> Image.Image:
    """Two flamingos in shallow water."""
    canvas = Canvas(900, 1200, "#bfe0dc", seed=941)
    canvas.fill(canvas.sky("#f6d9b8", "#f3c9b8", "#c4d8d4", bottom=700))
    canvas.paint(canvas.disc(300, 280, 120, 1.5), "#f58a5a")
    for level, colour in ((640, "#a9c4b8"), (672, "#86ada4")):
        canvas.paint(canvas.below(canvas.ridge(level, 18, 300, 5)), colour)
    pool = canvas.below(700)
    canvas.paint(pool, ramp((canvas.y - 700) / 500, "#bcdcd8", "#6fb5b8", "#2f7f90"))
    streaks = np.clip(canvas.noise((7, 230), 3) * 6 - 4, 0, 1) * pool
    canvas.paint(streaks, "#f3efe0", 0.45)
    for x, foot, size, left in ((210, 900, 450, False), (540, 1075, 700, False)):
        for k in range(3):
            canvas.screen(
                canvas.ellipse(x, foot, size * (0.08 + 0.06 * k), size * (0.016 + 0.012 * k))
                - canvas.ellipse(x, foot, size * (0.074 + 0.06 * k), size * (0.013 + 0.012 * k)),
                "#ffffff",
                0.6,
            )
        canvas.paint(
            light.blurred(canvas.ellipse(x - size * 0.05, foot + size * 0.1, size * 0.24, size * 0.035), 8),
            "#f08a96",
            0.4,
        )
        _flamingo(canvas, x, foot, size, left)
    reeds = [
        ribbon(smooth([(x, 1230), (x + b * 0.4, 1100), (x + b, 1230 - h)], False), np.linspace(12, 1, 29))
        for x, b, h in rows("40,60,420 80,-20,520 120,40,350 10,30,300 850,-60,380 880,-20,480")
    ]
    canvas.paint(canvas.polygons(reeds), "#2f6658")
    return canvas.print(paper=0.018)


def penguins() -> Image.Image:
    """A family on the ice."""
    canvas = Canvas(1200, 900, "#bcdcea", seed=953)
    canvas.fill(canvas.sky("#7fb3d3", "#bfdcea", "#f3ecdf", bottom=560))
    canvas.paint(canvas.disc(930, 300, 60, 1.5), "#fff3d0")
    for x, top, half in ((220, 360, 260), (1010, 420, 230), (640, 440, 180)):
        berg = np.array(
            [
                (x - half, 570),
                (x - half * 0.6, top + 60),
                (x - half * 0.2, top),
                (x + half * 0.3, top + 46),
                (x + half, 570),
            ]
        )
        canvas.paint(canvas.polygon(berg), ramp((canvas.y - top) / 210, "#ffffff", "#cfe6ef"))
        canvas.paint(canvas.polygon([berg[2], berg[3], berg[4], (x + half * 0.1, 570)]), "#9cc6da", 0.7)
    canvas.paint(canvas.below(560), ramp((canvas.y - 560) / 120, "#4f9fbf", "#2f7fa6"))
    ice = canvas.below(canvas.ridge(668, 18, 420, 4))
    canvas.paint(ice, ramp((canvas.y - 650) / 250, "#ffffff", "#e6eff4", "#bcd3e2"))
    for x, foot, size in ((360, 800, 470), (680, 826, 500), (880, 820, 230), (1010, 812, 200)):
        _penguin(canvas, x, foot, size, size < 300)
    return canvas.print()


def _penguin(canvas: Canvas, x: float, foot: float, size: float, chick: bool) -> None:
    """A king penguin, or a chick in grey down, that stands at (x, foot)."""
    coat, feet, bib, beak = (
        ("#8f9aa3", "#4a4f58", "#dfe4e6", "#2a2a32")
        if chick
        else ("#1f2733", "#e88a2c", "#f2c14e", "#ef8a3a")
    )
    shadow = canvas.ellipse(x + size * 0.2, foot, size * 0.32, size * 0.04, 0, size * 0.05)
    canvas.multiply(shadow, "#5f86ad", 0.6)
    for side in (-1, 1):
        canvas.paint(canvas.ellipse(x + side * size * 0.1, foot - 2, size * 0.09, size * 0.03), feet)
    trunk = smooth(symmetric(points("0,-1 .1,-.97 .14,-.86 .15,-.74 .24,-.56 .27,-.3 .2,-.06 0,0"))[:-1])
    mask = canvas.polygon(moved(trunk, x, foot, 0, size))
    canvas.paint(mask, coat)
    front = smooth(symmetric(points("0,-.74 .1,-.7 .19,-.5 .2,-.28 .14,-.06 0,-.03"))[:-1])
    belly = canvas.polygon(moved(front, x - size * 0.015, foot, 0, size))
    canvas.paint(belly, ramp((canvas.y - foot) / size + 0.75, bib, "#fdfaf2", "#f0f0ec", at=(0, 0.22, 1)))
    canvas.multiply(light.crescent(mask, -size * 0.1, 0, size * 0.08), "#5f7090", 0.5)
    for side in (-1, 1):
        shoulder = (x + side * size * 0.19, foot - size * 0.68)
        wing = leaf(*shoulder, size * 0.44, size * 0.12, 90 - side * 14, side * -0.05)
        canvas.paint(canvas.polygon(wing), lighter(coat, 0.12))
        if not chick:
            cheek = (x + side * size * 0.1, foot - size * 0.84)
            canvas.paint(canvas.ellipse(*cheek, size * 0.035, size * 0.07, side * 12), "#f2a72e")
    if chick:
        canvas.paint(canvas.ellipse(x, foot - size * 0.86, size * 0.11, size * 0.09), "#fdfaf2")
    eyes = [(x + side * size * 0.055, foot - size * 0.9, size * 0.016) for side in (-1, 1)]
    canvas.paint(canvas.discs(eyes), "#12141a" if chick else "#ffffff")
    canvas.paint(canvas.polygon(moved(points("-.03,-.875 .03,-.875 0,-.8"), x, foot, 0, size)), beak)


_BIRD = ("animal", "bird")
SAMPLES = (
    Sample("owl", "Owl and moon", "It has heard something.", (*_BIRD, "owl", "night", "moon"),
           owl),
    Sample("flamingos", "Two flamingos", "Each on one leg.",
           (*_BIRD, "flamingo", "water", "pink"), flamingos),
    Sample("penguins", "Penguin family", "Two parents, two chicks, much ice.",
           (*_BIRD, "penguin", "snow", "winter"), penguins),
)  # fmt: skip
