"""The Add page: each picture has its own answer, for a script as JSON, for a plain form as a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gallery.models import ImageItem
from tests.conftest import add, draw
from tests.support.hostile import HOSTILE, ODD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(uploader: User) -> Client:
    client = Client()
    client.force_login(uploader)
    return client


def upload(content: bytes, name: str = "boat.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(client: Client, **fields: Any) -> Any:
    """As the page's script does."""
    return client.post("/add/", fields, headers={"Accept": "application/json"})


@pytest.fixture
def web(httpserver: Any, settings: Any) -> Any:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    return httpserver


def test_the_script_hears_what_became_of_each_picture(client: Client) -> None:
    first = send(client, image=upload(draw("blue")), tags="sea, boats")
    again = send(client, image=upload(draw("blue"), "copy.png"))
    item = ImageItem.objects.get()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {
        "kind": "added",
        "title": "boat",
        "state": "ready",
        "reason": "",
        "href": f"/image/{item.pk}/",
        "thumbnail": item.tile_url,
    }
    assert again.json()["kind"] == "here"
    assert [tag.name for tag in item.tags.all()] == ["boats", "sea"]


@pytest.mark.parametrize("here", [False, True])
def test_an_image_that_the_person_may_not_see_has_no_thumbnail(settings: Any, here: bool) -> None:
    settings.HOST, settings.OPEN_UPLOADS, settings.ALLOWED_HOSTS = "127.0.0.1", True, ["*"]
    settings.DEFAULT_VISIBILITY = "hidden"
    if here:
        add("blue", visibility="hidden")

    answer = send(Client(headers={"Host": "127.0.0.1"}), image=upload(draw("blue"))).json()

    assert (answer["kind"], answer["thumbnail"]) == ("added", "")


def test_an_address_is_fetched_and_kept(client: Client, web: Any) -> None:
    web.expect_request("/red.png").respond_with_data(draw("red"))
    assert send(client, url=web.url_for("/red.png")).json()["title"] == "red"
    assert ImageItem.objects.get().image_uri == web.url_for("/red.png")


def test_without_script_a_picture_is_added_and_shown(client: Client) -> None:
    response = client.post("/add/", {"image": upload(draw("red"))}, follow=True)
    assert response.redirect_chain == [(f"/image/{ImageItem.objects.get().pk}/", 302)]
    assert b"Added." in response.content


def test_without_script_many_addresses_each_get_their_line(client: Client, web: Any) -> None:
    add("blue", name="Blue boat.png")
    web.expect_request("/red.png").respond_with_data(draw("red"))
    web.expect_request("/blue.png").respond_with_data(draw("blue"))
    web.expect_request("/page.html").respond_with_data(b"<html></html>")
    page = client.post(
        "/add/", {"urls": "\n".join(map(web.url_for, ["/red.png", "/blue.png", "/page.html"]))}
    )
    text = page.content.decode()
    assert (text.count(">Added<"), text.count(">Already here<"), text.count(">Refused<")) == (1, 1, 1)
    assert "Blue boat" in text


def test_without_script_a_refusal_is_part_of_the_page(client: Client) -> None:
    response = client.post("/add/", {"image": upload(b"%PDF-1.7", "x.pdf"), "tags": "kept"})
    assert response.status_code == 422
    assert b"This is a PDF" in response.content
    assert b'value="kept"' in response.content


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_a_sentence_and_leave_nothing(client: Client, name: str, settings: Any) -> None:
    response = send(client, image=upload(HOSTILE[name](), "holiday.jpg"))
    assert 400 <= response.status_code < 500
    assert len(response.json()["error"]["message"]) > 20
    assert not ImageItem.objects.exists()
    left = [path for path in settings.DATA_DIR.rglob("*") if path.is_file() and path.name != "secret_key"]
    assert left == []


@pytest.mark.parametrize("name", ODD)
def test_odd_but_honest_files_are_taken(client: Client, name: str) -> None:
    assert send(client, image=upload(ODD[name](), "holiday.jpg")).status_code == 201


def test_a_file_above_the_limit_is_refused_before_it_is_read(client: Client, settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 100_000
    response = send(client, image=upload(b"x" * 200_000))
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "image_too_large"
    assert client.get("/", CONTENT_LENGTH="²").status_code == 413
    page = client.post("/add/", {"image": upload(b"x" * 200_000)})
    assert page.status_code == 413
    assert b"Too large" in page.content


def test_a_full_disk_is_said_and_nothing_is_half_kept(client: Client, monkeypatch: Any) -> None:
    import errno
    import os

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    response = send(client, image=upload(draw("red")))
    assert response.status_code == 507
    assert not ImageItem.objects.exists()


def test_one_request_takes_one_file(client: Client) -> None:
    response = client.post("/add/", {"image": upload(draw("red")), "other": upload(draw("blue"))})
    assert response.status_code == 400
    assert not ImageItem.objects.exists()


@pytest.mark.parametrize(
    "name", ["", "../../x.png", "a\x00b.png", "é🦆.png", "x" * 300 + ".png", "C:\\fake\\y.png"]
)
def test_strange_names_are_taken_and_made_harmless(client: Client, name: str) -> None:
    response = send(client, image=upload(draw("red"), name or "blob"))
    assert response.status_code == 201
    assert "/" not in ImageItem.objects.get().original_name
