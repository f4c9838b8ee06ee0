"""What lies behind a picture's transparent parts: white, or dark where the visible ones are near white."""

from __future__ import annotations

import numpy as np
from PIL import Image

from imagesearch.colours.oklab import oklab

WHITE = (255, 255, 255)
DARK = (38, 40, 44)
SAMPLE = 128  # pixels of the longer side that are looked at
NEAR_WHITE = 0.12  # distance in OKLab, where black is 1 away
MOSTLY = 0.75  # of what can be seen


def flattened(image: Image.Image) -> Image.Image:
    """The picture as RGB, on its background if it is RGBA."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    background = Image.new("RGB", image.size, background_of(image))
    background.paste(image, mask=image.getchannel("A"))
    return background


def background_of(image: Image.Image) -> tuple[int, int, int]:
    """The colour on which an RGBA picture can be seen."""
    small = image.copy()
    small.thumbnail((SAMPLE, SAMPLE), Image.Resampling.BOX)
    pixels = np.asarray(small).reshape(-1, 4)
    seen = pixels[:, 3].astype(np.float64)
    if not seen.any() or pixels[:, 3].min() == 255:
        return WHITE
    colours = oklab(np.ascontiguousarray(pixels[:, :3]))
    white = oklab(np.array([WHITE], dtype=np.uint8))[0]
    near = np.linalg.norm(colours - white, axis=1) < NEAR_WHITE
    return DARK if seen[near].sum() > MOSTLY * seen.sum() else WHITE
