"""Many pictures: a bad one fails alone, and a server that is away is not asked on and on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imagesearch.embeddings import batches
from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.batches import MAX_PAUSE, embed_each, retry_once
from imagesearch.embeddings.remote import JinaEmbedder
from imagesearch.errors import EmbeddingError, EmbeddingUnavailable, ModelError
from imagesearch.vectors.codec import Vector
from tests.support.provider import Failure, Provider

Outcome = Vector | EmbeddingError


class Model:
    """A picture's vector is its width. Pictures in `bad` fail every batch they are in."""

    def __init__(self, *bad: int, error: Exception | None = None) -> None:
        self.bad = set(bad)
        self.error = error or EmbeddingError("not taken")
        self.calls: list[list[int]] = []
        self.script: dict[int, Exception] = {}
        self.slept: list[float] = []

    def __call__(self, images: Sequence[Image.Image]) -> Matrix:
        widths = [image.width for image in images]
        self.calls.append(widths)
        if error := self.script.get(len(self.calls)):
            raise error
        if self.bad & set(widths):
            raise self.error
        return np.array([[width] for width in widths], dtype=np.float32)

    def each(self, count: int, batch_size: int = 16) -> list[Outcome]:
        images = [Image.new("L", (1 + i, 1)) for i in range(count)]
        return embed_each(self, images, batch_size, sleep=self.slept.append)

    def always(self, error: Exception) -> Model:
        self.script = dict.fromkeys(range(1, 1000), error)
        return self


def widths(outcomes: list[Outcome]) -> list[int]:
    return [0 if isinstance(outcome, EmbeddingError) else int(outcome[0]) for outcome in outcomes]


def away(retry_after: float | None = None) -> EmbeddingUnavailable:
    return EmbeddingUnavailable("The server is away.", retry_after=retry_after)


def test_all_goes_well_in_the_fewest_calls() -> None:
    model = Model()
    assert widths(model.each(40)) == list(range(1, 41))
    assert [len(call) for call in model.calls] == [16, 16, 8]
    assert model.slept == []


def test_no_pictures_need_no_call() -> None:
    model = Model()
    assert model.each(0) == []
    assert model.calls == []


@pytest.mark.parametrize("bad", [1, 7, 16, 20, 40])
def test_one_bad_picture_fails_alone(bad: int) -> None:
    model = Model(bad)
    outcomes = model.each(40)
    assert widths(outcomes) == [0 if i == bad else i for i in range(1, 41)]
    assert str(outcomes[bad - 1]) == "not taken"
    assert not isinstance(outcomes[bad - 1], EmbeddingUnavailable)
    assert (
        len(model.calls) <= 3 + 1 + 3 * 4
    )  # the batches; two halves, and a grey square at most, per halving


def test_the_grey_square_is_not_sent_while_pictures_come_back() -> None:
    model = Model(32)
    assert widths(model.each(32)) == [*range(1, 32), 0]
    assert [64] not in model.calls
    assert len(model.calls) == 2 + 2 * 4


def test_several_bad_pictures_fail_alone() -> None:
    model = Model(2, 9, 10, 30)
    assert widths(model.each(40)) == [0 if i in {2, 9, 10, 30} else i for i in range(1, 41)]


def test_a_whole_batch_of_bad_pictures_leaves_the_others_alone() -> None:
    model = Model(*range(1, 17))
    outcomes = model.each(32)
    assert widths(outcomes) == [0] * 16 + list(range(17, 33))
    assert not any(isinstance(outcome, EmbeddingUnavailable) for outcome in outcomes)


def test_a_picture_that_breaks_the_server_is_found_too() -> None:
    model = Model(5, error=away())
    outcomes = model.each(16)
    assert widths(outcomes) == [0 if i == 5 else i for i in range(1, 17)]
    assert isinstance(outcomes[4], EmbeddingUnavailable)


@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 40, 500])
@pytest.mark.parametrize("error", [away(), EmbeddingError("I take nothing.")])
def test_a_server_that_takes_nothing_is_asked_three_times_at_most(count: int, error: EmbeddingError) -> None:
    model = Model().always(error)
    outcomes = model.each(count)
    assert len(model.calls) <= 3
    assert len(outcomes) == count
    assert {str(outcome) for outcome in outcomes} == {str(error)}
    assert all(isinstance(outcome, EmbeddingUnavailable) for outcome in outcomes)


@pytest.mark.parametrize("batch", range(1, 6))
@pytest.mark.parametrize("error", [away(), EmbeddingError("I take nothing.")])
def test_a_server_that_goes_away_keeps_what_it_gave(batch: int, error: EmbeddingError) -> None:
    model = Model()
    model.script = dict.fromkeys(range(batch, 1000), error)
    outcomes = model.each(5 * 16)
    given = 16 * (batch - 1)
    assert widths(outcomes) == [*range(1, given + 1), *[0] * (80 - given)]
    assert all(isinstance(outcome, EmbeddingUnavailable) for outcome in outcomes[given:])
    assert len(model.calls) <= 3 * 5


