"""Links, scheme, path and cookies of the gallery come from PUBLIC_URL, whatever a request says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse, set_script_prefix

from gallery.models import SavedSearch
from gallery.web.public_address import absolute, as_public_url
from tests.conftest import add

PUBLIC = "https://example.org/photos"


@pytest.fixture
def under_a_path(settings: Any) -> Iterator[None]:
    """As imagesearch.settings has it for PUBLIC_URL=https://example.org/photos."""
    settings.PUBLIC_URL, settings.FORCE_SCRIPT_NAME = PUBLIC, "/photos"
    settings.ALLOWED_HOSTS = ["127.0.0.1", "example.org"]
    set_script_prefix("/photos")
    yield
    set_script_prefix("/")


def test_a_foreign_host_is_never_in_a_link(settings: Any) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://pictures.example:8443", ["*"]
    request = RequestFactory(SERVER_NAME="evil.example").get("/")
    assert absolute(request, "/image/1/") == "https://pictures.example:8443/image/1/"


def test_without_it_links_follow_the_request() -> None:
    assert absolute(RequestFactory(SERVER_NAME="testserver").get("/"), "/x") == "http://testserver/x"


@pytest.mark.parametrize(
    ("sent", "path_info"),
    [
        ("/", "/"),
        ("/search/", "/search/"),
        ("/photos", "/"),
        ("/photos/", "/"),
        ("/photos/search/", "/search/"),
        ("/photosearch/", "/photosearch/"),
        ("/photos/photos/", "/photos/"),
        ("/photos//evil.example/", "//evil.example/"),
    ],
)
def test_a_proxy_may_remove_the_path_or_not(under_a_path: None, sent: str, path_info: str) -> None:
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    request = RequestFactory().get("/")
    request.path_info, request.path = sent, f"/photos{sent}"
    as_public_url(view)(request)
    assert (seen[0].path_info, seen[0].path) == (path_info, f"/photos{path_info}")
    assert seen[0].is_secure()


@pytest.mark.django_db(transaction=True)
def test_everything_is_under_the_path(under_a_path: None, uploader: User) -> None:
    item = add("red", owner=uploader)
    saved = SavedSearch.objects.create(owner=uploader, name="Reds", query="q=red")
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.get("/photos/add/")["Location"] == "/photos/login/?next=/photos/add/"
    client.force_login(uploader)
    page = client.get("/photos/")
    assert page.status_code == 200
    assert 'href="/"' not in page.content.decode()
    assert item.get_absolute_url() == f"/photos/image/{item.pk}/"
    assert client.get(item.tile_url).status_code == 200
    assert client.get("/photos/nowhere", headers={"Accept": "application/json"}).json()["error"]
    assert client.get("/photos/api/nowhere")["Content-Type"] == "application/json"
    found = client.get("/photos/api/images").json()["results"][0]
    assert found["thumbnail"].startswith(f"{PUBLIC}/media/")
    feed = client.get(saved.feed).json()
    assert feed["feed_url"] == f"{PUBLIC}/searches/{saved.token}.json"
    assert feed["items"][0]["url"] == f"{PUBLIC}/image/{item.pk}/"
    assert f'value="{feed["feed_url"]}"' in client.get(reverse("searches")).content.decode()
    described = client.get("/photos/api/openapi.json").json()
    assert described["servers"] == [{"url": f"{PUBLIC}/"}]


@pytest.mark.django_db
def test_forms_of_the_public_address_are_trusted_behind_a_plain_proxy(settings: Any, uploader: User) -> None:
    """Host is the proxy's target then; Origin or Referer is what the browser shows."""
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://pictures.example", ["127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://pictures.example"]
    for sent in ({"Origin": "https://pictures.example"}, {"Referer": "https://pictures.example/login/"}):
        client = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1", headers=sent)
        client.get("/login/")
        token = client.cookies[settings.CSRF_COOKIE_NAME].value
        fields = {"username": "uploader", "password": "x", "csrfmiddlewaretoken": token}
        assert client.post("/login/", fields).status_code == 302
        evil = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}
        assert client.post("/login/", fields, headers=evil).status_code == 403


WRITTEN = re.compile(
    r"""["'`]/(?:[a-z][\w/-]*)?["'`?](?!:)|(?:href|src|action)=["']?/|url\(["']?/|\^\\/[a-z]+"""
)
"""An address from the root, in a script (also as a pattern), a template, or a style."""


def test_no_script_and_no_template_writes_an_address_from_the_root() -> None:
    """It would leave the path: addresses come from `{% url %}`, `{% static %}` or the page."""
    root = Path(django_settings.BASE_DIR)
    kinds = {"static": ("*.js", "*.css"), "templates": ("*.html",)}
    files = [
        path for folder, names in kinds.items() for name in names for path in (root / folder).rglob(name)
    ]
    assert len(files) > 50
    assert [(path.name, found) for path in files for found in WRITTEN.findall(path.read_text())] == []


def read(names: str, data: Path, **environment: str) -> Any:
    """These settings, as a new process reads them."""
    code = f"import json; from imagesearch.settings import *; print(json.dumps([{names}]))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "DATA_DIR": str(data), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_galleries_of_one_host_have_cookies_of_their_own(tmp_path: Path) -> None:
    names = (
        "SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, MESSAGE_COOKIE_NAME, THEME_COOKIE_NAME, SCORES_COOKIE_NAME"
    )
    environments = [
        {"PORT": "8000"},
        {"PORT": "8001"},
        {"PUBLIC_URL": "https://h"},
        {"PUBLIC_URL": "https://h:8443"},
        {"PUBLIC_URL": "https://h/photos"},
        {"PUBLIC_URL": "https://h/photos/old"},
    ]
    cookies = [tuple(read(names, tmp_path, **environment)) for environment in environments]
    assert len(set(cookies)) == len(environments)
    assert all(name.replace("_", "").isalnum() for gallery in cookies for name in gallery)


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"PUBLIC_URL": "https://h"}, 3600),
        ({"PUBLIC_URL": "https://h", "HSTS_SECONDS": "0"}, 0),
        ({"PUBLIC_URL": "https://h", "HSTS_SECONDS": "63072000"}, 63_072_000),
        ({"PUBLIC_URL": "http://h"}, 0),
    ],
)
def test_browsers_insist_on_https_for_an_hour(
    environment: dict[str, str], seconds: int, tmp_path: Path
) -> None:
    assert read("SECURE_HSTS_SECONDS", tmp_path, **environment) == [seconds]


def test_longer_than_two_years_is_refused(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        read("HSTS_SECONDS", tmp_path, HSTS_SECONDS="63072001")


def test_a_path_is_in_static_files_and_cookies(tmp_path: Path) -> None:
    names = "STATIC_URL, FORCE_SCRIPT_NAME, SESSION_COOKIE_PATH, CSRF_COOKIE_PATH, PUBLIC_URL, ALLOWED_HOSTS"
    assert read(names, tmp_path, PUBLIC_URL="https://H:443/photos/") == [
        "/photos/static/",
        "/photos",
        "/photos",
        "/photos",
        "https://h/photos",
        ["localhost", "127.0.0.1", "[::1]", "h"],
    ]
