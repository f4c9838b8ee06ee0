"""The colours of a picture as browsers show them: from whatever its file says of its colour space to sRGB.

A profile is known by what it does to colours, never by its name. What cannot be used is passed over, as
browsers do: the next thing that the file says is taken, and sRGB in the end. Compared with Chromium in
tests/imagesearch/colours/test_management.py.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from PIL import Image, ImageCms, ImageFilter

from imagesearch.colours import hdr, nclx, profiles
from imagesearch.formats import png

MAX_PROFILE_BYTES = png.MAX_COLOUR_BYTES
SAME = 2  # of 255: a profile that moves no colour further is sRGB
GREY_MODES = ("1", "L", "LA", "I", "I;16")
SRGB_INTENTS = (b"\0", b"\1", b"\2", b"\3")  # browsers pass over an sRGB chunk with anything else
TELEVISION = (1, 6, 14, 15)  # transfer functions that browsers take for sRGB in AVIF and HEIC, not in PNG


class UnusableError(ValueError):
    """What the file says of its colours makes no sense for this picture."""


@dataclass(frozen=True)
class Transform:
    """To sRGB, from pictures in `mode`; without a table, colours stay as they are."""

    mode: str = "RGB"
    table: ImageCms.ImageCmsTransform | ImageFilter.Color3DLUT | None = None

    def apply(self, image: Image.Image) -> Image.Image:
        """RGB, or RGBA where the image has an alpha channel."""
        if image.mode in ("LA", "RGBA"):
            alpha = image.getchannel("A")
            result = self.apply(image.convert("L" if image.mode == "LA" else "RGB"))
            result.putalpha(alpha)
            return result
        if self.table is None:
            return image.convert("RGB")
        image = image.convert(self.mode)
        if isinstance(self.table, ImageFilter.Color3DLUT):
            return image.filter(self.table)
        # In place of none, since a transform makes its own; the types say that it could be None.
        return ImageCms.applyTransform(image, self.table) or image


AS_IT_IS = Transform()


def transform(format_name: str, data: bytes, image: Image.Image, contents: png.Contents | None) -> Transform:
    """What brings this opened picture to sRGB; `contents` are those of a PNG."""
    for candidate in _candidates(format_name, data, image, contents):
        try:
            return candidate()
        except (UnusableError, ImageCms.PyCMSError, OSError, TypeError, ValueError, np.linalg.LinAlgError):
            continue
    return AS_IT_IS


def _candidates(
    format_name: str, data: bytes, image: Image.Image, contents: png.Contents | None
) -> list[Callable[[], Transform]]:
    """All that the file says of its colours, what counts most first."""
    if contents is not None:
        return _png_candidates(contents, _family(image))
    if (profile := image.info.get("icc_profile")) and format_name in ("AVIF", "HEIF"):
        return [partial(_of_profile, profile, "")]
    if profile:
        return [partial(_of_profile, profile, _family(image))]
    if format_name in ("AVIF", "HEIF") and (numbers := nclx.colour(data)):
        return [partial(_of_nclx, *numbers)]
    return []


def _png_candidates(contents: png.Contents, family: str) -> list[Callable[[], Transform]]:
    """In the order of the specification: cICP, iCCP, sRGB, gAMA with cHRM."""
    chunks, found = contents.colour, list[Callable[[], Transform]]()
    if chunk := chunks.get(b"cICP"):
        found.append(partial(_of_cicp, chunk))
    if (chunk := chunks.get(b"iCCP")) and (profile := png.profile(chunk)):
        found.append(partial(_of_profile, profile, family))
    if chunks.get(b"sRGB") in SRGB_INTENTS:
        found.append(lambda: AS_IT_IS)
    elif len(gamma := chunks.get(b"gAMA", b"")) == 4:
        found.append(partial(_of_gamma, gamma, chunks.get(b"cHRM", b"")))
    return found


def _family(image: Image.Image) -> str:
    return "GRAY" if image.mode in GREY_MODES else "CMYK" if image.mode == "CMYK" else "RGB"


def _of_cicp(chunk: bytes) -> Transform:
    if len(chunk) != 4:
        raise UnusableError("Not four numbers.")
    primaries, transfer, matrix, full_range = chunk
    if matrix or full_range != 1:
        raise UnusableError("Not RGB of full range.")
    return _of_numbers(primaries, transfer)


def _of_nclx(primaries: int, transfer: int) -> Transform:
    """What is unspecified or unknown counts as sRGB."""
    if not (primaries and transfer):
        raise UnusableError("Numbers that are reserved.")
    known = transfer in profiles.CURVES or transfer in (hdr.PQ, hdr.HLG)
    if transfer in TELEVISION or not known:
        transfer = 13
    return _of_numbers(primaries if primaries in profiles.PRIMARIES else 1, transfer)


@lru_cache(maxsize=8)
def _of_numbers(primaries: int, transfer: int) -> Transform:
    if primaries in profiles.PRIMARIES and transfer in (hdr.PQ, hdr.HLG):
        return Transform("RGB", hdr.table(primaries, transfer))
    if primaries not in profiles.PRIMARIES or transfer not in profiles.CURVES:
        raise UnusableError("Numbers without a meaning.")
    profile = profiles.rgb_profile(profiles.PRIMARIES[primaries], profiles.CURVES[transfer]())
    return _of_profile(profile, "RGB")


def _of_gamma(gamma: bytes, chromaticities: bytes) -> Transform:
    """Both chunks have hundred-thousandths; cHRM begins with the white point."""
    exponent = int.from_bytes(gamma, "big") / 100_000
    if not exponent:
        raise UnusableError("A gamma of 0.")
    primaries = profiles.BT709
    if len(chromaticities) == 32:
        values = [value / 100_000 for value in struct.unpack(">8I", chromaticities)]
        if not all(values[1::2]):
            raise UnusableError("A colour without light.")
        primaries = (*values[2:], *values[:2])
    return _of_profile(profiles.rgb_profile(primaries, profiles.power(1 / exponent)), "RGB")


@lru_cache(maxsize=16)
def _of_profile(profile: bytes, family: str) -> Transform:
    """`family` is the picture's: "GRAY", "RGB", "CMYK", or "" where its decoder makes RGB of all."""
    if len(profile) > MAX_PROFILE_BYTES:
        raise UnusableError("Too large for a profile.")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = str(source.profile.xcolor_space).strip()
    fits = {"GRAY": ("GRAY", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",), "": ("GRAY", "RGB")}
    if space not in fits[family]:
        raise UnusableError(f"A profile for {space} in a picture of {family}.")
    mode = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}[space]
    target = ImageCms.ImageCmsProfile(io.BytesIO(profiles.srgb_profile()))
    table = ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    found = Transform(mode, table)
    return AS_IT_IS if mode != "CMYK" and _changes_little(found) else found


def _changes_little(found: Transform) -> bool:
    """Tried on 9 × 9 × 9 colours, or on all greys."""
    if found.mode == "L":
        sample = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :])
    else:
        steps = np.linspace(0, 255, 9).astype(np.uint8)
        cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
        sample = Image.fromarray(cube)
    before = np.asarray(sample.convert("RGB")).astype(int)
    return bool(np.abs(np.asarray(found.apply(sample)).astype(int) - before).max() <= SAME)
