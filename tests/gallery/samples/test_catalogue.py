"""The sample pictures that are shipped: as they are described, unlike, and small enough for a package."""

from __future__ import annotations

from hashlib import sha256

from PIL import Image

from gallery.samples.catalogue import DATA, INDEX, samples

MAX_BYTES = 8_000_000


def test_the_folder_holds_the_pictures_that_are_described_and_nothing_else() -> None:
    assert {path.name for path in DATA.iterdir()} == {INDEX, *(sample.file for sample in samples())}
    assert [sha256(sample.path.read_bytes()).hexdigest() for sample in samples()] == [
        sample.sha256 for sample in samples()
    ]


def test_they_are_enough_for_an_endless_page_and_few_enough_bytes_for_a_package() -> None:
    assert len(samples()) == 126
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= MAX_BYTES


def test_each_is_a_whole_picture_of_a_size_that_suits_a_gallery() -> None:
    for sample in samples():
        with Image.open(sample.path) as image:
            image.load()
            assert (image.format, image.mode) == ("WEBP", "RGB"), sample.name
            assert 1000 <= max(image.size) <= 1600, sample.name


def test_names_and_titles_are_unique() -> None:
    assert len({sample.name for sample in samples()}) == len(samples())
    assert len({sample.title for sample in samples()}) == len(samples())


def test_each_is_described() -> None:
    for sample in samples():
        assert sample.name == sample.name.lower().replace(" ", "-")
        assert sample.title, sample.name
        assert sample.caption.endswith("."), sample.name
        assert 3 <= len(set(sample.tags)) == len(sample.tags) <= 6, sample.name
        assert all(tag == tag.lower().strip() for tag in sample.tags), sample.name


def test_the_words_that_a_newcomer_tries_are_tags() -> None:
    tags = [tag for sample in samples() for tag in sample.tags]
    for word in ("red", "blue", "green", "yellow", "night", "stripes", "fruit", "sea", "letters", "flowers"):
        assert tags.count(word) >= 4, word
