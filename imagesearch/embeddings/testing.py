"""What every embedding model promises, as tests that each model's own test class inherits. Needs pytest.

    class TestEveryday(EmbedderContract):
        def build(self) -> Embedder:
            return EverydayEmbedder()

A model that loads slowly overrides the fixture `embedder` with one of scope "class".
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image, ImageDraw

from imagesearch.embeddings.base import Embedder, Matrix

SIZES = [(1, 1), (7, 3), (2000, 3), (3, 2000), (224, 224), (1200, 900)]
COSTLY = ("open", "socket.connect", "socket.getaddrinfo", "import", "subprocess.Popen")

_seen: list[str] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is not None and event in COSTLY:
        _seen.append(f"{event} {arguments[0]}")


sys.addaudithook(_note)  # it cannot be taken off again, so `costs` turns it on and off


@contextmanager
def costs() -> Iterator[list[str]]:
    """The files opened, modules loaded and connections made within the block."""
    global _seen
    events: list[str] = []
    _seen = events
    try:
        yield events
    finally:
        _seen = None


def drawn() -> list[Image.Image]:
    """Five pictures that no model takes for one another, of different shapes."""
    red = Image.new("RGB", (320, 240), (220, 30, 30))
    night = Image.new("RGB", (200, 300), (10, 15, 60))
    ImageDraw.Draw(night).ellipse((120, 40, 170, 90), fill=(250, 245, 200))
    stripes = Image.new("RGB", (300, 300), "white")
    for x in range(0, 300, 40):
        ImageDraw.Draw(stripes).rectangle((x, 0, x + 19, 300), fill="black")
    meadow = Image.new("RGB", (400, 260), (120, 190, 250))
    ImageDraw.Draw(meadow).rectangle((0, 130, 400, 260), fill=(50, 150, 50))
    rings = Image.new("RGB", (260, 260), (250, 220, 60))
    for radius in range(120, 0, -30):
        box = (130 - radius, 130 - radius, 130 + radius, 130 + radius)
        ImageDraw.Draw(rings).ellipse(box, outline=(120, 20, 130), width=10)
    return [red, night, stripes, meadow, rings]


class EmbedderContract:
    """Inherit, define `build`; `tolerance` is how far a vector may move with its neighbours in a batch."""

    tolerance = 1e-3

    def build(self) -> Embedder:
        raise NotImplementedError

    @pytest.fixture
    def embedder(self) -> Embedder:
        return self.build()

    @pytest.fixture
    def words(self, embedder: Embedder) -> Callable[[list[str]], Matrix]:
        if not embedder.embeds_text:
            pytest.skip(f"{embedder.name} knows no words")
        return embedder.embed_texts

    def well_formed(self, vectors: Matrix, rows: int, embedder: Embedder) -> None:
        assert vectors.dtype == np.float32
        assert vectors.shape == (rows, embedder.dimensions)
        assert np.isfinite(vectors).all()
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)

    def same(self, one: Matrix, other: Matrix) -> None:
        assert one.shape == other.shape
        assert np.abs(one - other).max() < self.tolerance

    def test_building_opens_no_file_and_no_socket(self) -> None:
        self.build()  # what Python itself loads on first use is not counted
        with costs() as events:
            self.build()
        assert events == []

    def test_says_what_it_is(self, embedder: Embedder) -> None:
        assert re.fullmatch(r"[\w.-]+/\S+|(\w+\.)+\w+", embedder.name)
        assert embedder.dimensions > 0
        assert embedder.batch_size >= 1
        assert embedder.summary.endswith(".")

    def test_pictures_become_unit_vectors(self, embedder: Embedder) -> None:
        self.well_formed(embedder.embed_images(drawn()), 5, embedder)

    def test_any_size_will_do(self, embedder: Embedder) -> None:
        pictures = [Image.new("RGB", size, (200, 120, 40)) for size in SIZES]
        self.well_formed(embedder.embed_images(pictures), len(SIZES), embedder)

    def test_no_pictures_give_no_rows(self, embedder: Embedder) -> None:
        assert embedder.embed_images([]).shape == (0, embedder.dimensions)

    def test_different_pictures_get_different_vectors(self, embedder: Embedder) -> None:
        vectors = embedder.embed_images(drawn())
        assert (vectors @ vectors.T)[~np.eye(5, dtype=bool)].max() < 0.9999

    def test_rows_keep_the_order_of_the_pictures(self, embedder: Embedder) -> None:
        pictures = drawn()
        self.same(embedder.embed_images(pictures)[::-1], embedder.embed_images(pictures[::-1]))

    def test_a_batch_equals_its_pictures_one_by_one(self, embedder: Embedder) -> None:
        pictures = drawn()
        singles = np.concatenate([embedder.embed_images([picture]) for picture in pictures])
        self.same(embedder.embed_images(pictures), singles)

    def test_more_pictures_than_a_batch_are_welcome(self, embedder: Embedder) -> None:
        pictures = [Image.new("RGB", (8, 8), (i % 256, 90, 60)) for i in range(embedder.batch_size + 1)]
        self.well_formed(embedder.embed_images(pictures), embedder.batch_size + 1, embedder)

    def test_pictures_are_left_as_they_were(self, embedder: Embedder) -> None:
        picture = Image.effect_mandelbrot((1600, 1200), (-2, -1, 1, 1), 20).convert("RGB")
        before = picture.tobytes()
        embedder.embed_images([picture])
        assert picture.size == (1600, 1200)
        assert picture.tobytes() == before

    def test_many_threads_may_ask_at_once(self, embedder: Embedder) -> None:
        pictures = drawn()
        expected = embedder.embed_images(pictures)
        with ThreadPoolExecutor(6) as pool:
            rows = list(pool.map(lambda i: embedder.embed_images([pictures[i % 5]]), range(12)))
        for i, row in enumerate(rows):
            self.same(row, expected[i % 5 : i % 5 + 1])

    def test_words_become_unit_vectors_in_order(
        self, embedder: Embedder, words: Callable[[list[str]], Matrix]
    ) -> None:
        vectors = words(["red apple", "a cat on a sofa", "night"])
        self.well_formed(vectors, 3, embedder)
        self.same(vectors[::-1], words(["night", "a cat on a sofa", "red apple"]))

    def test_no_words_give_no_rows(self, embedder: Embedder, words: Callable[[list[str]], Matrix]) -> None:
        assert words([]).shape == (0, embedder.dimensions)

    def test_a_text_in_company_equals_the_text_alone(self, words: Callable[[list[str]], Matrix]) -> None:
        self.same(words(["apple", "a cat that sleeps on a green sofa"])[:1], words(["apple"]))

    def test_the_last_word_of_a_long_text_counts(self, words: Callable[[list[str]], Matrix]) -> None:
        beginning = "red apple " * 60
        one, other = words([beginning + "banana " * 20, beginning + "cat " * 20])
        assert float(one @ other) < 0.9999
