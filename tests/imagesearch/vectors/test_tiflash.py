"""What is made of TiDB's answers about an index. Recorded answers: never run on TiFlash, but see the end."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection

from gallery.models import Embedding
from imagesearch.database import release
from imagesearch.vectors import tiflash as module
from tests.points.models import Pin, Sketch
from tests.support.tiflash import TiFlash

FIELD: Any = Embedding._meta.get_field("vector")
SCANNED = "TableFullScan_11 cop[tikv] keep order:false"


def look(model: Any = Embedding) -> module.IndexState:
    state = module.index_state(model._meta.get_field("vector"))
    assert state
    return state


@pytest.mark.parametrize(
    ("facts", "standing", "sentence"),
    [
        (
            {},
            "none",
            "There is no index. Search is exact: correct, but it measures every row; at 120,0",
        ),
        ({"rows": None}, "missing", "no such table"),
        ({"nodes": 0}, "no tiflash", "no TiFlash node"),
        ({"nodes": 0, "index": "i"}, "no tiflash", "about 540 ms."),
        ({"index": "i"}, "dead", "replica in TiFlash is missing"),
        ({"replica": (1, 0, 0.4), "copying": [0.4]}, "replicating", "copying the table: 40%"),
        ({"replica": (1, 1, 1.0)}, "none", "There is no index."),
        ({"replica": (1, 1, 1.0), "builds": [(30, 90, 0, 0, "")]}, "building", "30 of 120 rows"),
        ({"replica": (1, 1, 1.0), "index": "i", "builds": [(1, 0, 0, 9, "")]}, "ready", "; 9 new rows"),
        (
            {"replica": (1, 1, 1.0), "index": "i", "builds": [(0, 9, 0, 0, "disk full")]},
            "failed",
            "disk full",
        ),
        ({"replica": (1, 1, 1.0), "index": "i", "plan": SCANNED}, "unused", "TiDB does not use it"),
    ],
)
def test_the_first_thing_in_the_way_is_named(
    tiflash: TiFlash, facts: dict[str, Any], standing: str, sentence: str
) -> None:
    tiflash.__dict__.update(facts)
    state = look()
    assert state.standing == standing
    assert sentence in state.sentence
    assert state.way == ("index" if standing == "ready" else state.way)
    assert bool(state.fix) is (standing not in ("replicating", "building", "ready"))


def test_all_nodes_are_counted_together(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index = (2, 1, 1.0), "i"
    tiflash.builds = [(100, 20, 0, 3, ""), (90, 0, 0, 1, "")]
    assert look().build == module.Build(190, 20, 4, "")


def test_the_plan_of_a_small_or_unanalysed_table_says_nothing(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index, tiflash.plan = (1, 1, 1.0), "i", SCANNED
    tiflash.rows = 4_999
    assert (look().used, look().standing) == (None, "ready")
    assert "at 4,999 rows TiDB may still measure every row" in look().sentence
    tiflash.rows, tiflash.plan = 20_000, SCANNED + ", stats:pseudo"
    assert (look().used, look().standing) == (None, "ready")
    assert "has analyzed the table" in look().sentence


def test_an_index_of_another_distance_is_not_ours(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index, tiflash.index_function = (1, 1, 1.0), "i", "VEC_L2_DISTANCE"
    assert look().index is None


def test_what_the_user_may_not_see_is_unknown(tiflash: TiFlash) -> None:
    tiflash.refusals = {"INFORMATION_SCHEMA.CLUSTER_INFO": 1227, "INFORMATION_SCHEMA.TIFLASH_INDEXES": 9012}
    state = look()
    assert (state.nodes, state.build, state.standing) == (None, None, "none")


def test_a_database_that_is_away_is_no_answer(tiflash: TiFlash) -> None:
    tiflash.refusals = {"INFORMATION_SCHEMA.CLUSTER_INFO": 2013}
    with pytest.raises(DatabaseError):
        look()


def test_a_column_that_takes_null_has_no_use_for_an_index(tiflash: TiFlash) -> None:
    state = look(Sketch)
    assert state.standing == "nullable"
    assert "a table of their own" in state.fix


def test_all_tables_with_vectors_are_found_whoever_has_them() -> None:
    assert {Embedding, Pin, Sketch} <= {field.model for field in module.columns()}


def test_a_long_name_still_fits() -> None:
    assert len(module.default_index_name("t" * 60, "vector")) == 64


@pytest.mark.parametrize(
    ("banner", "number", "too_old", "title"),
    [
        ("8.0.11-TiDB-v8.5.4", (8, 5, 4), False, "TiDB v8.5.4"),
        ("8.0.11-TiDB-v8.1.2", (8, 1, 2), True, "TiDB v8.1.2"),
        ("8.0.11-TiDB-v7.5.2-serverless", (7, 5, 2), False, "TiDB v7.5.2-serverless"),
        ("8.0.11-TiDB-None", None, False, "TiDB None"),
    ],
)
def test_the_release_is_read_from_the_greeting(
    tidb: Any, banner: str, number: Any, too_old: bool, title: str
) -> None:
    tidb.__dict__["mysql_server_data"] = {"version": banner}
    assert (release.release(tidb), release.is_too_old(tidb), release.title(tidb)) == (number, too_old, title)
    assert release.kind(tidb) == "TiDB"


def test_too_old_is_said_before_anything_else(tidb: Any, tiflash: TiFlash) -> None:
    tidb.__dict__["mysql_server_data"] = {"version": "8.0.11-TiDB-v8.1.2"}
    assert look().standing == "old"


@pytest.mark.sqlite
@pytest.mark.django_db
def test_sqlite_has_no_index_and_needs_none() -> None:
    assert module.index_state(FIELD) is None
    assert release.title(connection).startswith("SQLite 3.")


@pytest.mark.tidb
@pytest.mark.django_db
def test_a_real_tidb_without_tiflash_answers_each_question() -> None:
    """The very statements; that of the plan too, which is asked only where there is an index."""
    state = look()
    assert (state.standing, state.nodes, state.replica, state.index) == ("no tiflash", 0, None, None)
    assert module.build(connection, "gallery_embedding", "vector", None) is None
    assert module.is_making(connection, "gallery_embedding") is False
    assert module.is_used(FIELD, connection) in (None, False)
    assert release.title(connection).startswith("TiDB v")


@pytest.mark.tidb
@pytest.mark.django_db
def test_a_real_tidb_counts_new_rows() -> None:
    Pin.objects.bulk_create([Pin(vector=[number, 1, 0]) for number in range(1, 8)])
    assert look(Pin).rows == 7


def test_pages_see_what_was_seen_a_moment_ago(tiflash: TiFlash, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, state_cache = [100.0], module.StateCache()
    monkeypatch.setattr("imagesearch.vectors.tiflash.time.monotonic", lambda: clock[0])
    for clock[0], nodes, standing in ((100.0, 1, "none"), (119.0, 0, "none"), (121.0, 0, "no tiflash")):
        tiflash.nodes = nodes
        state = state_cache.get(FIELD)
        assert state
        assert state.standing == standing


def test_what_goes_on_has_a_share(tiflash: TiFlash) -> None:
    assert look().share is None
    tiflash.replica, tiflash.copying = (1, 0, 0.0), [0.25]
    assert look().share == 0.25
    tiflash.replica, tiflash.builds = (1, 1, 1.0), [(30, 90, 0, 0, "")]
    assert look().share == 0.25
