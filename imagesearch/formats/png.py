"""The chunks of a PNG, read before any decoder sees them: those that it needs, and what they say of colours.

Sources: PNG specification, third edition (W3C).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
DECODED = CRITICAL | {b"tRNS", b"acTL", b"fcTL", b"fdAT", b"eXIf"}
COLOUR = {b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"}
MAX_COLOUR_BYTES = 4 * 1024 * 1024  # of an unpacked profile; those of printers have 2 MB
ANIMATION_BYTES = {b"acTL": 8, b"fcTL": 26}
TRANSPARENCY_BYTES = {0: (2,), 2: (6,), 3: range(1, 257)}  # by colour type: grey, RGB, palette
MAX_EXIF_BYTES = 64 * 1024  # as many as a JPEG's segment holds


@dataclass
class Contents:
    """A PNG without the chunks that its decoder does not need, which can be large or damaged.

    `data` is the file for the decoder; `colour` has the content of each good colour chunk before the pixels;
    `wrong` tells whether a checksum is wrong, in a chunk that was left out or in the pixels' own.
    """

    data: bytes = b""
    colour: dict[bytes, bytes] = field(default_factory=dict)
    transparency: bytes = b""
    wrong: bool = False


def read(data: bytes) -> Contents:
    """Never raises: what follows a broken length is kept as it is, for the decoder to refuse."""
    result = Contents()
    kept: list[memoryview] = [memoryview(data)[:8]]
    pixels, dropped = False, False
    for kind, start, end in _chunks(data):
        content = memoryview(data)[start + 8 : end - 4]
        good = zlib.crc32(content, zlib.crc32(kind)) == int.from_bytes(data[end - 4 : end], "big")
        result.wrong |= not good and end <= len(data)
        pixels |= kind == b"IDAT"
        if good and not pixels and kind in COLOUR and len(content) <= MAX_COLOUR_BYTES:
            result.colour.setdefault(kind, bytes(content))
        needed = good and _is_needed(kind, len(content), colour_type=data[25])
        if kind == b"tRNS" and needed:
            result.transparency = bytes(content)
        if kind in CRITICAL or needed:
            kept.append(memoryview(data)[start:end])
        else:
            dropped = True
    result.data = b"".join(kept) if dropped else data
    return result


def _is_needed(kind: bytes, length: int, colour_type: int) -> bool:
    """Browsers, too, pass over what has a wrong length."""
    if kind == b"tRNS":
        return length in TRANSPARENCY_BYTES.get(colour_type, ())
    if kind in ANIMATION_BYTES:
        return length == ANIMATION_BYTES[kind]
    return kind in DECODED and (kind != b"eXIf" or length <= MAX_EXIF_BYTES)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk, head and checksum included; the last may end beyond the file."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + length + 12
        if kind == b"IEND":
            return
        at += length + 12


def profile(chunk: bytes) -> bytes | None:
    """The ICC profile in an iCCP chunk; None where it is broken or unpacks to too much."""
    _, _, packed = chunk.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed[1:], MAX_COLOUR_BYTES)
    except zlib.error:
        return None
    return unpacked if unpacker.eof else None


def transparent_colour(contents: Contents, depth: int) -> tuple[int, ...]:
    """The one transparent colour of a PNG without palette, in numbers of its depth; () for none."""
    chunk = contents.transparency
    if len(chunk) not in (2, 6):
        return ()
    return tuple(value & (1 << depth) - 1 for value in struct.unpack(f">{len(chunk) // 2}H", chunk))


def bare(data: bytes) -> bytes:
    """The file with nothing but what its still picture is decoded from."""
    chunks = ((kind, data[start:end]) for kind, start, end in _chunks(data))
    return SIGNATURE + b"".join(chunk for kind, chunk in chunks if kind in CRITICAL or kind == b"tRNS")
