"""Small files that went wrong once, in tests/cases, each with the answer that is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imagesearch.images.decode import Photo, decode

CASES = Path(__file__).parents[2] / "cases"


def case(name: str) -> Photo:
    return decode((CASES / name).read_bytes(), name)


def mean(photo: Photo) -> np.ndarray:
    return np.asarray(photo.image).reshape(-1, 3).mean(axis=0)


@pytest.mark.parametrize(
    ("name", "colour"),  # as Chromium's canvas has it
    [
        ("linear_grey_patch.png", (128, 128, 128)),
        ("p3_named_srgb_gamma.jpg", (42, 203, 6)),
        ("la_gray_icc.png", (188, 188, 188)),
        ("avif_nclx_p3.avif", (40, 204, 0)),
    ],
)
def test_colours_are_those_of_a_browser(name: str, colour: tuple[int, int, int]) -> None:
    assert np.abs(mean(case(name)) - colour).max() <= 8


@pytest.mark.parametrize("name", ["grey16_trns.png", "white_logo_a.png", "anim_black_first.gif"])
def test_there_is_something_to_see(name: str) -> None:
    assert np.asarray(case(name).image).reshape(-1, 3).std(axis=0).min() > 20


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("jpeg_no_eoi.jpg", "The end of the file is missing."),
        ("png_large_ztxt.png", ""),
        ("png_text_bad_crc.png", "A checksum in the file is wrong."),
    ],
)
def test_what_a_browser_shows_is_taken_and_damage_is_noted(name: str, note: str) -> None:
    photo = case(name)
    assert (photo.width, photo.height, photo.damage) == (640, 480, note)
