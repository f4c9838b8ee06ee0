"""Damaged files: taken with a note where at most 1 % of the picture is missing, else refused."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile

from imagesearch.errors import ImageError
from imagesearch.formats import damage
from imagesearch.images.decode import decode
from tests.support.hostile import encoded, jpeg_segment, noisy, picture, png_chunk, riff_chunk, with_segments

REFUSED = re.compile(r"^This \w+ is damaged or cut off")


def photo(mode: str = "RGB", size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Noise, of which every row takes about the same number of bytes; the same on every call."""
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


FULL = {
    "jpeg": lambda: encoded(photo(), "JPEG", quality=85),
    "jpeg with restarts": lambda: encoded(photo(), "JPEG", restart_marker_rows=1),
    "jpeg progressive": lambda: encoded(photo(), "JPEG", progressive=True),
    "jpeg grey": lambda: encoded(photo("L"), "JPEG"),
    "jpeg cmyk": lambda: encoded(photo("CMYK"), "JPEG"),
    "jpeg large": lambda: encoded(photo(size=(3300, 2200)), "JPEG", quality=50),
    "png": lambda: encoded(photo(), "PNG"),
    "png grey": lambda: encoded(photo("L"), "PNG"),
    "png palette": lambda: encoded(photo().quantize(64), "PNG"),
    "png alpha": lambda: encoded(photo("RGBA"), "PNG"),
    "gif": lambda: encoded(photo("L"), "GIF"),
    "webp": lambda: encoded(photo(), "WEBP", quality=80),
    "webp lossless": lambda: encoded(photo(), "WEBP", lossless=True),
}


def near(one: bytes, other: bytes) -> bool:
    means = [np.asarray(decode(data).image).reshape(-1, 3).mean(axis=0) for data in (one, other)]
    return bool(np.abs(means[0] - means[1]).max() <= 8)


@pytest.mark.parametrize("lost", [1, 2, 3, 20, 100])
@pytest.mark.parametrize("name", FULL)
def test_a_few_bytes_lost_at_the_end_are_noted_and_the_picture_is_taken(name: str, lost: int) -> None:
    full = FULL[name]()
    taken = decode(full[:-lost])
    assert taken.damage == damage.END_MISSING
    assert (taken.width, taken.height) == (decode(full).width, decode(full).height)
    assert near(full[:-lost], full)


@pytest.mark.parametrize("kept", [0.97, 0.9, 0.5, 0.1])
@pytest.mark.parametrize("name", FULL)
def test_more_is_refused(name: str, kept: float) -> None:
    full = FULL[name]()
    with pytest.raises(ImageError, match=REFUSED):
        decode(full[: int(len(full) * kept)])


JPEGS = [name for name in FULL if name.startswith("jpeg")]


