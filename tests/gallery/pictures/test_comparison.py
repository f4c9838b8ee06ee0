"""Two pictures beside one another: what is the same, what differs, and how alike they are to the model."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gallery.models import Embedding, ImageItem, QueryPicture, VectorSpace
from gallery.pictures import features
from gallery.pictures.comparison import Comparison
from gallery.search import query_pictures
from imagesearch.embeddings.registry import get_embedder
from imagesearch.images.decode import decode
from imagesearch.query import Picture
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)


def keep(color: str = "red") -> QueryPicture:
    return query_pictures.keep(Picture(draw(color, size=(60, 40)), "mine.png"), get_embedder())


def compare(client: Client, a: Any, b: Any) -> Comparison:
    keys = [str(getattr(side, "token", None) or side.pk) for side in (a, b)]
    response = client.get("/compare/", {"a": keys[0], "b": keys[1]})
    assert response.status_code == 200
    comparison: Comparison = response.context["comparison"]
    return comparison


def marked(comparison: Comparison) -> dict[str, tuple[list[str], list[str]]]:
    """The facts that differ, with what is marked on either side."""
    return {
        row.label: tuple([value.text for value in cell if value.differs] for cell in row.cells)
        for row in comparison.rows
        if row.differs
    }


def test_what_differs_is_marked(client: Client) -> None:
    a = add("red", title="A", tags=["sea", "boat"], name="a.png")
    b = add("purple", title="B", size=(90, 40), tags=["sea", "sky"], name="b.png")
    found = compare(client, a, b)
    assert marked(found) == {
        "File name": (["a.png"], ["b.png"]),
        "Dimensions": (["60 × 40"], ["90 × 40"]),
        "Size": ([f"{a.size}\xa0bytes"], [f"{b.size}\xa0bytes"]),
        "Tags": (["boat"], ["sky"]),
        "Colours": (["red"], ["purple"]),
    }
    page = client.get(f"/compare/?a={a.pk}&b={b.pk}").content.decode()
    assert "<mark>60 × 40</mark>" in page
    assert "<title>A and B · Gallery</title>" in page


def test_what_both_have_is_named(client: Client) -> None:
    a, b = add("red", tags=["sea", "boat"]), add("red", mark=1, tags=["Sea"])
    found = compare(client, a, b)
    assert [tag.name for tag in found.tags] == ["sea"]
    assert [patch.name for patch in found.colours] == ["red"]
    assert "Colours" not in marked(found)


def test_how_alike_they_are_by_hash_and_by_the_model(client: Client) -> None:
    red, other, blue = add("red"), add("red", mark=1), add("blue")
    near = compare(client, red, other)
    assert near.bits is not None
    assert near.bits <= 10
    assert near.is_copy
    assert near.similarity.cosine == pytest.approx(1, abs=1e-3)
    assert near.similarity.band == "strong"
    assert compare(client, red, blue).similarity.band == "hidden"
    page = client.get(f"/compare/?a={red.pk}&b={other.pk}").content.decode()
    assert "Strong match" in page
    assert "bits differ: nearly the same picture" in page
    assert "strong starts at 0.80" in page


def test_a_picture_that_is_only_searched_with_is_compared_too(client: Client) -> None:
    kept, item = keep("red"), add("red", mark=1, tags=["sea"])
    found = compare(client, kept, item)
    assert found.a.name == "mine.png"
    assert found.similarity.band == "strong"
    assert found.is_copy
    assert marked(found) == {}  # it has no facts, and so none that differ
    answer = client.get(found.a.picture)
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "private, no-store"
    assert b"".join(answer.streaming_content)[8:12] == b"WEBP"  # type: ignore[attr-defined]
    assert found.a.picture in client.get(f"/compare/?a={kept.token}&b={item.pk}").content.decode()


def test_without_calibration_the_cosine_stands_alone(client: Client) -> None:
    a, b = add("red"), add("red", mark=1)
    VectorSpace.objects.update(calibration=None)
    found = compare(client, a, b)
    assert found.similarity.cosine
    assert found.similarity.score is None
    assert "match" not in client.get(f"/compare/?a={a.pk}&b={b.pk}").content.decode().split("<aside")[1]


def test_what_is_not_searchable_yet_is_compared_by_its_facts(client: Client) -> None:
    a, b = add("red"), add("red", mark=1)
    Embedding.objects.filter(image=b).delete()
    found = compare(client, a, b)
    assert found.similarity.cosine is None
    assert found.similarity.reason
    assert found.bits is not None


def test_too_many_new_pictures_do_not_hide_the_facts(client: Client, settings: Any) -> None:
    from imagesearch.query.query_vector import cache

    settings.SEARCHES_PER_MINUTE = 1
    kept = [keep("red"), keep("blue")]
    cache.clear()
    found = compare(client, *kept)
    assert "Try again in" in found.similarity.reason


def test_nobody_compares_what_they_may_not_see(client: Client, uploader: User) -> None:
    seen = add("red")
    hidden = add("red", mark=1, title="Secret", visibility="hidden", owner=uploader)
    for query in (f"a={seen.pk}&b={hidden.pk}", f"a={hidden.pk}&b={seen.pk}"):
        answer = client.get(f"/compare/?{query}")
        assert answer.status_code == 404
        assert "Secret" not in answer.content.decode()
    client.force_login(uploader)
    assert compare(client, seen, hidden).b.name == "Secret"


@pytest.mark.parametrize("key", ["", "0", "999999", "9" * 30, "gone", "\x00", "-1", "²"])
def test_what_is_not_there_is_not_compared(client: Client, key: str) -> None:
    item = add("red")
    assert client.get("/compare/", {"a": item.pk, "b": key}).status_code == 404  # type: ignore[arg-type]
    assert client.get("/compare/", {"a": key}).status_code == 404


def test_an_expired_picture_is_not_compared(client: Client) -> None:
    kept, item = keep(), add("blue")
    QueryPicture.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert client.get(f"/compare/?a={kept.token}&b={item.pk}").status_code == 404
    assert client.get(f"/compare/picture/{kept.token}").status_code == 404


def test_a_query_picture_is_decoded_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, item = keep(), add("red", mark=1)
    read: list[str] = []
    monkeypatch.setattr(features, "decode", lambda file, name: read.append(name) or decode(file, name))
    for _ in range(2):
        compare(client, kept, kept)
        client.get(f"/search/?like={kept.token}&refine=1")
        compare(client, kept, item)
    assert len(read) == 1


def test_a_picture_that_expires_meanwhile_is_not_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, item = keep(), add("blue")
    monkeypatch.setattr(QueryPicture, "find", lambda token: kept)  # it was there a moment ago
    QueryPicture.objects.all().delete()
    kept.file.storage.delete(kept.file.name)
    assert client.get(f"/compare/?a={kept.token}&b={item.pk}").status_code == 404
    assert client.get(f"/compare/picture/{kept.token}").status_code == 404
    assert client.get(f"/search/?like={kept.token}").status_code == 200


def test_an_image_that_is_not_fetched_yet_has_nothing_to_show(client: Client) -> None:
    item = add("red")
    waiting = ImageItem.objects.create(image_uri="https://example.com/a.jpg")
    assert client.get(f"/compare/?a={item.pk}&b={waiting.pk}").status_code == 404
