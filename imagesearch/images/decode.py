"""The only way in for image bytes: limits first, then one decode that serves all that is made of a picture.

Every entrance (upload, URL, drop, import, admin, API, search by a picture) calls `decode`.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from django.utils.translation import gettext as _
from PIL import Image

from imagesearch.colours import palette as colours
from imagesearch.concurrency import turns
from imagesearch.configuration.conf import setting
from imagesearch.errors import ImageError, ImageTooLarge
from imagesearch.formats import damage, file_types, headers
from imagesearch.formats.file_types import label
from imagesearch.images import frames

DERIVED_BY = 1
"""Version of all that is made of a picture. Raise it where tiles, views, hashes, colours or vectors come out
different, and galleries make those of their older images again."""

TILE_HEIGHT = 400
TILE_WIDTH = 1600  # of a panorama
MAX_SCANS = 50  # of a JPEG; honest ones have up to 20, and 64 MP take 70 ms for each

# Pillow reads all EXIF tags of a JPEG or AVIF, and warns of each that is broken; Python would remember every
# such sentence for good, and a hostile file has thousands.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")

LARGE_BYTES = 300_000_000
"""Pictures whose decoding takes more memory (a WebP of 16 megapixels does) are decoded one by one."""


class Readable(Protocol):
    """An open file, or an upload: whatever gives bytes."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Photo:
    """One checked picture, decoded once.

    `image` is upright, sRGB, the first frame that shows something, transparency on white or dark, its long
    side at most 1,600 px (exactly that where the original had more). Width and height are the original's,
    upright; size is in bytes; sha256 is the hex digest of the original bytes; extension has its dot; damage
    says what is wrong with the file though it can be shown, in a sentence, "" for nothing.
    """

    image: Image.Image
    format: str
    extension: str
    width: int
    height: int
    size: int
    sha256: str
    damage: str = ""

    def tile(self) -> bytes:
        """A WebP of at most 400 px in height and 1,600 in width, without metadata."""
        scale = min(1, TILE_WIDTH / self.image.width, TILE_HEIGHT / self.image.height)
        size = (max(1, round(self.image.width * scale)), max(1, round(self.image.height * scale)))
        with turns.cores.turn():
            return _webp(self.image.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.5), quality=80)

    def view(self) -> bytes:
        """A WebP whose long side has at most 1,600 px, without metadata."""
        with turns.cores.turn():
            return _webp(self.image, quality=82)

    def dhash(self) -> str:
        """The 64-bit difference hash, 16 hex digits; compare two with `dhash_distance`."""
        return dhash(self.image)

    def palette(self) -> list[colours.Swatch]:
        """Up to five colours with their shares, most first."""
        with turns.cores.turn():
            return colours.palette(self.image)

    def color(self) -> str:
        """The one of `colours.NAMES` that a person would call the picture."""
        with turns.cores.turn():
            return colours.name(self.image)


def dhash(image: Image.Image) -> str:
    """The 64-bit difference hash of an image, 16 hex digits."""
    grey = np.asarray(image.resize((9, 8), Image.Resampling.BICUBIC, reducing_gap=3).convert("L"))
    return np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes().hex()


