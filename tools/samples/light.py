"""Light on stencils: soft edges, shadows, round bodies, and the stippled shade of old prints."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.samples.colours import Field
from tools.samples.noise import Rng, resized

_BOX = Image.Resampling.BOX


def window(mask: Field, margin: float = 0) -> tuple[slice, slice] | None:
    """The rows and columns in which the mask is not empty, with a margin as far as the sheet goes."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    edge = int(margin)
    return (
        slice(max(0, rows[0] - edge), rows[-1] + 1 + edge),
        slice(max(0, columns[0] - edge), columns[-1] + 1 + edge),
    )


_BELL = np.array([1, 6, 15, 20, 15, 6, 1], np.float32) / 64


def _soft(mask: Field, radius: float) -> Field:
    """The mask blurred as by a bell curve: at low resolution, so that it costs the same at any radius."""
    shrink = max(1.0, radius / 2.4)
    small = resized(mask, max(2, round(mask.shape[0] / shrink)), max(2, round(mask.shape[1] / shrink)), _BOX)
    for axis in (0, 1):
        length = small.shape[axis]
        padded = np.pad(small, [(3, 3) if i == axis else (0, 0) for i in (0, 1)], mode="edge")
        small = sum(w * np.take(padded, np.arange(k, k + length), axis) for k, w in enumerate(_BELL))
    return resized(small, *mask.shape)


def blurred(mask: Field, radius: float) -> Field:
    """The mask out of focus by about so many px."""
    part = window(mask, 2 * radius)
    if radius < 1 or part is None:
        return mask
    margin = int(1.5 * radius) + 1
    soft = _soft(np.pad(mask[part], margin, mode="edge"), radius)
    result = np.zeros_like(mask)
    result[part] = np.clip(soft[margin:-margin, margin:-margin], 0, 1)
    return result


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
    shade = np.zeros_like(mask)
    part = window(mask)
    if part is None:
        return shade
    fine = min(1.0, 40 / size)
    body = np.pad(mask[part], int(size))
    outline = body.shape
    body = resized(body, round(outline[0] * fine), round(outline[1] * fine), _BOX)
    size *= fine
    height = sum(_soft(body, size * reach) * share for reach, share in ((1.5, 0.8), (0.8, 0.6), (0.4, 0.3)))
    height = np.sqrt(np.clip(height * body, 1e-4, None)) * np.float32(size)
    down, across = np.gradient(_soft(height, max(1.0, size * 0.12)))
    lamp = np.asarray(light, np.float32) / np.float32(np.linalg.norm(light))
    facing = (lamp[2] - across * lamp[0] - down * lamp[1]) / np.sqrt(across**2 + down**2 + 1)
    edge = int(size / fine)
    facing = resized(facing, *outline)[edge : outline[0] - edge, edge : outline[1] - edge]
    shade[part] = np.clip(facing, 0, 1) * mask[part]
    return shade


def stippled(alpha: Field, rng: Rng, hardness: float = 3.0) -> Field:
    """The same coverage as scattered dots."""
    dots, part = np.zeros_like(alpha), window(alpha)
    if part is not None:
        chance = rng.random(alpha[part].shape, np.float32)
        dots[part] = np.clip((alpha[part] - chance) * hardness + 0.5, 0, 1) * (alpha[part] > 0.004)
    return dots
