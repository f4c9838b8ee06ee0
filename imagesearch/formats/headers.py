"""Reads what decoding a picture will cost from its bytes alone, before any decoder sees them.

A decoder believes what it is told. This reader goes from part to part, stops where there are too many, and
takes a fraction of a second for 50 MB. Nothing here raises on damaged files: what cannot be read is left at
its default, and `images.decode` or the decoder refuses it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from imagesearch.formats import avif, png

# The next marker of a JPEG: escaped 0xFF and restart marks belong to the compressed data.
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
SIZE_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
PROGRESSIVE_MARKERS = {0xC2, 0xC6, 0xCA, 0xCE}
BARE_MARKERS = {
    0x01,
    0xC8,
    0xD8,
    0xD9,
    *range(0xF0, 0xFE),
}  # Pillow looks for the next marker right behind them


# What decoders of other formats than JPEG have in memory at most, in bytes per pixel of the canvas; measured.
BYTES_PER_PIXEL = {"PNG": 12, "WEBP": 16, "GIF": 12, "AVIF": 16, "HEIF": 16}
OVERHEAD_BYTES = 40_000_000  # bands that are being converted, and the picture of 1,600 px made of them


@dataclass
class Cost:
    """What decoding takes: the canvas (0 where the header does not say), frames, scans, and parts to read.

    `coefficients` is the number of samples of a JPEG that libjpeg has to keep whole, two bytes each: all of
    them where a pixel's data is spread over several scans (progressive), else 0. `end` is the place of the
    mark that ends a JPEG, PNG or GIF, None where it is missing. `spills` tells that a later frame of a GIF is
    larger than its canvas, which Pillow would enlarge.
    """

    width: int = 0
    height: int = 0
    frames: int = 1
    scans: int = 0
    pieces: int = 0
    coefficients: int = 0
    end: int | None = None
    spills: bool = False

    def cover(self, width: int, height: int) -> None:
        """Keeps the largest canvas that the file speaks of, for a file can say it twice."""
        if width * height >= self.width * self.height:
            self.width, self.height = width, height


def max_pieces(size: int) -> int:
    """How many parts a file of `size` bytes may have.

    An honest 25 MB has some 100,000 (a GIF's blocks of 255 bytes). 25 MB of nothing but empty parts kept
    Pillow busy for 16 s (PNG chunks), 18 s (GIF comments) and 22 s (JPEG segments).
    """
    return 50_000 + size // 128


def cost(format_name: str, data: bytes) -> Cost:
    """What decoding `data` takes; wrong or missing facts are left at their defaults."""
    result = Cost()
    with suppress(IndexError, struct.error):  # cut off: what was read until here still counts
        if read := READERS.get(format_name):
            read(data, result)
    return result


def memory(format_name: str, cost: Cost, long_side: int) -> int:
    """Bytes that decoding takes at its peak, estimated, for a picture of which `long_side` pixels are needed.

    A baseline JPEG is decoded row by row at a half, a quarter or an eighth of its size. So is a progressive
    one, but all its coefficients are in memory until then. All others are decoded whole.
    """
    pixels = cost.width * cost.height
    if format_name == "JPEG":
        scale = jpeg_scale(cost.width, cost.height, long_side)
        return 2 * cost.coefficients + 4 * pixels // scale**2 + OVERHEAD_BYTES
    return pixels * BYTES_PER_PIXEL.get(format_name, 16) + OVERHEAD_BYTES


def jpeg_scale(width: int, height: int, long_side: int) -> int:
    """By how much libjpeg may reduce each side while it decodes: 1, 2, 4 or 8."""
    fits = max(width, height) // long_side
    return next((scale for scale in (8, 4, 2) if scale <= fits), 1)


def _jpeg(data: bytes, result: Cost) -> None:
    at, most, frame = 2, max_pieces(len(data)), -1
    while result.pieces <= most and (found := MARKER.search(data, at)):
        marker = data[found.end() - 1]
        # Before the first scan, bytes between the segments are rubbish that Pillow skips one by one.
        result.pieces += 1 + (0 if result.scans else found.start() - at)
        at = found.end()
        if marker == 0xD9 and result.scans:
            result.end = found.start()
            return
        if marker in BARE_MARKERS:
            continue
        if marker in SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", data, at + 3)
            result.cover(width, height)
            frame = at
        if marker == 0xDA:
            result.scans += 1
            _keep_coefficients(data, frame, at, result)
        at += int.from_bytes(data[at : at + 2], "big")


def _keep_coefficients(data: bytes, frame: int, scan: int, result: Cost) -> None:
    """Counts the samples of the frame header at `frame`, where the scan at `scan` is not the only one."""
    components = data[frame + 7] if frame >= 0 else 0
    if components and (data[frame - 1] in PROGRESSIVE_MARKERS or data[scan + 2] < components):
        factors = [divmod(data[frame + 9 + 3 * n], 16) for n in range(components)]
        most = max(1, max(x for x, _ in factors) * max(y for _, y in factors))
        samples = result.width * result.height * sum(x * y for x, y in factors) // most
        result.coefficients = max(result.coefficients, samples)


def _png(data: bytes, result: Cost) -> None:
    at, most = 8, max_pieces(len(data))
    while result.pieces <= most:
        length, kind = struct.unpack_from(">I4s", data, at)
        result.pieces += 1
        if kind == b"IHDR":
            result.cover(*struct.unpack_from(">II", data, at + 8))
        elif kind == b"acTL" and length == png.ANIMATION_BYTES[kind]:
            result.frames = max(result.frames, *struct.unpack_from(">I", data, at + 8))
        elif kind == b"IEND":
            result.end = at if at + 12 <= len(data) else None
            return
        at += length + 12


def _webp(data: bytes, result: Cost) -> None:
    at, most = 12, max_pieces(len(data))
    frames = 0
    while result.pieces <= most:
        kind, length = struct.unpack_from("<4sI", data, at)
        result.pieces += 1
        if kind == b"VP8X":
            width, height = (int.from_bytes(data[at + n : at + n + 3], "little") + 1 for n in (12, 15))
            result.cover(width, height)
        elif kind == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, at + 9)
            result.cover((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        elif kind == b"VP8 ":
            width, height = struct.unpack_from("<HH", data, at + 14)
            result.cover(width & 0x3FFF, height & 0x3FFF)
        elif kind == b"ANMF":
            frames += 1
            result.frames = frames
        at += 8 + length + (length & 1)


def _gif(data: bytes, result: Cost) -> None:
    result.width, result.height = struct.unpack_from("<HH", data, 6)
    at, most, frames = 13 + _gif_colours(data[10]), max_pieces(len(data)), 0
    while result.pieces <= most and data[at] != 0x3B:
        result.pieces += 1
        if data[at] == 0x2C:
            left, top, width, height, flags = struct.unpack_from("<4HB", data, at + 1)
            if not frames:  # the first frame may be larger than the screen; Pillow then enlarges the screen
                result.width = max(result.width, left + width)
                result.height = max(result.height, top + height)
            result.spills |= left + width > result.width or top + height > result.height
            frames += 1
            result.frames = frames
            at += 11 + _gif_colours(flags)
        elif data[at] == 0x21:
            at += 2
        else:
            at += 1
            continue
        while length := data[at]:
            at += length + 1
            result.pieces += 1
            if result.pieces > most:
                return
        at += 1
    result.end = at


def _gif_colours(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _avif(data: bytes, result: Cost) -> None:
    try:
        coded = avif.coded_sizes(data)
    except avif.TangledError:
        result.pieces = max_pieces(len(data)) + 1
        return
    for width, height in coded:
        result.cover(width, height)
    # A grid's tiles, an alpha plane and thumbnails are pictures too: together they count like frames.
    result.frames = len(coded)


READERS: dict[str, Callable[[bytes, Cost], None]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "GIF": _gif,
    "AVIF": _avif,
}


def orientation(exif: bytes) -> int:
    """How the picture must be turned, 1 to 8 as EXIF numbers it; 1 where nothing sensible is said.

    Only the one tag is looked at, so that no other tag of a hostile file is ever read.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    for tag, kind, value in _short_tags(exif, order):
        if tag == 0x0112 and kind == 3:
            return value if 1 <= value <= 8 else 1
    return 1


def _short_tags(exif: bytes, order: str) -> Iterator[tuple[int, int, int]]:
    """Tag, type (3 is a short) and value read as a short, of each entry of the first directory."""
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for n in range(count):
            yield struct.unpack_from(f"{order}HH4xH", exif, start + 2 + 12 * n)
    except struct.error:
        return
