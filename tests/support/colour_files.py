"""Pictures in all kinds of colour spaces, built here, and the mean colours that Chromium shows of them.

tests/browser/test_colours.py compares the numbers with the browser that is there.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from imagesearch.colours import profiles
from imagesearch.colours.profiles import BT709, D65, PRIMARIES, power, rgb_profile
from tests.support.hostile import encoded, picture, png, png_chunk

Maker = Callable[[], bytes]
Mean = tuple[float, float, float]

SIZE = (64, 64)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *D65)
PROPHOTO = (0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001, 0.3457, 0.3585)
WIDE = PRIMARIES[12]


# Profiles


def named(profile: bytes, name: bytes) -> bytes:
    """The profile under another name of five letters."""
    return profile.replace(b"built", name)


def linear() -> bytes:
    return rgb_profile(BT709, power(1))


def gray(exponent: float) -> bytes:
    tags = [(b"wtpt", profiles._xyz(profiles.D50_XYZ)), (b"kTRC", profiles._curve(power(exponent)))]
    tags += [(b"desc", profiles._description(b"built")), (b"cprt", b"text\0\0\0\0none\0")]
    profile = profiles._assembled(tags)
    return profile[:16] + b"GRAY" + profile[20:]


def lookup(space: bytes) -> bytes:
    """A printer's profile by lookup tables to Lab: its black is a dark grey, its colours are dull."""
    inputs = {b"CMYK": 4, b"RGB ": 3}[space]
    ramp = bytes(range(256))
    cells = np.stack(np.meshgrid(*[[0.0, 0.5, 1.0]] * inputs, indexing="ij"), axis=-1).reshape(-1, inputs)
    rgb = (1 - cells[:, :3]) * (1 - cells[:, 3:]) if inputs == 4 else cells
    light = 0.03 + 0.85 * rgb**2.2
    xyz = light @ profiles.rgb_to_xyz(BT709).T / profiles.D50_XYZ
    f = np.cbrt(xyz)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    table = np.clip(np.round(lab * [2.55, 1, 1] + [0, 128, 128]), 0, 255).astype(np.uint8).tobytes()
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    head = b"mft1\0\0\0\0" + bytes([inputs, 3, 3, 0]) + identity
    tags = [(b"A2B0", head + ramp * inputs + table + ramp * 3), (b"wtpt", profiles._xyz(profiles.D50_XYZ))]
    tags += [(b"desc", profiles._description(b"built")), (b"cprt", b"text\0\0\0\0none\0")]
    profile = profiles._assembled(tags)
    return profile[:12] + b"prtr" + space + b"Lab " + profile[24:]


# PNGs with colour chunks


def chunks(*parts: bytes, mode: str = "RGB", late: bool = False) -> bytes:
    """A PNG with these chunks before its pixels, or behind them."""
    data = encoded(picture(SIZE, mode), "PNG")
    place = len(data) - 12 if late else 33
    return data[:place] + b"".join(parts) + data[place:]


def cicp(primaries: int, transfer: int, matrix: int = 0, full: int = 1) -> bytes:
    return png_chunk(b"cICP", bytes([primaries, transfer, matrix, full]))


def iccp(profile: bytes) -> bytes:
    return png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(profile))


def gama(gamma: float) -> bytes:
    return png_chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))


def chrm(primaries: profiles.Primaries) -> bytes:
    values = (*primaries[6:], *primaries[:6])
    return png_chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values)))


SRGB = png_chunk(b"sRGB", b"\0")


def nclx(primaries: int, transfer: int) -> bytes:
    data = bytearray(encoded(picture(SIZE), "AVIF", speed=10, quality=100))
    place = data.index(b"nclx") + 4
    data[place : place + 4] = struct.pack(">HH", primaries, transfer)
    return bytes(data)


def deep(colour: int, *parts: bytes) -> bytes:
    """16 bits a channel: two greys, of which tRNS can make one transparent."""
    pixel = {0: (">H", 1), 2: (">HHH", 3)}[colour]
    row = b"".join(struct.pack(pixel[0], *(value,) * pixel[1]) for value in (0x4000, 0x4001, 0x9000, 0x4000))
    return png(4, 2, *parts, depth=16, colour=colour, pixels=(b"\0" + row) * 2)


def jpeg(profile: bytes, mode: str = "RGB") -> bytes:
    return encoded(picture(SIZE, mode), "JPEG", quality=95, icc_profile=profile)