@pytest.mark.parametrize("name", JPEGS)
def test_zeros_in_the_place_of_what_is_missing_are_not_taken_for_rows(name: str) -> None:
    full = FULL[name]()
    with pytest.raises(ImageError, match=REFUSED):
        decode(full[: len(full) // 2] + bytes(len(full) // 2))


BEHIND = {"noise": bytes(n * n * 7 % 256 for n in range(3000)), "another jpeg": encoded(picture(), "JPEG")}


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("name", [name for name in JPEGS if "progressive" not in name])
def test_other_data_behind_a_jpeg_without_an_end_mark_does_not_count(name: str, behind: str) -> None:
    full = FULL[name]()
    taken = decode(full[:-2] + BEHIND[behind])
    assert taken.damage
    assert near(full, full[:-2] + BEHIND[behind])
    with pytest.raises(ImageError, match=REFUSED):
        decode(full[: len(full) // 2] + BEHIND[behind])


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize(
    "segment", [jpeg_segment(0xE2, b"ICC_PROFILE\0"), jpeg_segment(0xEE, b"Adobe")], ids=["icc", "adobe"]
)
def test_segments_that_are_too_short_are_left_out(name: str, segment: bytes) -> None:
    taken = decode(with_segments(segment, jpeg=FULL[name]()))
    assert taken.damage == damage.PARTS_DAMAGED


def test_the_share_that_is_missing_is_said() -> None:
    full = FULL["jpeg"]()
    with pytest.raises(ImageError, match=r"cut off: (1[89]|2[012])(\.\d)? % of the picture is missing"):
        decode(full[: int(len(full) * 0.8)])


def test_an_end_mark_behind_half_of_the_data_hides_nothing() -> None:
    full = FULL["jpeg"]()
    with pytest.raises(ImageError, match=REFUSED):
        decode(full[: len(full) // 2] + b"\xff\xd9")


def test_white_at_the_bottom_of_a_whole_jpeg_is_not_taken_for_a_missing_end() -> None:
    image = photo()
    image.paste("white", (0, 100, 400, 300))
    assert decode(encoded(image, "JPEG")).damage == ""


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_whole_jpeg_of_the_colour_that_marks_untouched_rows_is_whole(mode: str) -> None:
    colour = 1 if mode == "L" else (1,) * len(mode)
    assert decode(encoded(Image.new(mode, (64, 400), colour), "JPEG", quality=100)).damage == ""


def test_zeros_that_a_disk_has_left_at_the_end_are_lost_bytes() -> None:
    full = FULL["jpeg"]()
    assert decode(full[:-40] + bytes(40)).damage == damage.END_MISSING


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_whole_file_has_no_note(kind: str) -> None:
    assert decode(noisy(kind)).damage == ""
    assert decode(noisy(kind) + b"something behind it").damage == ""


# PNG


def with_chunk(chunk: bytes) -> bytes:
    data = encoded(picture(), "PNG")
    return data[:33] + chunk + data[33:]


def spoilt(chunk: bytes) -> bytes:
    """With a wrong checksum."""
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"tEXt", b"Comment\0hello"),
        png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"hello")),
        png_chunk(b"iTXt", b"Comment\0\0\0\0\0hello"),
        png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(b"nothing")),
        png_chunk(b"gAMA", struct.pack(">I", 100_000)),
        png_chunk(b"cICP", bytes([12, 13, 0, 1])),
        png_chunk(b"pHYs", bytes(9)),
        png_chunk(b"eXIf", b"II*\0"),
        png_chunk(b"tIME", bytes(7)),
        png_chunk(b"prVt", b"of a program"),
        png_chunk(b"acTL", struct.pack(">II", 3, 0)),
    ],
)
def test_a_wrong_checksum_beside_the_picture_is_noted(chunk: bytes) -> None:
    plain = decode(encoded(picture(), "PNG"))
    taken = decode(with_chunk(spoilt(chunk)))
    assert taken.damage == damage.WRONG_CHECKSUM
    assert taken.image.tobytes() == plain.image.tobytes()


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000))),
        png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(3_000_000))),
        png_chunk(b"tEXt", b"Comment\0" + b"x" * 8_000_000),
        png_chunk(b"tEXt", b"Comment\0" + b"x" * 900_000) * 50,
        png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(80_000_000))),
        png_chunk(b"pHYs", b""),
        png_chunk(b"cHRM", b"\0\0"),
        png_chunk(b"gAMA", b"\0"),
        png_chunk(b"sRGB", b""),
        png_chunk(b"cICP", bytes([12, 13, 0, 1, 0])),
        png_chunk(b"tRNS", b""),
        png_chunk(b"tRNS", b"\0"),
        png_chunk(b"tRNS", bytes([0, 217, 0, 58, 0, 52, 0])),  # the picture's red, and one byte more
        png_chunk(b"acTL", b""),
        png_chunk(b"acTL", bytes(3) + b"\2" + bytes(5)),
        png_chunk(b"eXIf", bytes(2_000_000)),
    ],
)
def test_oversized_and_broken_chunks_beside_the_picture_are_left_out(chunk: bytes) -> None:
    plain = decode(encoded(picture(), "PNG"))
    taken = decode(with_chunk(chunk))
    assert (taken.damage, taken.image.tobytes()) == ("", plain.image.tobytes())


