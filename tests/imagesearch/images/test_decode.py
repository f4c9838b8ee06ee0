"""What the judge of image bytes takes, what it refuses, and what it makes of a picture."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image, ImageCms

from imagesearch.errors import ImageError, ImageTooLarge
from imagesearch.formats import file_types
from imagesearch.images import decode as images
from imagesearch.images.decode import decode, dhash_distance
from tests.support import hostile
from tests.support.hostile import (
    HOSTILE,
    ODD,
    encoded,
    jpeg_segment,
    picture,
    png_chunk,
    small_png,
    with_segments,
)
from tests.support.memory import measurable, peak
from tests.support.timing import cpu_seconds

RED, GREEN, BLUE, YELLOW = (217, 58, 52), (79, 157, 74), (59, 111, 209), (242, 204, 61)


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 25 for a, b in zip(image.getpixel(at), colour, strict=True))  # type: ignore[arg-type]


def opened(webp: bytes) -> Image.Image:
    return Image.open(io.BytesIO(webp), formats=["WEBP"])


# What a photo says about itself.


def test_a_photo_tells_its_size_format_and_content() -> None:
    data = encoded(picture((300, 200)), "JPEG")
    photo = decode(data, "holiday.jpg")
    assert (photo.format, photo.extension, photo.width, photo.height, photo.size) == (
        "JPEG",
        ".jpg",
        300,
        200,
        len(data),
    )
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert photo.image.mode == "RGB"
    assert photo.image.size == (300, 200)


@pytest.mark.parametrize(
    ("kind", "extension"), [(k, e) for k, e in file_types.EXTENSIONS.items() if k != "HEIF"]
)
def test_the_format_is_what_the_bytes_are_and_not_what_the_name_says(kind: str, extension: str) -> None:
    photo = decode(encoded(picture(), kind), "wrong.bmp")
    assert (photo.format, photo.extension) == (kind, extension)


def test_a_file_is_read_from_where_it_stands() -> None:
    data = encoded(picture(), "PNG")
    assert decode(io.BytesIO(data)).sha256 == hashlib.sha256(data).hexdigest()


# Refusals.


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence_in_no_time(name: str) -> None:
    data = HOSTILE[name]()
    with cpu_seconds(1), pytest.raises(ImageError, match=r"^This .{20,}\.") as refused:
        decode(data, name)
    assert "PIL" not in str(refused.value)


@pytest.mark.skipif(not measurable, reason="needs /proc/self/clear_refs of Linux to measure memory")
@pytest.mark.parametrize("name", hostile.BOMBS)
def test_a_bomb_takes_little_memory(name: str) -> None:
    data = HOSTILE[name]()
    with peak() as grown, pytest.raises(ImageError):
        decode(data, name)
    assert grown.megabytes < 400


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("paper.pdf", "This is a PDF. Save its pages as JPEG or PNG and try again."),
        ("drawing.svg", "This is an SVG drawing."),
        ("scan.tif", "This is a TIFF."),
        ("photo.nef", "a camera's raw file"),
        ("page.jpg", "This is a web page."),
        ("pictures.zip", "This is an archive"),
        ("film.mp4", "This is a video."),
        ("phone.heic", "the extra heif"),
        ("notes.txt", "This is a text file."),
        ("empty.jpg", "This file is empty (0 bytes)."),
        ("half a PNG", "This PNG is damaged or cut off"),
        (
            "webp of 40 bytes, lossless, 16,383 squared",
            "16,383 × 16,383 = 268,402,689 pixels, and 64",
        ),
        (
            "gif of 100 frames of 2,000 squared",
            "100 frames of 2,000 × 2,000 have 400,000,000",
        ),
        ("avif that hides its size", "8,100 × 8,100"),
        ("jpeg of 1,000 scans", "1,009 scans, and at most 50"),
    ],
)
def test_a_refusal_says_what_the_file_is_and_what_to_do(name: str, says: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(file_types, "heif_installed", lambda: False)
    with pytest.raises(ImageError) as refused:
        decode(HOSTILE[name](), name)
    assert says in str(refused.value)


def test_pillows_own_guard_stays_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageTooLarge, match="100,000,000 pixels"):  # Pillow warns from 89 million
            decode(hostile.png(10_000, 10_000))


def test_pillows_own_guard_is_never_below_ours(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    settings.MAX_IMAGE_PIXELS = settings.MAX_JPEG_PIXELS = 10_000
    data = encoded(picture((100, 100)), "GIF").replace(b"GIF87a\x64\0\x64\0", b"GIF87a\1\0\1\0")
    assert decode(data).image.size == (100, 100)  # a frame that enlarges its screen asks the guard
    assert Image.MAX_IMAGE_PIXELS == 10_000


def test_large_pictures_are_decoded_one_by_one(monkeypatch: Any) -> None:
    at_once, most = 0, 0
    first_frame = images._first_frame

    def counted(*arguments: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.01)
        result = first_frame(*arguments)
        at_once -= 1
        return result

    monkeypatch.setattr(images, "_first_frame", counted)
    monkeypatch.setattr(images, "LARGE_BYTES", 100)
    data = encoded(picture(), "PNG")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: decode(data), range(16)))
    assert most == 1


def test_broken_exif_leaves_nothing_behind_in_the_process() -> None:
    script = """
