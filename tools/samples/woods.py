"""Woods: firs in the mist at three seasons, birches, and morning light between the trunks."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light, trees
from tools.samples.canvas import Canvas
from tools.samples.colours import mix, ramp
from tools.samples.paths import Path
from tools.samples.sample import Sample

MIST = ("#dfe5dc", "#eef0e4", "#9fb3aa", "#12302f", "#fbf7e6")
AUTUMN = ("#f2d9ae", "#f8ead0", "#e2a75c", "#5a1f1c", "#fff3d2")
WINTER = ("#b9cde0", "#e4edf4", "#a9c0d6", "#1c3a5c", "#fffdf6")
EVENING = ("#5b4b78", "#e2a0a0", "#8d6f9a", "#1a1534", "#ffd9b0")


def firs(sky: str, mist: str, far: str, near: str, sun: str) -> Image.Image:
    """Six rows of firs on rising ground, each in more mist than the one before it."""
    canvas = Canvas(900, 1200, "#000000", seed=5)
    canvas.fill(canvas.sky(sky, mist, bottom=760))
    canvas.glow(600, 250, 520, sun, 0.55)
    canvas.paint(canvas.disc(600, 250, 58, 2), sun, 0.9)
    for layer in range(6):
        depth = layer / 5
        level = 440 + 150 * layer + 16 * layer * depth
        edge = canvas.ridge(level, 76 - 20 * depth, 700, 4)
        size = 60 + 58 * layer
        colour = mix(far, near, depth**1.25)
        wood = trees.forest(canvas.rng, edge, 16 + 9 * layer, (size * 0.7, size * 1.25), 0.36)
        mask = np.maximum(canvas.polygons(wood), canvas.below(edge))
        haze = np.clip((canvas.y - edge[None, :] + size * 0.55) / (size * 0.6 + 130), 0, 1) ** 1.2
        canvas.paint(mask, ramp(haze, colour, mix(colour, mist, 0.9 - 0.62 * depth)))
        drift = np.clip(canvas.noise((70, 420), 3) * 2.4 - 1.1, 0, 1) * np.exp(
            -(((canvas.y - level - 30) / 70) ** 2)
        )
        canvas.paint(drift, mist, 0.55 * (1 - depth))
    return canvas.print(paper=0.016)


def _trunk(canvas: Canvas, x: float, width: float, lean: float) -> Path:
    """A trunk from below the picture to above it, slightly crooked."""
    y = np.linspace(-20, canvas.height + 20, 12)
    spine = x + lean * (y / canvas.height - 0.5) + canvas.rng.uniform(-0.08, 0.08, 12).cumsum() * width
    half = width / 2 * (0.86 + 0.24 * y / canvas.height)
    return np.concatenate([np.stack([spine - half, y], 1), np.stack([spine + half, y], 1)[::-1]])


def birches() -> Image.Image:
    """White trunks before the gold of October."""
    canvas = Canvas(1200, 800, "#000000", seed=77)
    glow = canvas.noise((160, 220), 4, 0.6)
    canvas.fill(ramp(0.62 * glow + 0.45 * canvas.y / 800, "#fbe7b0", "#f3bd4e", "#d98a2b", "#8a4a1f"))
    rng = canvas.rng
    for layer, (count, width, colour) in enumerate(
        ((22, 13, "#f0d59a"), (14, 24, "#f4e4c4"), (8, 46, "#faf5ea"))
    ):
        places = (np.arange(count) + rng.uniform(0.15, 0.85, count)) * 1200 / count
        for x in places:
            _birch(canvas, float(x), width * rng.uniform(0.75, 1.25), colour, layer)
        if layer < 2:
            leaves = light.stippled(np.clip(canvas.noise(80, 3) * 2 - 0.9, 0, 1) * 0.16, rng, 8)
            canvas.paint(np.clip(light.blurred(leaves, 2.4) * 5 - 0.6, 0, 1), "#e9a32f", 0.8)
    ground = canvas.below(canvas.ridge(742, 14, 400, 4))
    canvas.paint(ground, ramp((canvas.y - 730) / 80, "#a4521f", "#5c2a17"))
    spots = [(rng.uniform(0, 1200), rng.uniform(735, 800), rng.uniform(2, 6)) for _ in range(420)]
    canvas.paint(canvas.discs(spots[::2]), "#e39a34")
    canvas.paint(canvas.discs(spots[1::2]), "#c4622a")
    return canvas.print(vignette=0.08)


def _birch(canvas: Canvas, x: float, width: float, bark: str, layer: int) -> None:
    """One birch with its shaded side and, when it is near, its marks."""
    rng = canvas.rng
    trunk = _trunk(canvas, x, width, rng.uniform(-50, 50))
    left, right = trunk[:, 0].min(), trunk[:, 0].max()
    canvas = canvas.part((left + right) / 2, 400, (right - left) / 2 + 2, 400)
    mask = canvas.polygon(trunk)
    canvas.paint(mask, bark)
    canvas.multiply(light.crescent(mask, -width * 0.4, 0, width * 0.25), "#9c8a94", 0.55)
    if layer == 0:
        return
    marks = []
    for y in np.arange(rng.uniform(0, 60), 800, 60 / layer):
        reach, thick = width * rng.uniform(0.25, 0.75), rng.uniform(1.5, 3.2) * layer
        side = x + rng.choice([-1, 1]) * width * 0.5 + rng.uniform(-14, 14)
        y0 = y + rng.uniform(-16, 16)
        marks.append(
            np.array([(side - reach, y0), (side, y0 - thick), (side + reach, y0 + 1), (side, y0 + thick)])
        )
    canvas.paint(canvas.polygons(marks) * mask, mix("#2b2226", bark, 0.35 * (2 - layer)))


_FIRS = ("forest", "trees", "mist")
SAMPLES = (
    Sample("forest-in-mist", "Forest in mist", "Rows of firs fade into the morning.",
           (*_FIRS, "dawn", "green"), partial(firs, *MIST)),
    Sample("forest-in-autumn", "Larches in October", "The whole slope has turned to rust and gold.",
           (*_FIRS, "autumn", "orange"), partial(firs, *AUTUMN)),
    Sample("forest-in-winter", "Winter forest", "Cold blue air between the firs.",
           (*_FIRS, "winter", "blue"), partial(firs, *WINTER)),
    Sample("birches", "Birches in October", "White trunks before yellow leaves.",
           ("forest", "trees", "birch", "autumn", "yellow"), birches),
)  # fmt: skip