def test_a_single_picture_is_not_blamed_for_the_server() -> None:
    model = Model().always(EmbeddingError("Wrong version."))
    assert isinstance(model.each(1)[0], EmbeddingUnavailable)
    guilty = Model(1).each(1)[0]
    assert type(guilty) is EmbeddingError


def test_a_busy_server_is_asked_again_after_a_pause() -> None:
    model = Model()
    model.script = {1: away()}
    assert widths(model.each(16)) == list(range(1, 17))
    assert len(model.calls) == 2
    assert batches.PAUSE[0] <= model.slept[0] <= batches.PAUSE[1]


def test_the_pause_is_as_long_as_the_server_wants_and_never_quite_the_same() -> None:
    slept = []
    for _ in range(20):
        model = Model()
        model.script = {1: away(retry_after=3)}
        model.each(1)
        slept += model.slept
    assert all(3 < pause < 5 for pause in slept)
    assert len(set(slept)) > 1


@pytest.mark.parametrize("batch", [1, 2])
def test_a_server_that_wants_peace_for_long_gets_it_at_once(batch: int) -> None:
    model = Model()
    model.script = {batch: away(retry_after=MAX_PAUSE + 1)}
    outcomes = model.each(48)
    assert len(model.calls) == batch
    assert model.slept == []
    last = outcomes[-1]
    assert isinstance(last, EmbeddingUnavailable)
    assert last.retry_after == MAX_PAUSE + 1


def test_a_model_that_cannot_be_had_is_told_at_once() -> None:
    with pytest.raises(ModelError):
        Model().always(ModelError("No key.")).each(16)


def test_a_model_that_is_lost_on_the_way_takes_no_vector_back() -> None:
    model = Model()
    model.script = {2: ModelError("The key has expired.")}
    outcomes = model.each(48)
    assert widths(outcomes) == [*range(1, 17), *[0] * 32]
    assert isinstance(outcomes[-1], EmbeddingUnavailable)
    assert len(model.calls) == 2


def test_final_errors_are_not_asked_again() -> None:
    calls: list[int] = []

    def refuse() -> None:
        calls.append(1)
        raise EmbeddingError("no")

    with pytest.raises(EmbeddingError):
        retry_once(refuse, lambda _: None)
    assert len(calls) == 1


@pytest.fixture
def jina(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(batches, "PAUSE", (0, 0))
    with Provider() as provider:
        settings.EMBEDDING_API_BASE, settings.EMBEDDING_API_KEY = provider.jina, provider.key
        settings.EMBEDDING_TIMEOUT = 0.3
        yield provider, JinaEmbedder("jina-embeddings-v4").embed_images


Jina = tuple[Provider, Callable[[Sequence[Image.Image]], Matrix]]
PICTURES = [Image.new("RGB", (10 + i, 10), (i, 100, 100)) for i in range(48)]


@pytest.mark.parametrize(
    "failure", [429, 500, 503, 504, "hang", "cut", "nan", "count", "shape", 422, 401, "text"]
)
def test_no_failure_of_a_real_server_costs_more_than_three_calls(jina: Jina, failure: Failure) -> None:
    provider, embed = jina
    provider.always(failure)
    try:
        outcomes = embed_each(embed, PICTURES, 16)
    except ModelError:
        outcomes = []
    assert all(isinstance(outcome, EmbeddingUnavailable) for outcome in outcomes)
    assert len(provider.calls) <= 3


@pytest.mark.parametrize(
    "failure", [(429, {"Retry-After": "0"}), 500, 503, 504, "hang", "cut", "nan", "count"]
)
def test_one_failure_of_a_real_server_loses_nothing(jina: Jina, failure: Failure) -> None:
    provider, embed = jina
    provider.next(None, failure)
    outcomes = embed_each(embed, PICTURES, 16)
    assert not [outcome for outcome in outcomes if isinstance(outcome, EmbeddingError)]
    assert len(provider.calls) <= 3 * 3


@pytest.mark.parametrize("status", [422, 500])
def test_one_bad_picture_of_a_real_server_fails_alone(jina: Jina, status: int) -> None:
    provider, embed = jina
    provider.poison, provider.poison_status = (lambda picture: picture.width == 27), status
    outcomes = embed_each(embed, PICTURES, 16)
    assert [i for i, outcome in enumerate(outcomes) if isinstance(outcome, EmbeddingError)] == [17]
