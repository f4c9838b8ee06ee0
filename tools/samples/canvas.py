"""The canvas: a sheet that takes ink through stencils, and in the end becomes a print on paper."""

from __future__ import annotations

from copy import copy
from functools import lru_cache

import numpy as np
from PIL import Image

from tools.samples import light, noise
from tools.samples.colours import Field, Gradient, Ink, inks, ramp
from tools.samples.stencils import Stencils


class Canvas(Stencils):
    """A picture under work: `pixels` (3, height, width) are sRGB values 0…1, `rng` repeatable chance."""

    def __init__(self, width: int, height: int, ground: Ink, seed: int) -> None:
        super().__init__(width, height)
        self.pixels = np.empty((3, height, width), np.float32)
        self.fill(ground)
        self.rng = np.random.default_rng(seed)

    def part(self, x: float, y: float, across: float, down: float | None = None) -> Canvas:
        """The box around a place, as a canvas that shares its pixels: small things cost little on it."""
        high = across if down is None else down
        left, top = max(self.left, int(x - across)), max(self.top, int(y - high))
        right = min(self.left + self.width, int(x + across) + 1)
        bottom = min(self.top + self.height, int(y + high) + 1)
        part = copy(self)
        Stencils.__init__(part, max(0, right - left), max(0, bottom - top), left, top)
        rows, columns = slice(top - self.top, bottom - self.top), slice(left - self.left, right - self.left)
        part.pixels = self.pixels[:, rows, columns]
        return part

    def sky(
        self, *colours: str, bottom: float | None = None, at: tuple[float, ...] | None = None
    ) -> Gradient:
        """An ink that runs through the colours from the top edge down to `bottom` (the lower edge)."""
        return ramp(self.y / (bottom or self.height), *colours, at=at)

    def noise(self, cell: float | tuple[float, float], octaves: int = 4, gain: float = 0.5) -> Field:
        """A fractal field of this canvas's size, 0…1."""
        return noise.field(self.rng, self.height, self.width, cell, octaves, gain)

    def ridge(self, level: float, height: float, cell: float, octaves: int = 5, gain: float = 0.5) -> Field:
        """The edge of hills, (width,): around a level, at most `height` px up or down."""
        return level + height * noise.line(self.rng, self.width, cell, octaves, gain)

    def fill(self, colour: Ink) -> None:
        """Cover everything with ink."""
        self.pixels[:] = inks(colour)

    def paint(self, mask: Field, colour: Ink, opacity: float = 1.0) -> None:
        """Lay ink over what is there."""
        for part, cover, shade in self._under(mask, colour):
            part += (shade - part) * (cover * opacity)

    def multiply(self, mask: Field, colour: Ink, opacity: float = 1.0) -> None:
        """Glaze: darken what is there by a transparent ink."""
        for part, cover, shade in self._under(mask, colour):
            part *= 1 - (1 - shade) * (cover * opacity)

    def screen(self, mask: Field, colour: Ink, opacity: float = 1.0) -> None:
        """Shine: brighten what is there by coloured light."""
        for part, cover, shade in self._under(mask, colour):
            part += (1 - part) * shade * (cover * opacity)

    def _under(self, mask: Field, colour: Ink) -> list[tuple[Field, Field, Field]]:
        """Per channel the pixels that the mask touches, its coverage there, and the ink."""
        mask = np.broadcast_to(mask, (self.height, self.width))
        part = light.window(mask)
        if part is None:
            return []
        down, across = part
        shades = inks(colour, down, across)
        cover = mask[part].astype(np.float32, copy=False)
        return [(self.pixels[i, down, across], cover, shades[i]) for i in range(3)]

    def shadow(
        self, mask: Field, dx: float, dy: float, soft: float, colour: Ink, opacity: float = 0.35
    ) -> None:
        """The soft shadow that a shape throws on what is there; draw the shape itself afterwards."""
        self.multiply(light.blurred(light.shifted(mask, dx, dy), soft), colour, opacity)

    def glow(
        self, x: float, y: float, radius: float, colour: Ink, opacity: float = 1.0, power: float = 2.0
    ) -> None:
        """Light that falls off around a point and is gone at the radius."""
        near = np.clip(1 - self.distance(x, y) / radius, 0, 1)
        self.screen(near**power, colour, opacity)

    def reflect(self, waterline: int, depth: float = 1.0, ripple: float = 0.0) -> None:
        """Mirror what stands above the waterline into the water, `ripple` px out of place at most."""
        rows = np.arange(self.height - waterline)
        source = np.clip(waterline - 1 - rows / depth, 0, waterline - 1)
        mirror = self.pixels[:, source.astype(int), :]
        if ripple:
            sway = noise.line(self.rng, len(rows), 9, 3) * ripple * np.linspace(0.2, 1, len(rows))
            columns = np.clip(np.arange(self.width) + sway[:, None], 0, self.width - 1).astype(int)
            mirror = mirror[:, rows[:, None], columns]
        self.pixels[:, waterline:] = mirror

    def print(self, grain: float = 0.016, paper: float = 0.012, vignette: float = 0.0) -> Image.Image:
        """The finished picture on slightly uneven paper, with a fine grain in its light."""
        fibres, dust = paper_sheet()
        top, left = (int(self.rng.integers(_SHEET - size + 1)) for size in (self.height, self.width))
        cut = (slice(top, top + self.height), slice(left, left + self.width))
        texture = fibres[cut] * (2 * paper) + dust[cut] * (grain * 12**0.5)
        if vignette:
            edge = 2 * ((self.x / self.width - 0.5) ** 2 + (self.y / self.height - 0.5) ** 2)
            texture -= edge * np.sqrt(edge) * vignette
        pixels = self.pixels + texture
        np.clip(pixels, 0, 1, out=pixels)
        pixels *= 255
        pixels += 0.5
        return Image.merge("RGB", [Image.fromarray(channel) for channel in pixels.astype(np.uint8)])


_SHEET = 1600
"""Width and height of the sheet of paper that every print is cut from: the longest side of any picture."""


@lru_cache(maxsize=1)
def paper_sheet() -> tuple[Field, Field]:
    """The fibres and the dust of one sheet of paper, -0.5…0.5; made once, as it costs a picture."""
    rng = np.random.default_rng(1)
    fibres = noise.field(rng, _SHEET, _SHEET, (6, 8), 2) - 0.5
    return fibres, rng.random((_SHEET, _SHEET), np.float32) - np.float32(0.5)
