"""The command vector_index. TiFlash's answers are recorded ones: never run on TiFlash, but see the end."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.support.tiflash import TiFlash

ONE = {"table": "gallery_embedding"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagesearch.vectors.building.time.sleep", lambda seconds: None)


def run(action: str, **options: Any) -> str:
    out = StringIO()
    call_command("vector_index", action, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_status_tells_of_each_table_that_holds_embeddings(tiflash: TiFlash) -> None:
    tiflash.nodes = 0
    text = run("status")
    for part in (
        "gallery_embedding.vector: no tiflash",
        "points_pin.vector",
        "points_sketch.vector: nullable",
    ):
        assert part in text


def test_status_shows_what_is_known(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index = (1, 1, 1.0), "i"
    tiflash.builds = [(119_000, 0, 0, 1_000, "")]
    lines = [line.split(maxsplit=1) for line in run("status", **ONE).splitlines()]
    assert lines == [
        ["gallery_embedding.vector:", "ready"],
        ["says", "Search uses the index; 1,000 new rows are measured beside it."],
        ["rows", "120,000"],
        ["TiFlash", "nodes: 1"],
        ["replica", "1, available, 100%"],
        ["index", "i"],
        ["build", "119,000 rows in, 0 waiting, 1,000 new"],
    ]


def test_programs_get_json(tiflash: TiFlash) -> None:
    (state,) = json.loads(run("status", json=True, **ONE))
    assert (state["table"], state["standing"], state["way"]) == ("gallery_embedding", "none", "exact")


def test_create_shows_its_steps_and_how_it_stands_then(
    tiflash: TiFlash, capsys: pytest.CaptureFixture[str]
) -> None:
    tiflash.copying, tiflash.builds = [0.3, 0.9], [(120_000, 0, 0, 0, "")]
    text = run("create", **ONE)
    assert "Asking TiFlash for a replica …" in text
    assert "gallery_embedding.vector: ready" in text
    shown = capsys.readouterr().err
    assert "Copying the table to TiFlash, percent: 100 in" in shown
    assert "Building the index: 120,000" in shown


def test_create_leaves_columns_that_take_null_alone_unless_named(tiflash: TiFlash) -> None:
    run("create")
    assert not any("points_sketch" in statement for statement in tiflash.ddl)
    with pytest.raises(CommandError, match="may be NULL"):
        run("create", table="points_sketch")


def test_a_refusal_is_a_sentence_and_the_exit_code(tiflash: TiFlash) -> None:
    tiflash.refusals = {"ALTER": 1142}
    with pytest.raises(CommandError, match="error 1142") as refused:
        run("create", **ONE)
    assert refused.value.returncode == 1


def test_stopping_it_leaves_tidb_at_work(tiflash: TiFlash, monkeypatch: pytest.MonkeyPatch) -> None:
    tiflash.copying = [0.1]

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("imagesearch.vectors.building.time.sleep", interrupted)
    with pytest.raises(CommandError, match="TiDB goes on") as stopped:
        run("create", **ONE)
    assert stopped.value.returncode == 130


def test_drop_asks_nothing_where_there_is_nothing(tiflash: TiFlash) -> None:
    assert run("drop", **ONE) == "gallery_embedding: nothing to drop.\n"
    tiflash.replica, tiflash.index = (1, 1, 1.0), "i"
    assert run("drop", replica=True, **ONE) == "gallery_embedding: index and replica dropped.\n"


def test_a_table_may_be_named_by_its_model() -> None:
    with pytest.raises(CommandError, match="shop_pen holds no embeddings"):
        run("drop", table="shop_pen")


def test_nonsense_is_refused(tiflash: TiFlash) -> None:
    with pytest.raises(CommandError, match="--replicas is 0"):
        run("create", replicas=0)


@pytest.mark.sqlite
@pytest.mark.django_db
def test_sqlite_needs_none() -> None:
    assert "gallery_embedding: SQLite 3." in (text := run("status", **ONE))
    assert "needs no vector index" in text
    assert json.loads(run("status", json=True)) == []
    with pytest.raises(CommandError, match="not TiDB"):
        run("create", **ONE)
    assert "nothing to drop" in run("drop", **ONE)


@pytest.mark.tidb
@pytest.mark.django_db
def test_a_real_tidb_without_tiflash_says_so() -> None:
    assert "gallery_embedding.vector: no tiflash" in run("status")
    with pytest.raises(CommandError, match="no TiFlash node"):
        run("create")
    assert "nothing to drop" in run("drop", replica=True)
