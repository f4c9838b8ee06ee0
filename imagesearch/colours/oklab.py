"""The OKLab colour space, where equal distances look equally different."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Both matrices are written transposed, for rows of colours on their left.
TO_CONES = np.array(
    [
        [0.4122214708, 0.2119034982, 0.0883024619],
        [0.5363325363, 0.6806995451, 0.2817188376],
        [0.0514459929, 0.1073969566, 0.6299787005],
    ],
    np.float32,
)
TO_LAB = np.array(
    [
        [0.2104542553, 1.9779984951, 0.0259040371],
        [0.7936177850, -2.4285922050, 0.7827717662],
        [-0.0040720468, 0.4505937099, -0.8086757660],
    ],
    np.float32,
)

# sRGB stores light by this curve; there are only 256 values to take it back.
_CODES = np.arange(256, dtype=np.float32) / 255
LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def oklab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """sRGB bytes of shape (..., 3) as OKLab, the same shape.

    L is lightness from 0 to 1; a runs from green to red and b from blue to yellow, both within about ±0.35,
    and 0 where there is no colour.
    Source: Björn Ottosson, "A perceptual color space for image processing", 2020.
    """
    cones: NDArray[Any] = np.cbrt(LINEAR[rgb] @ TO_CONES)
    return (cones @ TO_LAB).astype(np.float32)
