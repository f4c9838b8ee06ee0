"""A web address in the search bar: its picture is searched with, but only a POST fetches it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from gallery.models import QueryPicture
from imagesearch.network import http
from imagesearch.network.http import Fetched
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)
OFFER = "Search with the picture at this address"
ADDRESS = "https://pictures.example/sea.png"


@pytest.fixture(autouse=True)
def fetched(monkeypatch: Any) -> list[str]:
    """The addresses that were fetched."""
    addresses: list[str] = []

    def fetch(url: str) -> Fetched:
        addresses.append(url)
        return Fetched(draw("blue"), url, "sea.png")

    monkeypatch.setattr(http, "fetch", fetch)
    return addresses


def page(client: Client, q: str, **more: Any) -> str:
    answer = client.get("/search/", {"q": q, **more})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "words",
    [
        ADDRESS,
        f"  {ADDRESS}\n",
        "HTTPS://PICTURES.EXAMPLE/SEA.PNG",
        "http://pictures.example/a?b=c&d=e#f",
        "https://münchen.example/ß.jpg",
        "https://pictures.example:443/",
        "http://[2001:db8::1]/x.png",
        "https://pictures.example/" + "x" * 1900,
    ],
)
def test_an_address_is_offered_as_a_picture_and_not_fetched(
    client: Client, fetched: list[str], words: str
) -> None:
    add("red", title="https pictures example sea")
    html = page(client, words)
    assert OFFER in html
    assert "This could not be searched" not in html
    assert "https pictures example sea" not in html.split(OFFER)[0]
    assert fetched == []


@pytest.mark.parametrize(
    "words",
    [
        f"cat {ADDRESS}",
        f"{ADDRESS} {ADDRESS}",
        "www.pictures.example/sea.png",
        "pictures.example",
        "ftp://pictures.example/sea.png",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "http:///x",
        "https:",
        "http",
        "what is https://?",
    ],
)
def test_other_words_stay_words(client: Client, fetched: list[str], words: str) -> None:
    assert OFFER not in page(client, words)
    assert fetched == []


def test_the_button_searches_with_the_picture(client: Client, fetched: list[str]) -> None:
    add("blue", title="Lake")
    answer = client.post("/search/picture", {"url": ADDRESS, "role": "replace", "color": "blue"})
    assert answer.status_code == 303
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked["like"] == [QueryPicture.objects.get().token]
    assert (asked["color"], "q" in asked) == (["blue"], False)
    assert fetched == [ADDRESS]
    assert "Lake" in client.get(answer["Location"]).content.decode()


def test_beside_a_picture_the_rest_is_searched_and_the_address_is_one_more_example(client: Client) -> None:
    lake = add("blue", title="Lake")
    html = page(client, ADDRESS, like=lake.pk)
    assert OFFER in html
    assert '<input type="hidden" name="role" value="like">' in html
    assert f'<input type="hidden" name="like" value="{lake.pk}">' in html
    answer = client.post("/search/picture", {"url": ADDRESS, "role": "like", "like": lake.pk})
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked["like"] == [str(lake.pk), QueryPicture.objects.get().token]


def test_the_address_is_written_safely(client: Client) -> None:
    html = page(client, 'https://pictures.example/"><script>alert(1)</script>')
    assert "<script>alert" not in html


@pytest.mark.parametrize("typed", [ADDRESS, f" {ADDRESS} ", "http://127.0.0.1:1/cat.jpg", "https://p"])
def test_typing_an_address_suggests_nothing_and_doubts_no_word(client: Client, typed: str) -> None:
    add("red", title="https pictures example sea")
    found = client.get("/search/suggest", {"q": typed}, headers={"Accept": "application/json"})
    assert found.json() == {"suggestions": [], "unsure": []}


@pytest.mark.parametrize("path", ["/image/{pk}/", "/image/{pk}/?tag=water", "/media/{pk}-{sha8}.v"])
def test_an_image_of_this_gallery_needs_no_fetch(client: Client, fetched: list[str], path: str) -> None:
    lake = add("blue", title="Lake")
    url = "http://testserver" + path.format(pk=lake.pk, sha8=lake.sha256[:8])
    answer = client.post("/search/picture", {"url": url})
    assert (answer.status_code, answer["Location"]) == (303, f"/search/?like={lake.pk}")
    assert fetched == []


def test_behind_a_proxy_its_public_address_needs_no_fetch(
    client: Client, settings: Any, fetched: list[str]
) -> None:
    settings.PUBLIC_URL = "https://gallery.example"
    lake = add("blue", title="Lake")
    answer = client.post("/search/picture", {"url": f"https://gallery.example/image/{lake.pk}/"})
    assert (answer.status_code, answer["Location"]) == (303, f"/search/?like={lake.pk}")
    assert fetched == []


@pytest.mark.parametrize(
    "url", ["http://testserver/", "http://testserver/nowhere", "http://elsewhere/image/1/"]
)
def test_other_addresses_are_fetched(client: Client, fetched: list[str], url: str) -> None:
    client.post("/search/picture", {"url": url})
    assert fetched == [url]
