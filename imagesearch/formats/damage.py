"""Damaged files that browsers still show: what can be read of them, and how much of the picture is missing.

A damaged file is decoded twice, with other data behind its end (JPEG, WebP) or on another ground (PNG, GIF).
What then differs was not in the file. Nothing here changes Pillow's LOAD_TRUNCATED_IMAGES, which holds for
the whole process.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from PIL import ImageFile, JpegImagePlugin

from imagesearch.formats import headers, png

MAX_MISSING = 0.01  # of the picture
END_MISSING = "The end of the file is missing."
DATA_DAMAGED = "A small part of the picture's data is damaged."
WRONG_CHECKSUM = "A checksum in the file is wrong."
PARTS_DAMAGED = "Parts of the file beside the picture are damaged and were left out."

END_OF_JPEG = b"\xff\xd9"
NOISE = bytes(n * n * 37 % 251 for n in range(1, 4096))  # data that decodes to something else than nothing
EARLIER = (16, 24, 8, 4, 32, 64)  # bytes
MCU = 16  # the most rows that a JPEG or WebP decodes together
BAND_PIXELS = 1_000_000  # compared at a time
MAX_PIXELS_PER_BYTE = {"JPEG": 512, "PNG": 8 * 1032, "GIF": 4096, "WEBP": 1 << 20}
"""Pixels in one byte at most, even of one colour: a file with more lacks nearly everything."""

Opener = Callable[[bytes], ImageFile.ImageFile]


class CutShortError(ValueError):
    """Rows of a JPEG seem to be missing before the mark that ends it."""


class JpegReader(JpegImagePlugin.JpegImageFile):
    """Gets the mark that ends the file last, and looks before that whether its rows were decoded.

    libjpeg fills what is missing before the mark with grey, and Pillow does not say so.
    """

    end: int | None = None
    """Place of the mark; None not to look."""
    full_height = 0

    def load_prepare(self) -> None:
        super().load_prepare()
        if self.end is not None:
            _fill(self, 1)

    def load_read(self, read_bytes: int) -> bytes:
        """Raises CutShortError where rows are missing before the mark."""
        if self.end is not None and self.fp is not None:
            left = self.end - self.fp.tell()
            if left > 0:
                return super().load_read(min(read_bytes, left))
            self.end = None
            if self._lacks_rows():
                raise CutShortError
        return super().load_read(read_bytes)

    def _lacks_rows(self) -> bool:
        """Whether a row is untouched that is above the last two rows of MCUs, which libjpeg keeps back."""
        kept_back = 2 * MCU * self.height // max(1, self.full_height or self.height) + 2
        row = self.height - 1 - max(kept_back, int(self.height * MAX_MISSING))
        if row < 0:
            return False
        line = self._new(self.im.crop((0, row, self.width, row + 1)))
        return all(low == high == 1 for low, high in _extrema(line))


def _extrema(line: object) -> list[tuple[int, int]]:
    found = line.getextrema()  # type: ignore[attr-defined]
    return list(found) if isinstance(found[0], tuple) else [found]


def _fill(image: ImageFile.ImageFile, value: int) -> None:
    """Sets all that the file is about to draw."""
    bands = len(image.getbands())
    for tile in image.tile or []:
        image.im.paste(value if bands == 1 else (value,) * bands, tile[1] or (0, 0, *image.size))


def rescued(
    format_name: str, data: bytes, cost: headers.Cost, opened: Opener
) -> tuple[ImageFile.ImageFile, float]:
    """The picture as far as it is there, loaded, and the share of it that is missing.

    `opened` gives a decoder for the bytes, not yet loaded. Raises ValueError where nothing can be done, and
    whatever Pillow does.
    """
    if len(data) * MAX_PIXELS_PER_BYTE.get(format_name, 0) < cost.width * cost.height:
        raise ValueError("Hardly any data, or a format that cannot be read in part.")
    if format_name == "JPEG":
        image, other = _two_that_load(_jpeg_variants(data, cost), opened)
    elif format_name == "WEBP":
        image, other = _two_that_load(_webp_variants(data), opened)
    else:
        bare = png.bare(data) if format_name == "PNG" else data
        image, other = opened(bare), opened(bare)
        _load_on(image, 0)
        _load_on(other, 255)
    with other:
        return image, _missing(image, other, in_order=format_name in ("JPEG", "WEBP"))


def _two_that_load(variants: Iterable[bytes], opened: Opener) -> list[ImageFile.ImageFile]:
    """The first must; of the others one."""
    loaded: list[ImageFile.ImageFile] = []
    for variant in variants:
        image = opened(variant)
        try:
            image.load()
        except OSError:
            if not loaded:
                raise
            continue
        loaded.append(image)
        if len(loaded) == 2:
            return loaded
    raise ValueError("Only one variant can be decoded.")


def _load_on(image: ImageFile.ImageFile, fill: int) -> None:
    """Loads what can be loaded, on a ground of this value."""
    prepare = image.load_prepare

    def prepare_and_fill() -> None:
        prepare()
        _fill(image, fill)

    image.load_prepare = prepare_and_fill  # type: ignore[method-assign]
    try:
        image.load()
    except (OSError, SyntaxError, ValueError, IndexError, struct.error):
        if image._im is None:
            raise
    finally:
        image.tile = []  # so that it counts as loaded
        image.load_prepare = prepare  # type: ignore[method-assign]


def _missing(image: ImageFile.ImageFile, other: ImageFile.ImageFile, *, in_order: bool) -> float:
    """The share of pixels that differ; where data comes in order, all that follow the first one, too."""
    width, height = image.size
    rows = max(1, BAND_PIXELS // width)
    differing = 0
    for top in range(0, height, rows):
        box = (0, top, width, min(top + rows, height))
        unlike = np.asarray(image.crop(box)) != np.asarray(other.crop(box))
        unlike = unlike.any(axis=2) if unlike.ndim == 3 else unlike
        if in_order and unlike.any():
            row = int(unlike.any(axis=1).argmax())
            column = int(unlike[row : row + MCU].any(axis=0).argmax())
            below = height - top - row
            return (max(0, below - MCU) * width + min(MCU, below) * (width - column)) / (width * height)
        differing += int(unlike.sum())
    return differing / (width * height)


# --- JPEG ----------------------------------------------------------------------------------------


def _jpeg_variants(data: bytes, cost: headers.Cost) -> tuple[bytes, bytes]:
    """The file with nothing, and with noise, in the place of what is missing at its end."""
    body = data[: cost.end] if cost.end is not None else data.rstrip(b"\0").rstrip(b"\xff")
    if not cost.coefficients:
        body = _up_to_one_scan(body)
    segments = list(_segments(body))
    if cost.coefficients and not _is_complete(body, segments):
        raise ValueError("Whole scans are missing.")
    first_scan = next((start for marker, start, _ in segments if marker == 0xDA), len(body))
    kept = [body[:2]]
    kept += [
        body[start:end] for marker, start, end in segments if start < first_scan and _draws(body, start, end)
    ]
    bare = b"".join(kept) + body[first_scan:]
    return bare + END_OF_JPEG, bare + NOISE + END_OF_JPEG


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment; of a scan, its head alone."""
    at = 2
    while found := headers.MARKER.search(data, at):
        marker, at = data[found.end() - 1], found.end()
        if marker not in headers.BARE_MARKERS:
            end = at + int.from_bytes(data[at : at + 2], "big")
            yield marker, found.end() - 2, end
            at = max(end, at + 2)


