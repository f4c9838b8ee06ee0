"""Finds the sizes that an AVIF's compressed data really has, which its container may deny.

libavif takes the size from the container, decodes whatever the AV1 data holds, and scales it to fit: a file
of 3.5 KB that called itself 100 × 100 held 16,000 × 16,000 pixels and took 520 MB.
Sources: ISO/IEC 14496-12 (boxes), the AV1 bitstream specification, section 5.5 (sequence header).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

Range = tuple[int, int]
CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
SEQUENCE_HEADER = 1
MAX_PARTS = 20_000  # boxes, items, extents and units; a picture of 8 × 8 tiles has some 300


class TangledError(ValueError):
    """More parts than a picture needs, or parts that overlap."""


def coded_sizes(data: bytes) -> list[tuple[int, int]]:
    """Width and height of every AV1 sequence header in the picture's items and its tracks' first samples.

    Raises TangledError, and struct.error or IndexError where the file is cut off.
    """
    return list(_Container(data).sizes())


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box; any number, which the caller limits."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        stop = end if size == 0 else min(start + size, end)
        if stop < start + head:
            return
        yield kind, start + head, stop
        start = stop


class _Container:
    """The boxes of one file, read with an eye on how much reading they cause."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.parts = MAX_PARTS
        self.bytes = 2 * len(data)

    def sizes(self) -> Iterator[tuple[int, int]]:
        for kind, start, end in self._boxes(0, len(self.data)):
            if kind == b"meta":
                payloads = self._items(start + 4, end)
            elif kind == b"moov":
                payloads = self._samples(start, end)
            else:
                continue
            for payload in payloads:
                yield from self._sequence_sizes(payload)

    def _count_part(self) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise TangledError(f"more than {MAX_PARTS:,} parts")

    def _cut(self, start: int, length: int) -> bytes:
        """A range of the file; a length of 0 means to its end."""
        self._count_part()
        end = min(start + length, len(self.data)) if length else len(self.data)
        self.bytes -= max(0, end - start)
        if self.bytes < 0:
            raise TangledError("parts that overlap")
        return self.data[start:end]

    def _boxes(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        for box in boxes(self.data, start, end):
            self._count_part()
            yield box

    def _items(self, start: int, end: int) -> Iterator[bytes]:
        """The compressed data of each AV1 item of a meta box."""
        boxes = {kind: (at, stop) for kind, at, stop in self._boxes(start, end)}
        if b"iinf" not in boxes or b"iloc" not in boxes:
            return
        pictures = self._av1_items(*boxes[b"iinf"])
        base = boxes.get(b"idat", (0, 0))[0]
        for item, inside, extents in self._locations(boxes[b"iloc"][0]):
            if item in pictures:
                offset = base if inside else 0
                yield b"".join(self._cut(offset + at, length) for at, length in extents)

    def _av1_items(self, start: int, end: int) -> set[int]:
        found = set()
        for kind, at, _ in self._boxes(start + (8 if self.data[start] else 6), end):
            if kind == b"infe":
                long_id = self.data[at] > 2
                (item,) = struct.unpack_from(">I" if long_id else ">H", self.data, at + 4)
                name = at + (10 if long_id else 8)
                if self.data[name : name + 4] == b"av01":
                    found.add(item)
        return found

    def _locations(self, at: int) -> Iterator[tuple[int, bool, list[Range]]]:
        """Item id, whether its data lies in the idat box, and its extents (offset, length)."""
        version, widths = self.data[at], self.data[at + 4 : at + 6].hex()
        offset_width, length_width, base_width, index_width = (int(digit, 16) for digit in widths)
        numbers = _Numbers(self.data, at + 6)
        id_width = 4 if version == 2 else 2
        for _ in range(numbers.take(id_width)):
            self._count_part()
            item = numbers.take(id_width)
            inside = bool(version) and numbers.take(2) & 15 == 1
            numbers.take(2)  # data_reference_index
            base = numbers.take(base_width)
            extents = []
            for _ in range(numbers.take(2)):
                self._count_part()
                numbers.take(index_width if version else 0)
                extents.append((base + numbers.take(offset_width), numbers.take(length_width)))
            yield item, inside, extents

    def _samples(self, start: int, end: int) -> Iterator[bytes]:
        """The first sample of each track below; only the first frame is ever decoded."""
        place = length = None
        for kind, at, stop in self._boxes(start, end):
            if kind in CONTAINERS:
                yield from self._samples(at, stop)
            elif kind in (b"stco", b"co64"):
                (place,) = struct.unpack_from(">Q" if kind == b"co64" else ">I", self.data, at + 8)
            elif kind == b"stsz":
                every, _, first = struct.unpack_from(">III", self.data, at + 4)
                length = every or first
        if place is not None and length:
            yield self._cut(place, length)

    def _sequence_sizes(self, payload: bytes) -> Iterator[tuple[int, int]]:
        """The sizes said in the units (OBUs) of one item or sample."""
        at = 0
        while at < len(payload):
            self._count_part()
            head = payload[at]
            at += 1 + (head >> 2 & 1)
            length, at = _leb128(payload, at) if head & 2 else (len(payload) - at, at)
            if head >> 3 & 15 == SEQUENCE_HEADER:
                yield _Bits(payload[at : at + length]).sequence_size()
            at += length


class _Numbers:
    """Big-endian numbers of changing width, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, width: int) -> int:
        if self.at + width > len(self.data):
            raise IndexError(self.at)
        self.at += width
        return int.from_bytes(self.data[self.at - width : self.at], "big")


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number in the format's own spelling, and where it ends."""
    value = 0
    for n in range(8):
        byte = data[at + n]
        value |= (byte & 127) << 7 * n
        if byte < 128:
            return value, at + n + 1
    raise IndexError(at)


class _Bits:
    """A sequence header, bit by bit."""

    def __init__(self, data: bytes) -> None:
        self.value = int.from_bytes(data[:256], "big")
        self.left = 8 * len(data[:256])

    def take(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise IndexError(count)
        return self.value >> self.left & (1 << count) - 1

    def sequence_size(self) -> tuple[int, int]:
        """max_frame_width and max_frame_height; the lines before them follow the specification's order."""
        self.take(4)
        if self.take(1):  # reduced_still_picture_header
            self.take(5)
        else:
            self._skip_timing_and_points()
        width_bits, height_bits = self.take(4) + 1, self.take(4) + 1
        return self.take(width_bits) + 1, self.take(height_bits) + 1

    def _skip_timing_and_points(self) -> None:
        delay_bits = 0
        if self.take(1):  # timing_info_present_flag
            self.take(64)
            if self.take(1):
                self._skip_uvlc()
            if self.take(1):  # decoder_model_info_present_flag
                delay_bits = self.take(5) + 1
                self.take(42)
        display_delay = self.take(1)
        for _ in range(self.take(5) + 1):  # operating points
            self.take(12)
            if self.take(5) > 7:
                self.take(1)
            if delay_bits and self.take(1):
                self.take(2 * delay_bits + 1)
            if display_delay and self.take(1):
                self.take(4)

    def _skip_uvlc(self) -> None:
        zeros = 0
        while not self.take(1):
            zeros += 1
        self.take(zeros)
