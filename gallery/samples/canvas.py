"""The canvas: a sheet that takes ink through stencils, and in the end becomes a print on paper."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.samples import light, noise
from gallery.samples.colours import Field, Ink, ink, ramp
from gallery.samples.stencils import Stencils


class Canvas(Stencils):
    """A picture under work: `pixels` are (3, height, width) sRGB values 0…1; `rng` makes its chance repeatable."""

    def __init__(self, width: int, height: int, ground: Ink, seed: int) -> None:
        super().__init__(width, height)
        self.pixels = np.empty((3, height, width), np.float32)
        self.pixels[:] = ink(ground)
        self.rng = np.random.default_rng(seed)

    def sky(self, *colours: str, bottom: float | None = None, at: tuple[float, ...] | None = None) -> Field:
        """An ink that runs through the colours from the top edge down to `bottom` (the lower edge)."""
        return ramp(self.y / (bottom or self.height), *colours, at=at)

    def noise(self, cell: float | tuple[float, float], octaves: int = 4, gain: float = 0.5) -> Field:
        """A fractal field of this canvas's size, 0…1."""
        return noise.field(self.rng, self.height, self.width, cell, octaves, gain)

    def ridge(self, level: float, height: float, cell: float, octaves: int = 5, gain: float = 0.5) -> Field:
        """The edge of hills, (width,): around a level, at most `height` px up or down."""
        return level + height * noise.line(self.rng, self.width, cell, octaves, gain)

    def paint(self, mask: Field, colour: Ink, opacity: float = 1.0) -> None:
        """Lay ink over what is there."""
        for part, cover, shade in self._under(mask, colour):
            part += (shade - part) * (cover * np.float32(opacity))

    def multiply(self, mask: Field, colour: Ink, opacity: float = 1.0) -> None:
        """Glaze: darken what is there by a transparent ink."""
        for part, cover, shade in self._under(mask, colour):
            part *= 1 - (1 - shade) * (cover * np.float32(opacity))

    def screen(self, mask: Field, colour: Ink, opacity: float = 1.0) -> None:
        """Shine: brighten what is there by coloured light."""
        for part, cover, shade in self._under(mask, colour):
            part += (1 - part) * shade * (cover * np.float32(opacity))

    def _under(self, mask: Field, colour: Ink) -> list[tuple[Field, Field, Field]]:
        """Per channel the pixels that the mask touches, its coverage there, and the ink."""
        mask = np.broadcast_to(mask, (self.height, self.width))
        rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
        if not len(rows):
            return []
        down, across = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        shades = ink(colour)
        high, wide = shades.shape[1] > 1, shades.shape[2] > 1
        shades = shades[:, down if high else slice(None), across if wide else slice(None)]
        return [(self.pixels[i, down, across], mask[down, across], shades[i]) for i in range(3)]

    def shadow(self, mask: Field, dx: float, dy: float, soft: float, colour: Ink, opacity: float = 0.35) -> None:
        """The soft shadow that a shape throws on what is there; draw the shape itself afterwards."""
        self.multiply(light.blurred(light.shifted(mask, dx, dy), soft), colour, opacity)

    def glow(self, x: float, y: float, radius: float, colour: Ink, opacity: float = 1.0, power: float = 2.0) -> None:
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
        shape = (self.height, self.width)
        fibres = noise.field(self.rng, *shape, (6, 8), 2) - 0.5
        texture = fibres * np.float32(2 * paper)
        texture += (self.rng.random(shape, np.float32) - 0.5) * np.float32(grain * 12**0.5)
        if vignette:
            edge = 2 * ((self.x / self.width - 0.5) ** 2 + (self.y / self.height - 0.5) ** 2)
            texture -= edge * np.sqrt(edge) * np.float32(vignette)
        pixels = self.pixels + texture
        np.clip(pixels, 0, 1, out=pixels)
        return Image.fromarray((pixels.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8))