def _up_to_one_scan(data: bytes) -> bytes:
    """A JPEG with all its pixels in one scan, without what follows: another file may, or rubbish."""
    for marker, _, end in _segments(data):
        if marker == 0xDA:
            behind = headers.MARKER.search(data, end)
            return data[: behind.start()] if behind else data
    return data


def _draws(data: bytes, start: int, end: int) -> bool:
    """Whether a segment says something of the picture: its tables, frame, colours, or turn."""
    marker = data[start + 1]
    content = data[start + 4 : min(end, start + 18)]
    if marker == 0xE1:
        return content.startswith(b"Exif")
    if marker == 0xE2:
        return content.startswith(b"ICC_PROFILE\0") and len(content) == 14
    if marker == 0xEE:
        return content.startswith(b"Adobe") and len(content) >= 12
    return marker != 0xFE and not 0xE0 <= marker <= 0xEF


def _is_complete(data: bytes, segments: list[tuple[int, int, int]]) -> bool:
    """Whether the scans of a progressive JPEG have all bits of all coefficients of all components."""
    exact: set[tuple[int, int]] = set()
    components = 0
    for marker, start, _ in segments:
        if marker in headers.SIZE_MARKERS:
            if marker not in headers.PROGRESSIVE_MARKERS:
                return True
            components = data[start + 9]
        elif marker == 0xDA:
            count = data[start + 4]
            names = [data[start + 5 + 2 * n] for n in range(count)]
            first, last, bits = data[start + 5 + 2 * count : start + 8 + 2 * count]
            if bits & 15 == 0:
                exact |= {(name, n) for name in names for n in range(first, min(last, 63) + 1)}
    return len(exact) == 64 * components


# --- WebP ----------------------------------------------------------------------------------------


def _webp_variants(data: bytes) -> Iterator[bytes]:
    """The file with its right length; a last part that is cut off is filled, or left out if not pixels."""
    kept, lost, at = [data[8:12]], 0, 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + (length & 1)
        if end <= len(data):
            kept.append(data[at:end])
        elif kind in (b"VP8 ", b"VP8L"):
            kept.append(data[at:])
            lost = end - len(data)
        at = end
    if lost > MAX_MISSING * len(data):
        raise ValueError("More than what is tolerated.")
    body = b"".join(kept)
    if len(body) + 8 == len(data) and not lost and data[4:8] == struct.pack("<I", len(body)):
        raise ValueError("Nothing that could be repaired.")
    body = b"RIFF" + struct.pack("<I", len(body) + lost) + body
    # Zeros can mostly be decoded, other bytes seldom. Where they begin earlier, a little more counts as lost.
    yield body + bytes(lost)
    for earlier in EARLIER if lost else (0,):
        yield body[: len(body) - earlier] + bytes(lost + earlier)
    yield body + b"\xff" * lost
