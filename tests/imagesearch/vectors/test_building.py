"""Making and dropping the index. Recorded answers: never run on TiFlash, but see the end."""

from __future__ import annotations

from typing import Any

import pytest

from gallery.models import Embedding
from imagesearch.errors import IndexRefused
from imagesearch.vectors import building
from tests.points.models import Sketch
from tests.support.tiflash import TiFlash

FIELD: Any = Embedding._meta.get_field("vector")
REPLICA = "ALTER TABLE `gallery_embedding` SET TIFLASH REPLICA 1"
CREATE = (
    "CREATE VECTOR INDEX `gallery_embedding_vector_cosine` ON `gallery_embedding`"
    " ((VEC_COSINE_DISTANCE(`vector`))) USING HNSW"
)
DROP = "ALTER TABLE `gallery_embedding` DROP INDEX `old`"


def create(field: Any = FIELD, replicas: int = 1) -> list[building.Step]:
    return list(building.create(field, replicas=replicas, pause=0.001))


def test_it_waits_for_the_replica_then_makes_the_index(tiflash: TiFlash) -> None:
    tiflash.copying, tiflash.builds = [0.0, 0.5], [(400, 600, 0, 0, "")]
    steps = create()
    assert tiflash.ddl == [REPLICA, CREATE]
    assert ("Copying the table to TiFlash, percent", 50, 100) in steps
    assert all(step[1:] == (400, 1000) for step in steps if step.label == "Building the index")


def test_the_connection_that_builds_waits_as_long_as_it_takes(tiflash: TiFlash) -> None:
    create()
    assert [settings["OPTIONS"] for settings in tiflash.without_read_timeout] == [{"charset": "utf8mb4"}]


def test_what_is_there_is_kept(tiflash: TiFlash) -> None:
    tiflash.replica = (2, 1, 1.0)
    create()
    assert tiflash.ddl == [CREATE]  # two replicas are not made fewer
    create()
    assert tiflash.ddl == [CREATE]


def test_a_dead_index_is_made_anew(tiflash: TiFlash) -> None:
    tiflash.index = "old"
    create()
    assert tiflash.ddl == [DROP, REPLICA, CREATE]


def test_more_replicas_are_asked_for_and_the_index_stays(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index, tiflash.nodes = (1, 1, 1.0), "old", 3
    create(replicas=2)
    assert tiflash.ddl == ["ALTER TABLE `gallery_embedding` SET TIFLASH REPLICA 2"]


def test_an_index_that_is_being_made_is_waited_for(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.jobs, tiflash.refusals = (1, 1, 1.0), 3, {"CREATE": 1061}
    create()
    assert tiflash.index == "made_by_somebody"


def test_one_that_was_never_finished_is_told(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.refusals = (1, 1, 1.0), {"CREATE": 1061}
    with pytest.raises(IndexRefused, match="was creating the index and failed"):
        create()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"nodes": 0}, "no TiFlash node.*at 120,000 rows.*about 540 ms.*Add a TiFlash node"),
        ({"rows": None}, "no such table yet. manage.py migrate"),
        ({"refusals": {"ALTER": 1142}}, "error 1142. The user of DATABASE_URL needs"),
        ({"refusals": {"CREATE": 9014}}, "error 9014. TiFlash could not build"),
        ({"refusals": {"CREATE": 4711}}, "error 4711.$"),
    ],
)
def test_a_refusal_is_a_sentence(tiflash: TiFlash, facts: dict[str, Any], sentence: str) -> None:
    tiflash.__dict__.update(facts)
    with pytest.raises(IndexRefused, match=sentence):
        create()


def test_more_replicas_than_nodes_are_not_asked_for(tiflash: TiFlash) -> None:
    with pytest.raises(IndexRefused, match=r"2 replicas were requested.*has 1\."):
        create(replicas=2)
    assert tiflash.ddl == []


def test_a_column_that_takes_null_gets_none(tiflash: TiFlash) -> None:
    with pytest.raises(IndexRefused, match="no vector index supports"):
        create(Sketch._meta.get_field("vector"))


def test_dropping_takes_the_index_and_on_request_the_replica(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index = (1, 1, 1.0), "old"
    assert building.drop(FIELD) == ["index"]
    assert building.drop(FIELD) == []
    assert building.drop(FIELD, with_replica=True) == ["replica"]
    assert tiflash.ddl == [DROP, "ALTER TABLE `gallery_embedding` SET TIFLASH REPLICA 0"]


def test_an_index_that_somebody_dropped_first_is_no_fault(tiflash: TiFlash) -> None:
    tiflash.replica, tiflash.index, tiflash.refusals = (1, 1, 1.0), "old", {"ALTER": 1091}
    assert building.drop(FIELD) == ["index"]


@pytest.mark.sqlite
@pytest.mark.django_db
def test_sqlite_refuses_with_a_sentence() -> None:
    with pytest.raises(IndexRefused, match="not TiDB"):
        create()
    assert building.drop(FIELD) == []


@pytest.mark.tidb
@pytest.mark.django_db
def test_a_real_tidb_without_tiflash_refuses_with_a_sentence() -> None:
    with pytest.raises(IndexRefused, match="no TiFlash node"):
        create()


@pytest.mark.tidb
@pytest.mark.django_db(transaction=True)
def test_a_real_tidb_refuses_our_statements_by_number(monkeypatch: Any) -> None:
    """Where the nodes are hidden, as from a user without PROCESS, TiDB itself says no."""
    monkeypatch.setattr("imagesearch.vectors.tiflash.nodes", lambda connection: None)
    monkeypatch.setattr("imagesearch.vectors.tiflash.replica", lambda *names: None)  # it would take 40 s
    with pytest.raises(IndexRefused, match="REPLICA 1” with error 1105"):
        create()
    monkeypatch.setattr("imagesearch.vectors.tiflash.replica", lambda *names: building.Replica(1, True, 1.0))
    with pytest.raises(IndexRefused, match="USING HNSW” with error 8200"):
        create()
