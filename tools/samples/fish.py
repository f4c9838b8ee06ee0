"""Life in the water: goldfish, a shoal, carp in a pond, a whale, jellyfish."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, darker, lighter, mix, ramp
from tools.samples.flowers import petal
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

_BODY = smooth(
    points(".5,.02 .4,-.1 .2,-.19 -.05,-.2 -.3,-.1 -.44,-.045 -.44,.05 -.28,.13 -.02,.22 .24,.19 .42,.11")
)
_TAIL = smooth(points("-.4,0 -.56,-.12 -.78,-.27 -.74,-.1 -.66,.01 -.75,.13 -.77,.29 -.55,.14"))
_BACK_FIN = smooth(points(".16,-.16 .02,-.33 -.18,-.3 -.24,-.11"))
_BELLY_FINS = (
    smooth(points(".1,.17 -.02,.34 -.12,.33 -.04,.18")),
    smooth(points("-.2,.13 -.32,.25 -.38,.2 -.32,.07")),
)
_SIDE_FIN = smooth(points(".16,.04 .04,.02 -.06,.1 .02,.15 .12,.1"))


def fish(
    canvas: Canvas,
    x: float,
    y: float,
    size: float,
    inks: tuple[str, str, str],
    turn: float = 0,
    left: bool = False,
) -> None:
    """A fish `size` px long that swims to the right (or left); inks are back, belly and fins."""
    canvas = canvas.part(x, y, size * 0.84, size * 0.5)
    back, belly, fins = inks

    def place(outline: Path) -> Path:
        return moved(mirrored(outline) if left else outline, x, y, turn, size)

    webs = canvas.polygons([place(f) for f in (_TAIL, _BACK_FIN, *_BELLY_FINS)])
    canvas.paint(
        webs, ramp(canvas.distance(x, y) / (size * 0.75), darker(fins, 0.15), fins, lighter(fins, 0.25)), 0.92
    )
    rays = [[(-0.42, 0.01 * k), (-0.76, 0.055 * k)] for k in range(-5, 6)] + [
        [(0.1 - 0.06 * k, -0.16), (0.02 - 0.07 * k, -0.31)] for k in range(5)
    ]
    canvas.paint(
        canvas.lines([place(np.array(r)) for r in rays], max(1, size / 220)) * webs, darker(fins, 0.4), 0.5
    )
    mask = canvas.polygon(place(_BODY))
    shade = light.rounded(mask, size * 0.18, (-0.2, -0.8, 0.6))
    side = (canvas.y - y) / (size * 0.4) + 0.5
    canvas.paint(mask, ramp(side, darker(back, 0.15), back, mix(back, belly, 0.6), belly))
    canvas.multiply(mask * np.clip(1 - shade, 0, 1) ** 1.5, darker(back, 0.5), 0.75)
    _scales(canvas, x, y, size, turn, mask, belly)
    gill = place(arc(0.2, 0.0, 0.16, -62, 62, steps=16))
    canvas.paint(canvas.line(gill, max(1.2, size / 110)) * mask, darker(back, 0.45), 0.7)
    web = canvas.polygon(place(_SIDE_FIN))
    canvas.paint(web, lighter(fins, 0.1), 0.9)
    eye, pupil = xy(place(points(".36,-.045"))), xy(place(points(".366,-.05")))
    canvas.paint(canvas.disc(*eye, size * 0.036), "#fbf3dc")
    canvas.paint(canvas.disc(*pupil, size * 0.023), "#15151d")
    canvas.paint(canvas.disc(pupil[0] - size * 0.008, pupil[1] - size * 0.008, size * 0.007), "#ffffff")


def _scales(canvas: Canvas, x: float, y: float, size: float, turn: float, mask: Field, belly: str) -> None:
    """Rows of half circles over the trunk."""
    angle, step = np.radians(turn), size * 0.055
    dx, dy = canvas.x - x, canvas.y - y
    u, v = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
    row = np.floor(v / step)
    fu = np.mod(u / step + 0.5 * np.mod(row, 2), 1) - 0.5
    away = np.sqrt(fu**2 + (v / step - row - 0.1) ** 2)
    trunk = mask * np.clip(1.4 - np.abs(u + size * 0.08) / (size * 0.24), 0, 1)
    canvas.screen((trunk * np.clip(1 - np.abs(away - 0.55) * 6, 0, 1)), belly, 0.35)


GOLD = ("#e8571f", "#fbb24a", "#f58a2e")


def goldfish() -> Image.Image:
    """One goldfish in a round bowl."""
    canvas = Canvas(1000, 1000, "#d7e4e0", seed=901)
    canvas.fill(ramp((canvas.x + canvas.y) / 2000, "#e9efe6", "#cfe0dd", "#aecbcd"))
    canvas.paint(canvas.below(850), ramp((canvas.y - 850) / 150, "#c79a78", "#dab08c"))
    canvas.multiply(canvas.ellipse(560, 892, 330, 46, 2, 44), "#5a3a3a", 0.55)
    inside = canvas.below(236) * (1 - canvas.below(884))
    glass = canvas.disc(500, 540, 360) * inside
    canvas.paint(glass, "#e6f2f0", 0.6)
    sea = glass * canvas.below(352) * canvas.disc(500, 540, 346)
    _bottom(canvas, sea)
    fish(canvas, 520, 590, 390, GOLD, -6)
    bubbles = [arc(640 + dx, 470 - dy, r, 0, 360) for dx, dy, r in ((60, 0, 12), (84, 46, 8), (56, 84, 6))]
    canvas.paint(canvas.lines(bubbles, 2.4), "#f2fbfa", 0.9)
    canvas.paint(canvas.ellipse(500, 352, 292, 22), "#d9f1ef", 0.7)
    canvas.paint(canvas.ring(500, 540, 357, 7) * inside, "#f6fbfa", 0.9)
    canvas.paint(canvas.ellipse(500, 238, 196, 22) - canvas.ellipse(500, 238, 182, 15), "#f6fbfa", 0.95)
    shine = canvas.polygon(
        ribbon(arc(500, 540, 312, 160, 236, steps=30), 26 * np.sin(np.linspace(0.1, 3.0, 30)) ** 0.6)
    )
    canvas.screen(light.blurred(shine, 4), "#ffffff", 0.7)
    return canvas.print(vignette=0.05)


def _bottom(canvas: Canvas, sea: Field) -> None:
    """The water in the bowl, with sand, pebbles and weeds."""
    canvas.paint(sea, ramp((canvas.y - 350) / 520, "#a4dbe0", "#58b3c4", "#2a8aa6"), 0.9)
    bed = sea * canvas.below(826 + 10 * np.sin(canvas.x[0] / 40))
    canvas.paint(bed, "#e9d3a2")
    stones = [
        (float(px), 836 + float(canvas.rng.uniform(0, 40)), float(canvas.rng.uniform(5, 13)))
        for px in canvas.rng.uniform(290, 710, 60)
    ]
    for k, colour in enumerate(("#d8a05a", "#c9c2b4", "#e2734a")):
        canvas.paint(canvas.discs(stones[k::3]) * sea, colour)
    for x, b, h in ((330, -40, 300), (370, 30, 380), (404, -20, 250), (690, 40, 260), (650, -24, 330)):
        weed = ribbon(
            smooth(
                [(x, 850), (x + b, 850 - h * 0.4), (x - b, 850 - h * 0.75), (x + b * 0.4, 850 - h)], False
            ),
            np.linspace(26, 3, 43),
        )
        canvas.paint(canvas.polygon(weed) * sea, ("#3f8a5a", "#2f6f4f")[x % 4 == 0])


def shoal() -> Image.Image:
    """Many blue fish and a red one."""
    canvas = Canvas(1200, 900, "#12507a", seed=903)
    canvas.fill(canvas.sky("#2f93b0", "#17628c", "#0c3a64", "#082748"))
    beams = canvas.polygons(
        [
            [(x, -20), (x + w, -20), (x + w - 260, 900), (x - 420, 900)]
            for x, w in points("420,60 640,110 900,70 1150,120")
        ]
    )
    canvas.screen(light.blurred(beams, 26) * np.clip(1 - canvas.y / 800, 0, 1), "#a9e6e6", 0.22)
    inks = (
        ("#2f7fa8", "#a9dbe0", "#5aa9c4"),
        ("#1f5f8f", "#7fc0d0", "#3f8fb4"),
        ("#4f9fb8", "#d3efe8", "#7fc0cc"),
    )
    spots = [(column * 224 + 20 + (row % 2) * 112, 90 + row * 146) for row in range(6) for column in range(6)]
    for k, (x, y) in enumerate(spots):
        red = k == 20
        dx, dy = canvas.rng.uniform(-16, 16, 2)
        colours = ("#d8322c", "#f79a5a", "#f0573f") if red else inks[k % 3]
        fish(
            canvas,
            x + dx,
            y + dy,
            200 if red else float(canvas.rng.uniform(142, 172)),
            colours,
            float(canvas.rng.uniform(-9, 9)),
            left=not red,
        )
    return canvas.print()


def carp() -> Image.Image:
    """Carp under water lilies, from above."""
    canvas = Canvas(900, 1200, "#1f4f52", seed=907)
    canvas.fill(ramp(canvas.noise(420, 4), "#0f3438", "#1d5355", "#2f7470"))
    for fish_x, fish_y, length, turn, patches in (
        (330, 420, 400, 62, "#e2482c"),
        (600, 700, 430, 228, "#e88a2c"),
        (300, 930, 330, -30, "#d8392f"),
    ):
        _carp(canvas, fish_x, fish_y, length, turn, patches)
    for x, y, r, spin in rows(
        "740,190,150,40 880,330,110,160 120,160,110,250 90,690,120,100 760,1030,160,300 560,1130,96,20"
    ):
        part = canvas.part(x, y, r * 1.6)
        pad = part.polygon(np.concatenate([[(x, y)], arc(x, y, r, spin + 14, spin + 346, steps=70)]))
        part.shadow(pad, 18, 26, 16, "#04191c", 0.6)
        part.paint(
            pad, ramp(part.distance(x - r * 0.4, y - r * 0.4) / (r * 1.7), "#a3c46a", "#5f9a58", "#2f6b4a")
        )
        veins = [
            [(x, y), (x + r * 0.94 * np.cos(a), y + r * 0.94 * np.sin(a))]
            for a in np.radians(np.arange(spin + 30, spin + 345, 26))
        ]
        part.paint(part.lines(veins, 2) * pad, "#cfe09a", 0.5)
    for x, y, size in ((700, 210, 86), (770, 1000, 78)):
        _water_lily(canvas.part(x, y, size * 1.4), x, y, size)
    rings = [arc(450, 250, r, 0, 360) for r in (40, 66, 96)]
    canvas.screen(canvas.lines(rings, 2.0), "#bfe0d8", 0.35)
    return canvas.print(vignette=0.08)


def _water_lily(canvas: Canvas, x: float, y: float, size: float) -> None:
    for ring, (count, reach, colour) in enumerate(
        ((9, 1.0, "#e98aa8"), (8, 0.78, "#f4b4c6"), (6, 0.5, "#fbdbe2"))
    ):
        petals = canvas.polygons(
            [
                moved(petal(size * reach, size * 0.36, 1.0), x, y, a + ring * 20)
                for a in np.arange(count) * 360 / count
            ]
        )
        canvas.shadow(petals, 3, 5, 6, "#5a2040", 0.4)
        canvas.paint(petals, ramp(canvas.distance(x, y) / (size * reach), lighter(colour, 0.3), colour))
    canvas.paint(
        canvas.discs([(x + 12 * np.cos(a), y + 12 * np.sin(a), 5) for a in np.arange(0, 6.3, 0.8)]),
        "#f2b92a",
    )


def _carp(canvas: Canvas, x: float, y: float, size: float, turn: float, patches: str) -> None:
    """A carp seen from above: white with coloured patches, its shadow on the ground of the pond."""
    canvas = canvas.part(x, y, size * 0.85)
    t = np.linspace(0, 1, 40)
    spine = np.stack([(0.5 - t) * size, 0.07 * size * np.sin(t * 5.0) * t], 1)
    width = (
        size * 0.2 * np.interp(t, [0, 0.06, 0.22, 0.4, 0.75, 0.92, 1], [0.3, 0.66, 0.98, 1, 0.5, 0.2, 0.16])
    )
    trunk = moved(ribbon(spine, width), x, y, turn)
    nose = moved(arc(0.49 * size, 0, size * 0.032, 0, 360), x, y, turn)
    end = spine[-1]
    fins = [leaf(end[0] + 6, end[1], size * 0.26, size * 0.09, 180 + s * 17, s * 0.2) for s in (-1, 1)]
    fins += [
        leaf(0.2 * size, s * size * 0.085, size * 0.2, size * 0.1, 180 - s * 52, s * 0.2) for s in (-1, 1)
    ]
    fins += [leaf(-0.12 * size, s * size * 0.06, size * 0.11, size * 0.06, 180 - s * 40, 0) for s in (-1, 1)]
    body = canvas.polygon(trunk, nose)
    webs = canvas.polygons([moved(f, x, y, turn) for f in fins])
    canvas.shadow(np.maximum(body, webs), 34, 46, 22, "#03161a", 0.6)
    canvas.paint(webs, "#f6ead8", 0.75)
    shade = light.rounded(body, size * 0.09)
    canvas.paint(body, ramp(shade, "#b9a99a", "#ece2d2", "#fffaf0"))
    marks = np.clip(canvas.noise(size * 0.26, 3, 0.4) * 14 - 7.4, 0, 1)
    canvas.paint(body * marks, ramp(shade, darker(patches, 0.35), patches, lighter(patches, 0.25)))
    canvas.paint(canvas.line(moved(spine[6:30], x, y, turn), size * 0.012), darker(patches, 0.3), 0.4)
    eyes = moved([(0.43 * size, -0.055 * size), (0.43 * size, 0.055 * size)], x, y, turn)
    canvas.paint(canvas.discs([(ex, ey, size * 0.013) for ex, ey in eyes]), "#1a1a22")


def whale() -> Image.Image:
    """A whale in the deep, where some light still comes."""
    canvas = Canvas(1400, 800, "#0c3a64", seed=911)
    canvas.fill(canvas.sky("#3fa3b8", "#1b6c94", "#0d3f6b", "#07254a"))
    table = points("340,50 560,120 820,70 1060,140")
    beams = [[(x, -20), (x + w, -20), (x + w - 160, 820), (x - 300, 820)] for x, w in table]
    rays = light.blurred(canvas.polygons(beams), 30) * np.clip(1 - canvas.y / 760, 0, 1)
    canvas.screen(rays, "#b4ece8", 0.25)
    _whale(canvas)
    places = canvas.rng.normal((210, 200, 7), (40, 90, 2.5), (26, 3))
    bubbles = [(x, y, max(2.0, r)) for x, y, r in places.tolist()]
    rims = canvas.discs(bubbles) - 0.7 * canvas.discs([(x, y, r * 0.8) for x, y, r in bubbles])
    canvas.screen(rims, "#d9f4f2", 0.8)
    for x, y in points("1080,620 1140,650 1190,610 1010,660 1250,660"):
        fish(canvas, x, y, 54, ("#173f63", "#3f7f9a", "#1f5276"), 4, left=True)
    return canvas.print(vignette=0.08)


def _whale(canvas: Canvas) -> None:
    """A great body with a grooved belly, one flipper, and barnacles on its back."""
    outline = smooth(
        points(
            "180,420 230,350 380,290 620,262 850,300 1010,350 1110,345 1190,270 1290,240 "
            "1250,320 1180,385 1230,450 1270,520 1160,480 1090,412 990,430 860,490 "
            "640,560 420,560 260,520"
        )
    )
    body = canvas.polygon(outline)
    canvas.shadow(body, 20, 60, 40, "#04203c", 0.5)
    canvas.paint(body, ramp((canvas.y - 270) / 300, "#6fa0b8", "#3f6f90", "#274d70", "#1f3d5f"))
    belly = canvas.polygon(smooth(points("184,430 330,470 560,480 780,460 700,560 420,572 250,525"))) * body
    canvas.paint(belly, ramp((canvas.x - 180) / 620, "#e3e9e4", "#b4c9d0", "#5f86a0"))
    grooves = [
        smooth([(200 + k * 8, 452 + k * 14), (400, 490 + k * 11), (700 - k * 24, 486 + k * 9)], False)
        for k in range(7)
    ]
    canvas.paint(canvas.lines(grooves, 3) * belly, "#5a7f98", 0.8)
    canvas.paint(canvas.line(smooth([(184, 424), (280, 446), (400, 436)], False), 5) * body, "#173552")
    canvas.multiply(light.crescent(body, -10, -60, 50), "#123459", 0.6)
    canvas.screen(light.crescent(body, 8, 46, 36) * np.clip(1 - (canvas.y - 260) / 140, 0, 1), "#cdeef0", 0.4)
    fin = smooth(points("500,505 560,520 580,620 540,720 490,680 470,580"))
    canvas.shadow(canvas.polygon(fin), 10, 10, 16, "#04203c", 0.4)
    canvas.paint(canvas.polygon(fin), ramp((canvas.y - 500) / 220, "#2f5a7c", "#5f8aa4"))
    canvas.paint(canvas.polygon(smooth(points("860,305 900,262 930,300 950,332"))), "#31587a")
    canvas.paint(canvas.disc(404, 418, 9), "#0a1a2c")
    canvas.paint(canvas.ring(404, 418, 14, 3), "#86adc0", 0.6)
    spots = canvas.rng.normal((420, 345, 2.2), (130, 34, 0.6), (90, 3)).tolist()
    canvas.paint(canvas.discs([(x, y, abs(r)) for x, y, r in spots]) * body, "#c3dbe0", 0.5)


def jellyfish(ground: tuple[str, ...], inks: tuple[str, str, str], seed: int) -> Image.Image:
    """Jellyfish that shine in dark water."""
    canvas = Canvas(900, 1200, ground[0], seed)
    canvas.fill(canvas.sky(*ground))
    specks = [(*canvas.rng.uniform((0, 0), (900, 1200)), canvas.rng.uniform(0.8, 2.6)) for _ in range(160)]
    canvas.screen(canvas.discs(specks), inks[1], 0.5)
    for x, y, size, turn in (
        (700, 240, 90, 14),
        (190, 330, 70, -20),
        (720, 850, 120, -10),
        (420, 480, 230, 6),
    ):
        _jelly(canvas, x, y, size, turn, inks)
    return canvas.print(vignette=0.08)


def _jelly(canvas: Canvas, x: float, y: float, size: float, turn: float, inks: tuple[str, str, str]) -> None:
    dark, bright, pale = inks
    canvas.glow(x, y, size * 2.6, bright, 0.35)
    threads, veils = [], []
    for k, at in enumerate(np.linspace(-0.8, 0.8, 15)):
        t = np.linspace(0, 1, 30)
        sway = 0.16 * np.sin(t * 7 + k * 1.3) * t
        length = 1.7 + 0.9 * np.cos(at * 2) + 0.3 * canvas.rng.random()
        threads.append(moved(np.stack([at * (1 - 0.25 * t) + sway, 0.1 + t * length], 1), x, y, turn, size))
    for k, at in enumerate((-0.3, -0.1, 0.12, 0.3)):
        t = np.linspace(0, 1, 30)
        spine = np.stack([at + 0.14 * np.sin(t * 9 + k) * t, 0.05 + t * 1.6], 1)
        veils.append(
            moved(ribbon(spine, 0.2 * (1 - t) + 0.05 * np.abs(np.sin(t * 22)) + 0.01), x, y, turn, size)
        )
    canvas.screen(canvas.lines(threads, max(1.4, size / 90)), bright, 0.7)
    canvas.screen(canvas.polygons(veils), pale, 0.42)
    skirt = points("1,.1 .84,.2 .67,.12 .5,.22 .33,.13 .17,.23 0,.14")
    outline = smooth(symmetric([(0, -0.86), (0.5, -0.76), (0.88, -0.38), *skirt])[:-1])
    bell = canvas.polygon(moved(outline, x, y, turn, size))
    shade = light.rounded(bell, size * 0.7, (-0.3, -0.8, 0.5))
    canvas.paint(bell, ramp(shade, dark, mix(dark, bright, 0.6), bright, pale), 0.72)
    canvas.screen(light.crescent(bell, 0, -size * 0.16, size * 0.14), pale, 0.65)
    ribs = [
        moved(smooth([(0, -0.84), (at * 0.8, -0.5), (at, 0.08)], False), x, y, turn, size)
        for at in np.linspace(-0.84, 0.84, 9)
    ]
    canvas.screen(canvas.lines(ribs, max(1.2, size / 80)) * bell, pale, 0.4)
    hearts = [moved(arc(at, -0.3, 0.12, 0, 360, 0.8), x, y, turn, size) for at in (-0.4, -0.13, 0.14, 0.4)]
    canvas.screen(light.blurred(canvas.polygons(hearts) * bell, size / 30), pale, 0.6)


_WATER = ("animal", "water")
SAMPLES = (
    Sample("goldfish", "Goldfish", "One goldfish in a round bowl.",
           ("fish", "goldfish", *_WATER, "orange"), goldfish),
    Sample("shoal", "Against the stream", "Thirty-five blue fish and a red one.",
           ("fish", "sea", *_WATER, "blue", "red"), shoal),
    Sample("carp", "Carp under water lilies", "A pond in a temple garden.",
           ("fish", "pond", *_WATER, "water lily", "green"), carp),
    Sample("whale", "Whale", "It passes without a sound.", ("whale", "sea", *_WATER, "blue"), whale),
    Sample("jellyfish", "Jellyfish, violet", "They shine by themselves.",
           ("jellyfish", "sea", *_WATER, "purple", "dark"),
           partial(jellyfish, ("#23104a", "#150b38", "#0a0620"), ("#5a1f8a", "#e86ad0", "#ffd6f2"), 915)),
    Sample("jellyfish-in-blue", "Jellyfish, blue", "The same dance in cold water.",
           ("jellyfish", "sea", *_WATER, "blue", "dark"),
           partial(jellyfish, ("#0a3a5f", "#072446", "#04122a"), ("#0f5f8f", "#4fd0e0", "#e0fbff"), 915)),
)  # fmt: skip