def dhash_distance(a: str, b: str) -> int:
    """How many of the 64 bits differ: 0 the same, up to about 10 a changed copy, 32 unrelated."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


def decode(source: bytes | Readable, name: str = "", *, max_memory: float | None = None) -> Photo:
    """Checks and decodes a picture, given as bytes or as a file that is read from where it stands.

    `name` (the file's, as its owner calls it) only sharpens the refusal. `max_memory` is how many MiB the
    decoding may take, where that is less than for pictures that are added.

    Raises ImageTooLarge or ImageError, each with a sentence for the person who sent the picture.
    """
    data = _read(source)
    format_name = file_types.picture_format(data)
    if format_name is None:
        raise ImageError(file_types.advice(data, name))
    cost = headers.cost(format_name, data)
    _check_parts(format_name, cost, len(data))
    _check_pixels(format_name, cost.width, cost.height, cost.frames)
    if format_name in headers.READERS and not cost.width * cost.height:
        raise ImageError(_damaged(format_name))
    memory = headers.memory(format_name, cost, frames.LONG_SIDE)
    _check_memory(format_name, memory / 2**20, max_memory)
    with turns.cores.turn(large=memory > LARGE_BYTES):
        shown = _first_frame(format_name, data, cost)
    width, height = shown.size
    return Photo(
        image=shown.image,
        format=format_name,
        extension=file_types.EXTENSIONS[format_name],
        width=width,
        height=height,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        damage=shown.damage,
    )


def _read(source: bytes | Readable) -> bytes:
    """All bytes, or as many as show that there are too many."""
    most: int = setting("MAX_IMAGE_BYTES")
    data = source if isinstance(source, bytes) else source.read(most + 1)
    if len(data) <= most:
        return data
    size = f"{len(data):,}" if isinstance(source, bytes) else _("more than %(most)s") % {"most": f"{most:,}"}
    raise ImageTooLarge(
        _(
            "This file is too large: it has %(size)s bytes, and %(most)s (%(megabytes)s MB) are allowed. "
            "Save it smaller and try again."
        )
        % {"size": size, "most": f"{most:,}", "megabytes": f"{most / 2**20:.3g}"}
    )


def _check_parts(format_name: str, cost: headers.Cost, size: int) -> None:
    most = headers.max_pieces(size)
    if cost.pieces > most:
        raise ImageError(
            _(
                "This %(format)s has more than %(most)s pieces, which no camera or program makes. "
                "Open it in a picture editor, save it again and try once more."
            )
            % {"format": label(format_name), "most": f"{most:,}"}
        )
    if cost.scans > MAX_SCANS:
        raise ImageError(
            _(
                "This JPEG has %(scans)s scans, and at most %(most)s are allowed. "
                "Open it in a picture editor, save it again and try once more."
            )
            % {"scans": f"{cost.scans:,}", "most": MAX_SCANS}
        )


def _check_memory(format_name: str, needed: float, most: float | None) -> None:
    """In MiB. MAX_DECODE_MB is for JPEGs, which may have more pixels: most of them need little memory."""
    max_of_jpeg = setting("MAX_DECODE_MB")
    if format_name == "JPEG" and needed > max_of_jpeg:
        raise ImageTooLarge(
            _(
                "This JPEG needs %(needed)s MB of memory to be decoded, and %(most)s MB are allowed. "
                "Save it smaller, or as a baseline JPEG (not progressive), and try again."
            )
            % {"needed": f"{needed:,.0f}", "most": f"{max_of_jpeg:,}"}
        )
    if most is not None and needed > most:
        raise ImageTooLarge(
            _(
                "This %(format)s needs %(needed)s MB of memory to be decoded; %(most)s MB "
                "are allowed for a search without a login. Save it smaller and try again."
            )
            % {"format": label(format_name), "needed": f"{needed:,.0f}", "most": f"{most:,}"}
        )


def _most_pixels(format_name: str) -> int:
    most: int = setting("MAX_IMAGE_PIXELS")
    return max(most, setting("MAX_JPEG_PIXELS")) if format_name == "JPEG" else most


def _check_pixels(format_name: str, width: int, height: int, frames: int) -> None:
    pixels, most = width * height, _most_pixels(format_name)
    if pixels > most:
        raise ImageTooLarge(
            _(
                "This %(format)s is too large: it has %(width)s × %(height)s = %(pixels)s "
                "pixels, and %(most)s are allowed. Make it smaller and try again."
            )
            % _sizes(format_name, width, height, pixels, most)
        )
    pixels, most = pixels * frames, setting("MAX_IMAGE_FRAMES_PIXELS")
    if pixels > most:
        raise ImageTooLarge(
            _(
                "This %(format)s is too large: its %(frames)s frames of %(width)s × %(height)s have "
                "%(pixels)s pixels together, and %(most)s are allowed. Save one frame of it and try again."
            )
            % (_sizes(format_name, width, height, pixels, most) | {"frames": f"{frames:,}"})
        )


def _sizes(format_name: str, width: int, height: int, pixels: int, most: int) -> dict[str, str]:
    """For the placeholders of a refusal."""
    numbers = {"width": width, "height": height, "pixels": pixels, "most": most}
    return {"format": label(format_name)} | {name: f"{number:,}" for name, number in numbers.items()}


def _damaged(format_name: str) -> str:
    return _(
        "This %(format)s is damaged or cut off and cannot be read. Copy it again from its "
        "source, or open it in a picture editor and save it again, and try once more."
    ) % {"format": label(format_name)}


def _cut_off(format_name: str, missing: float) -> str:
    return _(
        "This %(format)s is damaged or cut off: %(missing)s %% of the picture is "
        "missing, and at most 1 %% may be. Copy it again from its source and try once more."
    ) % {"format": label(format_name), "missing": f"{missing * 100:,.3g}"}


def _first_frame(format_name: str, data: bytes, cost: headers.Cost) -> frames.DecodedFrame:
    """What is shown of the picture. Raises ImageError."""
    _lift_pillows_guard()
    # Once more, with what Pillow understood: it may have read the header in another way than we.
    source = frames.FrameReader(format_name, data, cost, partial(_check_pixels, format_name))
    try:
        shown = source.shown()
    except ImageError:
        raise
    except Exception as error:  # Pillow's readers let through whatever their parsers run into
        raise ImageError(_damaged(format_name)) from error
    if shown.missing > damage.MAX_MISSING:
        raise ImageError(_cut_off(format_name, shown.missing))
    return shown


def _lift_pillows_guard() -> None:
    """Some of Pillow's readers ask its guard even so: it must not be below our own limit, else it stays."""
    guard, most = Image.MAX_IMAGE_PIXELS, _most_pixels("JPEG")
    if guard is not None and guard < most:
        Image.MAX_IMAGE_PIXELS = most


def _webp(image: Image.Image, quality: int) -> bytes:
    clean = Image.new("RGB", image.size)  # carries no info that an encoder could write
    clean.paste(image)
    file = io.BytesIO()
    clean.save(file, "WEBP", quality=quality, method=2)  # 3 % larger than the default 4, in half the time
    return file.getvalue()
