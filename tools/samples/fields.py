"""Fields that run to the horizon: lavender, tulips, wheat, and terraces of rice."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import Field, mix, ramp
from tools.samples.hills import cloud
from tools.samples.paths import moved, points
from tools.samples.sample import Sample


def _rows(canvas: Canvas, horizon: float, vanish: float, spacing: float) -> tuple[Field, Field, Field]:
    """Planted rows in perspective: place within the row (-1…1), number of the row, and nearness 0…1."""
    near = np.clip((canvas.y - horizon) / (canvas.height - horizon), 1e-3, 1)
    across = (canvas.x - vanish) / near / spacing
    number = np.floor(across + 0.5)
    return ((across - number) * 2), number, near * np.ones_like(canvas.x)


def _bushes(canvas: Canvas, near: Field) -> Field:
    """Noise that shrinks towards the horizon, 0…1: what makes a strip of colour a row of plants."""
    texture = canvas.noise((14, 16), 3, 0.7)
    rows = np.clip(np.sqrt(near[:, 0]) * canvas.height * 0.98, 0, canvas.height - 1).astype(int)
    bushes: Field = texture[rows]
    return bushes


def lavender() -> Image.Image:
    canvas = Canvas(1200, 850, "#000000", seed=14)
    horizon = 330
    canvas.fill(canvas.sky("#7f86c4", "#d7a3bd", "#f8c7a0", "#fde6bf", bottom=horizon))
    canvas.glow(770, 300, 420, "#fff1c8", 0.6)
    canvas.paint(canvas.disc(770, 292, 40, 1.5), "#fff6da")
    for level, colour in ((292, "#b79bb8"), (312, "#8d7ba4")):
        canvas.paint(canvas.below(canvas.ridge(level, 26, 400, 5)), colour)
    place, _, near = _rows(canvas, horizon, 640, 150)
    plants = _bushes(canvas, near)
    hump = np.clip(1.12 - np.abs(place) * 1.32 + (plants - 0.5) * 0.7, 0, 1)
    field = canvas.below(horizon)
    tone = np.clip(hump * 0.74 + (plants - 0.5) * 0.5 + 0.1 * (1 - place), 0, 1)
    canvas.paint(field, ramp(tone, "#2c2145", "#4a3577", "#7a55ad", "#a982cf", "#d9b4e0"))
    canvas.paint(field * np.clip(1 - near * 3.2, 0, 1), "#b58fc0", 0.85)
    canvas.screen(field * np.clip(1 - np.abs(canvas.x - 740) / 600, 0, 1) * (1 - near), "#ffcf9a", 0.35)
    farm = points("420,340 420,312 446,294 500,294 524,312 524,340")
    canvas.paint(canvas.polygon(farm), "#d9b8a0")
    canvas.paint(canvas.polygon(points("412,314 444,290 502,290 532,314")), "#9a5560")
    plants_at = [trees.poplar(x, 342, h) for x, h in points("384,84 402,104 546,92 562,70")]
    canvas.paint(canvas.polygons([*plants_at, *trees.crown(canvas.rng, 1010, 344, 120)]), "#463a66")
    return canvas.print(vignette=0.06)


def tulips() -> Image.Image:
    canvas = Canvas(1200, 850, "#000000", seed=15)
    horizon = 400
    canvas.fill(canvas.sky("#5aa7d0", "#a9d4df", "#f0efdf", bottom=horizon))
    for spot in ((190, 170, 0.9), (560, 110, 0.7), (1080, 210, 1.1)):
        cloud(canvas, *spot)
    canvas.paint(canvas.below(canvas.ridge(388, 8, 160, 5)), "#7fa98c")
    place, number, near = _rows(canvas, horizon, 420, 310)
    plants = _bushes(canvas, near)
    field = canvas.below(horizon)
    canvas.paint(field, ramp(plants, "#2c5a34", "#4f8a45"))
    band = np.clip((0.86 - np.abs(place) + (plants - 0.5) * 0.25) * 9, 0, 1) * field
    inks = ("#d8322f", "#f2b51f", "#ea5f86", "#f4f0e2", "#e8641f", "#8e2f6f")
    for k, colour in enumerate(inks):
        mine = band * (np.mod(number, len(inks)) == k)
        flowers = ramp(plants * 1.1 - 0.05, mix(colour, "#3a1020", 0.4), colour, mix(colour, "#ffffff", 0.28))
        canvas.paint(mine, flowers)
    canvas.paint(field * np.clip(1 - near * 6, 0, 1), "#cfc9a6", 0.4)
    _windmill(canvas, 830, 404)
    canvas.paint(
        canvas.polygons(
            [
                *trees.crown(canvas.rng, 960, 408, 84),
                *trees.crown(canvas.rng, 1018, 408, 62),
                *trees.crown(canvas.rng, 250, 407, 60),
            ]
        ),
        "#3e6f4a",
    )
    return canvas.print(vignette=0.06)


def _windmill(canvas: Canvas, x: float, base: float) -> None:
    """A tower mill with four latticed sails."""
    tower = points("-46,0 -28,-190 28,-190 46,0")
    mask = canvas.polygon(moved(tower, x, base))
    canvas.paint(mask, "#7a4634")
    canvas.multiply(light.crescent(mask, -24, 0, 14), "#7a6a80", 0.6)
    cap = points("-32,-186 -26,-214 0,-230 26,-214 32,-186")
    canvas.paint(canvas.polygon(moved(cap, x, base)), "#3b3a3f")
    canvas.paint(canvas.polygon(moved(points("-60,-70 60,-70 57,-62 -57,-62"), x, base)), "#efe6d2")
    for turn in (24, 114, 204, 294):
        sail = points("6,-3 168,-3 168,-30 34,-30 34,-6")
        canvas.paint(canvas.polygon(moved(sail, x, base - 204, turn)), "#f4ecd9", 0.92)
        bars = [moved([(k, -3), (k, -30)], x, base - 204, turn) for k in range(34, 169, 15)]
        canvas.paint(canvas.lines([*bars, moved([(0, -3), (168, -3)], x, base - 204, turn)], 3), "#6b3d2e")
    canvas.paint(canvas.disc(x, base - 204, 7), "#3b3a3f")
    canvas.paint(canvas.arch(x - 11, base - 34, x + 11, base), "#efe6d2")


SAMPLES = (
    Sample("lavender", "Lavender at sundown", "Purple rows run to the farmhouse.",
           ("landscape", "field", "flowers", "lavender", "purple", "sunset"), lavender),
    Sample("tulip-fields", "Tulip fields", "A windmill behind bands of spring colours.",
           ("landscape", "field", "flowers", "tulips", "windmill", "red"), tulips),
)  # fmt: skip
