"""HDR pictures (PQ and HLG) for screens without HDR, as browsers show them.

Sources: ITU-R BT.2100 for both curves; SMPTE ST 2094-50 for the tone map: what is as bright as paper
(203 cd/m²) gets half the light of the screen's white, and what is brighter is compressed into the other half.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import ImageFilter

from imagesearch.colours import profiles

PQ, HLG = 16, 18
"""Transfer functions of H.273."""
PAPER_WHITE = 203.0  # cd/m²
PEAK_LUMINANCE = 1000.0  # cd/m² that a picture is made for
NODES = 65  # of the table on each side
SHOULDER = 0.65  # how far the shoulder of the tone map follows the straight line before it bends

Floats = npt.NDArray[np.float64]


def table(primaries: int, transfer: int) -> ImageFilter.Color3DLUT:
    """The table that turns encoded RGB into sRGB, for a transfer function of PQ or HLG."""
    steps = np.linspace(0, 1, NODES)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red changes fastest
    encoded = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    source = profiles.rgb_to_xyz(profiles.PRIMARIES[primaries])
    wide = profiles.rgb_to_xyz(profiles.PRIMARIES[9])
    light = _pq(encoded) if transfer == PQ else _hlg(encoded, source[1])
    in_wide = light @ (np.linalg.inv(wide) @ source).T
    brightest = np.maximum(in_wide.max(axis=1, keepdims=True), 1e-6)
    mapped = light * _tone_mapped(brightest) / brightest
    linear = mapped @ (np.linalg.inv(profiles.rgb_to_xyz(profiles.BT709)) @ source).T
    return ImageFilter.Color3DLUT(NODES, _srgb_encoded(linear).astype(np.float32))  # as a list it takes 26 MB


def _pq(encoded: Floats) -> Floats:
    """Light, 1 for paper white."""
    m1, m2 = 2610 / 16384, 2523 / 32
    c1, c2, c3 = 3424 / 4096, 2413 / 128, 2392 / 128
    root = encoded ** (1 / m2)
    return np.asarray((np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10_000 / PAPER_WHITE)


def _hlg(encoded: Floats, luminance: Floats) -> Floats:
    """Light on a screen of 1,000 cd/m², 1 for paper white; `luminance` weighs the three colours."""
    a, b = 0.17883277, 0.28466892
    c = 0.55991073
    scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
    return np.asarray(scene * (scene @ luminance)[:, None] ** 0.2 * PEAK_LUMINANCE / PAPER_WHITE)


def _tone_mapped(light: Floats) -> Floats:
    """Straight at half the light up to paper white, then a shoulder (a quadratic Bézier curve) up to 1."""
    most, knee = PEAK_LUMINANCE / PAPER_WHITE, 0.5
    middle_x, middle_y = (1 - SHOULDER) + SHOULDER / knee, (1 - SHOULDER) * knee + SHOULDER
    t = np.linspace(0, 1, 257)
    x = (1 - t) ** 2 + 2 * t * (1 - t) * middle_x + t**2 * most
    y = (1 - t) ** 2 * knee + 2 * t * (1 - t) * middle_y + t**2
    return np.where(light <= 1, light * knee, np.interp(light, x, y))


def _srgb_encoded(linear: Floats) -> Floats:
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
