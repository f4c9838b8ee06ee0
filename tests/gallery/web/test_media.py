"""Pictures are served to those who may see the image, without what the camera wrote into them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from gallery.ingest.intake import take
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_visitors_get_small_webp_that_may_be_kept_a_while(client: Client) -> None:
    item = add("red", size=(900, 600))
    response = client.get(item.tile_url)
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=300"
    assert Image.open(BytesIO(body(response))).size == (600, 400)
    assert Image.open(BytesIO(body(client.get(item.view_url)))).size == (900, 600)


def test_an_unchanged_picture_is_not_sent_again(client: Client) -> None:
    item = add("red")
    etag = client.get(item.tile_url)["ETag"]
    again = client.get(item.tile_url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_that_the_camera_wrote_is_served(client: Client) -> None:
    image = Image.open(BytesIO(draw("red", (300, 200))))
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = "secret-place"
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"secret-place", icc_profile=b"secret-place")
    item = take(buffer.getvalue(), name="a.jpg").item
    for url in (item.tile_url, item.view_url):
        assert b"secret-place" not in body(client.get(url))


def test_the_original_is_for_its_keepers_and_never_shown_in_the_page(
    client: Client, curator: User, uploader: User
) -> None:
    item = add("red", owner=uploader)
    assert client.get(item.media_url("o")).status_code == 404
    for keeper in (uploader, curator):
        client.force_login(keeper)
        response = client.get(item.media_url("o"))
        assert response["Content-Disposition"] == 'attachment; filename="red.png"'
        assert response["Cache-Control"] == "private, no-store"
        assert body(response) == draw("red")
    client.force_login(User.objects.create_user("stranger"))
    assert client.get(item.media_url("o")).status_code == 404


@pytest.mark.parametrize(
    "fields", [{"visibility": "hidden"}, {"moderation": "blocked"}, {"moderation": "pending"}]
)
def test_what_is_hidden_is_not_there_and_leaves_no_trace_in_caches(
    client: Client, curator: User, fields: dict[str, str]
) -> None:
    item = add("red", **fields)
    for kind in "tvo":
        assert client.get(item.media_url(kind)).status_code == 404
    client.force_login(curator)
    response = client.get(item.tile_url)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"


def test_a_guessed_number_without_the_hash_is_not_enough(client: Client) -> None:
    item = add("red")
    assert client.get(f"/media/{item.pk}-00000000.t").status_code == 404


def test_a_lost_file_is_404(client: Client) -> None:
    item = add("red")
    for name in item.files():
        item.file.storage.delete(name)
    assert client.get(item.tile_url).status_code == 404


def test_one_indexed_query_serves_a_picture(client: Client, django_assert_num_queries: Any) -> None:
    item = add("red")
    with django_assert_num_queries(1):
        client.get(item.tile_url)