from PIL import TiffImagePlugin
from imagesearch.images.decode import decode
from tests.support.hostile import ODD

decode(ODD["jpeg whose exif claims 4 GB"]())
print(sum(key != "version" for key in getattr(TiffImagePlugin, "__warningregistry__", {})))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (ran.stdout.strip(), ran.stderr) == ("0", "")


# Honest, but odd.


@pytest.mark.parametrize("name", ODD)
def test_an_odd_but_honest_file_is_taken(name: str) -> None:
    photo = decode(ODD[name](), "Ünïcode 😀 'name' ../x.jpg")
    assert opened(photo.view()).size == photo.image.size
    assert opened(photo.tile()).height <= 400
    assert photo.palette()
    assert len(photo.dhash()) == 16


@pytest.mark.parametrize(
    ("turn", "corners"),  # clockwise from the upper left, as the picture must then be seen
    [
        (1, (RED, GREEN, YELLOW, BLUE)),
        (2, (GREEN, RED, BLUE, YELLOW)),
        (3, (YELLOW, BLUE, RED, GREEN)),
        (4, (BLUE, YELLOW, GREEN, RED)),
        (5, (RED, BLUE, YELLOW, GREEN)),
        (6, (BLUE, RED, GREEN, YELLOW)),
        (7, (YELLOW, GREEN, RED, BLUE)),
        (8, (GREEN, YELLOW, BLUE, RED)),
    ],
)
def test_a_turned_photo_stands_upright(turn: int, corners: tuple[Any, ...]) -> None:
    photo = decode(hostile.turned(turn))
    width, height = (80, 120) if turn >= 5 else (120, 80)
    assert (photo.width, photo.height) == photo.image.size == (width, height)
    places = [(10, 10), (width - 10, 10), (width - 10, height - 10), (10, height - 10)]
    assert all(near(photo.image, place, colour) for place, colour in zip(places, corners, strict=True))


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    grey = decode(hostile.deep_grey()).image
    assert [grey.getpixel((x, 4))[0] for x in (0, 64, 128, 192, 255)] == [0, 64, 128, 192, 255]  # type: ignore[index]
    assert decode(hostile.deep_colour()).image.getpixel((0, 0)) == (128, 64, 255)


@pytest.mark.parametrize("data", [hostile.glass("RGBA"), hostile.glass("LA"), hostile.palette_glass()])
def test_transparency_lies_on_white(data: bytes) -> None:
    image = decode(data).image
    assert sorted(image.getpixel((x, 20)) for x in (5, 35)) == [(0, 0, 0), (255, 255, 255)]  # type: ignore[type-var]


def test_cmyk_looks_like_its_rgb() -> None:
    image = decode(ODD["cmyk jpeg"]()).image
    assert near(image, (10, 10), RED)
    assert near(image, (110, 70), YELLOW)


def test_an_animation_is_its_first_frame() -> None:
    for kind in ("PNG", "GIF", "WEBP", "AVIF"):
        assert near(decode(hostile.animated(kind)).image, (10, 10), RED)


def test_another_colour_space_becomes_srgb() -> None:
    """In Display P3 the red (217, 58, 52) is stronger than in sRGB: its sRGB has more red and less green."""
    wide = small_rgb_profile(xy=((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)))
    plain = decode(encoded(picture(), "PNG")).image.getpixel((10, 10))
    strong = decode(encoded(picture(), "PNG", icc_profile=wide)).image.getpixel((10, 10))
    assert strong[0] > plain[0] + 8  # type: ignore[index]
    assert strong[1] < plain[1] - 8  # type: ignore[index]


def small_rgb_profile(xy: tuple[tuple[float, float], ...]) -> bytes:
    """An RGB profile with these primaries: sRGB's with the three colour tags written anew."""
    import numpy as np

    white, adapted = np.array([0.3127, 0.3290]), np.array([0.9642, 1.0, 0.8249])
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in xy]).T
    white_xyz = np.array([white[0] / white[1], 1, (1 - white.sum()) / white[1]])
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    scale = np.diag((bradford @ adapted) / (bradford @ white_xyz))
    weights = np.diag(np.linalg.solve(columns, white_xyz))
    matrix = np.linalg.inv(bradford) @ scale @ bradford @ columns @ weights
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for tag, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), matrix.T, strict=True):
        entry = profile.index(tag)
        start = int.from_bytes(profile[entry + 4 : entry + 8], "big") + 8
        profile[start : start + 12] = b"".join(
            round(value * 65536).to_bytes(4, "big", signed=True) for value in values
        )
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be"))


