"""What the status page, the API and the admin show of the database and its index, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from gallery.models import VectorSpace
from imagesearch.database import release
from imagesearch.vectors import tiflash
from imagesearch.vectors.tiflash import Build, IndexState, Replica
from tests.gallery.support.api_programs import Api

pytestmark = pytest.mark.django_db

READY = IndexState(
    "gallery_embedding", "vector", 512, False, False, 120_000, 1, Replica(1, True, 1.0), "i", None, True
)
BUILDING = replace(READY, index=None, used=None, build=Build(30, 90, 0, ""))
NO_TIFLASH = replace(READY, nodes=0, replica=None, index=None, used=None)


@pytest.fixture
def stands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that sets how the index stands, whichever database the suite runs on."""
    tiflash.state_cache.forget()
    yield lambda state: monkeypatch.setattr(tiflash, "index_state", lambda field: state)
    tiflash.state_cache.forget()


def page(client: Client, address: str = "/status/") -> str:
    return client.get(address).content.decode()


def test_strangers_see_how_it_searches_and_no_more(client: Client, stands: Any) -> None:
    stands(READY)
    text = page(client)
    assert "searched by an index" in text
    assert READY.sentence not in text
    assert "TiFlash" not in text
    answer = Api().get("/api/status").json()
    assert (answer["way"], answer["index"]) == ("index", None)
    assert answer["database"] == release.kind(connection)


@pytest.mark.parametrize("person", ["curator", "staff"])
def test_curators_and_staff_see_what_is_missing(
    client: Client, stands: Any, person: str, request: pytest.FixtureRequest
) -> None:
    stands(NO_TIFLASH)
    user: User = request.getfixturevalue(person)
    client.force_login(user)
    text = page(client)
    assert "searched exactly" in text
    assert "no TiFlash node" in text
    assert "TiFlash: 0 nodes, no replicas" in " ".join(text.split())
    assert NO_TIFLASH.fix in text
    assert release.title(connection) in text
    answer = Api(user).get("/api/status").json()
    assert (answer["way"], answer["index"]["standing"]) == ("exact", "no tiflash")


def test_no_fix_is_shown_where_search_is_fast_enough(client: Client, stands: Any, curator: User) -> None:
    small = replace(NO_TIFLASH, rows=51)
    stands(small)
    client.force_login(curator)
    text = page(client)
    assert "fast enough" in text
    assert small.fix not in text


def test_what_is_being_built_has_a_bar(client: Client, stands: Any, curator: User) -> None:
    stands(BUILDING)
    client.force_login(curator)
    text = page(client)
    assert "30 of 120 rows" in text
    assert 'value="0.25" aria-label="The vector index"' in text
    assert "TiFlash: 1 node, 1 replica </p>" in " ".join(text.split())


def test_the_bucket_is_named_to_those_alone(client: Client, curator: User, settings: Any) -> None:
    settings.AWS_STORAGE_BUCKET_NAME = "our-pictures"
    assert "our-pictures" not in page(client)
    client.force_login(curator)
    assert "our-pictures" in page(client)


def test_the_admin_shows_the_index_first_and_beside_its_model(
    client: Client, stands: Any, staff: User
) -> None:
    stands(NO_TIFLASH)
    client.force_login(staff)
    assert "no TiFlash node" in page(client, "/admin/")
    address = f"/admin/gallery/vectorspace/{VectorSpace.current().pk}/change/"
    assert "no TiFlash node" in page(client, address)


@pytest.mark.sqlite
def test_sqlite_needs_none(client: Client, staff: User) -> None:
    client.force_login(staff)
    assert "SQLite 3." in page(client)
    assert "TiFlash" not in page(client)
    assert "Vector index:" not in page(client, "/admin/")
    address = f"/admin/gallery/vectorspace/{VectorSpace.current().pk}/change/"
    assert "Not needed" in page(client, address)


@pytest.mark.tidb
def test_a_real_tidb_shows_its_own_state(client: Client, staff: User) -> None:
    tiflash.state_cache.forget()
    client.force_login(staff)
    text = page(client)
    assert "TiDB v" in text
    assert "no TiFlash node" in text
