"""The sample gallery: unlike, sane, quick, and the same on every run."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from gallery.samples.catalogue import SAMPLES, Sample, jpeg
from tests.timing import cpu_seconds

BY_NAME = {sample.name: sample for sample in SAMPLES}
HANDFUL = ("quiet", "sea-at-dusk", "letter-a", "disc-and-bars", "eight-planets")


def opened(sample: Sample) -> Image.Image:
    return Image.open(BytesIO(jpeg(sample)))


def test_there_are_enough_pictures_for_an_endless_page() -> None:
    assert len(SAMPLES) >= 72


def test_names_and_titles_are_unique() -> None:
    assert len(BY_NAME) == len(SAMPLES)
    assert len({sample.title for sample in SAMPLES}) == len(SAMPLES)


def test_each_picture_is_described() -> None:
    for sample in SAMPLES:
        assert sample.name == sample.name.lower().replace(" ", "-")
        assert sample.title, sample.name
        assert sample.caption.endswith("."), sample.name
        assert 3 <= len(set(sample.tags)) == len(sample.tags) <= 6, sample.name
        assert all(tag == tag.lower().strip() for tag in sample.tags), sample.name


def test_the_words_that_a_newcomer_tries_are_tags() -> None:
    tags = [tag for sample in SAMPLES for tag in sample.tags]
    for word in ("red", "blue", "green", "yellow", "night", "stripes", "fruit", "sea", "letters", "flowers"):
        assert tags.count(word) >= 4, word


def test_a_picture_has_the_same_bytes_each_time_it_is_drawn() -> None:
    for name in HANDFUL:
        assert jpeg(BY_NAME[name]) == jpeg(BY_NAME[name]), name


def test_pictures_are_of_a_size_and_a_weight_that_suit_a_gallery() -> None:
    for name in HANDFUL:
        data = jpeg(BY_NAME[name])
        image = Image.open(BytesIO(data))
        assert image.format == "JPEG"
        assert image.mode == "RGB"
        assert 1000 <= max(image.size) <= 1600
        assert 50_000 < len(data) < 450_000


def test_they_come_upright_square_wide_and_as_panoramas() -> None:
    shapes = [opened(BY_NAME[name]) for name in ("quiet", "alphabet", "letter-s", "eight-planets")]
    ratios = [image.width / image.height for image in shapes]
    assert ratios == pytest.approx([0.75, 1.2, 1.0, 2.86], abs=0.01)


def test_the_same_motif_at_another_hour_differs_in_colour_and_not_in_shape() -> None:
    dusk, night = (np.asarray(opened(BY_NAME[name]), float) for name in ("sea-at-dusk", "moon-over-the-sea"))
    assert dusk.shape == night.shape
    assert dusk[..., 0].mean() > 2 * night[..., 0].mean()


def test_the_postcard_is_nearly_the_picture_that_it_shows() -> None:
    def outline(name: str) -> Image.Image:
        return BY_NAME[name].draw().convert("L").resize((9, 8), Image.Resampling.LANCZOS)

    rises = [
        np.diff(np.asarray(outline(name), int)) > 0 for name in ("lighthouse-by-day", "lighthouse-postcard")
    ]
    assert (rises[0] != rises[1]).sum() <= 4


def test_a_picture_is_drawn_in_a_fraction_of_a_second() -> None:
    jpeg(BY_NAME["quiet"])
    with cpu_seconds(2):
        for name in HANDFUL:
            jpeg(BY_NAME[name])
