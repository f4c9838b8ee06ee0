"""The only judge of image bytes: limits first, then one decode that serves all that is made of a picture.

Every entrance (upload, URL, drop, import, admin, API, search by a picture) calls `decode`.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from imagesearch import colours, headers, kinds, lanes
from imagesearch.conf import setting
from imagesearch.errors import ImageError, ImageTooLarge

LONG_SIDE = 1600  # pixels of a view; nothing that we make of a picture needs more
TILE_HEIGHT = 400
TILE_WIDTH = 1600  # of a panorama
BAND_PIXELS = 4_000_000  # converted at a time
MOST_SCANS = 50  # of a JPEG; honest ones have up to 20, and 64 MP take 70 ms for each
MOST_PROFILE_BYTES = 4 * 1024 * 1024  # of an ICC profile; those of printers have 2 MB

# Pillow's classes, not Image.open: its size guard is one number for the whole process, which warns at 89 MP
# and refuses at 179 MP whatever our settings say; and it calls a JPEG with a second picture behind it "MPO".
READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow reads all EXIF tags of a JPEG or AVIF, and warns of each that is broken; Python would remember every
# such sentence for good, and a hostile file has thousands.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")

LARGE_PIXELS = 16_000_000
"""A decode takes up to 16 bytes a pixel (WebP); so pictures beyond this are decoded one by one."""


class Readable(Protocol):
    """An open file, or an upload: whatever gives bytes."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Photo:
    """One judged picture, decoded once.

    `image` is upright, RGB, the first frame, transparency on white, its long side at most 1,600 px (exactly
    that where the original had more). Width and height are the original's, upright; size is in bytes; sha256
    is the hex digest of the original bytes; extension has its dot.
    """

    image: Image.Image
    format: str
    extension: str
    width: int
    height: int
    size: int
    sha256: str

    def tile(self) -> bytes:
        """A WebP of at most 400 px in height and 1,600 in width, without metadata."""
        scale = min(1, TILE_WIDTH / self.image.width, TILE_HEIGHT / self.image.height)
        size = (max(1, round(self.image.width * scale)), max(1, round(self.image.height * scale)))
        with lanes.cores.turn():
            return _webp(self.image.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.5), quality=80)

    def view(self) -> bytes:
        """A WebP whose long side has at most 1,600 px, without metadata."""
        with lanes.cores.turn():
            return _webp(self.image, quality=82)

    def dhash(self) -> str:
        """The 64-bit difference hash, 16 hex digits; compare two with `dhash_distance`."""
        small = self.image.resize((9, 8), Image.Resampling.BICUBIC, reducing_gap=3).convert("L")
        grey = np.asarray(small)
        return np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes().hex()

    def palette(self) -> list[colours.Swatch]:
        """Up to five colours with their shares, most first."""
        with lanes.cores.turn():
            return colours.palette(self.image)

    def color(self) -> str:
        """The one of `colours.NAMES` that a person would call the picture."""
        with lanes.cores.turn():
            return colours.name(self.image)


