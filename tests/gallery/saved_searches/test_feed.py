"""The feed of a saved search: its hits, newest first, as its owner may see them, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.models import ImageItem, VectorSpace
from gallery.saved_searches import new_hits
from tests.conftest import add
from tests.gallery.support.saved_searches import logged_in, only, read, save, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(uploader: User, settings: Any) -> Client:
    return logged_in(uploader, settings)


def test_the_feed_tells_the_hits_newest_first(client: Client) -> None:
    add("purple", title="Likely", tags=["sky"], caption="At noon.")
    red = add("red", title="Strong")
    add("white", title="Weak")
    save(client, name="Reds")
    feed = read(only())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Reds · Gallery"
    assert feed["home_page_url"] == "http://testserver/search/?q=red"
    assert feed["feed_url"] == f"http://testserver{only().feed}"
    assert [entry["title"] for entry in feed["items"]] == ["Strong", "Likely"]
    strong, likely = feed["items"]
    assert strong["id"] == strong["url"] == f"http://testserver/image/{red.pk}/"
    assert strong["image"] == f"http://testserver{red.view_url}"
    assert strong["content_text"] == "Strong"
    red.refresh_from_db()
    assert red.found_from
    assert strong["date_published"] == red.found_from.isoformat()
    assert strong["_gallery"] == {
        "score": pytest.approx(1, abs=0.1),
        "band": "strong",
        "thumbnail": f"http://testserver{red.tile_url}",
    }
    assert likely["tags"] == ["sky"]
    assert likely["content_text"] == "At noon."


def test_the_feed_shows_what_its_owner_may_see_whoever_asks(client: Client, curator: User) -> None:
    add("red", title="Mine", visibility="hidden", owner=User.objects.get(username="uploader"))
    add("red", mark=1, title="Theirs", visibility="hidden", owner=curator)
    save(client)
    assert [entry["title"] for entry in read(only())["items"]] == ["Mine"]
    client.force_login(curator)
    assert [entry["title"] for entry in read(only(), client)["items"]] == ["Mine"]


def test_a_feed_is_no_longer_than_it_may_be(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_hits, "FEED_LENGTH", 2)
    monkeypatch.setattr(new_hits, "FEED_CANDIDATES", 3)
    for mark in range(5):
        add("red", mark=mark, title=f"{mark}")
    save(client)
    assert [entry["title"] for entry in read(only())["items"]] == ["4", "3"]


def test_an_old_address_and_one_that_is_guessed_tell_nothing(client: Client, uploader: User) -> None:
    save(client)
    old = only().feed
    assert len(only().token) == 32
    client.post(f"/searches/{only().pk}/renew")
    assert only().feed != old
    assert Client().get(old).status_code == 404
    assert Client().get(only().feed.swapcase()).status_code == 404
    User.objects.filter(pk=uploader.pk).update(is_active=False)
    assert Client().get(only().feed).status_code == 404


def test_a_feed_whose_picture_has_gone_is_empty(client: Client) -> None:
    item = add("red")
    save(client, f"like={item.pk}")
    item.delete()
    assert read(only())["items"] == []


def test_a_feed_that_seeks_nothing_any_more_is_empty(client: Client) -> None:
    item, other = add("red"), add("blue")
    save(client, f"like={item.pk}&less={other.pk}")
    item.delete()
    assert read(only())["items"] == []


def test_a_search_that_is_named_after_a_hidden_picture_tells_no_title(client: Client) -> None:
    item = add("red", title="Secret")
    save(client, f"like={item.pk}&q=red")
    assert "Secret" in read(only())["title"]
    ImageItem.objects.filter(pk=item.pk).update(visibility="hidden")
    answer = client.get(only().feed)
    assert "Secret" not in answer.content.decode()
    assert answer.json()["title"] == "“red”, like 1 picture · Gallery"


def test_a_feed_of_a_model_without_bands_tells_the_nearest(client: Client) -> None:
    for mark in range(3):
        add("red", mark=mark)
    save(client)
    VectorSpace.objects.update(calibration=None)
    assert len(read(only())["items"]) == 3


def test_questions_of_a_feed_do_not_grow_with_its_hits(client: Client) -> None:
    save(client)
    counts = []
    for marks in (range(2), range(2, 20)):
        for mark in marks:
            add("red", mark=mark, tags=["a", "b"])
        read(only())
        with CaptureQueriesContext(connection) as queries:
            read(only())
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_may_no_longer_add_keeps_the_feed_alone(client: Client, uploader: User) -> None:
    save(client)
    uploader.user_permissions.remove(Permission.objects.get(codename="add_imageitem"))
    assert client.get("/searches/").status_code == 403
    assert "Saved" not in text(client.get("/"))
    assert read(only())["items"] == []
