"""Whatever a model answers, what is stored is a checked unit vector of 512 numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from imagesearch.embeddings.base import Embedder, Matrix, Purpose
from imagesearch.embeddings.embed import WIDTH, fit, image_vectors, projection, text_vector
from imagesearch.embeddings.norm import unit
from imagesearch.errors import EmbeddingError, EmbeddingUnavailable
from tests.support.embedder import ColourEmbedder
from tests.support.rounding import FLOAT32, about

RED, BLACK, BLUE = (Image.new("RGB", (8, 8), color) for color in ("red", "black", "blue"))


class Faulty(ColourEmbedder):
    """Answers a black picture, and the word black, with `answer`."""

    name = "tests/faulty"

    def __init__(self, answer: Sequence[float]) -> None:
        self.answer = answer

    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        vectors = super().embed_images(images)
        if len(self.answer) != self.dimensions and BLACK in images:
            return np.zeros((len(images), len(self.answer)), np.float32)
        for row, image in zip(vectors, images, strict=True):
            if image == BLACK:
                row[:] = self.answer
        return vectors

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        return np.array([self.answer], np.float32) if texts == ["black"] else super().embed_texts(texts)


def random_units(count: int, width: int) -> Matrix:
    return unit(np.random.default_rng(1).standard_normal((count, width)).astype(np.float32))


def test_pictures_come_back_in_order_512_wide_and_of_norm_1() -> None:
    red, black, blue = image_vectors(ColourEmbedder(), [RED, BLACK, BLUE])
    for vector in (red, black, blue):
        assert not isinstance(vector, EmbeddingError)
        assert (vector.shape, vector.dtype) == ((WIDTH,), np.float32)
        assert np.linalg.norm(vector) == about(1)
    assert (red.argmax(), blue.argmax()) == (0, 2)  # type: ignore[union-attr]


def test_no_pictures_give_no_vectors() -> None:
    assert image_vectors(ColourEmbedder(), []) == []


def test_words_become_one_vector_of_the_pictures_space() -> None:
    (red,) = image_vectors(ColourEmbedder(), [RED])
    assert float(text_vector(ColourEmbedder(), "red") @ red) == about(1)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((1, 0, 0), r"answered \(1, 3\) where \(1, 4\) was asked for"),
        ((np.nan, 0, 0, 0), "not finite"),
        ((np.inf, 0, 0, 0), "not finite"),
        ((0, 0, 0, 0), "norm is 1 away from 1"),
        ((1.2, 0, 0, 0), r"norm is 0\.2 away from 1"),
    ],
)
def test_a_bad_answer_is_an_error_for_that_picture_alone(answer: Sequence[float], sentence: str) -> None:
    red, black, blue = image_vectors(Faulty(answer), [RED, BLACK, BLUE])
    assert isinstance(black, EmbeddingError)
    assert not isinstance(black, EmbeddingUnavailable)
    with pytest.raises(EmbeddingError, match=sentence):
        raise black
    assert isinstance(red, np.ndarray)
    assert isinstance(blue, np.ndarray)


def test_a_bad_answer_to_words_is_an_error() -> None:
    with pytest.raises(EmbeddingError, match="not finite"):
        text_vector(Faulty((np.nan, 0, 0, 0)), "black")


def test_half_precision_is_near_enough_to_1_and_made_exact() -> None:
    (vector,) = image_vectors(Faulty((1.001, 0, 0, 0)), [BLACK])
    assert isinstance(vector, np.ndarray)
    assert vector[0] == 1


def test_a_server_that_is_away_comes_back_as_an_error_that_may_be_retried() -> None:
    class Away(Embedder):
        name, dimensions = "tests/away", 4

        def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
            raise EmbeddingUnavailable("The server is away.", retry_after=3600)

    outcomes = image_vectors(Away(), [RED, BLUE])
    assert [type(outcome) for outcome in outcomes] == [EmbeddingUnavailable] * 2


class TestFit:
    def test_512_stays_as_it_is(self) -> None:
        vectors = random_units(3, WIDTH)
        assert np.allclose(fit(vectors), vectors, atol=FLOAT32)

    def test_a_narrower_model_keeps_its_cosines(self) -> None:
        vectors = random_units(20, 100)
        assert np.allclose(fit(vectors) @ fit(vectors).T, vectors @ vectors.T, atol=FLOAT32)

    def test_a_wider_model_keeps_them_nearly(self) -> None:
        vectors = random_units(50, 1280)
        kept = np.abs(fit(vectors) @ fit(vectors).T - vectors @ vectors.T)
        assert kept.mean() < 0.04
        assert np.allclose(np.linalg.norm(fit(vectors), axis=1), 1, atol=FLOAT32)

    def test_the_projection_is_orthonormal_and_never_changes(self) -> None:
        matrix = projection(1280)
        assert np.allclose(matrix.T @ matrix, np.eye(WIDTH), atol=FLOAT32)
        assert matrix[0, :3].tolist() == pytest.approx([-0.0053438, -0.0073042, -0.0440603], abs=FLOAT32)
