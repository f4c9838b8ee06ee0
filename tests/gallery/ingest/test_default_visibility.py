"""DEFAULT_VISIBILITY: what comes in by any way is public, or hidden until somebody publishes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from gallery.models import ApiToken, ImageItem
from tests.conftest import add, draw
from tests.gallery.support.api_programs import Api, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["public", "hidden"])
def visibility(request: pytest.FixtureRequest, settings: Any) -> str:
    settings.DEFAULT_VISIBILITY = request.param
    return str(request.param)


@pytest.fixture
def web(httpserver: Any, settings: Any) -> str:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/a.png").respond_with_data(draw("red"), content_type="image/png")
    return str(httpserver.url_for("/a.png"))


def test_the_add_page(visibility: str, uploader: User, web: str) -> None:
    client = Client()
    client.force_login(uploader)
    answers = [client.post("/add/", {"image": upload(draw("blue"))}), client.post("/add/", {"url": web})]
    assert [client.get(answer["Location"]).status_code for answer in answers] == [200, 200]  # one's own
    assert {item.visibility for item in ImageItem.objects.all()} == {visibility}
    for answer in answers:
        assert Client().get(answer["Location"]).status_code == (200 if visibility == "public" else 404)


def test_at_home_a_hidden_image_is_the_admins_to_publish(settings: Any) -> None:
    settings.DEFAULT_VISIBILITY, settings.HOST = "hidden", "127.0.0.1"
    client = Client(SERVER_NAME="127.0.0.1")
    answer = client.post("/add/", {"image": upload(draw("blue"))}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "log in as admin to publish it" in answer.content.decode()


def test_the_api(visibility: str, uploader: User, web: str) -> None:
    api = Api(uploader)
    assert api.post("/api/images", image=upload(draw("blue"))).status_code == 201
    assert api.post("/api/images", url=web).status_code == 201
    assert {item.visibility for item in ImageItem.objects.all()} == {visibility}
    assert Api().get("/api/images").json()["count"] == (2 if visibility == "public" else 0)
    assert ApiToken.objects.count() == 1


def test_an_import(visibility: str, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(draw("red"))
    call_command("import_images", str(tmp_path / "photos"), verbosity=0)
    assert ImageItem.objects.get().visibility == visibility


def test_the_admins_form_begins_with_it(visibility: str, staff: User) -> None:
    client = Client()
    client.force_login(staff)
    page = client.get("/admin/gallery/imageitem/add/").content.decode()
    assert f'<option value="{visibility}" selected>' in page


def test_what_says_otherwise_is_as_it_says(visibility: str) -> None:
    assert add("red", visibility="public").visibility == "public"
    assert add("blue", visibility="hidden").visibility == "hidden"
