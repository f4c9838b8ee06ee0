"""From a picture's bytes to what is shown of it: one frame, upright, sRGB, without transparency, reduced."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from imagesearch.colours import management
from imagesearch.configuration.conf import setting
from imagesearch.errors import ImageError
from imagesearch.formats import damage, headers, png
from imagesearch.images import backgrounds

log = logging.getLogger(__name__)

LONG_SIDE = 1600  # pixels of a view; nothing that we make of a picture needs more
BAND_PIXELS = 4_000_000  # converted at a time
MAX_FRAMES = 200  # looked at, of an animation that begins with empty ones
CLEAR_CONTRAST = (
    64  # of 255, between a channel's extremes: what fades in from black is dim in its first frames
)
MIN_CONTRAST = 16  # a compressed flat frame has some 3

# Pillow's classes, not Image.open: its size guard is one number for the whole process, which warns at 89 MP
# and refuses at 179 MP whatever our settings say; and it calls a JPEG with a second picture behind it "MPO".
READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": damage.JpegReader,
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
NOTES = {  # on a file that was only read in part, though the mark of its end is there
    "JPEG": damage.PARTS_DAMAGED,
    "PNG": damage.DATA_DAMAGED,
    "GIF": damage.DATA_DAMAGED,
    "WEBP": damage.END_MISSING,
}
DEPTH_AT = 24  # the byte of a PNG that has its bits a channel
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class DecodedFrame:
    """`image` as Photo.image has it; the full upright size; the share that is missing, a note on damage."""

    image: Image.Image
    size: tuple[int, int]
    missing: float = 0.0
    damage: str = ""


class FrameReader:
    """The bytes of one picture whose header has been read; `check` refuses a size (width, height, frames)."""

    def __init__(
        self, format_name: str, data: bytes, cost: headers.Cost, check: Callable[[int, int, int], None]
    ) -> None:
        self.format, self.data, self.cost, self.check = format_name, data, cost, check
        self.contents = png.read(data) if format_name == "PNG" else None

    def shown(self) -> DecodedFrame:
        """Raises ImageError, and whatever Pillow does."""
        try:
            return self._whole()
        except ImageError:
            raise
        except damage.CutShortError:
            note = damage.END_MISSING
        except Exception as error:  # Pillow's readers let through whatever their parsers run into
            log.debug("A damaged %s: %r", self.format, error)
            note = NOTES.get(self.format, "")
        # Not within the except block, where the error would keep the first decoder's memory.
        image, missing = damage.rescued(self.format, self.data, self.cost, self.opened)
        if note == damage.END_MISSING and self.format == "JPEG" and not missing:
            note = ""  # what looked like an untouched row is one of the picture's own
        with image:
            return self._upright(image, self._made(image, []), missing, note)

    def _whole(self) -> DecodedFrame:
        if self.format == "JPEG" and self.cost.end is None:
            raise damage.CutShortError  # zeros behind the cut would be decoded, and count as rows
        with self.opened(self.contents.data if self.contents else self.data) as image:
            return self._upright(image, self._first_with_content(image))

    def opened(self, data: bytes) -> ImageFile.ImageFile:
        """Pillow's reader of these bytes, at the scale that we want; not loaded yet."""
        image = _reader(self.format)(BytesIO(data))
        frames = 1 if self.format == "GIF" else getattr(image, "n_frames", 1)
        self.check(*image.size, frames)
        if isinstance(image, damage.JpegReader):
            image.full_height = image.height
            if not self.cost.coefficients and data is self.data:
                image.end = self.cost.end
            _draft(image)
        if self.contents and self.contents.transparency:
            self._set_transparent_colour(image, self.contents)
        if self.format == "WEBP" and _is_animated_webp(data) and image.mode == "RGB":
            # Frames without alpha may leave parts of the canvas empty; Pillow would drop the decoder's alpha.
            image.rawmode = image._mode = "RGBA"  # type: ignore[attr-defined]
        return image

    def _set_transparent_colour(self, image: ImageFile.ImageFile, contents: png.Contents) -> None:
        """Pillow compares pixels with the colour as the file has it, in the file's number of bits."""
        depth = self.data[DEPTH_AT]
        colour = png.transparent_colour(contents, depth)
        if depth == 16:
            image.info.pop("transparency", None)  # compared in all 16 bits, after loading
        elif image.mode in ("1", "L", "RGB") and len(colour) == len(image.getbands()):
            scaled = tuple(value * 255 // ((1 << depth) - 1) for value in colour)
            image.info["transparency"] = scaled if len(scaled) > 1 else scaled[0]

    def _upright(
        self, image: ImageFile.ImageFile, made: Image.Image, missing: float = 0.0, note: str = ""
    ) -> DecodedFrame:
        turn = headers.orientation(image.info.get("exif") or b"")
        size = (self.cost.width, self.cost.height) if self.format == "JPEG" else image.size
        if turn in TURNS:
            made = made.transpose(TURNS[turn])
        return DecodedFrame(made, size[::-1] if turn >= 5 else size, missing, self._note(note))

    def _note(self, otherwise: str) -> str:
        if self.format in ("JPEG", "PNG", "GIF") and self.cost.end is None:
            return damage.END_MISSING
        if self.contents and self.contents.wrong:
            return damage.WRONG_CHECKSUM
        return otherwise

    # --- frames --------------------------------------------------------------------------------------

    def _first_with_content(self, image: ImageFile.ImageFile) -> Image.Image:
        """The first frame with clear contrast, else the one with most, else the first if all are flat."""
        best, most = None, -1
        for drawn in self._frames(image):
            made = self._made(image, drawn)
            contrast = _contrast(made)
            if contrast >= CLEAR_CONTRAST:
                return made
            if best is None or contrast > max(most, MIN_CONTRAST):
                best, most = made, contrast
        if best is None:
            raise EOFError("No frame.")
        return best

    def _frames(self, image: ImageFile.ImageFile) -> Iterator[list[Box]]:
        """Loads one frame after the other; gives the parts of the canvas that were drawn on so far.

        None where Pillow leaves the rest transparent itself.
        """
        count = self.cost.frames if self.format == "GIF" else getattr(image, "n_frames", 1)
        pixels = max(1, image.width * image.height)
        most = (
            1 if self.cost.spills else min(count, MAX_FRAMES, max(1, setting("MAX_IMAGE_PIXELS") // pixels))
        )
        start = 1 if getattr(image, "default_image", False) and count > 1 else 0
        drawn: list[Box] = []
        for number in range(start, start + most):
            if number:
                try:
                    image.seek(number)
                except (EOFError, OSError, SyntaxError, ValueError):
                    if number == start:
                        raise
                    return  # damaged from here on; what came before counts
                self.check(*image.size, 1)
            if self.format == "GIF" or start:  # an animated PNG may leave out its still picture
                drawn += [tile[1] for tile in image.tile if tile[1]]
            image.load()
            yield drawn

    # --- pixels --------------------------------------------------------------------------------------

    def _made(self, image: Image.Image, drawn: list[Box]) -> Image.Image:
        """The loaded frame as RGB, its long side at most 1,600 px, worked off in bands.

        Converting whole would hold a 64 MP picture two or three times more.
        """
        if drawn and (0, 0, *image.size) not in drawn:
            image = _only_where_drawn(image, drawn)
        if self.contents and image.mode == "RGB" and self.data[DEPTH_AT] == 16:
            image = self._without_transparent_colour(image, png.transparent_colour(self.contents, 16))
        transform = management.transform(self.format, self.data, image, self.contents)
        factor = max(1, max(image.size) // LONG_SIDE)
        rows = factor * max(1, BAND_PIXELS // (image.width * factor))
        bands = []
        for top in range(0, image.height, rows):
            band = self._channels(image.crop((0, top, image.width, min(top + rows, image.height))))
            band = transform.apply(band)
            bands.append(band.reduce(factor) if factor > 1 else band)
        result = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
        top = 0
        for band in bands:
            result.paste(band, (0, top))
            top += band.height
        result.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
        return backgrounds.flattened(result)

    def _without_transparent_colour(self, image: Image.Image, colour: tuple[int, ...]) -> Image.Image:
        """16-bit RGB, of which Pillow reads the high bytes, compared with one colour in both bytes."""
        if len(colour) != 3 or self.contents is None:
            return image
        alpha = Image.new("L", image.size)
        with PngImagePlugin.PngImageFile(BytesIO(self.contents.data)) as low:
            low.tile = [tile._replace(args="RGB;16L") for tile in low.tile]
            low.load()
            for part, shift in ((image, 8), (low, 0)):
                for channel, value in zip(part.split(), colour, strict=True):
                    unlike = [0 if byte == value >> shift & 255 else 255 for byte in range(256)]
                    alpha = ImageChops.lighter(alpha, channel.point(unlike))
        result = image.convert("RGBA")
        result.putalpha(alpha)
        return result

    def _channels(self, image: Image.Image) -> Image.Image:
        """8 bits a channel, as L, LA, RGB, RGBA or CMYK."""
        if image.mode.startswith("I"):  # 16 bits of grey, which convert("L") would clip instead of scale
            values = np.asarray(image)
            grey = Image.fromarray((values >> 8).astype(np.uint8))
            if self.contents and (key := png.transparent_colour(self.contents, 16)):
                grey.putalpha(Image.fromarray(np.where(values == key[0], 0, 255).astype(np.uint8)))
            return grey
        if image.has_transparency_data:
            return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
        if image.mode == "1":
            return image.convert("L")
        return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _reader(format_name: str) -> type[ImageFile.ImageFile]:
    if format_name == "HEIF":
        from pillow_heif import HeifImageFile  # an extra, imported only where there is such a picture

        return HeifImageFile  # type: ignore[no-any-return]
    return READERS[format_name]


def _is_animated_webp(data: bytes) -> bool:
    return data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & 2)


def _draft(image: JpegImagePlugin.JpegImageFile) -> None:
    """Lets libjpeg decode at a half, a quarter or an eighth: a 64 MP photo in 16 MB instead of 245."""
    scale = headers.jpeg_scale(*image.size, LONG_SIDE)
    if scale > 1:
        image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))


def _only_where_drawn(image: Image.Image, drawn: list[Box]) -> Image.Image:
    """Transparent where no frame has drawn yet, which Pillow fills with the palette's first colour."""
    mask = Image.new("L", image.size)
    for box in drawn:
        mask.paste(255, box)
    result = image.convert("RGBA")
    result.putalpha(ImageChops.darker(result.getchannel("A"), mask))
    return result


def _contrast(image: Image.Image) -> int:
    """Of an RGB picture, between the extremes of the channel where they lie furthest apart."""
    return max(int(high) - int(low) for low, high in image.getextrema())  # type: ignore[misc]