# What is made of a picture.


@pytest.mark.parametrize(
    ("size", "tile", "view"),
    [
        ((100, 50), (100, 50), (100, 50)),  # never enlarged
        ((1200, 800), (600, 400), (1200, 800)),
        ((4000, 3000), (533, 400), (1600, 1200)),
        ((3000, 4000), (300, 400), (1200, 1600)),
        ((8000, 1000), (1600, 200), (1600, 200)),  # a panorama
        ((1, 20_000), (1, 400), (1, 1600)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_tile_and_view_fit_their_boxes(kind: str, size: tuple[int, int], tile: Any, view: Any) -> None:
    photo = decode(encoded(picture(size), kind))
    assert opened(photo.tile()).size == tile
    assert opened(photo.view()).size == view
    assert (photo.width, photo.height) == size


def test_a_large_photo_keeps_what_a_view_needs() -> None:
    photo = decode(encoded(picture((3300, 2200)), "JPEG"))
    assert photo.image.size == (1600, 1067)
    assert near(photo.image, (10, 10), RED)
    assert near(photo.image, (1590, 1060), YELLOW)


MARK = b"MARK-b7e2-52.5163N"


def marked() -> dict[str, bytes]:
    """Pictures that carry a mark wherever a format can carry one."""
    tags = Image.Exif()
    tags[0x010E] = MARK.decode()
    tags.get_ifd(0x8825)[0x1D] = MARK.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + MARK
    all_of_it = {"exif": tags.tobytes(), "xmp": b"<x>" + MARK + b"</x>", "icc_profile": profile}
    jpeg = encoded(picture((2000, 1000)), "JPEG", comment=MARK, **all_of_it)
    text = png_chunk(b"tEXt", b"Comment\0" + MARK) + png_chunk(b"eXIf", tags.tobytes()[6:])
    xmp = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + MARK)
    return {
        "jpeg": with_segments(jpeg_segment(0xED, b"Photoshop 3.0\0" + MARK), jpeg=jpeg) + MARK,
        "png": small_png(text, xmp),
        "webp": encoded(picture(), "WEBP", **all_of_it),
        "avif": encoded(picture(), "AVIF", **all_of_it),
        "gif": encoded(picture(), "GIF", comment=MARK),
    }


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "gif"])
def test_nothing_that_a_file_says_about_its_owner_is_in_what_we_make_of_it(kind: str) -> None:
    data = marked()[kind]
    assert MARK in data
    photo = decode(data)
    for made in (photo.tile(), photo.view()):
        assert MARK not in made
        assert not {b"EXIF", b"XMP ", b"ICCP", b"VP8X"} & {made[at : at + 4] for at in range(len(made))}
    assert not photo.image.info


def test_the_hash_survives_what_people_do_to_copies() -> None:
    image = Image.linear_gradient("L").rotate(30).convert("RGB").resize((800, 600))
    photo = decode(encoded(image, "PNG"))
    copy = decode(encoded(image.resize((400, 300)), "JPEG", quality=30))
    other = decode(encoded(picture((800, 600)), "PNG"))
    assert dhash_distance(photo.dhash(), photo.dhash()) == 0
    assert dhash_distance(photo.dhash(), copy.dhash()) <= 6
    assert dhash_distance(photo.dhash(), other.dhash()) > 15


def test_the_hash_has_a_bit_for_each_step_to_the_right_that_is_brighter() -> None:
    ramp = Image.linear_gradient("L").rotate(90).convert("RGB")  # brighter to the right
    rising, falling = decode(encoded(ramp, "PNG")), decode(encoded(ramp.rotate(180), "PNG"))
    assert (rising.dhash(), falling.dhash()) == ("f" * 16, "0" * 16)
    assert dhash_distance(rising.dhash(), falling.dhash()) == 64


@pytest.mark.skipif(not measurable, reason="needs /proc/self/clear_refs of Linux to measure memory")
@pytest.mark.slow
def test_a_photo_of_64_megapixels_is_decoded_in_little_memory() -> None:
    data = encoded(picture((8000, 8000)), "JPEG")
    with peak() as grown:
        photo = decode(data)
        photo.tile(), photo.view()
    assert grown.megabytes < 100  # 245 without draft
    assert sys.getsizeof(photo.view()) < 2**20
