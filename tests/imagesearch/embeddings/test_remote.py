"""Jina's and OpenAI-shaped servers: what is sent, what is believed, and what each failure is called."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imagesearch.embeddings.base import Embedder
from imagesearch.embeddings.remote import JinaEmbedder, OpenAIEmbedder
from imagesearch.embeddings.testing import EmbedderContract, drawn
from imagesearch.errors import EmbeddingError, EmbeddingUnavailable, ModelError
from tests.support.provider import Fault, Provider

RED = Image.new("RGB", (64, 48), (220, 30, 30))


@pytest.fixture(autouse=True)
def provider(settings: Any) -> Iterator[Provider]:
    with Provider() as provider:
        settings.EMBEDDING_API_BASE = provider.jina
        settings.EMBEDDING_API_KEY = provider.key
        settings.EMBEDDING_TIMEOUT = 5.0
        yield provider


@pytest.fixture
def jina() -> JinaEmbedder:
    return JinaEmbedder("jina-embeddings-v4")


@pytest.fixture
def openai(settings: Any, provider: Provider) -> OpenAIEmbedder:
    settings.EMBEDDING_API_BASE = provider.openai
    return OpenAIEmbedder("clip-vit-base-patch32")


class TestJinaV4(EmbedderContract):
    def build(self) -> Embedder:
        return JinaEmbedder("jina-embeddings-v4")


class TestJinaClip(EmbedderContract):
    def build(self) -> Embedder:
        return JinaEmbedder("jina-clip-v2")


class TestOpenAI(EmbedderContract):
    @pytest.fixture(autouse=True)
    def base(self, settings: Any, provider: Provider) -> None:
        settings.EMBEDDING_API_BASE = provider.openai

    def build(self) -> Embedder:
        return OpenAIEmbedder("clip-vit-base-patch32")


# What is sent


def test_pictures_go_to_jina_v4_as_passages(jina: JinaEmbedder, provider: Provider) -> None:
    jina.embed_images([RED])
    (call,) = provider.calls
    assert call["model"] == "jina-embeddings-v4"
    assert call["dimensions"] == 512
    assert call["task"] == "retrieval.passage"
    assert list(call["input"][0]) == ["image"]


def test_words_go_to_jina_v4_as_a_query_or_a_passage(jina: JinaEmbedder, provider: Provider) -> None:
    jina.embed_texts(["red"])
    jina.embed_texts(["red"], purpose="document")
    assert [call["task"] for call in provider.calls] == ["retrieval.query", "retrieval.passage"]
    assert provider.calls[0]["input"] == [{"text": "red"}]


def test_jina_clip_is_sent_no_task(provider: Provider) -> None:
    JinaEmbedder("jina-clip-v2").embed_images([RED])
    assert "task" not in provider.calls[0]


def test_openai_calls_hold_one_modality(openai: OpenAIEmbedder, provider: Provider) -> None:
    openai.embed_images([RED])
    openai.embed_texts(["red"])
    pictures, words = provider.calls
    assert pictures["modality"] == "image"
    assert pictures["input"][0].startswith("data:image/jpeg;base64,")
    assert (words["modality"], words["input"]) == ("text", ["red"])


def test_pictures_shrink_to_768_pixels_and_never_grow(jina: JinaEmbedder, provider: Provider) -> None:
    sizes = [(3000, 1500), (1000, 4000), (768, 768), (100, 50), (3000, 2)]
    jina.embed_images([Image.new("RGB", size) for size in sizes])
    assert [p.size for p in provider.pictures()] == [(768, 384), (192, 768), (768, 768), (100, 50), (768, 1)]


def test_a_call_holds_at_most_sixteen_pictures(jina: JinaEmbedder, provider: Provider) -> None:
    jina.embed_images([RED] * 33)
    assert [len(call["input"]) for call in provider.calls] == [16, 16, 1]


def test_at_most_four_calls_are_in_hand_at_once(jina: JinaEmbedder, provider: Provider) -> None:
    provider.seconds_per_call = 0.05
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: jina.embed_images([RED]), range(12)))
    assert provider.most_at_once == 4


def test_a_call_that_gets_no_turn_is_unavailable(
    jina: JinaEmbedder, provider: Provider, settings: Any
) -> None:
    settings.EMBEDDING_TIMEOUT = 0.2
    provider.always("hang")
    with ThreadPoolExecutor(5) as pool:
        calls = [pool.submit(jina.embed_images, [RED]) for _ in range(5)]
    assert all(isinstance(call.exception(), EmbeddingUnavailable) for call in calls)


# What is believed


def test_red_pictures_are_near_the_word_red(jina: JinaEmbedder) -> None:
    red, blue = jina.embed_images([RED, Image.new("RGB", (64, 48), (30, 60, 220))])
    (word,) = jina.embed_texts(["red"])
    assert word @ red > 0.9 > word @ blue


@pytest.mark.parametrize("kind", ["jina", "openai"])
def test_vectors_are_put_in_the_order_of_their_index(
    kind: str, provider: Provider, request: pytest.FixtureRequest
) -> None:
    embedder: Embedder = request.getfixturevalue(kind)
    straight = embedder.embed_images(drawn())
    provider.next("order")
    assert np.array_equal(embedder.embed_images(drawn()), straight)


@pytest.mark.parametrize("fault", ["duplicate", "count", "nan", "zero", "strings", "shape"])
def test_a_bad_answer_is_an_error_of_these_pictures(
    jina: JinaEmbedder, provider: Provider, fault: Fault
) -> None:
    provider.next(fault)
    with pytest.raises(EmbeddingError, match=r"jina-embeddings-v4 .*\.$") as failure:
        jina.embed_images([RED, RED])
    assert not isinstance(failure.value, EmbeddingUnavailable)


@pytest.mark.parametrize(
    ("fault", "said"), [("width", "100 numbers, where 512"), ("text", "EMBEDDING_API_BASE")]
)
def test_an_answer_that_no_picture_can_cause_is_an_error_of_the_model(
    jina: JinaEmbedder, provider: Provider, fault: Fault, said: str
) -> None:
    provider.next(fault)
    with pytest.raises(ModelError, match=said):
        jina.embed_images([RED, RED])


@pytest.mark.parametrize("content", [[], 7, "x", {"data": None}, {"data": [{"index": 0}]}, {"data": [1]}])
def test_json_of_any_other_shape_is_an_error(jina: JinaEmbedder, content: Any) -> None:
    with pytest.raises(EmbeddingError, match="no list of vectors"):
        jina._vectors(json.loads(json.dumps(content)), 1)


# What failures are called


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_unavailable_for_as_long_as_it_says(
    jina: JinaEmbedder, provider: Provider, status: int
) -> None:
    provider.next((status, {"Retry-After": "17"}), status)
    with pytest.raises(
        EmbeddingUnavailable, match=f"127.0.0.1 cannot answer just now \\({status}"
    ) as failure:
        jina.embed_images([RED])
    assert failure.value.retry_after == 17
    with pytest.raises(EmbeddingUnavailable) as failure:
        jina.embed_images([RED])
    assert failure.value.retry_after is None
    assert len(provider.calls) == 2


@pytest.mark.parametrize("fault", ["hang", "cut"])
def test_no_whole_answer_is_unavailable(
    jina: JinaEmbedder, provider: Provider, settings: Any, fault: Fault
) -> None:
    settings.EMBEDDING_TIMEOUT = 0.2
    provider.next(fault)
    with pytest.raises(EmbeddingUnavailable):
        jina.embed_images([RED])


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "EMBEDDING_API_KEY"),
        (402, "paid"),
        (403, "balance"),
        (404, "EMBEDDING_MODEL"),
        (307, "another address"),
    ],
)
def test_a_wrong_setting_is_an_error_of_the_model(
    jina: JinaEmbedder, provider: Provider, status: int, said: str
) -> None:
    provider.next(status)
    with pytest.raises(ModelError, match=said):
        jina.embed_images([RED])
    assert len(provider.calls) == 1


def test_a_model_that_jina_does_not_know_is_an_error_of_the_model(
    jina: JinaEmbedder, provider: Provider
) -> None:
    jina.model = "jina-embeddings-v99"
    with pytest.raises(ModelError, match="EMBEDDING_MODEL"):
        jina.embed_images([RED])


@pytest.mark.parametrize("kind", ["jina", "openai"])
@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_picture_that_is_not_taken_is_an_error_in_the_servers_words(
    kind: str, status: int, provider: Provider, request: pytest.FixtureRequest
) -> None:
    provider.poison, provider.poison_status = (lambda picture: True), status
    with pytest.raises(
        EmbeddingError, match=f"{status}: INPUT_INVALID_IMAGE cannot identify image"
    ) as failure:
        request.getfixturevalue(kind).embed_images([RED])
    assert not isinstance(failure.value, EmbeddingUnavailable)


def test_an_error_as_long_as_a_book_is_cut(jina: JinaEmbedder, provider: Provider) -> None:
    provider.poison = lambda picture: True
    provider._error = lambda path, refused: {"detail": [{"msg": "x\n" * 10_000}]}  # type: ignore[method-assign]
    with pytest.raises(EmbeddingError) as failure:
        jina.embed_images([RED])
    assert len(str(failure.value)) < 320
    assert "\n" not in str(failure.value)


# Settings


@pytest.mark.parametrize("model", ["jina-embeddings-v3", "jina-clip-v1", ""])
def test_other_models_of_jina_are_refused_by_name(model: str) -> None:
    with pytest.raises(ModelError, match="jina-embeddings-v4, jina-clip-v2"):
        JinaEmbedder(model)


def test_the_spelling_without_s_is_taken_with_a_hint(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert JinaEmbedder("jina-embedding-v4").name == "jina_ai/jina-embeddings-v4"
    assert "jina-embeddings-v4" in caplog.text


def test_jina_has_an_address_of_its_own(jina: JinaEmbedder, settings: Any) -> None:
    settings.EMBEDDING_API_BASE = ""
    assert jina.base() == "https://api.jina.ai/v1"


def test_jina_needs_a_key(jina: JinaEmbedder, settings: Any, provider: Provider) -> None:
    settings.EMBEDDING_API_KEY = ""
    for ask in (jina.warm_up, lambda: jina.embed_images([RED])):
        with pytest.raises(ModelError, match="EMBEDDING_API_KEY"):
            ask()
    assert provider.calls == []


def test_a_server_of_ones_own_may_want_no_key(
    openai: OpenAIEmbedder, settings: Any, provider: Provider
) -> None:
    settings.EMBEDDING_API_KEY = provider.key = ""
    assert openai.embed_images([RED]).shape == (1, 512)


@pytest.mark.parametrize(
    "base", ["", "localhost:7997", "ftp://a.example", "http://", "http://me:secret@a.example/v1"]
)
def test_openai_needs_an_address(openai: OpenAIEmbedder, settings: Any, base: str) -> None:
    settings.EMBEDDING_API_BASE = base
    with pytest.raises(ModelError, match="EMBEDDING_API_BASE") as failure:
        openai.warm_up()
    assert "secret" not in str(failure.value)


def test_a_final_slash_of_the_address_does_not_matter(
    jina: JinaEmbedder, settings: Any, provider: Provider
) -> None:
    settings.EMBEDDING_API_BASE = provider.jina + "/"
    assert jina.embed_images([RED]).shape == (1, 512)


@pytest.mark.parametrize("key", ["two\nlines", "curly “quotes”"])
def test_a_key_that_cannot_be_sent_is_refused(jina: JinaEmbedder, settings: Any, key: str) -> None:
    settings.EMBEDDING_API_KEY = key
    with pytest.raises(ModelError, match="EMBEDDING_API_KEY") as failure:
        jina.embed_images([RED])
    assert key not in str(failure.value)


@pytest.mark.parametrize("failure", [401, 422, 429, 500, "cut", "text", "shape"])
def test_the_key_is_in_no_error_and_no_log(
    jina: JinaEmbedder, provider: Provider, failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    provider.next(failure)
    provider._error = lambda path, refused: {"detail": f"Invalid key {provider.key}", "code": "X"}  # type: ignore[method-assign]
    with caplog.at_level(logging.DEBUG):
        try:
            jina.embed_images([RED])
        except (EmbeddingError, ModelError):
            logging.getLogger("test").exception("failed")
    assert "failed" in caplog.text
    assert provider.key not in caplog.text
