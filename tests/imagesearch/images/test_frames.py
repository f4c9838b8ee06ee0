"""Which frame is shown of an animation, and what lies behind transparent parts."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from imagesearch.images import backgrounds, frames
from imagesearch.images.decode import decode
from tests.support.hostile import encoded, gif_frame, picture, png, png_chunk

SIZE = (120, 80)
KINDS = ("GIF", "PNG", "WEBP", "AVIF")


def animation(kind: str, *first: Image.Image, **options: Any) -> bytes:
    images = [*first, picture(SIZE), picture(SIZE).rotate(180)]
    durations = [100 + n for n in range(len(images))]  # unlike ones, so that equal frames are not joined
    return encoded(images[0], kind, save_all=True, append_images=images[1:], duration=durations, **options)


def mean(data: bytes) -> Any:
    return np.asarray(decode(data).image).reshape(-1, 3).mean(axis=0)


def shows_the_picture(data: bytes) -> bool:
    return bool(np.abs(mean(data) - np.asarray(picture(SIZE)).reshape(-1, 3).mean(axis=0)).max() < 4)


# Animations


def small_webp_frame() -> bytes:
    """An animation whose first frame covers a part of its canvas, without a sign that alpha is used."""
    first = Image.new("RGBA", (60, 60))
    first.paste(picture((20, 20)), (20, 20))
    data = bytearray(encoded(first, "WEBP", save_all=True, append_images=[picture((60, 60))], lossless=True))
    data[20] &= ~16
    return bytes(data)


def small_png_frame(colour: int, *extra: bytes) -> bytes:
    """The same; the picture that is not part of the animation is black."""
    pixels = {0: b"\xf0", 2: b"\xf0\x10\x10", 3: b"\1"}[colour]
    zeros = bytes((60 * len(pixels) + 1) * 60)
    row = b"\0" + b"".join(pixels if n < 10 else bytes(len(pixels)) for n in range(20))
    control = struct.pack(">5IHHBB", 0, 20, 20, 20, 20, 1, 10, 0, 0)
    frame = png_chunk(b"fcTL", control) + png_chunk(b"fdAT", bytes(3) + b"\1" + zlib.compress(row * 20))
    palette = [png_chunk(b"PLTE", b"\0\0\0\xf0\x10\x10")] if colour == 3 else []
    data = png(
        60,
        60,
        *palette,
        *extra,
        png_chunk(b"acTL", bytes([0, 0, 0, 1, 0, 0, 0, 0])),
        colour=colour,
        pixels=zeros,
    )
    end = data.rindex(b"IEND") - 4
    return data[:end] + frame + data[end:]


@pytest.mark.parametrize(
    "data",
    [small_webp_frame(), *(small_png_frame(colour) for colour in (0, 2, 3))],
    ids=["webp", "png grey", "png rgb", "png palette"],
)
def test_around_a_first_frame_smaller_than_its_canvas_is_the_ground(data: bytes) -> None:
    image = decode(data).image
    assert [image.getpixel(place) for place in ((0, 0), (59, 59), (10, 30))] == [backgrounds.WHITE] * 3
    assert image.getpixel((25, 30)) != backgrounds.WHITE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colour", ["black", "white", "#3b6fd1"])
@pytest.mark.parametrize("count", [1, 5])
def test_flat_frames_at_the_beginning_are_passed_over(kind: str, colour: str, count: int) -> None:
    assert shows_the_picture(animation(kind, *[Image.new("RGB", SIZE, colour)] * count))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_empty_frames_at_the_beginning_are_passed_over(kind: str) -> None:
    assert shows_the_picture(animation(kind, Image.new("RGBA", SIZE, (0, 0, 0, 0))))


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_frame_is_shown_where_it_has_content(kind: str) -> None:
    data = animation(kind, picture(SIZE).convert("L").convert("RGB"))
    red, green, blue = mean(data)
    assert max(abs(red - green), abs(green - blue)) < 3


@pytest.mark.parametrize("kind", KINDS)
def test_what_fades_in_is_shown_when_it_can_be_seen(kind: str) -> None:
    fading = [Image.eval(picture(SIZE), lambda v, n=n: v * n // 10) for n in range(10)]
    assert np.asarray(decode(animation(kind, *fading)).image).std() > 20


@pytest.mark.parametrize("kind", KINDS)
def test_flat_frames_alone_are_the_first(kind: str) -> None:
    images = [Image.new("RGB", SIZE, colour) for colour in ("#3b6fd1", "black", "white")]
    data = encoded(images[0], kind, save_all=True, append_images=images[1:], duration=[100, 110, 120])
    assert np.abs(mean(data) - (59, 111, 209)).max() < 6


def test_frames_are_looked_at_up_to_a_limit(settings: Any, monkeypatch: Any) -> None:
    data = animation("PNG", *[Image.new("RGB", SIZE, (n, 0, 0)) for n in range(5)])
    monkeypatch.setattr(frames, "MAX_FRAMES", 5)
    assert mean(data).max() == 0
    monkeypatch.setattr(frames, "MAX_FRAMES", 6)
    assert shows_the_picture(data)
    settings.MAX_IMAGE_PIXELS = 6 * 120 * 80 - 1
    assert mean(data).max() == 0


def test_a_damaged_frame_after_an_empty_one_does_not_lose_the_picture() -> None:
    data = animation("GIF", Image.new("RGB", SIZE, "#3b6fd1"))
    assert np.abs(mean(data[: len(data) // 3]) - (59, 111, 209)).max() < 6


def test_the_hidden_picture_of_an_animated_png_is_not_shown() -> None:
    data = encoded(
        Image.new("RGB", SIZE, "red"),
        "PNG",
        save_all=True,
        default_image=True,
        append_images=[picture(SIZE), picture(SIZE).rotate(180)],
    )
    assert shows_the_picture(data)


def test_a_later_frame_of_a_gif_that_is_larger_than_the_canvas_is_not_looked_at() -> None:
    """Pillow would make room for 65,535 squared."""
    image = Image.new("P", (4, 4))
    image.putpalette([59, 111, 209])
    data = encoded(image, "GIF")
    assert data.endswith(b";")
    bomb = data[:-1] + gif_frame(65_535, 65_535) + b";"
    assert np.abs(mean(bomb) - (59, 111, 209)).max() < 2


def test_around_a_small_frame_there_is_nothing() -> None:
    data = bytearray(encoded(picture((20, 20)).quantize(8), "GIF"))
    data[6:10] = struct.pack("<HH", 60, 60)
    image = decode(bytes(data)).image
    assert image.getpixel((50, 50)) == (255, 255, 255)
    assert image.getpixel((2, 2)) != (255, 255, 255)


# Grounds


def drawing(colour: tuple[int, ...], shadow: tuple[int, ...] | None = None) -> Image.Image:
    image = Image.new("RGBA", (200, 150), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if shadow:
        draw.ellipse((55, 45, 165, 125), fill=shadow)
    draw.ellipse((50, 40, 150, 110), fill=colour)
    draw.rectangle((20, 10, 60, 30), fill=colour)
    return image


def ground(data: bytes) -> Any:
    return decode(data).image.getpixel((199, 149))


@pytest.mark.parametrize(
    "colour",
    [
        (255, 255, 255, 255),
        (250, 248, 235, 255),
        (225, 225, 225, 255),
        (255, 255, 255, 100),
        (240, 248, 255, 255),
    ],
)
@pytest.mark.parametrize("shadow", [None, (0, 0, 0, 50)])
def test_what_is_near_white_lies_on_dark(colour: tuple[int, ...], shadow: tuple[int, ...] | None) -> None:
    assert ground(encoded(drawing(colour, shadow), "PNG")) == backgrounds.DARK


@pytest.mark.parametrize(
    "colour", [(0, 0, 0, 255), (200, 20, 20, 255), (255, 240, 0, 255), (150, 150, 150, 255), (0, 0, 0, 40)]
)
def test_everything_else_lies_on_white(colour: tuple[int, ...]) -> None:
    assert ground(encoded(drawing(colour), "PNG")) == backgrounds.WHITE


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "LA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGBA"), ("AVIF", "RGBA")]
)
def test_a_white_drawing_can_be_seen_in_every_format(kind: str, mode: str) -> None:
    image = drawing((255, 255, 255, 255))
    data = encoded(image.quantize(16) if mode == "P" else image.convert(mode), kind)
    assert np.asarray(decode(data).image).std() > 40


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_one_transparent_grey_is_compared_in_the_bits_of_the_file(depth: int) -> None:
    """Half white, half the grey next to it (in 16 bits; else black), which is transparent."""
    most = (1 << depth) - 1
    other = most - 1 if depth == 16 else 0
    bits = "".join(f"{value:0{depth}b}" for value in [most] * 8 + [other] * 8)
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    data = png(16, 8, png_chunk(b"tRNS", struct.pack(">H", other)), depth=depth, colour=0, pixels=row * 8)
    image = decode(data).image
    assert (image.getpixel((2, 4)), image.getpixel((14, 4))) == ((255, 255, 255), backgrounds.DARK)


def test_nothing_but_transparency_is_a_white_picture() -> None:
    assert (mean(encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")) == 255).all()
