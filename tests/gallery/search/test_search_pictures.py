"""Search in the browser with pictures: images of the library, and pictures that are not in it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from gallery.models import ImageItem, QueryPicture
from imagesearch.query import Query
from imagesearch.query.query_vector import cache
from tests.conftest import add, draw
from tests.gallery.support.search_page import DROPPED, bands, send, text
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)

# --- by an image of the library


def test_an_image_of_the_library_finds_its_like(client: Client) -> None:
    item = add("red", title="Boat", tags=["sea"])
    add("red", mark=1, title="Ship", tags=["sea", "port"])
    answer = client.get(f"/search/?like={item.pk}")
    assert bands(answer) == {"strong": ["Ship"]}
    page = text(answer)
    assert "Like Boat" in page
    assert "its look" in page
    assert "/?tag=sea" in page
    assert "/?tag=port" not in page
    assert 'aria-label="Remove picture: Boat"' in page


def test_words_and_a_picture_are_asked_together(client: Client) -> None:
    item = add("red", title="Boat")
    add("purple", title="Purple")
    add("green", title="Leaf")
    answer = client.get(f"/search/?q=blue&like={item.pk}")
    assert next(iter(bands(answer).values())) == ["Purple"]
    assert "Boat + “blue”" in text(answer)
    assert 'name="q" form="compose" value="blue"' in text(answer)
    assert f'<input type="hidden" name="like" value="{item.pk}">' in text(answer)


@pytest.mark.parametrize("like", ["99999", "9" * 18])
def test_an_unknown_image_is_not_there(client: Client, like: str) -> None:
    assert client.get(f"/search/?like={like}").status_code == 404


def test_a_hidden_image_is_no_query(client: Client) -> None:
    item = add("red", visibility="hidden")
    assert client.get(f"/search/?like={item.pk}").status_code == 404


def test_an_image_without_a_vector_says_so(client: Client) -> None:
    item = add("red")
    item.embedding.delete()
    answer = client.get(f"/search/?like={item.pk}")
    assert answer.status_code == 400
    assert "not searchable yet" in text(answer)


# --- by a picture that is not in the library


def test_a_picture_is_kept_and_leads_to_its_search(client: Client) -> None:
    add("red", title="Red")

    answer = send(client, draw("red", mark=5), tag="", color="red", q="red")

    kept = QueryPicture.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/search/?q=red&like={kept.token}&color=red"
    page = client.get(answer["Location"])
    assert bands(page) == {"strong": ["Red"]}
    assert "query.png + “red”" in text(page)
    assert f'src="/search/picture/{kept.token}"' in text(page)
    assert ImageItem.objects.count() == 1


def test_the_picture_is_kept_small_and_without_metadata(client: Client) -> None:
    photo, buffer = Image.new("RGB", (3000, 1500), "red"), BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Secret place"
    photo.save(buffer, "JPEG", exif=exif)
    send(client, buffer.getvalue())

    with QueryPicture.objects.get().file.open() as file, Image.open(file) as kept:
        assert (kept.format, kept.size) == ("WEBP", (1600, 800))
        assert not kept.getexif()


def test_the_picture_is_shown_to_whoever_has_its_token_and_kept_by_no_cache(client: Client) -> None:
    send(client, draw("red"))
    answer = client.get(f"/search/picture/{QueryPicture.objects.get().token}")
    assert answer["Content-Type"] == "image/webp"
    assert set(answer["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert client.get("/search/picture/guessed").status_code == 404


def test_the_same_picture_is_embedded_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    add("red")
    location = send(client, draw("blue"))["Location"]
    monkeypatch.setattr(ColourEmbedder, "embed_images", lambda *_: pytest.fail("embedded again"))
    assert client.get(location).status_code == 200
    assert send(client, draw("blue")).status_code == 303


def test_a_picture_whose_vector_was_forgotten_is_embedded_again(client: Client) -> None:
    add("red", title="Red")
    location = send(client, draw("red", mark=1))["Location"]
    cache.clear()
    assert bands(client.get(location)) == {"strong": ["Red"]}


def test_a_picture_is_the_same_query_in_every_process(client: Client) -> None:
    add("red", title="Red")
    send(client, draw("yellow", size=(2000, 10)))  # kept smaller than it came
    before, after = [], []  # type: ignore[var-annotated]
    for scores in (before, after):
        embedded_query = ImageItem.objects.search(
            Query().more(QueryPicture.objects.get().token)
        ).embedded_query
        scores += list(embedded_query.vector)  # type: ignore[arg-type]
        cache.clear()
    assert before == after


def test_an_expired_picture_leaves_the_rest_of_the_query(client: Client) -> None:
    add("red", title="Red")
    send(client, draw("blue"))
    token = QueryPicture.objects.get().token
    QueryPicture.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = client.get(f"/search/?q=red&like={token}")
    assert bands(answer) == {"strong": ["Red"]}
    assert "This picture has expired. Drop it again." in text(answer)
    assert 'href="/search/?q=red" aria-label="Remove picture: Picture expired"' in text(answer)


def test_a_picture_whose_file_is_gone_has_expired(client: Client) -> None:
    add("red", title="Red")
    send(client, draw("blue"))
    kept = QueryPicture.objects.get()
    kept.file.storage.delete(kept.file.name)
    cache.clear()
    answer = client.get(f"/search/?q=red&like={kept.token}")
    assert bands(answer) == {"strong": ["Red"]}
    assert "This picture has expired. Drop it again." in text(answer)
    assert client.get(f"/search/picture/{kept.token}").status_code == 404


def test_the_address_of_a_picture_searches(client: Client, httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/boat.png").respond_with_data(draw("red", mark=1), content_type="image/png")
    add("red", title="Red")
    location = client.post("/search/picture", {"url": httpserver.url_for("/boat.png")})["Location"]
    answer = client.get(location)
    assert bands(answer) == {"strong": ["Red"]}
    assert "Like boat.png" in text(answer)


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({}, 400, "No picture was sent."),
        ({"url": "http://10.0.0.1/x.png"}, 422, "not on the public Internet"),
        ({"url": "no address"}, 422, ""),
        ({"picture": b"%PDF-1.7 and so on"}, 422, "This is a PDF."),
        ({"picture": b""}, 422, ""),
    ],
    ids=["nothing", "internal", "no-url", "pdf", "empty"],
)
@pytest.mark.parametrize("headers", [{}, DROPPED], ids=["page", "htmx"])
def test_a_refused_picture_says_why_in_place(
    client: Client, sent: dict[str, Any], status: int, sentence: str, headers: dict[str, str]
) -> None:
    if isinstance(sent.get("picture"), bytes):
        sent = {"picture": SimpleUploadedFile("x.png", sent["picture"])}
    answer = client.post("/search/picture", sent, headers=headers)
    assert answer.status_code == status
    assert sentence in text(answer)
    assert 'role="alert"' in text(answer)
    assert ("<html" in text(answer)) == (not headers)
    assert not QueryPicture.objects.exists()


def test_a_picture_that_is_too_large_is_refused_unread(client: Client, settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 1000
    answer = send(client, b"x" * 100_000, headers=DROPPED)
    assert answer.status_code == 413
    assert answer["HX-Retarget"] == "#message"
    assert "<html" not in text(answer)


def test_picture_searches_are_limited_for_strangers_alone(
    client: Client, settings: Any, uploader: User
) -> None:
    settings.SEARCHES_PER_MINUTE = 1
    send(client, draw("red"))
    for headers in ({}, DROPPED):
        answer = send(client, draw("red", mark=1), headers=headers)
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
    client.force_login(uploader)
    assert send(client, draw("red", mark=1)).status_code == 303


def test_htmx_is_redirected_to_the_search(client: Client) -> None:
    answer = send(client, draw("red"), headers=DROPPED)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == f"/search/?like={QueryPicture.objects.get().token}"


def test_searching_by_a_picture_needs_the_csrf_token() -> None:
    assert send(Client(enforce_csrf_checks=True), draw("red")).status_code == 403


def test_a_refused_search_reloaded_is_an_empty_one(client: Client) -> None:
    assert client.get("/search/picture")["Location"] == "/search/"
