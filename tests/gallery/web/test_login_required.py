"""LOGIN_REQUIRED: what strangers, scripts, programs and feed readers get, and what no page gives away."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from gallery.models import ApiToken, ImageItem, SavedSearch
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def locked(settings: Any) -> None:
    settings.LOGIN_REQUIRED = True


def feed_of(owner: User | None, query: str = "q=red") -> list[dict[str, Any]]:
    saved = SavedSearch.objects.create(owner=owner, name="Reds", query=query)
    items: list[dict[str, Any]] = Client().get(saved.feed).json()["items"]
    return items


def path_of(address: str) -> str:
    return address.removeprefix("http://testserver")


def test_htmx_sends_the_whole_page_to_the_login_and_back() -> None:
    current = {"HX-Request": "true", "HX-Current-URL": "https://pictures.example/search/?q=red#top"}
    response = Client().get("/search/?q=red", headers=current)
    assert response["HX-Redirect"] == "/login/?next=/search/%3Fq%3Dred"
    assert response.content == b""


@pytest.mark.parametrize(
    "url", ["", "http://[::1", "https://pictures.example", "\x00", "javascript:alert(1)"]
)
def test_htmx_may_say_nonsense_of_where_it_is(url: str) -> None:
    response = Client().get("/search/", headers={"HX-Request": "true", "HX-Current-URL": url})
    assert response.status_code == 200
    assert response["HX-Redirect"].startswith("/login/?next=")


def test_a_script_is_told_in_its_own_language() -> None:
    response = Client().post("/add/", {}, headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "login_required"


def test_after_the_login_one_is_where_one_wanted_to_be(uploader: User) -> None:
    client = Client()
    asked = client.get("/searches/?x=1")
    assert asked["Location"] == "/login/?next=/searches/%3Fx%3D1"
    answer = client.post(
        asked["Location"], {"username": "uploader", "password": "x", "next": "/searches/?x=1"}
    )
    assert answer["Location"] == "/searches/?x=1"
    assert client.get("/").status_code == 200


def test_a_change_is_not_asked_for_again_after_the_login() -> None:
    assert Client().post("/add/", {"image": "x"})["Location"] == "/login/"


def test_a_strangers_body_is_refused_before_the_csrf_check_reads_it() -> None:
    assert Client(enforce_csrf_checks=True).post("/add/").status_code == 302


@pytest.mark.parametrize("path", ["/login/", "/nowhere/", "/image/999999999999999999999/"])
def test_pages_for_strangers_tell_nothing_of_the_gallery(path: str) -> None:
    add("red", title="Secret boat", tags=["secret-tag"])
    SavedSearch.objects.create(owner=None, name="Secret search", query="q=red")
    text = Client(SERVER_NAME="127.0.0.1").get(path).content.decode()
    for trace in ("Secret", "secret", "searchable", 'id="words"', "/search/", "/media/", "<script"):
        assert trace not in text


def test_the_admin_asks_too() -> None:
    for name in ("index", "gallery_imageitem_changelist", "auth_user_add", "jsi18n", "app_list"):
        path = reverse(f"admin:{name}", args=["gallery"] if name == "app_list" else [])
        assert Client().get(path).status_code == 302
    assert Client().get("/admin/login/").status_code == 200
    assert "Secret" not in Client().get("/admin/nowhere").content.decode()


def test_the_api_answers_to_tokens(uploader: User) -> None:
    item = add("red")
    token = ApiToken.issue(uploader)
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-API-Token": token}):
        found = Client(headers=headers).get("/api/images").json()["results"]
        assert [one["id"] for one in found] == [item.pk]
        for address in (found[0]["url"], found[0]["thumbnail"]):
            assert Client().get(path_of(address)).status_code == 302
            picture = Client(headers=headers).get(path_of(address))
            assert picture.status_code == 200
            assert picture["Cache-Control"] == "private, no-cache"
    assert Client(headers={"X-API-Token": "wrong"}).get("/api/images").status_code == 401


def test_the_login_of_a_proxy_is_no_token(uploader: User) -> None:
    """nginx, Caddy and Apache pass on the Authorization that they have checked."""
    basic = "Basic " + base64.b64encode(b"proxy:secret").decode()
    token = ApiToken.issue(uploader)
    assert Client(headers={"Authorization": basic}).get("/api/images").status_code == 401
    both = {"Authorization": basic, "X-API-Token": token}
    assert Client(headers=both).get("/api/images").status_code == 200
    client = Client(headers={"Authorization": basic})
    client.force_login(uploader)
    item = add("red")
    assert client.get("/").status_code == client.get(item.tile_url).status_code == 200


def test_a_foreign_authorization_does_not_hide_pictures(settings: Any) -> None:
    """A proxy that logs people in itself may send every request a bearer token of its own."""
    settings.LOGIN_REQUIRED = False
    item = add("red")
    for sent in (
        "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",
        "Basic cHJveHk6c2VjcmV0",
        "Negotiate x",
        "AWS4 x",
        "Bearer",
    ):
        client = Client(headers={"Authorization": sent})
        assert client.get(item.tile_url).status_code == client.get("/").status_code == 200


def test_a_feed_shows_its_pictures(uploader: User) -> None:
    add("red", owner=uploader)
    (entry,) = feed_of(uploader)
    for address in (entry["image"], entry["_gallery"]["thumbnail"]):
        picture = Client().get(path_of(address))
        assert picture.status_code == 200
        assert picture["Content-Type"] == "image/webp"
    assert Client().get(path_of(entry["url"])).status_code == 302


def test_a_feed_saved_without_a_login_shows_what_is_public() -> None:
    add("red")
    add("red", mark=1, visibility="hidden")
    assert len(feed_of(None)) == 1


def test_a_signed_address_is_good_for_that_picture_and_that_feed_alone(uploader: User) -> None:
    item, other = add("red", owner=uploader), add("red", mark=1, owner=uploader)
    signature = path_of(feed_of(uploader)[0]["image"]).partition("?")[2]
    shown = next(
        one for one in (item, other) if Client().get(f"{one.view_url}?{signature}").status_code == 200
    )
    another = item if shown == other else other
    assert Client().get(f"{another.view_url}?{signature}").status_code == 302
    assert Client().get(f"{shown.tile_url}?{signature}").status_code == 302
    original = shown.view_url.replace(".v", ".o")
    assert Client().get(f"{original}?{signature}").status_code == 302
    for wrong in ("", "feed=1", "feed=x&signature=y", f"feed={'9' * 30}&signature=y", f"{signature}0"):
        assert Client().get(f"{shown.view_url}?{wrong}").status_code == 302
    SavedSearch.objects.get().renew()
    assert Client().get(f"{shown.view_url}?{signature}").status_code == 302


def test_a_signed_address_shows_no_hidden_image(uploader: User) -> None:
    item = add("red", owner=uploader)
    path = path_of(feed_of(uploader)[0]["image"])
    ImageItem.objects.filter(pk=item.pk).update(visibility="hidden")
    assert Client().get(path).status_code == 404


def test_without_the_setting_a_feed_has_plain_addresses(uploader: User, settings: Any) -> None:
    settings.LOGIN_REQUIRED = False
    item = add("red", owner=uploader)
    assert path_of(feed_of(uploader)[0]["image"]) == item.view_url
    assert Client().get(item.view_url)["Cache-Control"] == "public, max-age=300"


def test_query_pictures_are_behind_the_login_too() -> None:
    assert Client().post("/search/picture", {"picture": draw("red")}).status_code == 302


def test_health_tells_strangers_no_model(settings: Any) -> None:
    assert Client().get("/healthz/ready").json() == {"status": "ready"}
    settings.LOGIN_REQUIRED = False
    assert "model" in Client().get("/healthz/ready").json()
