"""Palettes and colour names, as a person would give them."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from imagesearch.colours import palette
from imagesearch.images.decode import decode

SWATCHES = {  # of the library's colour filter
    "red": "#d93a34",
    "orange": "#f0862d",
    "yellow": "#f2cc3d",
    "green": "#4f9d4a",
    "teal": "#2f9e98",
    "blue": "#3b6fd1",
    "purple": "#7a4fb5",
    "pink": "#e58fb0",
    "brown": "#7d5636",
    "black": "#1d1d1f",
    "grey": "#8f9296",
    "white": "#f7f7f5",
}


def plain(colour: str, size: tuple[int, int] = (90, 60)) -> Image.Image:
    return Image.new("RGB", size, colour)


def on(background: str, colour: str, share: float = 0.5) -> Image.Image:
    """A disc on a ground; its diameter is this share of the height."""
    image = plain(background, (300, 200))
    half = round(100 * share)
    ImageDraw.Draw(image).ellipse((150 - half, 100 - half, 150 + half, 100 + half), fill=colour)
    return image


def layers(*parts: tuple[str, float]) -> Image.Image:
    """Horizontal bands from the top, each with its share of the height."""
    image, top = plain("white", (300, 200)), 0.0
    for colour, share in parts:
        ImageDraw.Draw(image).rectangle((0, round(top), 300, 200), fill=colour)
        top += 200 * share
    return image


def test_the_names_are_those_of_the_filter() -> None:
    assert list(SWATCHES) == list(palette.NAMES)


@pytest.mark.parametrize(("name", "swatch"), SWATCHES.items())
def test_a_swatch_of_the_filter_has_its_own_name(name: str, swatch: str) -> None:
    assert palette.name(plain(swatch)) == name


@pytest.mark.parametrize(
    ("name", "tones"),
    {
        "red": "red darkred crimson maroon firebrick",
        "orange": "orange darkorange coral #ff7518",
        "yellow": "yellow gold #ffe680 khaki",
        "green": "green lime darkgreen olivedrab seagreen #b5d99c",
        "teal": "teal turquoise cyan lightseagreen",
        "blue": "blue navy royalblue skyblue steelblue midnightblue",
        "purple": "indigo blueviolet rebeccapurple purple",
        "pink": "hotpink lightpink deeppink magenta",
        "brown": "saddlebrown sienna tan #5c4033",
        "black": "black #15181c #241f1c",
        "grey": "gray dimgray darkgray",
        "white": "white ivory snow #f3eee4",
    }.items(),
)
def test_light_and_dark_tones_belong_to_their_colour(name: str, tones: str) -> None:
    assert {tone: palette.name(plain(tone)) for tone in tones.split()} == dict.fromkeys(tones.split(), name)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (on("#f2f0ea", "#f0862d"), "orange"),  # an orange on a white table
        (on("#c9a87c", "#2c4f9e", 0.8), "blue"),  # a dress on a wooden floor
        (on("#c22b2b", "#1a1a1c", 0.85), "black"),  # a cap on a red cloth
        (on("#5f8f3f", "#e8d35a", 0.4), "green"),  # a flower in the grass
        (layers(("#8db8e8", 0.4), ("#3f7a3a", 0.6)), "green"),  # a meadow under the sky
        (layers(("#2a1a4a", 0.3), ("#e0602a", 0.4), ("#1a1016", 0.3)), "orange"),  # a sunset
        (layers(("#9fc4e6", 0.4), ("#1d5f93", 0.6)), "blue"),  # the sea
        (layers(("#dfe6ec", 0.4), ("#fbfbfa", 0.6)), "white"),  # snow
        (on("#0b0d14", "#f5f0d0", 0.15), "black"),  # the moon at night
    ],
)
def test_a_scene_is_filed_under_the_colour_that_a_person_would_say(image: Image.Image, name: str) -> None:
    assert palette.name(image) == name


def test_a_palette_has_the_largest_colour_first_and_adds_up_to_one() -> None:
    swatches = palette.palette(layers(("#d93a34", 0.6), ("#3b6fd1", 0.3), ("#f2cc3d", 0.1)))
    assert [swatch.hex for swatch in swatches] == ["#d93a34", "#3b6fd1", "#f2cc3d"]
    assert [swatch.share for swatch in swatches] == pytest.approx([0.6, 0.3, 0.1], abs=0.02)
    assert sum(swatch.share for swatch in swatches) == pytest.approx(1, abs=0.005)


def test_a_palette_has_five_colours_at_most_and_leaves_no_near_twins() -> None:
    noise = Image.effect_noise((200, 200), 60)
    many = Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180)))
    assert 2 <= len(palette.palette(many)) <= 5
    twins = layers(("#d93a34", 0.5), ("#d63c38", 0.5))
    assert len(palette.palette(twins)) == 1


def test_one_colour_is_one_swatch() -> None:
    assert palette.palette(plain("#123456")) == [palette.Swatch("#123456", 1.0)]


def test_the_same_picture_gives_the_same_palette_every_time() -> None:
    image = Image.effect_mandelbrot((120, 80), (-2, -1.2, 1, 1.2), 60).convert("RGB")
    assert palette.palette(image) == palette.palette(image.copy())


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_the_thinnest_picture_has_colours(size: tuple[int, int]) -> None:
    file = BytesIO()
    plain("#d93a34", size).save(file, "PNG")
    photo = decode(file.getvalue())
    assert photo.color() == "red"
    assert photo.palette() == [palette.Swatch("#d93a34", 1.0)]
