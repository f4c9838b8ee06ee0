"""Colour space of an AVIF or HEIC without ICC profile: the nclx property (CICP numbers) of its primary item.

Sources: ISO/IEC 14496-12 (boxes, colr), ISO/IEC 23008-12 (pitm, iprp, ipco, ipma).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from imagesearch.formats import avif

MAX_BOXES = 5_000
TRACK = b"colrnclx"  # of a sequence, which has the same box in a track and need not have items


def colour(data: bytes) -> tuple[int, int] | None:
    """Primaries and transfer function as H.273 numbers them; None where the file does not say."""
    with suppress(struct.error, IndexError):  # cut off
        for kind, start, end in _boxes(data, 0, len(data)):
            if kind == b"meta":
                return _of_primary_item(data, start + 4, end)
            if kind == b"moov" and (at := data.find(TRACK, start, end)) >= 0:
                return struct.unpack_from(">HH", data, at + len(TRACK))
    return None


def _of_primary_item(data: bytes, start: int, end: int) -> tuple[int, int] | None:
    boxes = {kind: (at, stop) for kind, at, stop in _boxes(data, start, end)}
    if b"iprp" not in boxes:
        return None
    inside = {kind: (at, stop) for kind, at, stop in _boxes(data, *boxes[b"iprp"])}
    properties = [(kind, at) for kind, at, _ in _boxes(data, *inside[b"ipco"])] if b"ipco" in inside else []
    wanted = _associated(data, inside, _primary_item(data, boxes))
    for number, (kind, at) in enumerate(properties, start=1):
        if kind == b"colr" and data[at : at + 4] == b"nclx" and (wanted is None or number in wanted):
            return struct.unpack_from(">HH", data, at + 4)
    return None


def _primary_item(data: bytes, boxes: dict[bytes, tuple[int, int]]) -> int | None:
    if b"pitm" not in boxes:
        return None
    at = boxes[b"pitm"][0]
    (item,) = struct.unpack_from(">I" if data[at] else ">H", data, at + 4)
    return int(item)


def _associated(data: bytes, boxes: dict[bytes, tuple[int, int]], item: int | None) -> set[int] | None:
    """The numbers of the item's properties; None where the file does not say."""
    if item is None or b"ipma" not in boxes:
        return None
    at, end = boxes[b"ipma"]
    long_id, long_number = data[at] > 0, data[at + 3] & 1
    (count,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    for _ in range(min(count, MAX_BOXES)):
        (found,) = struct.unpack_from(">I" if long_id else ">H", data, at)
        at += 4 if long_id else 2
        size, width = data[at], 2 if long_number else 1
        at += 1
        if found == item:
            values = [int.from_bytes(data[at + n * width : at + (n + 1) * width], "big") for n in range(size)]
            return {value & (0x7FFF if long_number else 0x7F) for value in values}
        at += size * width
        if at >= end:
            break
    return None


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The first MAX_BOXES of them, as avif.boxes gives them."""
    return islice(avif.boxes(data, start, end), MAX_BOXES)