def small_frame() -> bytes:
    """A GIF whose only frame covers a part of its canvas."""
    data = bytearray(encoded(picture((20, 20)).quantize(8), "GIF"))
    place = data.index(b",", 13 + (3 << (data[10] & 7) + 1))
    data[6:10], data[place + 1 : place + 5] = struct.pack("<HH", 60, 60), struct.pack("<HH", 30, 10)
    return bytes(data)


def glass() -> bytes:
    """Half-transparent linear grey: colour first, then the ground."""
    return encoded(Image.new("RGBA", SIZE, (55, 55, 55, 128)), "PNG", icc_profile=linear())


FILES: dict[str, Maker] = {
    "jpeg p3": lambda: jpeg(rgb_profile(WIDE, profiles.srgb())),
    "jpeg p3 named like sRGB": lambda: jpeg(named(rgb_profile(WIDE, profiles.srgb()), b"sRGB ")),
    "jpeg adobe rgb": lambda: jpeg(rgb_profile(ADOBE, power(563 / 256))),
    "jpeg prophoto": lambda: jpeg(rgb_profile(PROPHOTO, power(1.8))),
    "jpeg bt.2020": lambda: jpeg(rgb_profile(PRIMARIES[9], power(2.4))),
    "jpeg linear": lambda: jpeg(linear()),
    "jpeg srgb under another name": lambda: jpeg(named(profiles.srgb_profile(), b"other")),
    "jpeg rgb by lookup": lambda: jpeg(lookup(b"RGB ")),
    "jpeg grey, linear": lambda: jpeg(gray(1), "L"),
    "jpeg grey, gamma 1.8": lambda: jpeg(gray(1.8), "L"),
    "jpeg grey with an rgb profile": lambda: jpeg(linear(), "L"),
    "jpeg rgb with a grey profile": lambda: jpeg(gray(1)),
    "jpeg cmyk": lambda: encoded(picture(SIZE, "CMYK"), "JPEG", quality=95),
    "jpeg cmyk by lookup": lambda: jpeg(lookup(b"CMYK"), "CMYK"),
    "jpeg cmyk with an rgb profile": lambda: jpeg(linear(), "CMYK"),
    "webp linear": lambda: encoded(picture(SIZE), "WEBP", lossless=True, icc_profile=linear()),
    "webp adobe rgb": lambda: encoded(
        picture(SIZE), "WEBP", lossless=True, icc_profile=rgb_profile(ADOBE, power(563 / 256))
    ),
    "avif linear profile": lambda: encoded(picture(SIZE), "AVIF", quality=100, icc_profile=linear()),
    "avif grey, linear": lambda: encoded(picture(SIZE, "L"), "AVIF", quality=100, icc_profile=gray(1)),
    **{
        f"avif {p}/{t}": (lambda p=p, t=t: nclx(p, t))
        for p, t in [(1, 13), (2, 2), (9, 13), (12, 13), (12, 1)]
    },
    **{
        f"avif {p}/{t}": (lambda p=p, t=t: nclx(p, t)) for p, t in [(1, 4), (1, 8), (9, 16), (9, 18), (22, 5)]
    },
    **{
        f"png cicp {p}/{t}": (lambda p=p, t=t: chunks(cicp(p, t)))
        for p, t in [(12, 13), (9, 1), (1, 8), (1, 5)]
    },
    **{
        f"png cicp {p}/{t}": (lambda p=p, t=t: chunks(cicp(p, t)))
        for p, t in [(9, 16), (9, 18), (11, 17), (12, 2)]
    },
    "png cicp before iccp": lambda: chunks(cicp(12, 13), iccp(linear())),
    "png cicp of narrow range before iccp": lambda: chunks(cicp(12, 13, 0, 0), iccp(linear())),
    "png late cicp": lambda: chunks(cicp(12, 13), late=True),
    "png iccp before srgb and gama": lambda: chunks(iccp(linear()), SRGB, gama(0.5)),
    "png broken iccp before gama": lambda: chunks(iccp(b"no profile" * 20), gama(1)),
    "png srgb before gama": lambda: chunks(SRGB, gama(1)),
    "png srgb of an unknown intent before gama": lambda: chunks(png_chunk(b"sRGB", b"\x09"), gama(1)),
    "png gama 1": lambda: chunks(gama(1)),
    "png gama of a mac": lambda: chunks(gama(1 / 1.8)),
    "png gama and chrm": lambda: chunks(gama(0.45455), chrm(WIDE)),
    "png chrm alone": lambda: chunks(chrm(WIDE)),
    "png gama 0": lambda: chunks(gama(0)),
    "png grey gama": lambda: chunks(gama(1), mode="L"),
    "png palette gama": lambda: chunks(gama(1), mode="P"),
    "png grey with alpha, grey profile": lambda: chunks(iccp(gray(1)), mode="LA"),
    "png with alpha, p3": lambda: chunks(iccp(rgb_profile(WIDE, profiles.srgb())), mode="RGBA"),
    "png half transparent, linear": glass,
    "png 16 bits of grey, linear": lambda: deep(0, iccp(gray(1))),
    "png 16 bits of grey, one transparent": lambda: deep(0, png_chunk(b"tRNS", b"\x40\1")),
    "png 16 bits of colour, one transparent": lambda: deep(2, png_chunk(b"tRNS", b"\x40\1" * 3)),
    "gif with a small frame": small_frame,
}

