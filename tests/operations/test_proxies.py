"""The gallery behind the web servers of docs/deployment.md: at a host of its own, and under a path."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import draw
from tests.support.proxies import PROXIES, STRANGER, Gallery, Visitor, block, gallery_at, is_installed, proxy

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]

MIB = 2**20
SEARCHES = 3
"""By a picture, in a minute."""
addresses = count(1)
ADDRESSES = ("https://pictures.example", "https://example.org/photos")


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    with socket.socket() as probe:
        try:
            probe.bind((STRANGER, 0))
        except OSError:
            pytest.skip(f"this machine has no {STRANGER} to visit from")
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def galleries(stack: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Gallery]:
    """By PUBLIC_URL, each started when it is first asked for."""
    running: dict[str, Gallery] = {}

    def get(public: str) -> Gallery:
        if public not in running:
            data = tmp_path_factory.mktemp("data")
            running[public] = stack.enter_context(gallery_at(data, public, SEARCHES_PER_MINUTE=str(SEARCHES)))
        return running[public]

    return get


@pytest.fixture(params=[(kind, public) for kind in PROXIES for public in ADDRESSES], ids="-".join)
def visitor(
    request: pytest.FixtureRequest, galleries: Callable[[str], Gallery], tmp_path: Path
) -> Iterator[Visitor]:
    kind, public = request.param
    if not is_installed(kind):
        pytest.skip(f"{PROXIES[kind][0]} is not installed")
    gallery = galleries(public)
    with proxy(kind, block(kind, bool(gallery.prefix)), gallery, tmp_path / kind) as port:
        yield Visitor(gallery, port)


def large_picture() -> bytes:
    """A PNG of 30 MB."""
    noise = np.random.default_rng(0).integers(0, 256, (2600, 4000, 3), np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).save(buffer, "PNG", compress_level=0)
    assert 29 * MIB < len(buffer.getvalue()) < 31 * MIB
    return buffer.getvalue()


def test_pages_and_all_that_they_load_are_there(visitor: Visitor) -> None:
    prefix = visitor.gallery.prefix
    page = visitor.get(f"{prefix}/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=3600"
    files = re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"', page.text)
    assert len(files) > 3
    for path in files:
        assert path.startswith(f"{prefix}/static/")
        assert visitor.get(path).status == 200
    for path in re.findall(r'(?:href|action)="(/[^"]*)"', page.text):
        assert path.startswith(f"{prefix}/")
    without_slash = visitor.get(f"{prefix}/searches")
    assert without_slash.status == 301
    assert without_slash.headers["Location"] == f"{prefix}/searches/"
    if prefix:
        assert visitor.get(prefix).headers.get("Location", "").endswith(f"{prefix}/")


def test_somebody_logs_in_and_adds_thirty_megabytes(visitor: Visitor) -> None:
    prefix = visitor.gallery.prefix
    asked = visitor.get(f"{prefix}/add/")
    assert (asked.status, asked.headers["Location"]) == (302, f"{prefix}/login/?next={prefix}/add/")
    logged_in = visitor.log_in()
    assert (logged_in.status, logged_in.headers["Location"]) == (302, f"{prefix}/")
    for cookie in logged_in.cookies:
        assert "Secure" in cookie
        assert f"Path={prefix or '/'};" in f"{cookie};"
    added = visitor.upload(f"{prefix}/add/", large_picture())
    assert added.status == 302
    assert added.headers["Location"].startswith(f"{prefix}/image/")
    shown = visitor.get(added.headers["Location"])
    assert shown.status == 200
    (view,) = set(re.findall(rf'"({prefix}/media/\d+-[^"]+\.v[^"]*)"', shown.text))
    assert visitor.get(view).headers["Content-Type"] == "image/webp"
    assert visitor.get(f"{prefix}/admin/").status == 200


def test_what_is_too_large_is_refused_in_the_gallerys_own_words(visitor: Visitor) -> None:
    visitor.log_in()
    sent = visitor.upload(
        f"{visitor.gallery.prefix}/add/", bytes(50 * MIB + 200_000), Accept="application/json"
    )
    assert sent.status == 413
    assert json.loads(sent.body)["error"]["code"] == "image_too_large"


def test_programs_get_addresses_that_work(visitor: Visitor) -> None:
    public, prefix = visitor.gallery.public, visitor.gallery.prefix
    program = Visitor(visitor.gallery, visitor.port, Authorization=f"Bearer {visitor.gallery.token}")
    added = json.loads(program.upload(f"{prefix}/api/images", draw("red")).body)
    assert added["url"].startswith(f"{public}/media/")
    assert program.get(added["thumbnail"].removeprefix(public.removesuffix(prefix))).status == 200
    described = json.loads(program.get(f"{prefix}/api/openapi.json").body)
    assert described["servers"] == [{"url": f"{public}/"}]


def test_each_visitor_is_counted_by_the_proxys_word_alone(visitor: Visitor) -> None:
    """Who forges X-Forwarded-For has no limit of their own; who comes from elsewhere has."""
    path = f"{visitor.gallery.prefix}/api/search"

    def search(visitor: Visitor, number: int) -> int:
        forged = {"X-Forwarded-For": f"203.0.113.{number}"}
        return visitor.upload(path, draw("red", mark=number), **forged).status

    eager, other = (Visitor(visitor.gallery, visitor.port, f"127.0.1.{next(addresses)}") for _ in range(2))
    assert [search(eager, number) for number in range(SEARCHES + 1)] == [200] * SEARCHES + [429]
    assert search(other, 0) == 200


@pytest.mark.skipif(not is_installed("nginx"), reason="nginx is not installed")
def test_behind_a_plain_proxy_pass_nobody_is_at_home(
    galleries: Callable[[str], Gallery], tmp_path: Path
) -> None:
    """Host is 127.0.0.1:PORT then, and nothing is forwarded."""
    gallery = galleries(ADDRESSES[0])
    site = "server { listen 443 ssl; location / { proxy_pass http://127.0.0.1:8000; } }\n"
    with proxy("nginx", site, gallery, tmp_path / "nginx") as port:
        stranger = Visitor(gallery, port)
        assert stranger.get("/add/").headers["Location"].startswith("/login/")
        assert stranger.log_in().status == 302
        assert stranger.get("/add/").status == 200
        found = json.loads(stranger.get("/api/images").body)["results"]
        assert all(image["url"].startswith(f"{gallery.public}/media/") for image in found)


@pytest.mark.skipif(not is_installed("nginx"), reason="nginx is not installed")
def test_the_proxy_may_take_the_path_away(galleries: Callable[[str], Gallery], tmp_path: Path) -> None:
    gallery = galleries(ADDRESSES[1])
    site = block("nginx", True).replace(
        "proxy_pass http://127.0.0.1:8000;", "proxy_pass http://127.0.0.1:8000/;"
    )
    with proxy("nginx", site, gallery, tmp_path / "nginx") as port:
        visitor = Visitor(gallery, port)
        assert visitor.log_in().headers["Location"] == "/photos/"
        page = visitor.get("/photos/")
        assert page.status == 200
        for path in re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"', page.text):
            assert visitor.get(path).status == 200


def test_health_is_asked_without_proxy_and_path(galleries: Callable[[str], Gallery]) -> None:
    gallery = galleries(ADDRESSES[1])
    direct = Visitor(gallery, gallery.port, Host=f"127.0.0.1:{gallery.port}")
    for path in ("/healthz/live", "/healthz/ready", "/photos/healthz/ready"):
        assert direct.get(path).status == 200
    assert direct.get("/", Host="evil.example").status == 400
