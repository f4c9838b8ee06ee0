"""What the system checks say of a database; those about TiFlash from recorded answers, never run on one."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from gallery.models import Embedding
from imagesearch import checks
from tests.support.tiflash import TiFlash

SCANNED = "TableFullScan_11 cop[tikv] keep order:false"
REPLICATED: dict[str, Any] = {"replica": (1, 1, 1.0), "index": "i"}


def told(*databases: str) -> dict[str, Any]:
    """Id → message of what is said about the gallery's table or the database itself."""
    found = checks.check_database(databases=databases or ["default"])
    return {str(message.id): message for message in found if message.obj in (None, Embedding)}


def test_a_tidb_as_it_should_be_passes(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index = (1, 1, 1.0), "i"
    assert told() == {}


def test_nobody_is_asked_for_databases_that_were_not_named(tiflash: TiFlash) -> None:
    tiflash.nodes = 0
    assert checks.check_database(databases=None) == []


@pytest.mark.parametrize(
    ("facts", "code", "fix"),
    [
        ({"collation": ("utf8mb4", "utf8mb4_bin"), **REPLICATED}, "E012", "COLLATE utf8mb4_0900_ai_ci;"),
        ({"tables": [("gallery_tag", "utf8mb4_bin")], **REPLICATED}, "W013", "move_gallery"),
        ({"variables": ("", "READ-COMMITTED"), **REPLICATED}, "E013", "SET GLOBAL tidb_txn_mode"),
        ({"variables": ("pessimistic", "REPEATABLE-READ"), **REPLICATED}, "E014", "isolation_level"),
        ({"nodes": 0}, "W020", "Add a TiFlash node"),
        ({}, "W021", "SET TIFLASH REPLICA 1; CREATE VECTOR INDEX `gallery_embedding_vector_cosine`"),
        ({"plan": SCANNED, **REPLICATED}, "W022", "ANALYZE TABLE"),
        ({"index": "i", "rows": 7}, "W023", "DROP INDEX `i`; ALTER TABLE"),
        ({"builds": [(0, 9, 0, 0, "full")], "rows": 7, **REPLICATED}, "W024", "vector_index drop"),
    ],
)
def test_each_fault_is_reported_with_its_fix(
    tiflash: TiFlash, facts: dict[str, Any], code: str, fix: str
) -> None:
    tiflash.__dict__.update(facts)
    found = told()
    assert list(found) == [f"imagesearch.{code}"]
    assert fix in found[f"imagesearch.{code}"].hint


def test_others_tables_in_the_same_database_are_let_be(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index, tiflash.tables = (1, 1, 1.0), "i", [("wp_posts", "utf8mb4_bin")]
    assert told() == {}


@pytest.mark.parametrize("facts", [{"nodes": 0}, {}, {"plan": SCANNED, **REPLICATED}])
def test_small_tables_need_no_index(tiflash: TiFlash, facts: dict[str, Any]) -> None:
    tiflash.__dict__.update(facts, rows=tiflash.rows and 49_999)
    assert told() == {}


def test_a_database_without_tables_yet_is_asked_nothing_about_them(tiflash: TiFlash) -> None:
    tiflash.rows = None
    assert told() == {}


@pytest.mark.parametrize(
    ("banner", "code"), [("8.4.3", "E010"), ("11.4.2-MariaDB", "E010"), ("8.0.11-TiDB-v8.1.2", "E011")]
)
def test_what_knows_no_vectors_is_refused(tidb: Any, tiflash: TiFlash, banner: str, code: str) -> None:
    tidb.__dict__["mysql_server_data"] = {"version": banner}
    tidb.ensure_connection = lambda: None
    assert list(told()) == [f"imagesearch.{code}"]


@pytest.mark.parametrize(
    ("model", "key", "told"),
    [("jina_ai/jina-clip-v2", "", True), ("jina_ai/jina-clip-v2", "k", False), ("openai/mine", "", False)],
)
def test_a_model_that_needs_a_key_asks_for_it(settings: Any, model: str, key: str, told: bool) -> None:
    settings.EMBEDDING_MODEL, settings.EMBEDDING_API_KEY = model, key
    assert [message.id for message in checks.check_key()] == ["imagesearch.W001"] * told


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("builtin/everyday-v1", False),
        ("clip/a/b", False),
        ("shop.embedders.MeanColour", False),
        ("everyday", True),
        ("clip/", True),
        ("jina/clip", True),
        ("", True),
    ],
)
def test_a_name_that_no_model_has_is_told(settings: Any, model: str, told: bool) -> None:
    settings.EMBEDDING_MODEL = model
    assert [message.id for message in checks.check_model()] == ["imagesearch.W002"] * told


@pytest.mark.django_db
def test_the_database_of_the_suite_passes() -> None:
    """On SQLite nothing is asked; on a real TiDB each statement runs there, and finds all as it should be."""
    assert checks.check_database(databases=["default"]) == []
    call_command("check", databases=["default"], stdout=StringIO())


@pytest.mark.tidb
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("wrong", "right", "code"),
    [
        ("SET SESSION tidb_txn_mode = 'optimistic'", "SET SESSION tidb_txn_mode = 'pessimistic'", "E013"),
        (
            "SET SESSION transaction_isolation = 'REPEATABLE-READ'",
            "SET SESSION transaction_isolation = 'READ-COMMITTED'",
            "E014",
        ),
        (
            "ALTER DATABASE {name} COLLATE utf8mb4_bin",
            "ALTER DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci",
            "E012",
        ),
    ],
)
def test_a_real_tidb_that_is_set_wrong_is_told(wrong: str, right: str, code: str) -> None:
    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        try:
            cursor.execute(wrong.format(name=name))
            assert list(told()) == [f"imagesearch.{code}"]
        finally:
            cursor.execute(right.format(name=name))
    assert told() == {}
