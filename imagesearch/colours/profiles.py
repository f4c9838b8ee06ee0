"""ICC profiles made of primaries and a transfer function, for CICP, for PNG chunks and for our own sRGB.

Sources: ICC.1:2001-04 (profile version 2), ITU-T H.273 (CICP), ITU-R BT.2100 (PQ and HLG).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]
Primaries = tuple[float, ...]
"""x and y of red, green, blue and white."""

D65 = (0.3127, 0.3290)
D50_XYZ = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
BT709: Primaries = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *D65)
STEPS = 4096  # of a curve in a profile

PRIMARIES: dict[int, Primaries] = {
    1: BT709,
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *D65),
    8: (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *D65),
    10: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *D65),
}


def rgb_profile(primaries: Primaries, curve: Curve) -> bytes:
    """An RGB display profile. `curve` (n,) is linear light, 0 to 1, at n even steps of encoded values."""
    columns = rgb_to_xyz(primaries)
    tags = [(b"wtpt", _xyz(D50_XYZ))]
    tags += [
        (kind, _xyz(column)) for kind, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.T, strict=True)
    ]
    tags += [(kind, _curve(curve)) for kind in (b"rTRC", b"gTRC", b"bTRC")]
    tags += [(b"desc", _description(b"built")), (b"cprt", b"text\0\0\0\0none\0")]
    return _assembled(tags)


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    return rgb_profile(BT709, srgb())


def rgb_to_xyz(primaries: Primaries) -> npt.NDArray[np.float64]:
    """The matrix (3, 3) from linear RGB to XYZ, adapted to D50 as profiles are.

    Raises numpy.linalg.LinAlgError for primaries on one line.
    """
    red, green, blue, white = (np.array(_xy_to_xyz(*primaries[at : at + 2])) for at in (0, 2, 4, 6))
    matrix = np.array([red, green, blue]).T
    matrix = matrix * np.linalg.solve(matrix, white)
    adapt = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50_XYZ) / (BRADFORD @ white)) @ BRADFORD
    return np.asarray(adapt @ matrix)


def _xy_to_xyz(x: float, y: float) -> tuple[float, float, float]:
    y = max(y, 1e-6)
    return x / y, 1.0, (1 - x - y) / y


def _xyz(values: npt.NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)


def _curve(curve: Curve) -> bytes:
    values = np.round(np.clip(curve, 0, 1) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + values.tobytes()


def _description(text: bytes) -> bytes:
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(78)


def _assembled(tags: list[tuple[bytes, bytes]]) -> bytes:
    """Header, table of tags and their data; equal data is stored once."""
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    body = b""
    for _, data in tags:
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
    table = b"".join(struct.pack(">4sII", kind, places[data], len(data)) for kind, data in tags)
    header = struct.pack(
        ">I4xI4s4s4s12x4s", start + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    )
    illuminant = _xyz(D50_XYZ)[8:]
    header = header.ljust(68, b"\0") + illuminant
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


# Transfer functions: linear light of encoded values, both from 0 to 1.


def _encoded() -> Curve:
    return np.linspace(0, 1, STEPS)


def power(exponent: float) -> Curve:
    """(STEPS,): a gamma of this exponent."""
    return _encoded() ** exponent


def srgb() -> Curve:
    """(STEPS,): IEC 61966-2-1."""
    v = _encoded()
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def smpte_240m() -> Curve:
    """(STEPS,): of early high-definition television."""
    v = _encoded()
    return np.where(v < 0.0913, v / 4, ((v + 0.1115) / 1.1115) ** (1 / 0.45))


def smpte_428() -> Curve:
    """(STEPS,): of digital cinema, whose white has 48 of 52.37 candelas."""
    return np.minimum(power(2.6) * 52.37 / 48, 1)


# By their numbers in H.273. Browsers show the curves of television (1, 6, 11, 14, 15) with a gamma of 2.4.
CURVES: dict[int, Callable[[], Curve]] = {
    **dict.fromkeys((1, 6, 11, 14, 15), lambda: power(2.4)),
    4: lambda: power(2.2),
    5: lambda: power(2.8),
    7: smpte_240m,
    8: lambda: power(1),
    13: srgb,
    17: smpte_428,
}
