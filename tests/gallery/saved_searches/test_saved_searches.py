"""Saved searches: named, one's own, with what is new since the last look, and a feed to follow them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gallery.maintenance.cleanup import sweep_query_pictures
from gallery.models import ImageItem, QueryPicture, SavedSearch
from gallery.models.saved_searches import MAX_PER_OWNER
from gallery.saved_searches import new_hits, saving
from gallery.search import query_pictures
from gallery.views.saved_searches import pages as views
from imagesearch.query.query_vector import cache
from tests.conftest import add
from tests.gallery.support.saved_searches import drop, logged_in, news, only, read, save, text
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(uploader: User, settings: Any) -> Client:
    return logged_in(uploader, settings)


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
        ("q=red", "x" * 101, "This name has 101 characters; the limit is 100."),
        ("", "Empty", "There is no search to save."),
        ("tag=sea", "Only a filter", "There is no search to save."),
        ("q=red&like=gone", "Lost", "A picture of this search no longer exists."),
        ("q=red&like=999", "Lost", "A picture of this search no longer exists."),
        ("not=red", "Less", "A search with exclusions only has no results."),
        (f"q={'a' * 501}", "Long", "The search text has 501 characters; the limit is 500."),
        (
            "q=" + "&q=".join(letter * 300 for letter in "éäüöå"),
            "Long",
            "This search has 9,014 characters",
        ),
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
    assert "You already have a saved search “ELAN”. Choose another name." in text(answer)
    assert only().query == "q=red"


def test_a_picture_that_expires_while_it_is_saved_is_no_question_of_the_name(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, write = drop(client), saving._write

    def late(*args: Any) -> SavedSearch:
        QueryPicture.objects.all().delete()
        return write(*args)

    monkeypatch.setattr(saving, "_write", late)
    answer = save(client, f"like={token}", name="Mine")
    assert answer.status_code == 422
    assert "A picture of this search has just expired." in text(answer)


def test_others_may_use_the_same_name(client: Client, curator: User) -> None:
    save(client, name="Red")
    client.force_login(curator)
    assert save(client, name="Red").status_code == 302


def test_at_most_a_hundred_a_person(client: Client, uploader: User) -> None:
    SavedSearch.objects.bulk_create(
        SavedSearch(owner=uploader, name=f"{number}", key=f"{number}", query="q=red")
        for number in range(MAX_PER_OWNER)
    )
    answer = save(client)
    assert answer.status_code == 422
    assert "You have 100 saved searches" in text(answer)


def test_without_the_form_in_place_a_page_saves(client: Client) -> None:
    page = text(client.get("/search/save?q=red&tag=sea"))
    assert 'name="query" value="q=red&amp;tag=sea"' in page
    assert 'name="name" maxlength="200" value="red"' in page
    assert "“red”, tag sea" in page


@pytest.fixture
def at_home(settings: Any) -> Client:
    """Nobody who logged in, at the machine itself; there is an admin, too."""
    settings.HOST, settings.ALLOWED_HOSTS = "127.0.0.1", ["*"]
    User.objects.create_superuser("admin", password="x")
    return Client(SERVER_NAME="127.0.0.1")


def test_at_home_it_is_whoever_s_is_there(at_home: Client) -> None:
    assert save(at_home, name="Red").status_code == 302
    assert only().owner is None
    assert ">Red</a>" in text(at_home.get("/searches/"))
    assert '<span class="nm">Red</span>' in text(at_home.get("/"))
    assert save(at_home, "q=blue", name="red").status_code == 422
    with pytest.raises(IntegrityError):
        SavedSearch.objects.create(name="RED", query="q=blue")


def test_at_home_it_shows_nobody_what_is_hidden(at_home: Client) -> None:
    add("red", title="Secret", visibility="hidden")
    save(at_home)
    SavedSearch.objects.update(seen_at=timezone.now() - timedelta(days=1))
    assert read(only(), at_home)["items"] == []
    assert news(at_home) == ""
    assert "Secret" not in text(at_home.get(f"/searches/{only().pk}/", follow=True))


def test_at_home_nobody_reaches_the_admin_s_without_a_login(at_home: Client) -> None:
    admin = User.objects.get(username="admin")
    own = SavedSearch.objects.create(owner=admin, name="Admin's", query="q=red")
    save(at_home, name="Admin's")  # which is another
    assert text(at_home.get("/searches/")).count(">Admin&#x27;s</a>") == 1
    assert at_home.get(f"/searches/{own.pk}/").status_code == 404
    for action in ("rename", "delete", "renew"):
        assert at_home.post(f"/searches/{own.pk}/{action}", {"name": "x"}).status_code == 404
    at_home.force_login(admin)
    assert at_home.get(f"/searches/{own.pk}/").status_code == 302


def test_away_from_home_nobody_reaches_what_was_saved_there(at_home: Client, settings: Any) -> None:
    save(at_home)
    settings.OPEN_UPLOADS = False
    for path in ("/searches/", f"/searches/{only().pk}/", "/searches/new"):
        assert at_home.get(path).status_code == 302
        assert at_home.get(path)["Location"].startswith("/login")
    assert read(only())["items"] == []  # its feed goes on, with what anybody may see


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
    for name, sentence in (
        ("blue", "already"),
        ("", "Enter a name for the saved search."),
        ("x" * 101, "the limit is 100"),
    ):
        answer = client.post(f"/searches/{saved.pk}/rename", {"name": name})
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert ">RED</a>" in text(answer)


@pytest.mark.parametrize(("method", "action"), [("post", "rename"), ("post", "renew"), ("get", "")])
def test_what_was_deleted_meanwhile_is_not_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, method: str, action: str
) -> None:
    save(client)
    found = views.own_or_404

    def deleted(request: HttpRequest, pk: int) -> SavedSearch:
        saved = found(request, pk)
        SavedSearch.objects.all().delete()
        return saved

    monkeypatch.setattr(views, "own_or_404", deleted)
    assert getattr(client, method)(f"/searches/{only().pk}/{action}", {"name": "x"}).status_code == 404


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


def test_the_navigation_reads_no_queries(client: Client) -> None:
    save(client)
    for path, reads in (("/", False), ("/search/?q=red", True)):  # there, to tell whether it is this one
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        read = [each["sql"] for each in asked if "gallery_savedsearch" in each["sql"]]
        assert any(".query" in sql.replace('"', "").replace("`", "") for sql in read) is reads


# --- what is gone


def test_a_search_whose_only_picture_went_says_so_and_is_not_looked_at(client: Client) -> None:
    item = add("red", title="Poppy")
    save(client, f"like={item.pk}")
    before = only().seen_at
    ImageItem.objects.filter(pk=item.pk).update(visibility="hidden")
    page = client.get(f"/searches/{only().pk}/", follow=True)
    assert page.status_code == 200
    assert f"Image {item.pk} no longer exists." in text(page)
    assert only().seen_at == before
    assert Client().get(f"/search/?like={item.pk}").status_code == 404  # nobody else's, and so not here


# --- its pictures


def test_the_pictures_of_a_saved_search_do_not_expire(client: Client) -> None:
    token = drop(client)
    save(client, f"like={token}", name="Mine")
    assert list(only().pictures.values_list("token", flat=True)) == [token]
    QueryPicture.objects.update(expires_at=timezone.now() - timedelta(days=30))
    sweep_query_pictures()
    assert QueryPicture.find(token)
    assert "expired" not in text(client.get(f"/search/?like={token}"))


def test_a_picture_that_is_pinned_while_others_are_swept_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, delete = drop(client), query_pictures.delete
    QueryPicture.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    def pinned(among: Any, pk: int) -> bool:
        saved = SavedSearch.objects.create(owner=User.objects.get(), name="Mine", query=f"like={token}")
        saved.pictures.add(pk)
        return delete(among, pk)

    monkeypatch.setattr(query_pictures, "delete", pinned)
    assert sweep_query_pictures() == 0
    kept = QueryPicture.find(token)
    assert kept
    assert list(only().pictures.all()) == [kept]


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
