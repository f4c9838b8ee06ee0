"""Saved searches: named, one's own, with what is new since the last look, and a feed to follow them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gallery import new_hits
from gallery.models import ImageItem, QueryPicture, SavedSearch, VectorSpace
from gallery.saved_searches import MOST_OF_ONE
from gallery.sweeping import sweep_query_pictures
from imagesearch.asking import cache
from tests.conftest import add, draw
from tests.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(uploader: User, settings: Any) -> Client:
    """Somebody who may add, away from the machine that the gallery runs on."""
    settings.OPEN_UPLOADS = False
    client = Client()
    client.force_login(uploader)
    return client


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def save(client: Client, query: str = "q=red", name: str = "") -> Any:
    return client.post("/search/save", {"query": query, "name": name})


def only() -> SavedSearch:
    return SavedSearch.objects.get()


def news(client: Client, on: str = "list") -> str:
    return text(client.get(f"/searches/new?on={on}"))


def drop(client: Client, color: str = "red") -> str:
    """Search with a picture; its token."""
    picture = SimpleUploadedFile("mine.png", draw(color, mark=7))
    address: str = client.post("/search/picture", {"picture": picture})["Location"]
    return address.rpartition("like=")[2]


# --- saving


def test_a_search_is_saved_from_its_page_and_named_after_what_it_asks(client: Client) -> None:
    item = add("red", title="Poppy")
    answer = save(client, f"like={item.pk}&q=red&tag=sea&upto=3&page=2&nonsense=1")
    saved = only()
    assert saved.name == "Poppy + “red”"
    assert answer["Location"] == f"/search/?{saved.query}"
    assert saved.query == f"q=red&like={item.pk}&tag=sea"
    page = text(client.get(answer["Location"]))
    assert "Saved as “Poppy + “red””." in page
    assert f'href="/searches/{saved.pk}/" aria-current="page"' in page


def test_a_name_is_given_with_single_spaces(client: Client) -> None:
    save(client, name="  My \x00  search ")
    assert only().name == "My search"


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("q=red", "x" * 101, "This name has 101 letters; a saved search takes at most 100."),
        ("", "Empty", "There is nothing to save yet."),
        ("tag=sea", "Only a filter", "There is nothing to save yet."),
        ("q=red&like=gone", "Lost", "A picture of this search is not here any more."),
        ("q=red&like=999", "Lost", "A picture of this search is not here any more."),
    ],
)
def test_what_cannot_be_saved_is_said_and_the_name_stays(
    client: Client, query: str, name: str, sentence: str
) -> None:
    answer = save(client, query, name)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert f'value="{name}"' in text(answer)
    assert not SavedSearch.objects.exists()


def test_a_name_is_given_once_however_it_is_spelt(client: Client) -> None:
    save(client, name="Élan")
    answer = save(client, "q=blue", name="ELAN")
    assert answer.status_code == 422
    assert "You have a saved search “ELAN” already. Choose another name." in text(answer)
    assert only().query == "q=red"


def test_others_may_use_the_same_name(client: Client, curator: User) -> None:
    save(client, name="Red")
    client.force_login(curator)
    assert save(client, name="Red").status_code == 302


def test_at_most_a_hundred_a_person(client: Client, uploader: User) -> None:
    SavedSearch.objects.bulk_create(
        SavedSearch(owner=uploader, name=f"{number}", key=f"{number}", query="q=red")
        for number in range(MOST_OF_ONE)
    )
    answer = save(client)
    assert answer.status_code == 422
    assert "You have 100 saved searches" in text(answer)


def test_without_the_form_in_place_a_page_saves(client: Client) -> None:
    page = text(client.get("/search/save?q=red&tag=sea"))
    assert 'name="query" value="q=red&amp;tag=sea"' in page
    assert 'name="name" maxlength="200" value="red"' in page
    assert "“red”, tag sea" in page


def test_at_home_it_is_admin_s(settings: Any) -> None:
    settings.HOST, settings.ALLOWED_HOSTS = "127.0.0.1", ["*"]
    at_home = Client(SERVER_NAME="127.0.0.1")
    assert save(at_home).status_code == 403
    admin = User.objects.create_superuser("admin", password="x")
    assert save(at_home).status_code == 302
    assert only().owner == admin


# --- one's own


def test_the_list_shows_one_s_own_and_what_they_ask(client: Client, curator: User) -> None:
    add("red", title="Poppy")
    save(client, f"q=red&not=blue&like={ImageItem.objects.get().pk}&min=0.7&color=red", name="Mine")
    client.force_login(curator)
    save(client, name="Theirs")
    client.force_login(User.objects.get(username="uploader"))
    page = text(client.get("/searches/"))
    assert ">Theirs</a>" not in page
    assert "“red”, not “blue”, like 1 picture, colour red, from 0.70." in page


def test_nobody_reaches_another_s(client: Client, curator: User) -> None:
    save(client)
    pk = only().pk
    client.force_login(curator)
    assert client.get(f"/searches/{pk}/").status_code == 404
    for action in ("rename", "delete", "renew"):
        assert client.post(f"/searches/{pk}/{action}", {"name": "x"}).status_code == 404
    assert news(client) == ""


def test_an_empty_list_says_how_it_is_filled(client: Client) -> None:
    assert "Nothing saved yet" in text(client.get("/searches/"))


def test_it_is_renamed(client: Client) -> None:
    save(client, name="Red")
    save(client, "q=blue", name="Blue")
    saved = SavedSearch.objects.get(name="Red")
    assert client.post(f"/searches/{saved.pk}/rename", {"name": "RED"})["Location"] == "/searches/"
    saved.refresh_from_db()
    assert saved.name == "RED"
    for name, sentence in (("blue", "already"), ("", "needs a name"), ("x" * 101, "at most 100")):
        answer = client.post(f"/searches/{saved.pk}/rename", {"name": name})
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert ">RED</a>" in text(answer)


def test_it_is_deleted(client: Client) -> None:
    save(client)
    assert client.post(f"/searches/{only().pk}/delete")["Location"] == "/searches/"
    assert not SavedSearch.objects.exists()


# --- the navigation


def test_the_navigation_shows_ten_by_name_and_only_to_their_owner(client: Client) -> None:
    for number in range(12):
        save(client, f"q=red&min=0.{number + 10}", name=f"Search {number:02}")
    page = text(client.get("/"))
    assert [f'<span class="nm">Search {number:02}</span>' in page for number in (0, 9, 10)] == [1, 1, 0]
    assert "Search 00" not in text(Client().get("/"))


def test_no_page_asks_a_search_for_the_navigation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    save(client)

    def count(*args: Any) -> Any:
        raise AssertionError("A page waits for no search.")

    monkeypatch.setattr(new_hits, "count_new", count)
    monkeypatch.setattr(ColourEmbedder, "embed_texts", count)
    cache.clear()
    assert client.get("/").status_code == client.get("/searches/").status_code == 200


# --- what is new


def test_new_hits_are_images_that_came_since_the_last_look_and_match_well(client: Client) -> None:
    add("red")
    save(client)
    assert news(client) == ""
    add("red", mark=1)
    add("purple", mark=1)  # likely
    add("white", mark=1)  # weak
    add("blue", mark=1)
    pk = only().pk
    assert f'id="list-new-{pk}" hx-swap-oob="true">2<span class="vh"> new</span>' in news(client)
    assert [f'id="{place}-new-{pk}"' in news(client, "rail") for place in ("rail", "more", "list")] == [
        1,
        1,
        0,
    ]


def test_the_search_s_own_threshold_and_filters_hold(client: Client) -> None:
    save(client, "q=red&min=0.7", name="Strong")
    save(client, "q=red&min=0", name="All")
    save(client, "q=red&tag=sea", name="Sea")
    add("red", tags=["sea"])
    add("purple")
    add("blue")
    found = {new.saved.name: new.count for new in new_hits.count_all(*whose(client))}
    assert found == {"Strong": 1, "All": 3, "Sea": 1}


def whose(client: Client) -> tuple[list[SavedSearch], Any]:
    owner = User.objects.get(pk=client.session["_auth_user_id"])
    return list(SavedSearch.objects.filter(owner=owner)), ImageItem.objects.visible_to(owner)


def test_a_look_makes_them_old_and_marks_them_among_the_results(client: Client) -> None:
    add("red", title="Old")
    save(client)
    add("red", mark=1, title="Fresh")
    saved = only()
    assert text(client.get("/search/?q=red")).count("New</span>") == 1
    assert "New</span>" not in text(client.get("/search/?q=red&min=0.6"))  # another search

    answer = client.get(f"/searches/{saved.pk}/")

    assert answer["Location"] == "/search/?q=red"
    page = text(client.get(answer["Location"]))
    assert page.count("New</span>") == 1
    assert news(client) == ""
    client.get(f"/searches/{saved.pk}/")
    assert "New</span>" not in text(client.get("/search/?q=red"))


def test_asking_whether_it_is_there_is_no_look(client: Client) -> None:
    save(client)
    before = only().seen_at
    assert client.head(f"/searches/{only().pk}/").status_code == 302
    assert only().seen_at == before


def test_nothing_hidden_is_new(client: Client, curator: User) -> None:
    save(client)
    add("red", visibility="hidden", owner=curator)
    assert news(client) == ""


def test_many_are_not_counted_to_the_last(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_hits, "MOST_TOLD", 1)
    save(client)
    add("red")
    add("red", mark=1)
    assert ">1+<" in news(client)


def test_a_model_that_costs_money_is_not_asked_for_a_badge(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ColourEmbedder, "local", False)
    save(client)
    add("red")
    cache.clear()
    assert news(client) == ""
    client.get("/search/?q=red")  # somebody looks, and the answer is remembered
    assert ">1<" in news(client)


def test_without_calibration_nothing_is_called_new(client: Client) -> None:
    save(client)
    add("red")
    VectorSpace.objects.update(calibration=None)
    assert news(client) == ""


def test_a_search_whose_picture_has_gone_has_nothing_new(client: Client) -> None:
    item = add("red")
    save(client, f"like={item.pk}")
    item.delete()
    add("red", mark=1)
    assert news(client) == ""


def test_where_nothing_came_one_question_tells_so(client: Client) -> None:
    add("red")
    for number in range(5):
        save(client, f"q=red&min=0.{number + 1}", name=f"{number}")
    searches, visible = whose(client)
    with CaptureQueriesContext(connection) as queries:
        new_hits.count_all(searches, visible)
    assert len(queries) == 1


# --- its pictures


def test_the_pictures_of_a_saved_search_do_not_expire(client: Client) -> None:
    token = drop(client)
    save(client, f"like={token}", name="Mine")
    assert list(only().pictures.values_list("token", flat=True)) == [token]
    QueryPicture.objects.update(expires_at=timezone.now() - timedelta(days=30))
    sweep_query_pictures()
    assert QueryPicture.find(token)
    assert "expired" not in text(client.get(f"/search/?like={token}"))


def test_a_deleted_search_lets_its_pictures_go(client: Client) -> None:
    token = drop(client)
    save(client, f"like={token}", name="One")
    save(client, f"like={token}&min=0.7", name="Two")
    long_ago = timezone.now() - timedelta(days=30)
    QueryPicture.objects.update(created_at=long_ago, expires_at=long_ago)
    client.post(f"/searches/{SavedSearch.objects.get(name='One').pk}/delete")
    sweep_query_pictures()
    kept = QueryPicture.find(token)
    assert kept
    client.post(f"/searches/{only().pk}/delete")
    assert QueryPicture.find(token) is None
    assert sweep_query_pictures() == 1
    assert not kept.file.storage.exists(kept.file.name)


# --- the feed


def read(saved: SavedSearch, client: Client | None = None) -> Any:
    answer = (client or Client()).get(saved.feed)
    assert answer["Content-Type"] == "application/feed+json"
    return answer.json()


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
    assert strong["date_published"] == red.created_at.isoformat()
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
    monkeypatch.setattr(new_hits, "FEED_LOOKS_AT", 3)
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
