"""Abstract prints: circles, waves, tiles, contour lines and fields of colour."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, inks, lighter, ramp
from tools.samples.paths import arc
from tools.samples.sample import Sample


def rings(inks: tuple[str, ...], ground: str, seed: int) -> Image.Image:
    """Rings that are not quite concentric."""
    canvas = Canvas(1000, 1000, ground, seed)
    for k, colour in enumerate(inks):
        share = k / len(inks)
        radius = 430 * (1 - share) + 26
        x, y = 500 + 34 * np.sin(k * 1.1) * share, 500 + 34 * np.cos(k * 1.7) * share
        part = canvas.part(x, y, radius + 30)
        disc = part.disc(x, y, radius)
        part.shadow(disc, 5, 7, 9, darker(ground, 0.7), 0.35)
        away = part.distance(x - radius, y - radius) / (2.8 * radius)
        part.paint(disc, ramp(away, lighter(colour, 0.08), colour, darker(colour, 0.1)))
    return canvas.print(paper=0.03)


def circles_in_squares() -> Image.Image:
    """Twelve squares, each with its own nest of circles."""
    canvas = Canvas(1200, 900, "#efe2c8", seed=503)
    inks = (
        "#d8432f",
        "#f0b132",
        "#2a6f86",
        "#1f2f55",
        "#e8a08e",
        "#7fa08a",
        "#f4e8cf",
        "#7a2f4f",
        "#ec7a3c",
        "#9cc4c4",
    )
    rng = canvas.rng
    for row in range(3):
        for column in range(4):
            x, y = column * 300 + 150, row * 300 + 150
            part = canvas.part(x, y, 150)
            order = rng.permutation(len(inks))
            part.fill(inks[order[0]])
            for k, radius in enumerate(sorted(rng.uniform(24, 146, 5), reverse=True)):
                wobble = part.noise(170, 2) * 16 - 8
                edge = np.clip(radius - part.distance(x, y) + wobble + 0.5, 0, 1)
                wash = part.noise(50, 4, 0.6)
                colour = inks[order[k + 1]]
                part.paint(edge, ramp(wash, darker(colour, 0.12), colour, lighter(colour, 0.14)), 0.96)
    return canvas.print(paper=0.03)


def truchet(ground: str, inks: tuple[str, ...], cell: int, seed: int) -> Image.Image:
    """Quarter circles on square tiles, turned by chance, that join to endless ribbons."""
    canvas = Canvas(1200 // cell * cell, 900 // cell * cell, ground, seed)
    rows, columns = canvas.height // cell, canvas.width // cell
    turned = canvas.rng.random((rows, columns)) < 0.5
    flip = np.kron(turned, np.ones((cell, cell)))
    u, v = np.mod(canvas.x, cell) * np.ones_like(canvas.y), np.mod(canvas.y, cell) * np.ones_like(canvas.x)
    u = np.where(flip, cell - u, u)
    away = np.minimum(np.hypot(u, v), np.hypot(cell - u, cell - v))
    off = np.abs(away - cell / 2)
    canvas.shadow(np.clip(cell * 0.26 - off, 0, 1), 3, 4, 5, darker(ground, 0.7), 0.4)
    for k, colour in enumerate(inks):
        canvas.paint(np.clip(cell * 0.25 * (1 - k / len(inks)) - off + 0.5, 0, 1), colour)
    return canvas.print(paper=0.025)


def contours(land: tuple[str, ...], line: str, seed: int, size: tuple[int, int]) -> Image.Image:
    """A map of hills that do not exist: tints by height, and lines of equal height."""
    canvas = Canvas(*size, land[0], seed)
    height = canvas.noise(620, 4, 0.42)
    bands = height * 26
    canvas.fill(ramp(np.floor(bands / 2) * 2 / 26, *land))
    down, across = (np.asarray(slope) for slope in np.gradient(bands))
    canvas.multiply(np.clip((across + down) * 3.5, 0, 0.5), darker(land[0], 0.5), 0.6)
    slope = np.sqrt(down**2 + across**2) + 0.02
    away = np.abs(bands - np.floor(bands + 0.5)) / slope
    bold = np.mod(np.floor(bands + 0.5), 5) == 0
    canvas.paint(np.clip(np.where(bold, 1.5, 0.8) - away + 0.5, 0, 1), line, 0.85)
    return canvas.print(paper=0.02)


def colour_field(ground: str, fields: tuple[tuple[float, float, str], ...], seed: int) -> Image.Image:
    """Soft rectangles that float over a ground."""
    canvas = Canvas(900, 1200, ground, seed)
    wash = canvas.noise(300, 5, 0.6)
    canvas.fill(ramp(wash, darker(ground, 0.16), ground, lighter(ground, 0.08)))
    for top, bottom, colour in fields:
        ragged = 14 * (canvas.noise(60, 4, 0.6) - 0.5)
        inside = (
            np.minimum(
                np.minimum(canvas.x - 78, 822 - canvas.x), np.minimum(canvas.y - top, bottom - canvas.y)
            )
            + ragged
        )
        mask = np.clip(inside / 26, 0, 1)
        brush = canvas.noise((30, 160), 4, 0.65)
        canvas.paint(mask, ramp(brush, darker(colour, 0.2), colour, lighter(colour, 0.1)), 0.92)
    return canvas.print(grain=0.022, paper=0.03)


def mosaic() -> Image.Image:
    """Triangles that run from warm to cool."""
    canvas = Canvas(1200, 800, "#f2e6d0", seed=523)
    rng = canvas.rng
    grid = np.stack(np.meshgrid(np.arange(-1, 14) * 100.0, np.arange(-1, 10) * 100.0), 2)
    grid += rng.uniform(-32, 32, grid.shape)
    for row in range(grid.shape[0] - 1):
        for column in range(grid.shape[1] - 1):
            a, b, c, d = (
                grid[row, column],
                grid[row, column + 1],
                grid[row + 1, column + 1],
                grid[row + 1, column],
            )
            for corners in ((a, b, c), (a, c, d)) if (row + column) % 2 else ((a, b, d), (b, c, d)):
                x, y = np.mean(corners, 0)
                share = np.clip(0.62 * x / 1200 + 0.38 * y / 800 + rng.normal(0, 0.06), 0, 1)
                tone = inks(
                    ramp(
                        np.full((1, 1), share, np.float32),
                        "#fbe09a",
                        "#f3a44c",
                        "#e2573f",
                        "#9c3558",
                        "#4b3a78",
                        "#20506f",
                        "#4fa3a0",
                    )
                )
                part = canvas.part(float(x), float(y), 110)
                if part.width > 0 and part.height > 0:
                    part.paint(part.polygon(np.array(corners)), tone * (rng.uniform(0.9, 1.06)))
    return canvas.print(paper=0.025)


def bauhaus() -> Image.Image:
    """A disc, a bar, a quarter and nine lines."""
    canvas = Canvas(850, 1200, "#efe4cc", seed=541)
    canvas.paint(canvas.box(0, 640, 425, 1200), "#1e2b46")
    canvas.paint(canvas.box(425, 0, 850, 420), "#e8b13a")
    quarter = canvas.polygon(np.concatenate([[(425, 640)], arc(425, 640, 425, 270, 360)]))
    canvas.paint(quarter, "#2f7476")
    disc = canvas.disc(330, 470, 238)
    canvas.paint(disc, "#d63f2e")
    canvas.paint(light.stippled(disc * np.clip((canvas.x - 300) / 420, 0, 1), canvas.rng), "#7f1f2c", 0.7)
    canvas.multiply(canvas.polygon(arc(425, 900, 260, 90, 270)), "#e7a890")
    canvas.paint(canvas.polygon(arc(425, 900, 260, -90, 90)), "#e7a890")
    lines = [[(520 + k * 34, 700), (520 + k * 34, 1140)] for k in range(9)]
    canvas.paint(canvas.lines(lines, 7), "#1e2b46")
    canvas.paint(canvas.line([(60, 110), (790, 840)], 13), "#1e2b46")
    canvas.paint(canvas.disc(690, 170, 74), "#efe4cc")
    canvas.paint(canvas.ring(150, 1050, 70, 12), "#efe4cc")
    return canvas.print(paper=0.03)


_FORM = ("abstract", "geometric")
REDS = ("#a8212b", "#cf3a33", "#e8593f", "#7c1a2c", "#f07a5a", "#c22f35", "#f6a98a", "#8e1f2e", "#fbe3cf")
BLUES = ("#1f4f8a", "#2f74ad", "#123566", "#4f9ac4", "#1d5a94", "#86c0d8", "#173f75", "#b9dde6", "#f0efe2")
GREEN_LAND = ("#1f5a4a", "#4f8f64", "#9cbf7a", "#e6e2ac", "#f6efd8")
DEEP_SEA = ("#061229", "#0c2547", "#16406a", "#2a6c8f", "#6fb3b8")
COOL_FIELDS = ((90, 420, "#2f73a8"), (460, 800, "#123057"), (840, 1110, "#3f8f86"))
SAMPLES = (
    Sample("red-rings", "Red rings", "Circles within circles, from brick to rose.",
           (*_FORM, "circles", "red"),
           partial(rings, REDS, "#5a1226", 501)),
    Sample("blue-rings", "Blue rings", "The same print in blue.", (*_FORM, "circles", "blue"),
           partial(rings, BLUES, "#0c2148", 502)),
    Sample("circles-in-squares", "Circles in squares", "Twelve nests of colour.",
           (*_FORM, "circles", "colourful"), circles_in_squares),
    Sample("endless-ribbon", "Endless ribbon", "Quarter circles, turned by chance.",
           (*_FORM, "tiles", "pattern", "blue"),
           partial(truchet, "#efe5d0", ("#1e3a63", "#f4ecd9", "#d8452f"), 150, 505)),
    Sample("green-contours", "Map of green hills", "Lines of equal height on land that does not exist.",
           ("abstract", "map", "lines", "green"),
           partial(contours, GREEN_LAND, "#173f38", 507, (1200, 900))),
    Sample("night-contours", "Map of the deep", "The floor of an unknown sea.",
           ("abstract", "map", "lines", "blue", "dark"),
           partial(contours, DEEP_SEA, "#a9d6d6", 508, (900, 1200))),
    Sample("red-field", "Red over maroon", "Two soft fields of colour.",
           ("abstract", "colour field", "red"),
           partial(colour_field, "#5d1420", ((90, 560, "#d2352a"), (610, 1110, "#8f1c26")), 511)),
    Sample("blue-field", "Blue over green", "Three soft fields of colour.",
           ("abstract", "colour field", "blue"),
           partial(colour_field, "#163a4f", COOL_FIELDS, 512)),
    Sample("mosaic", "Mosaic", "Triangles from warm to cool.", (*_FORM, "triangles", "colourful"), mosaic),
    Sample("disc-and-bars", "Disc and bars", "A disc, a quarter, and nine lines.",
           (*_FORM, "poster", "red", "yellow"), bauhaus),
)  # fmt: skip
