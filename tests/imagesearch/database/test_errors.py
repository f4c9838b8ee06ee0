"""Each error of a database that a person can fix has a sentence that says how."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connections

from imagesearch.database.errors import explain


@pytest.fixture
def tidb(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a server that nobody asks anything."""
    there = {"ENGINE": "django_tidb", "HOST": "db.example", "PORT": 4000, "USER": "ann", "NAME": "ga`llery"}
    for name, value in (there | {"PASSWORD": "secret"}).items():
        monkeypatch.setitem(connections["default"].settings_dict, name, value)


@pytest.mark.parametrize(
    ("number", "fix"),
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
        (3159, "ssl_mode=VERIFY_IDENTITY"),
    ],
)
def test_each_server_error_has_a_sentence_with_its_fix(tidb: None, number: int, fix: str) -> None:
    sentence = explain(OperationalError(number, b"\xff not UTF-8"))

    assert sentence is not None
    assert fix in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    ("message", "fix"),
    [
        ("unable to open database file", "folder"),
        ("database is locked", "Another process"),
        ("no such table: gallery_tag", "manage.py migrate"),
        ("file is not a database", "Check DATABASE_URL"),
        ("database disk image is malformed", "backup"),
    ],
)
def test_each_sqlite_error_has_a_sentence_with_its_fix(message: str, fix: str) -> None:
    assert fix in str(explain(OperationalError(message)))


@pytest.mark.parametrize(
    "error", [ProgrammingError(1064, "syntax"), DatabaseError(), InterfaceError("closed"), ValueError("1045")]
)
def test_errors_of_the_program_have_no_sentence(error: Exception) -> None:
    assert explain(error) is None
