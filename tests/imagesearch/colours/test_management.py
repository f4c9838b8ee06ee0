"""Colours are those of a browser; tests/support/colour_files.py has the numbers of Chromium's canvas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from imagesearch.colours import management, profiles
from imagesearch.images.decode import decode
from tests.support.colour_files import CHROMIUM, FILES, WIDE, jpeg, named
from tests.support.hostile import encoded, picture

AS_SEEN = 8  # of 255


def mean(data: bytes) -> Any:
    return np.asarray(decode(data).image).reshape(-1, 3).mean(axis=0)


@pytest.mark.parametrize("name", FILES)
def test_the_mean_colour_is_that_of_a_browser(name: str) -> None:
    assert np.abs(mean(FILES[name]()) - CHROMIUM[name]).max() <= AS_SEEN


@pytest.mark.parametrize(
    "profile",
    [profiles.srgb_profile(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()],
)
@pytest.mark.parametrize("name", [b"sRGB ", b"linea"])
def test_a_profile_that_is_srgb_by_its_content_changes_nothing(profile: bytes, name: bytes) -> None:
    plain = encoded(picture(), "PNG")
    told = encoded(picture(), "PNG", icc_profile=named(profile, name))
    assert decode(told).image.tobytes() == decode(plain).image.tobytes()


def test_a_name_does_not_make_a_profile_srgb() -> None:
    wide = profiles.rgb_profile(WIDE, profiles.srgb())
    assert (mean(jpeg(named(wide, b"sRGB "))) == mean(jpeg(wide))).all()
    assert np.abs(mean(jpeg(wide)) - mean(jpeg(profiles.srgb_profile()))).max() > AS_SEEN


@pytest.mark.parametrize("cut", [0, 1, 127, 128, 200, 400])
def test_a_profile_that_is_cut_off_is_passed_over(cut: int) -> None:
    data = encoded(picture(), "JPEG", icc_profile=profiles.rgb_profile(WIDE, profiles.srgb())[:cut])
    assert (mean(data) == mean(encoded(picture(), "JPEG"))).all()


def test_colours_come_before_the_ground() -> None:
    """A linear 55 is a 128 in sRGB, and at half its strength on white a 191; in the other order 205."""
    assert np.abs(mean(FILES["png half transparent, linear"]()) - 191).max() <= 2


def test_a_picture_is_converted_before_it_is_reduced() -> None:
    """Fine stripes of black and white keep their mean, whatever the profile says of the greys between."""
    stripes = Image.new("L", (3200, 40))
    stripes.putdata([x % 2 * 255 for _ in range(40) for x in range(3200)])
    linear = profiles.rgb_profile(profiles.BT709, profiles.power(1))
    data = encoded(stripes.convert("RGB"), "PNG", icc_profile=linear)
    assert np.abs(mean(data) - 127.5).max() <= 2


def test_profiles_are_read_once() -> None:
    management._of_profile.cache_clear()
    for _ in range(3):
        decode(FILES["jpeg p3"]())
    assert management._of_profile.cache_info().misses == 1
