"""What colours a picture has, and where a colour word lies among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagesearch.colours.oklab import oklab
from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.norm import unit

FILE = Path(__file__).parent / "data" / "colour_means.json"
SIDE = 40  # a picture is looked at as so many patches across and down

# Typical sRGB of each word.
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (200, 20, 30),
    "crimson": (170, 15, 40),
    "scarlet": (220, 40, 20),
    "maroon": (110, 15, 30),
    "burgundy": (110, 15, 40),
    "orange": (245, 130, 20),
    "brown": (110, 65, 30),
    "tan": (200, 165, 120),
    "beige": (225, 205, 170),
    "yellow": (245, 215, 30),
    "gold": (215, 170, 50),
    "golden": (215, 170, 90),
    "green": (45, 140, 50),
    "olive": (110, 115, 40),
    "lime": (150, 215, 40),
    "turquoise": (60, 190, 185),
    "teal": (20, 120, 120),
    "cyan": (40, 200, 220),
    "blue": (35, 85, 190),
    "navy": (25, 35, 90),
    "purple": (115, 45, 150),
    "violet": (130, 70, 190),
    "lilac": (195, 165, 215),
    "pink": (240, 130, 170),
    "magenta": (210, 30, 140),
    "black": (15, 15, 15),
    "white": (245, 245, 245),
    "grey": (130, 130, 130),
    "gray": (130, 130, 130),
    "silver": (180, 180, 185),
    "cream": (245, 235, 205),
    "dark": (25, 25, 30),
    "bright": (235, 235, 235),
    "ginger": (200, 115, 50),
}

GREYS = (0.12, 0.35, 0.55, 0.75, 0.97)  # lightness
HUES = (25, 55, 85, 110, 145, 195, 255, 300, 350)  # degrees in OKLab: red, orange and brown, amber … pink
SHADES = ((0.38, 0.08), (0.62, 0.17), (0.82, 0.08))  # lightness and chroma: dark, full, pale
AXES = np.array([0.7, 1.6, 1.6], np.float32)  # lightness counts less than hue
SOFTNESS = 0.07  # how far a colour spreads over the anchors near it

# How much of a picture's centre and of its surround a colour that was asked for is thought to cover;
# the rest is the mean of many photos. A thing of that colour seldom fills the surround.
CENTRE_SHARE, SURROUND_SHARE = 0.55, 0.1


def anchors() -> Matrix:
    """(32, 3) in OKLab, on the axes as weighted: five greys, and nine hues in three shades."""
    colours = [(lightness, 0.0, 0.0) for lightness in GREYS]
    for hue in np.deg2rad(HUES):
        colours += [(lightness, chroma * np.cos(hue), chroma * np.sin(hue)) for lightness, chroma in SHADES]
    return np.array(colours, np.float32) * AXES


def windows() -> Matrix:
    """(2, SIDE²), each row of sum 1: how much each patch belongs to the centre, and to the surround."""
    offsets = (np.arange(SIDE) + 0.5) / (SIDE / 2) - 1
    distance = offsets[:, None] ** 2 + offsets[None, :] ** 2
    rows = np.stack([np.exp(-distance / (2 * 0.4**2)), 1 - np.exp(-distance / (2 * 0.55**2))]).reshape(2, -1)
    rows /= rows.sum(axis=1, keepdims=True)
    return rows.astype(np.float32)


ANCHORS = anchors()
WINDOWS = windows()


@cache
def means() -> tuple[Matrix, Matrix]:
    """Means over many photos, (64,) each: of the histograms, and of their square roots."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return np.array(data["mean_histogram"], np.float32), np.array(data["mean_sqrt_histogram"], np.float32)


def shares(rgb: NDArray[np.uint8]) -> Matrix:
    """(n, 3) sRGB → (n, 32), rows of sum 1: how much of each anchor a colour is."""
    colours = oklab(rgb) * AXES
    distance = (ANCHORS**2).sum(axis=1) - 2 * colours @ ANCHORS.T  # squared, without what all anchors share
    distance -= distance.min(axis=1, keepdims=True)
    weight: Matrix = np.exp(-distance / (2 * SOFTNESS**2))
    weight /= weight.sum(axis=1, keepdims=True)
    return weight


def histogram(image: Image.Image) -> Matrix:
    """(64,): the colours of the centre (32 anchors), then those of the surround."""
    patches = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)).reshape(-1, 3)
    return (WINDOWS @ shares(patches)).ravel()


def direction(colours: Matrix) -> Matrix:
    """(64,), norm 1: how a histogram differs from the mean one; square roots, so that small shares count."""
    return unit(np.sqrt(colours) - means()[1])


def picture_colour(image: Image.Image) -> Matrix:
    """(64,), norm 1, of an RGB picture."""
    return direction(histogram(image))


def word_colour(words: Sequence[str]) -> Matrix:
    """(64,), norm 1: where pictures in these colours lie."""
    wanted = shares(np.array([COLOURS[word] for word in words], np.uint8)).mean(axis=0)
    mean = means()[0]
    centre = (1 - CENTRE_SHARE) * mean[:32] + CENTRE_SHARE * wanted
    surround = (1 - SURROUND_SHARE) * mean[32:] + SURROUND_SHARE * wanted
    return direction(np.concatenate([centre, surround]))