def dhash_distance(a: str, b: str) -> int:
    """How many of the 64 bits differ: 0 the same, up to about 10 a changed copy, 32 unrelated."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


def decode(source: bytes | Readable, name: str = "") -> Photo:
    """Judges and decodes a picture, given as bytes or as a file that is read from where it stands.

    `name` (the file's, as its owner calls it) only sharpens the refusal. Raises ImageTooLarge or ImageError,
    each with a sentence for the person who sent the picture.
    """
    data = _read(source)
    format_name = kinds.picture_format(data)
    if format_name is None:
        raise ImageError(kinds.advice(data, name))
    cost = headers.cost(format_name, data)
    _check_parts(format_name, cost, len(data))
    _check_pixels(format_name, cost.width, cost.height, cost.frames)
    if format_name in headers.READERS and not cost.width * cost.height:
        raise ImageError(_damaged(format_name))
    _check_memory(format_name, cost)
    with lanes.cores.turn(large=cost.width * cost.height > LARGE_PIXELS):
        image, (width, height) = _first_frame(format_name, data)
    return Photo(
        image=image,
        format=format_name,
        extension=kinds.EXTENSIONS[format_name],
        width=width,
        height=height,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _read(source: bytes | Readable) -> bytes:
    """All bytes, or as many as show that there are too many."""
    most: int = setting("MAX_IMAGE_BYTES")
    data = source if isinstance(source, bytes) else source.read(most + 1)
    if len(data) <= most:
        return data
    size = f"{len(data):,}" if isinstance(source, bytes) else f"more than {most:,}"
    raise ImageTooLarge(
        f"This file is too large: it has {size} bytes, and {most:,} ({most / 2**20:.3g} MB) are allowed. "
        "Save it smaller and try again."
    )


def _check_parts(format_name: str, cost: headers.Cost, size: int) -> None:
    most = headers.most_pieces(size)
    if cost.pieces > most:
        raise ImageError(
            f"This {kinds.label(format_name)} is in more than {most:,} pieces, and no camera or program "
            "makes such. Open it in a picture editor, save it anew and try again."
        )
    if cost.scans > MOST_SCANS:
        raise ImageError(
            f"This JPEG is built of {cost.scans:,} scans, and up to {MOST_SCANS} are read. "
            "Open it in a picture editor, save it anew and try again."
        )


def memory_needed(data: bytes) -> int:
    """Bytes that decoding this file takes at its peak, estimated from its header; 0 for no picture."""
    format_name = kinds.picture_format(data)
    return headers.memory(format_name, headers.cost(format_name, data), LONG_SIDE) if format_name else 0


def _check_memory(format_name: str, cost: headers.Cost) -> None:
    """Only of JPEGs, which may have more pixels than others because most of them need little memory."""
    needed, most = headers.memory(format_name, cost, LONG_SIDE) / 2**20, setting("MAX_DECODE_MB")
    if format_name == "JPEG" and needed > most:
        raise ImageTooLarge(
            f"This JPEG needs {needed:,.0f} MB of memory to be decoded, and {most:,} MB are allowed. Save it "
            "smaller, or as a baseline JPEG (not progressive), and try again."
        )


def _most_pixels(format_name: str) -> int:
    most: int = setting("MAX_IMAGE_PIXELS")
    return max(most, setting("MAX_JPEG_PIXELS")) if format_name == "JPEG" else most


def _check_pixels(format_name: str, width: int, height: int, frames: int) -> None:
    pixels, most = width * height, _most_pixels(format_name)
    if pixels > most:
        raise ImageTooLarge(
            f"This {kinds.label(format_name)} is too large: it has {width:,} × {height:,} = {pixels:,} "
            f"pixels, and {most:,} are allowed. Make it smaller and try again."
        )
    pixels, most = pixels * frames, setting("MAX_IMAGE_FRAMES_PIXELS")
    if pixels > most:
        raise ImageTooLarge(
            f"This {kinds.label(format_name)} is too large: its {frames:,} frames of {width:,} × {height:,} "
            f"have {pixels:,} pixels together, and {most:,} are allowed. Save one frame of it and try again."
        )


def _damaged(format_name: str) -> str:
    return (
        f"This {kinds.label(format_name)} is damaged or cut off and cannot be read. Copy it anew, or open it "
        "in a picture editor and save it again, and try once more."
    )


def _first_frame(format_name: str, data: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """The picture as Photo.image has it, and its full upright size."""
    _lift_pillows_guard()
    try:
        with _reader(format_name)(io.BytesIO(data)) as image:
            size = image.size
            # Once more, with what Pillow understood: it may have read the header in another way than we.
            _check_pixels(format_name, *size, 1 if format_name == "GIF" else getattr(image, "n_frames", 1))
            _draft(image)
            image.load()
            turn = headers.orientation(image.info.get("exif") or b"")
            small = _to_srgb(_reduced(image), image.info.get("icc_profile"))
    except ImageError:
        raise
    except Exception as error:  # Pillow's readers let through whatever their parsers run into
        raise ImageError(_damaged(format_name)) from error
    if turn in TURNS:
        small = small.transpose(TURNS[turn])
    return small, size[::-1] if turn >= 5 else size


def _lift_pillows_guard() -> None:
    """Some of Pillow's readers ask its guard even so: it must not be below our own limit, else it stays."""
    guard, most = Image.MAX_IMAGE_PIXELS, _most_pixels("JPEG")
    if guard is not None and guard < most:
        Image.MAX_IMAGE_PIXELS = most


def _reader(format_name: str) -> type[ImageFile.ImageFile]:
    if format_name == "HEIF":
        from pillow_heif import HeifImageFile  # an extra, imported only where there is such a picture

        return HeifImageFile  # type: ignore[no-any-return]
    return READERS[format_name]


def _draft(image: ImageFile.ImageFile) -> None:
    """Lets libjpeg decode at a half, a quarter or an eighth: a 64 MP photo in 16 MB instead of 245."""
    scale = headers.jpeg_scale(*image.size, LONG_SIDE)
    if scale > 1 and isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))


def _reduced(image: Image.Image) -> Image.Image:
    """The picture as L, RGB or CMYK, its long side at most 1,600 px, worked off in bands.

    Converting and flattening whole would hold a 64 MP picture two or three times more.
    """
    factor = max(1, max(image.size) // LONG_SIDE)
    rows = factor * max(1, BAND_PIXELS // (image.width * factor))
    bands = []
    for top in range(0, image.height, rows):
        band = _flat(image.crop((0, top, image.width, min(top + rows, image.height))))
        bands.append(band.reduce(factor) if factor > 1 else band)
    result = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        result.paste(band, (0, top))
        top += band.height
    result.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
    return result


def _flat(image: Image.Image) -> Image.Image:
    """8 bits a channel, as L, RGB or CMYK, transparency on white."""
    if image.mode.startswith("I"):  # 16 bits of grey, which convert("L") would clip instead of scale
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB as screens expect it; a profile that cannot be used is ignored, as browsers do."""
    if profile and len(profile) <= MOST_PROFILE_BYTES and not _is_srgb(profile):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")  # type: ignore[return-value]
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass
    return image.convert("RGB")


def _is_srgb(profile: bytes) -> bool:
    """By the profile's description, in the spelling of ICC version 2 or 4; most photos have this one."""
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def _webp(image: Image.Image, quality: int) -> bytes:
    clean = Image.new("RGB", image.size)  # carries no info that an encoder could write
    clean.paste(image)
    file = io.BytesIO()
    clean.save(file, "WEBP", quality=quality, method=2)  # 3 % larger than the default 4, in half the time
    return file.getvalue()
