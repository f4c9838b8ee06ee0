"""Stencils: shapes cut out of a sheet with soft edges, each a coverage of 0…1 per pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tools.samples import paths
from tools.samples.colours import Field
from tools.samples.paths import Points

_SCALE = 4
"""How much finer than the sheet polygons are drawn before they are averaged down."""


class Stencils:
    """Cuts shapes for a sheet of one size; `x` and `y` are its pixel centres, (1, width) and (height, 1).

    A sheet may be a part of a larger one: `left` and `top` say where it lies, and all places are given on
    the larger one.
    """

    def __init__(self, width: int, height: int, left: int = 0, top: int = 0) -> None:
        self.width, self.height, self.left, self.top = width, height, left, top
        self.x: Field = np.arange(left, left + width, dtype=np.float32)[None, :] + 0.5
        self.y: Field = np.arange(top, top + height, dtype=np.float32)[:, None] + 0.5

    def distance(self, x: float, y: float) -> Field:
        """Each pixel's distance from a point, in px (np.hypot takes eight times as long)."""
        # float(): a numpy scalar would turn the whole field into float64, at twice the cost.
        return np.sqrt((self.x - float(x)) ** 2 + (self.y - float(y)) ** 2)

    def empty(self) -> Field:
        return np.zeros((self.height, self.width), np.float32)

    def polygons(self, outlines: Iterable[Points], holes: Iterable[Points] = ()) -> Field:
        """The union of the outlines, with the holes cut out of it."""
        cuts = [np.asarray(outline, np.float64) for outline in outlines]
        gaps = [np.asarray(hole, np.float64) for hole in holes]
        if not cuts:
            return self.empty()
        points = np.concatenate(cuts)

        def draw(pen: ImageDraw.ImageDraw, left: int, top: int) -> None:
            for outline, level in [(cut, 255) for cut in cuts] + [(gap, 0) for gap in gaps]:
                pen.polygon([tuple(p) for p in (outline - (left, top)) * _SCALE - 0.5], fill=level)

        return self._drawn((*points.min(0), *points.max(0)), draw)

    def polygon(self, *outlines: Points) -> Field:
        return self.polygons(outlines)

    def line(self, path: Points, width: float) -> Field:
        """A stroke of one width with round ends along a path."""
        return self.lines([path], width)

    def lines(self, strokes: Iterable[Points], width: float) -> Field:
        """Strokes of one width with round ends, all in one stencil."""
        cuts = [np.asarray(stroke, np.float64) for stroke in strokes]
        if not cuts:
            return self.empty()
        points, radius = np.concatenate(cuts), width / 2

        def draw(pen: ImageDraw.ImageDraw, left: int, top: int) -> None:
            for stroke in cuts:
                dots = [tuple(p) for p in (stroke - (left, top)) * _SCALE]
                pen.line(dots, fill=255, width=max(1, round(width * _SCALE)), joint="curve")
                for x, y in (dots[0], dots[-1]):
                    r = radius * _SCALE - 0.5
                    pen.ellipse((x - r, y - r, x + r, y + r), fill=255)

        low, high = points.min(0) - radius, points.max(0) + radius
        return self._drawn((*low, *high), draw)

    def _drawn(
        self, bounds: tuple[float, ...], draw: Callable[[ImageDraw.ImageDraw, int, int], None]
    ) -> Field:
        """What `draw` leaves on a finer sheet that spans the bounds, averaged down to this one."""
        left, top = max(self.left, int(bounds[0]) - 2), max(self.top, int(bounds[1]) - 2)
        right = min(self.left + self.width, int(bounds[2]) + 3)
        bottom = min(self.top + self.height, int(bounds[3]) + 3)
        mask = self.empty()
        if right > left and bottom > top:
            fine = Image.new("L", ((right - left) * _SCALE, (bottom - top) * _SCALE))
            draw(ImageDraw.Draw(fine), left, top)
            window = mask[top - self.top : bottom - self.top, left - self.left : right - self.left]
            window[:] = np.asarray(fine.reduce(_SCALE), np.float32) / 255
        return mask

    def disc(self, x: float, y: float, radius: float, soft: float = 1.0) -> Field:
        """A disc whose edge fades over `soft` px."""
        return self.ellipse(x, y, radius, radius, soft=soft)

    def discs(self, centres: Iterable[tuple[float, float, float]]) -> Field:
        """Many discs (x, y, radius) in one stencil."""
        circles = np.array(list(centres), np.float64).reshape(-1, 3)
        if not len(circles):
            return self.empty()

        def draw(pen: ImageDraw.ImageDraw, left: int, top: int) -> None:
            for x, y, r in circles:
                u, v = (x - left) * _SCALE - 0.5, (y - top) * _SCALE - 0.5
                pen.ellipse((u - r * _SCALE, v - r * _SCALE, u + r * _SCALE, v + r * _SCALE), fill=255)

        xs, ys, rs = circles.T
        bounds = ((xs - rs).min(), (ys - rs).min(), (xs + rs).max(), (ys + rs).max())
        return self._drawn(bounds, draw)

    def ellipse(
        self, x: float, y: float, across: float, down: float, turn: float = 0, soft: float = 1.0
    ) -> Field:
        """An ellipse of the given radii, turned in degrees clockwise."""
        angle, reach = math.radians(turn), max(across, down) * (1 + soft / min(across, down) / 2) + 1
        rows = slice(max(0, int(y - reach) - self.top), max(0, int(y + reach) + 2 - self.top))
        columns = slice(max(0, int(x - reach) - self.left), max(0, int(x + reach) + 2 - self.left))
        dx, dy = self.x[:, columns] - float(x), self.y[rows] - float(y)
        u = (dx * math.cos(angle) + dy * math.sin(angle)) / across
        v = (dy * math.cos(angle) - dx * math.sin(angle)) / down
        mask = self.empty()
        mask[rows, columns] = _coverage((1 - np.sqrt(u * u + v * v)) * min(across, down) / soft)
        return mask

    def ring(self, x: float, y: float, radius: float, width: float) -> Field:
        """A circle drawn with a pen of the given width."""
        return _coverage(width / 2 - np.abs(self.distance(x, y) - radius))

    def box(self, left: float, top: float, right: float, bottom: float, radius: float = 0) -> Field:
        """A rectangle, its corners rounded."""
        dx = np.abs(self.x - (left + right) / 2) - (right - left) / 2 + radius
        dy = np.abs(self.y - (top + bottom) / 2) - (bottom - top) / 2 + radius
        if not radius:
            return _coverage(-dx) * _coverage(-dy)
        outside = np.sqrt(np.maximum(dx, 0) ** 2 + np.maximum(dy, 0) ** 2) + np.minimum(np.maximum(dx, dy), 0)
        return _coverage(radius - outside)

    def below(self, edge: Field | float) -> Field:
        """All that lies below an edge: one height for all columns, or one for each, (width,)."""
        return _coverage(self.y - np.float32(edge)) * np.ones_like(self.x)

    def text(
        self,
        words: str,
        x: float,
        y: float,
        size: float,
        anchor: str = "mm",
        turn: float = 0,
        swell: float = 0,
    ) -> Field:
        """Words in the typeface that comes with Pillow, so that they look the same everywhere.

        `swell` thickens every stroke by so many px on each side.
        """
        font = ImageFont.load_default(size)
        sheet = Image.new("L", (self.width, self.height))
        place = (x - self.left, y - self.top)
        ImageDraw.Draw(sheet).text(place, words, fill=255, font=font, anchor=anchor, stroke_width=swell)
        if turn:
            sheet = sheet.rotate(-turn, Image.Resampling.BICUBIC, center=place)
        return np.asarray(sheet, np.float32) / 255

    def star(self, x: float, y: float, outer: float, inner: float, points: int, turn: float = -90) -> Field:
        """A star with the given number of points."""
        angles = np.radians(turn + np.arange(2 * points) * 180 / points)
        radii = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
        return self.polygon(np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], 1))

    def arch(self, left: float, top: float, right: float, bottom: float) -> Field:
        """A doorway: a box whose upper end is a half circle."""
        radius = (right - left) / 2
        head = paths.arc(left + radius, top + radius, radius, 180, 360)
        return self.polygon(np.concatenate([head, [(right, bottom), (left, bottom)]]))


def _coverage(inside: Field) -> Field:
    """How much of each pixel a shape covers whose edge is so many px away (inside is positive)."""
    cover: Field = np.clip(inside + 0.5, 0, 1)
    return cover
