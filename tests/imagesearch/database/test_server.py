"""A database server: its address without secrets, whether it has the database, and creating that."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from django.db import (
    connection,
    connections,
)
from django.db.utils import load_backend

from imagesearch.database import server


@pytest.fixture
def tidb(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a server that nobody asks anything."""
    there = {"ENGINE": "django_tidb", "HOST": "db.example", "PORT": 4000, "USER": "ann", "NAME": "ga`llery"}
    for name, value in (there | {"PASSWORD": "secret"}).items():
        monkeypatch.setitem(connections["default"].settings_dict, name, value)


def test_an_address_is_told_without_its_password(tidb: None) -> None:
    assert server.address("default") == "tidb://ann@db.example:4000/ga`llery"


def test_the_name_of_a_database_to_make_is_quoted(tidb: None) -> None:
    assert server.create_statement("default") == (
        "CREATE DATABASE IF NOT EXISTS `ga``llery` CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;"
    )


@pytest.fixture
def elsewhere(db: None) -> Iterator[str]:
    """Another database of the server, which is not there yet."""
    name = f"made-by-test-{secrets.token_hex(4)}"
    there = {**connection.settings_dict, "NAME": name}
    connections["elsewhere"] = load_backend(there["ENGINE"]).DatabaseWrapper(there, "elsewhere")
    yield "elsewhere"
    connections["elsewhere"].close()
    del connections["elsewhere"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


@pytest.mark.tidb
def test_a_missing_database_is_made_with_a_collation_that_search_can_live_with(elsewhere: str) -> None:
    assert server.is_missing(elsewhere)

    server.create(elsewhere)

    assert not server.is_missing(elsewhere)
    with connections[elsewhere].cursor() as cursor:
        cursor.execute("SELECT @@character_set_database, @@collation_database")
        assert cursor.fetchone() == ("utf8mb4", "utf8mb4_0900_ai_ci")
