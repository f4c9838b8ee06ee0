"""Models are found by name, one of each in a process, and a wrong name says what there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from imagesearch.embeddings.builtin.everyday import EverydayEmbedder
from imagesearch.embeddings.clip import ClipEmbedder
from imagesearch.embeddings.registry import PROVIDERS, build, get_embedder, import_class
from imagesearch.errors import ModelError
from tests.support.embedder import ColourEmbedder

NO_MODEL = dict  # something that can be built without arguments and is no Embedder


def test_without_a_name_the_setting_decides(settings: Any) -> None:
    settings.EMBEDDING_MODEL = "builtin/everyday-v1"
    assert isinstance(get_embedder(), EverydayEmbedder)


def test_a_dotted_path_is_a_class_of_ones_own() -> None:
    assert isinstance(get_embedder("tests.support.embedder.ColourEmbedder"), ColourEmbedder)


def test_what_follows_the_first_slash_is_the_providers_business() -> None:
    embedder = get_embedder("clip/../models/mine")
    assert isinstance(embedder, ClipEmbedder)
    assert (embedder.model, embedder.name) == ("../models/mine", "clip/../models/mine")


def test_threads_share_one_model() -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(get_embedder, ["clip/some/model"] * 20))
    assert len({id(embedder) for embedder in found}) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_can_be_imported(provider: str) -> None:
    assert callable(import_class(PROVIDERS[provider]))


@pytest.mark.parametrize("name", ["everyday", "nobody/model", "clip", "clip/", "/clip"])
def test_an_unknown_name_lists_the_choices(name: str) -> None:
    with pytest.raises(ModelError, match=r"builtin/everyday-v1, clip/<folder.*dotted path"):
        get_embedder(name)


def test_an_unknown_built_in_names_the_one_there_is() -> None:
    with pytest.raises(ModelError, match=r"'everyday-v9'.*builtin/everyday-v1"):
        get_embedder("builtin/everyday-v9")


def test_a_class_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"tests\.nowhere\.Model cannot be imported"):
        get_embedder("tests.nowhere.Model")


def test_a_class_that_is_no_embedder_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no imagesearch\.embeddings\.base\.Embedder"):
        get_embedder(f"{__name__}.NO_MODEL")


class Misnamed(ColourEmbedder):
    name = "mine/colours"


def test_a_class_of_another_project_is_named_by_its_path() -> None:
    """A gallery keeps the name of its model, and finds the class by it."""
    path = f"{__name__}.Misnamed"
    assert build(path).name == path
