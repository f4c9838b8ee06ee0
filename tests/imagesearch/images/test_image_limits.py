"""How large a picture may be: bytes, pixels, frames, scans and memory, each below, at and above its limit."""

from __future__ import annotations

import io
from typing import Any

import pytest

from imagesearch.errors import ImageError, ImageTooLarge
from imagesearch.formats import file_types, headers
from imagesearch.images import frames
from imagesearch.images.decode import decode
from tests.support import hostile
from tests.support.hostile import encoded, picture


def memory_needed(data: bytes) -> int:
    kind = file_types.picture_format(data) or ""
    return headers.memory(kind, headers.cost(kind, data), frames.LONG_SIDE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_who_may_not_add_gets_less_memory(kind: str) -> None:
    data = encoded(picture((300, 200)), kind)
    needed = memory_needed(data) / 2**20
    assert decode(data, max_memory=needed).width == 300
    assert decode(data).width == 300
    with pytest.raises(ImageTooLarge, match="MB are allowed for a search without a login"):
        decode(data, max_memory=needed - 0.001)


@pytest.mark.parametrize("stream", [False, True])
def test_bytes_are_limited(settings: Any, stream: bool) -> None:
    data = encoded(picture(), "PNG")
    for limit in (len(data) + 1, len(data)):
        settings.MAX_IMAGE_BYTES = limit
        decode(io.BytesIO(data) if stream else data)
    settings.MAX_IMAGE_BYTES = len(data) - 1
    with pytest.raises(ImageTooLarge, match=f"{len(data) - 1:,}"):
        decode(io.BytesIO(data) if stream else data)


def test_a_stream_is_not_read_beyond_the_limit(settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 1000
    stream = io.BytesIO(bytes(10_000))
    with pytest.raises(ImageTooLarge):
        decode(stream)
    assert stream.tell() == 1001


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_pixels_are_limited(settings: Any, kind: str) -> None:
    data = encoded(picture((60, 40)), kind)
    settings.MAX_JPEG_PIXELS = 1
    for limit in (2401, 2400):
        settings.MAX_IMAGE_PIXELS = limit
        decode(data)
    settings.MAX_IMAGE_PIXELS = 2399
    with pytest.raises(ImageTooLarge, match="60 × 40 = 2,400 pixels, and 2,399 are allowed"):
        decode(data)


def test_jpegs_have_a_limit_of_their_own(settings: Any) -> None:
    settings.MAX_IMAGE_PIXELS = 100
    jpeg, other = encoded(picture((60, 40)), "JPEG"), encoded(picture((60, 40)), "PNG")
    for limit in (2401, 2400):
        settings.MAX_JPEG_PIXELS = limit
        decode(jpeg)
        with pytest.raises(ImageTooLarge, match="2,400 pixels, and 100 are allowed"):
            decode(other)
    settings.MAX_JPEG_PIXELS = 2399
    with pytest.raises(ImageTooLarge, match="2,400 pixels, and 2,399 are allowed"):
        decode(jpeg)


@pytest.mark.parametrize("options", [{"progressive": True}, {"progressive": True, "subsampling": 0}])
def test_the_memory_of_a_jpeg_is_limited(settings: Any, options: dict[str, Any]) -> None:
    data = encoded(picture((1600, 1000)), "JPEG", **options)
    samples = 1600 * 1000 * (3 if "subsampling" in options else 1.5)
    needed = 2 * samples + 4 * 1600 * 1000 + headers.OVERHEAD_BYTES
    assert memory_needed(data) == needed
    settings.MAX_DECODE_MB = needed / 2**20
    decode(data)
    settings.MAX_DECODE_MB = (needed - 1) / 2**20
    with pytest.raises(ImageTooLarge, match="MB of memory"):
        decode(data)


def test_the_memory_of_a_baseline_jpeg_is_that_of_its_reduced_size() -> None:
    jpeg = encoded(picture((8000, 4000)), "JPEG")
    assert memory_needed(jpeg) == 4 * 2000 * 1000 + headers.OVERHEAD_BYTES
    assert memory_needed(encoded(picture(), "WEBP")) > headers.OVERHEAD_BYTES


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF"])
def test_the_pixels_of_all_frames_are_limited(settings: Any, kind: str) -> None:
    data = hostile.animated(kind)
    whole = 4 * 120 * 80
    for limit in (whole + 1, whole):
        settings.MAX_IMAGE_FRAMES_PIXELS = limit
        decode(data)
    settings.MAX_IMAGE_FRAMES_PIXELS = whole - 1
    with pytest.raises(ImageTooLarge, match="4 frames"):
        decode(data)


def test_the_scans_of_a_jpeg_are_limited() -> None:
    first = 10  # of a progressive JPEG as Pillow writes it
    decode(hostile.jpeg_of_scans(50 - first + 1))
    with pytest.raises(ImageError, match="51 scans"):
        decode(hostile.jpeg_of_scans(51 - first + 1))
