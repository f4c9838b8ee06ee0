"""Light on stencils: soft edges, shadows, round bodies, and the stippled shade of old prints."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.samples.colours import Field
from gallery.samples.noise import Rng, resized


def blurred(mask: Field, radius: float) -> Field:
    """The mask out of focus: shrunk by the radius and enlarged again, which costs the same at any radius."""
    if radius < 1:
        return mask
    height, width = mask.shape
    margin = int(2 * radius)
    padded = np.pad(mask, margin, mode="edge")
    small = (max(2, round(padded.shape[0] / radius)), max(2, round(padded.shape[1] / radius)))
    soft = resized(resized(padded, *small, Image.Resampling.BILINEAR), *padded.shape)
    return np.clip(soft[margin : margin + height, margin : margin + width], 0, 1)


def shifted(mask: Field, dx: float, dy: float) -> Field:
    """The mask moved by whole pixels; what enters at the edges is empty."""
    across, down = round(dx), round(dy)
    height, width = mask.shape
    moved = np.zeros_like(mask)
    target = moved[max(0, down) : height + min(0, down), max(0, across) : width + min(0, across)]
    target[:] = mask[max(0, -down) : height + min(0, -down), max(0, -across) : width + min(0, -across)]
    return moved


def crescent(mask: Field, dx: float, dy: float, soft: float) -> Field:
    """The shaded side of a body that is lit from the direction (dx, dy) is moved away from."""
    return mask * (1 - blurred(shifted(mask, dx, dy), soft))


def rounded(mask: Field, size: float, light: tuple[float, float, float] = (-0.5, -0.6, 0.6)) -> Field:
    """How brightly a body with this outline is lit, 0…1, as if the outline were inflated.

    `size` is about its smaller radius in px; `light` points to the lamp (right, down, towards the viewer).
    """
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    shade = np.zeros_like(mask)
    if not len(rows):
        return shade
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    body = np.pad(mask[part], int(size))
    height = sum(blurred(body, size * k) * w for k, w in ((0.9, 0.9), (0.45, 0.5), (0.2, 0.25)))
    height = np.sqrt(np.clip(height * body, 1e-4, None)) * size * 1.1
    down, across = np.gradient(blurred(height.astype(np.float32) / height.max(), size * 0.08) * height.max())
    lamp = np.asarray(light) / np.linalg.norm(light)
    facing = (lamp[2] - across * lamp[0] - down * lamp[1]) / np.sqrt(across**2 + down**2 + 1)
    inner = facing[int(size) : facing.shape[0] - int(size), int(size) : facing.shape[1] - int(size)]
    shade[part] = np.clip(inner, 0, 1) * mask[part]
    return shade


def stippled(alpha: Field, rng: Rng, hardness: float = 3.0) -> Field:
    """The same coverage as scattered dots."""
    chance = rng.random(alpha.shape, np.float32)
    return np.clip((alpha - chance) * hardness + 0.5, 0, 1) * (alpha > 0.004)