# As Chromium 156 on Linux shows them on white.
CHROMIUM: dict[str, Mean] = {
    "jpeg p3": (140.9, 126.7, 80.3),
    "jpeg p3 named like sRGB": (140.9, 126.7, 80.3),
    "jpeg adobe rgb": (128, 132.3, 91.9),
    "jpeg prophoto": (129.8, 132.4, 91.1),
    "jpeg bt.2020": (128.3, 114.9, 71.6),
    "jpeg linear": (192.9, 185.8, 160.2),
    "jpeg srgb under another name": (149.3, 132.3, 99.2),
    "jpeg rgb by lookup": (162.2, 140.4, 118),
    "jpeg grey, linear": (189.8, 189.8, 189.8),
    "jpeg grey, gamma 1.8": (150.5, 150.5, 150.5),
    "jpeg grey with an rgb profile": (189.8, 189.8, 189.8),
    "jpeg rgb with a grey profile": (149.3, 132.3, 99.2),
    "jpeg cmyk": (149.3, 132.5, 99),
    "jpeg cmyk by lookup": (162.8, 140.5, 118),
    "jpeg cmyk with an rgb profile": (149.3, 132.5, 99),
    "webp linear": (192.5, 186, 160),
    "webp adobe rgb": (126.5, 132.5, 91.5),
    "avif linear profile": (191.8, 186.6, 159.7),
    "avif grey, linear": (189.8, 189.8, 189.8),
    "avif 1/13": (148, 133.2, 98.3),
    "avif 2/2": (148, 133.2, 98.3),
    "avif 9/13": (128.6, 120.4, 77.9),
    "avif 12/13": (137.7, 128, 79.1),
    "avif 12/1": (137.7, 128, 79.1),
    "avif 1/4": (147.3, 133.2, 96.6),
    "avif 1/8": (191.8, 186.6, 159.7),
    "avif 9/16": (128, 96.2, 63.4),
    "avif 9/18": (127.7, 96.1, 66.4),
    "avif 22/5": (132.1, 117.3, 76.2),
    "png cicp 12/13": (140, 126.8, 79.3),
    "png cicp 9/1": (127.5, 115.3, 71),
    "png cicp 1/8": (192.5, 186, 160),
    "png cicp 1/5": (134.5, 113.5, 78.5),
    "png cicp 9/16": (127.5, 92.8, 63.8),
    "png cicp 9/18": (127.5, 94.8, 67.5),
    "png cicp 11/17": (134.3, 114.3, 68.5),
    "png cicp 12/2": (149.3, 132.5, 99),
    "png cicp before iccp": (140, 126.8, 79.3),
    "png cicp of narrow range before iccp": (192.5, 186, 160),
    "png late cicp": (149.3, 132.5, 99),
    "png iccp before srgb and gama": (192.5, 186, 160),
    "png broken iccp before gama": (192.5, 186, 160),
    "png srgb before gama": (149.3, 132.5, 99),
    "png srgb of an unknown intent before gama": (192.5, 186, 160),
    "png gama 1": (192.5, 186, 160),
    "png gama of a mac": (160.8, 148, 114),
    "png gama and chrm": (137.5, 125.8, 77.8),
    "png chrm alone": (149.3, 132.5, 99),
    "png gama 0": (149.3, 132.5, 99),
    "png grey gama": (189.8, 189.8, 189.8),
    "png palette gama": (191.4, 185.2, 158.6),
    "png grey with alpha, grey profile": (189.8, 189.8, 189.8),
    "png with alpha, p3": (140, 126.8, 79.3),
    "png half transparent, linear": (191, 191, 191),
    "png 16 bits of grey, linear": (152.3, 152.3, 152.3),
    "png 16 bits of grey, one transparent": (131.8, 131.8, 131.8),
    "png 16 bits of colour, one transparent": (131.8, 131.8, 131.8),
    "gif with a small frame": (243.3, 241.4, 237.7),
}
