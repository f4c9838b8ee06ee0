"""What draws the sample pictures: the same picture on every run, and the file that describes all of them."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gallery.samples.catalogue import samples
from tools.samples.__main__ import write
from tools.samples.catalogue import SAMPLES, Sample, webp

pytestmark = pytest.mark.slow

BY_NAME = {sample.name: sample for sample in SAMPLES}
HANDFUL = ("quiet", "sea-at-dusk", "letter-a", "disc-and-bars", "eight-planets")


def opened(sample: Sample) -> Image.Image:
    return Image.open(BytesIO(webp(sample)))


def test_what_is_shipped_is_described_as_it_is_drawn() -> None:
    shipped = [(sample.name, sample.title, sample.caption, sample.tags) for sample in samples()]
    assert shipped == [(sample.name, sample.title, sample.caption, sample.tags) for sample in SAMPLES]


def test_the_command_writes_pictures_and_their_description_and_deletes_old_ones(tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "old.webp").touch()
    size = write(folder, [(SAMPLES[1], b"one"), (SAMPLES[0], b"three")])
    names = [f"{sample.name}.webp" for sample in (SAMPLES[1], SAMPLES[0])]
    rows = samples(folder)
    assert size == 8
    assert {path.name for path in folder.iterdir()} == {*names, "samples.json"}
    assert [row.file for row in rows] == names
    assert [row.sha256 for row in rows] == [sha256(data).hexdigest() for data in (b"one", b"three")]
    assert rows[0].tags == SAMPLES[1].tags


def test_a_picture_has_the_same_bytes_each_time_it_is_drawn() -> None:
    for name in HANDFUL:
        assert webp(BY_NAME[name]) == webp(BY_NAME[name]), name


def test_pictures_are_of_a_size_and_a_weight_that_suit_a_gallery() -> None:
    for name in HANDFUL:
        data = webp(BY_NAME[name])
        image = Image.open(BytesIO(data))
        assert image.format == "WEBP"
        assert image.mode == "RGB"
        assert 1000 <= max(image.size) <= 1600
        assert 10_000 < len(data) < 250_000


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