def test_transparency_of_more_colours_than_a_palette_has_is_left_out() -> None:
    plain = encoded(picture().quantize(16), "PNG")
    place = plain.index(b"IDAT") - 4
    taken = decode(plain[:place] + png_chunk(b"tRNS", bytes(261)) + plain[place:])
    assert (taken.damage, taken.image.tobytes()) == ("", decode(plain).image.tobytes())


def test_a_wrong_checksum_of_the_pixels_alone_is_noted() -> None:
    data = encoded(picture(), "PNG")
    place = data.index(b"IDAT") - 4
    end = place + 12 + int.from_bytes(data[place : place + 4], "big")
    assert decode(data[:place] + spoilt(data[place:end]) + data[end:]).damage == damage.WRONG_CHECKSUM


def test_a_wrong_sum_of_the_unpacked_pixels_is_noted() -> None:
    raw = b"".join(b"\0" + row.tobytes() for row in np.asarray(photo()))
    packed = bytearray(zlib.compress(raw))
    packed[-1] ^= 1
    data = encoded(photo(), "PNG")
    data = data[:33] + png_chunk(b"IDAT", bytes(packed)) + png_chunk(b"IEND")
    assert decode(data).damage == damage.DATA_DAMAGED


def test_pixels_that_cannot_be_unpacked_in_the_middle_are_refused() -> None:
    raw = b"".join(b"\0" + row.tobytes() for row in np.asarray(photo()) & 15)
    packed = zlib.compress(raw)
    packed = packed[: len(packed) // 2] + bytes(100) + packed[len(packed) // 2 + 100 :]
    data = encoded(photo(), "PNG")
    with pytest.raises(ImageError, match=REFUSED):
        decode(data[:33] + png_chunk(b"IDAT", packed) + png_chunk(b"IEND"))


# JPEG and WebP


@pytest.mark.parametrize(
    "segment",
    [
        b"\xff\xe0\0\1",
        jpeg_segment(0xE2, b"ICC_PROFILE\0\1\5" + bytes(40)),
        jpeg_segment(0xE2, b"MPF\0II*\0" + b"\xff" * 40),
        jpeg_segment(0xED, b"Photoshop 3.0\0008BIM\4\4\0\0\xff\xff\xff\xff"),
        jpeg_segment(0xFE, b"x" * 60_000) * 60,
        jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"<" * 60_000),
        jpeg_segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"),
    ],
)
def test_broken_and_oversized_segments_of_a_jpeg_do_not_matter(segment: bytes) -> None:
    taken = decode(with_segments(segment))
    assert taken.image.tobytes() == decode(encoded(picture(), "JPEG")).image.tobytes()


@pytest.mark.parametrize("wrong", [-10, 10, 1000])
def test_a_webp_of_the_wrong_length_is_taken(wrong: int) -> None:
    full = FULL["webp"]()
    data = full[:4] + struct.pack("<I", len(full) - 8 + wrong) + full[8:]
    assert decode(data).damage == damage.END_MISSING


def test_a_webp_that_was_cut_in_its_metadata_lacks_nothing_of_the_picture() -> None:
    full = encoded(photo(), "WEBP", exif=b"Exif\0\0" + bytes(3000))
    assert near(full[:-1500], full)
    assert decode(full[:-1500]).damage == damage.END_MISSING
    assert riff_chunk(b"EXIF", b"")[:4] in full


# What others in the process notice


def test_pillows_switch_for_the_whole_process_stays_as_it_is(monkeypatch: Any) -> None:
    decode(FULL["jpeg"]()[:-2])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
