"""Tells by its first bytes what a file is: a picture that we take, or what to do with one that we do not."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import PurePath

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

EXTENSIONS = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "GIF": ".gif",
    "AVIF": ".avif",
    "HEIF": ".heic",  # with the extra `heif`
}
LABELS = {"WEBP": "WebP", "HEIF": "HEIC"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
RAW_ENDINGS = {".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".srw"}

# How other files begin, and what to tell the person who chose one.
OTHERS: list[tuple[re.Pattern[bytes], str]] = [
    (re.compile(beginning, re.DOTALL | re.IGNORECASE), sentence)
    for beginning, sentence in [
        (rb".{0,1024}%PDF-", gettext_noop("This is a PDF. Save its pages as JPEG or PNG and try again.")),
        (
            rb"%!|\xc5\xd0\xd3\xc6",
            gettext_noop("This is an EPS or PostScript drawing. Export it as PNG and try again."),
        ),
        (
            rb"II\*\0|MM\0\*|II\+\0|MM\0\+",
            gettext_noop("This is a TIFF. Save it as JPEG or PNG and try again."),
        ),
        (rb"BM.{4}\0\0\0\0", gettext_noop("This is a BMP. Save it as PNG and try again.")),
        (rb"\0\0[\1\2]\0[^\0]", gettext_noop("This is an icon (ICO). Save it as PNG and try again.")),
        (rb"8BPS", gettext_noop("This is a Photoshop file. Export it as JPEG or PNG and try again.")),
        (
            rb"\xff\x0a|\0\0\0\x0cJXL ",
            gettext_noop("This is a JPEG XL. Save it as JPEG or PNG and try again."),
        ),
        (
            rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  ",
            gettext_noop("This is a JPEG 2000. Save it as JPEG or PNG and try again."),
        ),
        (rb"....ftypcrx ", gettext_noop("This is a camera's raw file. Export it as JPEG and try again.")),
        (
            rb"....(ftyp|moov|mdat|wide|free)|\x1aE\xdf\xa3|RIFF....AVI |FLV\1|\0\0\1[\xb3\xba]",
            gettext_noop("This is a video. Take a still picture from it and try again."),
        ),
        (
            rb"ID3|\xff[\xfb\xf3]|OggS|fLaC|RIFF....WAVE",
            gettext_noop("This is a sound file. Choose a picture instead."),
        ),
        (
            rb"PK[\3\5\7]|\x1f\x8b|7z\xbc\xaf|Rar!|\xfd7zXZ|BZh|.{257}ustar",
            gettext_noop(
                "This is an archive (ZIP or the like). Unpack it and add the pictures that are in it."
            ),
        ),
        (rb"MZ|\x7fELF", gettext_noop("This is a program. Choose a picture instead.")),
        (rb".{0,1024}<svg[\s>]", gettext_noop("This is an SVG drawing. Export it as PNG and try again.")),
        (
            rb".{0,1024}<(!doctype html|html|head|body|script)\b",
            gettext_noop("This is a web page. Open it, save the picture itself and add that."),
        ),
    ]
]


def label(format_name: str) -> str:
    """The format as people write it."""
    return LABELS.get(format_name, format_name)


def heif_installed() -> bool:
    """Whether the extra that reads HEIC is here."""
    return find_spec("pillow_heif") is not None


def picture_format(data: bytes) -> str | None:
    """Pillow's name of the format, None for all that we do not take; the file's name has no say."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data[4:8] == b"ftyp":
        return _boxed_format(data)
    return None


def _boxed_format(data: bytes) -> str | None:
    brands = _brands(data)
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIF" if brands & HEIC_BRANDS and heif_installed() else None


def _brands(data: bytes) -> set[bytes]:
    """The major and the compatible brands of an ISO base media file (AVIF, HEIC, MP4)."""
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}


def advice(data: bytes, name: str = "") -> str:
    """What this file is, which is no picture that we take, and what to do; one or two sentences.

    `name` decides only between kinds that begin alike.
    """
    ending = PurePath(name).suffix.lower()
    if not data:
        return _("This file is empty (0 bytes). Choose another, or copy it again.")
    if ending in RAW_ENDINGS:
        return _("This is a camera's raw file. Export it as JPEG and try again.")
    if data[4:8] == b"ftyp" and _brands(data) & HEIC_BRANDS:
        return _(
            "This is a HEIC photo, which this site does not read. Save it as JPEG and try again. "
            "(The administrator can install support for HEIC: the extra heif.)"
        )
    for beginning, sentence in OTHERS:
        if beginning.match(data, 0, 2048):
            return _(sentence)
    if _is_text(data[:1024]):
        return _("This is a text file. Choose a picture instead.")
    return _(
        "This is not a picture of a known format. Save it as JPEG, PNG, WebP, GIF or AVIF and try again."
    )


def _is_text(beginning: bytes) -> bool:
    text = beginning.decode("utf-8", errors="ignore")
    whole = len(text.encode()) > len(beginning) - 4  # the last letter may be cut in two
    return bool(text) and whole and all(letter.isprintable() or letter.isspace() for letter in text)
