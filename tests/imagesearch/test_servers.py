"""What a database is asked beyond rows, and the sentences for what ails it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
)
from django.db.utils import load_backend

from imagesearch import servers


@pytest.fixture
def tidb(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a server that nobody asks anything."""
    there = {"ENGINE": "django_tidb", "HOST": "db.example", "PORT": 4000, "USER": "ann", "NAME": "ga`llery"}
    for name, value in (there | {"PASSWORD": "secret"}).items():
        monkeypatch.setitem(connections["default"].settings_dict, name, value)


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (1045, "refused the user ann. Check name and password"),
        (1049, "CREATE DATABASE IF NOT EXISTS `ga``llery`"),
        (1044, "CREATE DATABASE IF NOT EXISTS `ga``llery`"),
        (1044, "GRANT ALL ON `ga``llery`.* TO 'ann';"),
        (1146, "manage.py migrate"),
        (2002, "does not answer. Check that it runs"),
        (2003, "does not answer"),
        (2013, "does not answer"),
        (2005, "host of db.example:4000 is unknown"),
        (2026, "ssl_ca"),
    ],
)
def test_each_trouble_of_a_server_has_a_sentence_with_its_mend(tidb: None, number: int, mend: str) -> None:
    sentence = servers.explain(OperationalError(number, b"\xff not UTF-8"))

    assert sentence is not None
    assert mend in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        ("unable to open database file", "folder"),
        ("database is locked", "Another process"),
        ("no such table: gallery_tag", "manage.py migrate"),
        ("file is not a database", "Check DATABASE_URL"),
    ],
)
def test_so_has_each_of_sqlite(said: str, mend: str) -> None:
    assert mend in str(servers.explain(OperationalError(said)))


@pytest.mark.parametrize(
    "error", [ProgrammingError(1064, "syntax"), DatabaseError(), InterfaceError("closed"), ValueError("1045")]
)
def test_what_is_the_programs_fault_has_none(error: Exception) -> None:
    assert servers.explain(error) is None


def test_an_address_is_told_without_its_password(tidb: None) -> None:
    assert servers.address("default") == "tidb://ann@db.example:4000/ga`llery"


def test_the_name_of_a_database_to_make_is_quoted(tidb: None) -> None:
    assert servers.creation("default") == (
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
    assert servers.is_missing(elsewhere)

    servers.create(elsewhere)

    assert not servers.is_missing(elsewhere)
    with connections[elsewhere].cursor() as cursor:
        cursor.execute("SELECT @@character_set_database, @@collation_database")
        assert cursor.fetchone() == ("utf8mb4", "utf8mb4_0900_ai_ci")


@pytest.mark.tidb
def test_texts_that_tidb_takes_for_equal_have_equal_keys(db: None) -> None:
    texts = ["Anna", "anna", "ånna", "あ", "ア", "😀", "😁", "a", "a "]

    keys = dict(zip(texts, servers.text_keys(connection, texts), strict=True))

    assert keys["Anna"] == keys["anna"] == keys["ånna"]
    assert keys["あ"] == keys["ア"]
    assert len(set(keys.values())) == 6
    assert not servers.tells_all_texts_apart(connection)
