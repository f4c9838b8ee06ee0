"""`.search()` and `.similar_to()` on another project's model: order, filters, limits, and refusals."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from shop.models import Product

from imagesearch import hits as hits_module
from imagesearch.embeddings.embed import text_vector
from imagesearch.errors import QueryError
from imagesearch.hits import Hits
from imagesearch.query import Crop, Part, Picture, Query
from imagesearch.querysets import locate
from tests.conftest import draw
from tests.points.models import Board
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db

MODEL = ColourEmbedder()


def product(colors: str, **fields: Any) -> Product:
    """A product that looks as these colours; "" has no vector yet."""
    vector = text_vector(MODEL, colors) if colors else None
    return Product.objects.create(name=colors, vector=vector, **fields)


def names(hits: Any) -> list[str]:
    return [hit.name for hit in hits]


@pytest.fixture
def products() -> dict[str, Product]:
    return {colors: product(colors) for colors in ("blue", "red", "red blue", "")}


# --- what is found, and in which order ---------------------------------------------------------------------


@pytest.mark.parametrize("query", ["red", Picture(draw("red")), Query().words("red")])
def test_words_pictures_and_queries_find_the_nearest_first(products: Any, query: Any) -> None:
    assert names(Product.objects.search(query)[:9]) == ["red", "red blue", "blue"]


def test_rows_carry_distance_score_band_and_what_found_them(products: Any) -> None:
    best, *_, worst = Product.objects.search("red")[:9]
    assert (best.distance, best.score, best.band, best.found_by) == (0, 1, "strong", ("picture",))  # type: ignore[attr-defined]
    assert worst.band == "hidden"  # type: ignore[attr-defined]
    assert best.distance < worst.distance  # type: ignore[attr-defined]


def test_a_row_and_its_key_find_the_same_without_itself(products: Any) -> None:
    red = products["red"]
    assert names(Product.objects.similar_to(red)[:9]) == ["red blue", "blue"]
    assert names(Product.objects.similar_to(red.pk)[:9]) == ["red blue", "blue"]


def test_all_rows_that_a_query_names_are_left_out(products: Any) -> None:
    query = Query().words("red").more(products["red"]).less(products["blue"])
    assert names(Product.objects.search(query)[:9]) == ["red blue"]


def test_the_plan_says_how_hits_were_found(products: Any) -> None:
    hits = Product.objects.search("red")
    assert hits.plan is None
    hits.matches(2)
    assert hits.plan is not None
    assert hits.plan.way in ("exact", "index")


# --- slices and limits -------------------------------------------------------------------------------------


def test_hits_are_indexed_sliced_and_iterated(products: Any) -> None:
    hits = Product.objects.search("red")
    assert hits[0].name == "red"  # type: ignore[attr-defined]
    assert names(hits[1:3]) == ["red blue", "blue"]
    assert names(hits) == ["red", "red blue", "blue"]
    with pytest.raises(IndexError):
        hits[3]


@pytest.mark.parametrize("key", [-1, slice(None), slice(-2), slice(-2, 2), slice(0, 4, 2)])
def test_an_index_or_slice_without_meaning_is_refused(products: Any, key: Any) -> None:
    with pytest.raises(ValueError, match="Hits"):
        Product.objects.search("red")[key]


def test_within_and_at_least_end_the_hits(products: Any) -> None:
    hits = Product.objects.search("red")
    assert names(hits.within(0.5)[:9]) == ["red", "red blue"]
    assert names(hits.at_least(0.9)[:9]) == ["red"]
    assert names(hits.within(2).at_least(0)[:9]) == ["red", "red blue", "blue"]


def test_iterating_goes_beyond_what_is_loaded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits_module, "LOAD_CHUNK", 2)
    keys = [product("red").pk for _ in range(7)]
    assert [hit.pk for hit in Product.objects.search("red")] == keys


def test_a_row_deleted_after_the_search_is_left_out(products: Any) -> None:
    hits = Product.objects.search("red")
    assert len(hits.matches(3)) == 3
    products["red blue"].delete()
    assert names(hits[:3]) == ["red", "blue"]


# --- filters -----------------------------------------------------------------------------------------------


def test_filters_never_cost_hits_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether few rows pass, which are then measured, or too many for that: the ranking is refilled."""
    for _ in range(150):
        product("red", in_stock=False)
    wanted = [product("red blue").pk, product("blue").pk]
    for most in (10_000, 1):
        monkeypatch.setattr(hits_module, "MAX_ALLOWED", most)
        assert [hit.pk for hit in Product.objects.filter(in_stock=True).search("red")[:2]] == wanted


def test_beyond_the_most_that_is_fetched_all_that_pass_are_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits_module, "MAX_ALLOWED", 0)
    monkeypatch.setattr(hits_module, "MAX_FETCHED", 1)
    for _ in range(110):
        product("red", in_stock=False)
    assert names(Product.objects.filter(in_stock=True).search("red")[:2]) == []
    product("blue")
    assert names(Product.objects.filter(in_stock=True).search("red")[:2]) == ["blue"]


def test_rows_are_loaded_as_the_queryset_says(products: Any) -> None:
    hit = Product.objects.defer("photo").search("red")[0]
    assert hit.get_deferred_fields() == {"photo"}


def test_open_conditions_are_no_filter_and_outlive_the_chain(products: Any) -> None:
    """A project's own condition, such as who may see a row, does not make the search a filtered one."""
    seen = Product.objects.filter(in_stock=True)
    assert seen.narrowed_ids(10) is not None
    seen.open_conditions = 1
    assert seen.all().narrowed_ids(10) is None
    assert seen.filter(name="red").narrowed_ids(10) == [products["red"].pk]
    assert seen.exclude(name="red").narrowed_ids(1) is None


# --- what is refused ---------------------------------------------------------------------------------------


def test_a_sliced_queryset_cannot_be_searched(products: Any) -> None:
    with pytest.raises(TypeError, match="then slice"):
        Product.objects.all()[:2].search("red")


def test_a_row_without_a_vector_has_no_similar_ones(products: Any) -> None:
    with pytest.raises(QueryError):
        Product.objects.similar_to(products[""])


def test_a_token_is_no_row(products: Any) -> None:
    with pytest.raises(QueryError, match="token"):
        Product.objects.all().part_vector(Part(picture="token"))


def test_part_of_a_row_without_a_picture_cannot_be_searched(products: Any) -> None:
    with pytest.raises(QueryError):
        Product.objects.search(Query().more(products["red"], crop=Crop(0, 0, 500, 500)))


def test_a_model_needs_a_vector() -> None:
    with pytest.raises(ImproperlyConfigured, match="Board has 0"):
        locate(Board)
    assert locate(Product) == (Product, "vector")


def test_a_project_may_give_hits_of_its_own(products: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Reversed(Hits[Product]):
        def rank(self, need: int) -> Any:
            return super().rank(need)[::-1]

    found = Product.objects.all()
    monkeypatch.setattr(type(found), "hits", Reversed)
    assert names(found.search("red")[:3]) == ["blue", "red blue", "red"]
