"""The colours of a picture as people see them: a palette with shares, and the fitting one of twelve names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagesearch.colours.oklab import oklab

Floats = NDArray[np.float32]

NAMES = (
    "red",
    "orange",
    "yellow",
    "green",
    "teal",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "grey",
    "white",
)

SIDE = 48  # pixels of the long side that is looked at
SWATCHES = 5
MIN_DISTANCE = 0.12  # distance in OKLab below which two colours are one swatch
MIN_SHARE = 0.03  # the seams between two colours, mixed while shrinking, have less


@dataclass(frozen=True)
class Swatch:
    """One colour ("#a1b2c3") and the share of the picture that it stands for, 0 to 1."""

    hex: str
    share: float


def palette(image: Image.Image) -> list[Swatch]:
    """Up to five colours of an RGB picture, most first; their shares add up to 1."""
    rgb = _pixels(image)
    lab = oklab(rgb)
    centres = _seeds(lab)
    for _ in range(4):
        nearest = _nearest(lab, centres)
        centres = np.array([lab[nearest == n].mean(0) for n in np.unique(nearest)])
    nearest = _nearest(lab, centres)
    shares = np.bincount(nearest, minlength=len(centres)) / len(lab)
    kept = [n for n in np.argsort(-shares, kind="stable") if shares[n] >= MIN_SHARE]
    total = shares[kept].sum()
    # The pixel that is nearest to the mean, for a mean of unlike colours is greyer than all of them.
    typical = [rgb[np.square(lab - centres[n]).sum(1).argmin()] for n in kept]
    return [
        Swatch(f"#{bytes(colour).hex()}", round(float(shares[n] / total), 3))
        for n, colour in zip(kept, typical, strict=True)
    ]


def name(image: Image.Image) -> str:
    """The one of NAMES that a person would file an RGB picture under.

    Pixels vote with their colourfulness, those in the middle most, and what also fills the margin loses
    some of its votes: so an orange on a white table is orange, and a blue dress on a wooden floor is blue.
    """
    lab = oklab(np.asarray(_small(image)))
    votes = names(lab)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    weight = np.clip(chroma / 0.1, 0.3, 1.5) * np.where(votes == NAMES.index("brown"), 0.7, 1)
    middle = _middle(*votes.shape)
    inside, outside = (
        np.bincount(votes.ravel(), (weight * area / area.sum()).ravel(), minlength=len(NAMES))
        for area in (middle, 1.01 - middle)
    )
    return NAMES[int((inside - 0.5 * outside).argmax())]


def names(lab: Floats) -> NDArray[np.intp]:
    """The index in NAMES of each colour; lab has shape (..., 3)."""
    light = lab[..., 0]
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    # Lamplight makes white things warm, and a little blue is enough for jeans.
    least = np.select([_between(hue, 50, 110) & (light > 0.6), _between(hue, 200, 290)], [0.05, 0.025], 0.035)
    # First match counts. The boundaries were set by eye, on colour charts and on photos.
    rules = {
        "black": (light < 0.22) & (chroma < 0.08) | (light < 0.36) & (chroma < np.minimum(least, 0.03)),
        "white": (light > 0.84) & (chroma < least),
        "grey": chroma < least,
        "pink": (_between(hue, 335, 360) & (light > 0.5))
        | (_between(hue, 320, 335) & (light > 0.62))
        | (_between(hue, 0, 45) & (light > 0.72) & (chroma < 0.16)),
        "brown": _between(hue, 18, 105) & (chroma < 0.125 - 0.16 * (light - 0.5)) & (light < 0.84),
        "red": _between(hue, 0, 40),
        "orange": _between(hue, 40, 76),
        "yellow": _between(hue, 76, 107) | _between(hue, 107, 112) & (light > 0.85),
        "green": _between(hue, 107, 170),
        "teal": _between(hue, 170, 215),
        "blue": _between(hue, 215, 287),
    }
    return np.select(list(rules.values()), [NAMES.index(n) for n in rules], NAMES.index("purple"))


def _between(hue: Floats, low: float, high: float) -> NDArray[np.bool_]:
    return (hue >= low) & (hue < high)


def _small(image: Image.Image) -> Image.Image:
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return small


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(_small(image)).reshape(-1, 3)


def _middle(height: int, width: int) -> Floats:
    """1 in the middle, falling to 0 in the corners."""
    y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in (height, width))
    return np.exp(-2 * (y[:, None] ** 2 + x[None, :] ** 2)).astype(np.float32)


def _seeds(lab: Floats) -> Floats:
    """The fullest cells of a coarse grid, the fullest first, that lie apart from each other."""
    cells = (lab / 0.08).round().astype(np.int64) @ (10_000, 100, 1)
    _, where, counts = np.unique(cells, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(where, axis) for axis in lab.T]).astype(np.float32) / counts[:, None]
    chosen: list[Floats] = []
    for n in np.argsort(-counts, kind="stable"):
        if len(chosen) < SWATCHES and all(
            np.linalg.norm(means[n] - other) > MIN_DISTANCE for other in chosen
        ):
            chosen.append(means[n])
    return np.array(chosen)


def _nearest(lab: Floats, centres: Floats) -> NDArray[np.intp]:
    nearest: NDArray[np.intp] = np.square(lab[:, None] - centres[None]).sum(2).argmin(1)
    return nearest
