"""A gallery carried to a real TiDB and back; and a move that is killed."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import connections
from django.utils.timezone import now

from gallery.models import Tag
from gallery.transfer.tables import Table
from gallery.transfer.target import SOURCE, TARGET, open_target
from tests.gallery.ingest.test_killed_import import finish, manage
from tests.gallery.transfer.transfers import contents, hits, move
from tests.support.tidb_server import binary, server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A TiDB server's address without a database."""
    pytest.importorskip("MySQLdb")
    if named := os.environ.get("TIDB_URL"):
        yield named.rpartition("/")[0]
    elif binary():
        with server() as started:
            yield started.url.rpartition("/")[0]
    else:
        pytest.skip("no TiDB server was found")


@pytest.fixture
def on_server(server_url: str) -> Iterator[str]:
    address = f"{server_url}/moved_{secrets.token_hex(4)}"
    yield address
    with open_target(address), connections[TARGET].cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {address.rpartition('/')[2]}")


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("scheme", ["tidb", "mysql"])
def test_from_sqlite_to_tidb_and_back_nothing_changes(
    home: User, on_server: str, scheme: str, tmp_path: Path
) -> None:
    there = f"{scheme}://{on_server.partition('://')[2]}"
    before, found = contents(SOURCE), hits(SOURCE, "red")

    move(there)

    with open_target(there):
        assert contents(TARGET) == before
        assert hits(TARGET, "red") == found
        assert Tag.objects.using(TARGET).create(name="new").pk > Tag.objects.latest("pk").pk
        Tag.objects.using(TARGET).filter(key="new").delete()
    back = f"sqlite:///{tmp_path}/back.sqlite3"
    finish(manage(tmp_path / "data", "move_gallery", back, url=there))
    with open_target(back):
        assert contents(TARGET) == before
        assert hits(TARGET, "red") == found


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_connection_that_is_cut_is_opened_anew(
    home: User, on_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it still takes a changed row that others point to."""
    move(on_server)
    User.objects.filter(pk=home.pk).update(last_login=now())
    insert, cut = Table.insert, []  # type: ignore[var-annotated]

    def clumsy(table: Table, alias: str, rows: list[Any]) -> None:
        if rows and not cut:
            connection = connections[alias]
            with connection.cursor() as cursor, connection.copy("other").cursor() as other:
                cursor.execute("SELECT CONNECTION_ID()")
                other.execute("KILL TIDB %s", cursor.fetchone())
            cut.append(table.name)
        insert(table, alias, rows)

    monkeypatch.setattr(Table, "insert", clumsy)

    move(on_server)

    assert cut == ["auth.User"]
    with open_target(on_server):
        assert contents(TARGET) == contents(SOURCE)


@pytest.mark.slow
@pytest.mark.sqlite
def test_tidb_names_what_it_would_take_for_equal(home: User, on_server: str, capsys: Any) -> None:
    User.objects.create(username="José")
    User.objects.create(username="jose")

    with pytest.raises(CommandError, match="Nothing was written"):
        move(on_server)

    assert "'José'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_move_that_is_killed_again_and_again_goes_on(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "new.sqlite3"
    finish(manage(data, "migrate", "--verbosity=0"))
    finish(manage(data, "shell", "-c", MANY))
    for threshold in (1, 2000, 3500):
        process = manage(data, "move_gallery", f"sqlite:///{target}")
        while process.poll() is None and moved(target) < threshold:
            time.sleep(0.002)
        assert process.poll() is None, "It was over before it could be killed."
        process.kill()
        process.communicate()
    assert moved(target) < 4000

    assert "row by row the same" in finish(manage(data, "move_gallery", f"sqlite:///{target}"))

    assert moved(target) == 4000


MANY = """
import numpy as np
from gallery.models import Embedding, ImageItem, VectorSpace
ImageItem._base_manager.bulk_create(
    [ImageItem(pk=n, sha256=f"{n:064}", state="ready") for n in range(1, 4001)], batch_size=500
)
vectors = np.random.default_rng(1).normal(size=(4000, 512))
Embedding.objects.bulk_create(
    [Embedding(image_id=n + 1, vector=vector) for n, vector in enumerate(vectors)], batch_size=500
)
"""


def moved(target: Path) -> int:
    """The vectors that are there."""
    try:
        with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True, timeout=20)) as database:
            return int(database.execute("SELECT COUNT(*) FROM gallery_embedding").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
