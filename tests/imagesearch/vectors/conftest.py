"""A connection that compiles SQL for TiDB, and short words for the tests of vectors."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.shop.models import Board, Pin


@pytest.fixture
def tidb(monkeypatch: Any) -> BaseDatabaseWrapper:
    """Django's own MySQL compiler, told that a TiDB answers. It never connects, and needs no driver."""
    if importlib.util.find_spec("MySQLdb") is None:
        driver = MagicMock(version_info=(2, 2, 7, "final", 0), converters=MagicMock(conversions={}))
        monkeypatch.setitem(sys.modules, "MySQLdb", driver)
        monkeypatch.setitem(sys.modules, "MySQLdb.constants", driver.constants)
        monkeypatch.setitem(sys.modules, "MySQLdb.converters", driver.converters)
    from django.db.backends.mysql.base import DatabaseWrapper

    wrapper = DatabaseWrapper({**connection.settings_dict, "NAME": "gallery", "OPTIONS": {}}, "tidb")
    wrapper.__dict__["mysql_server_data"] = {"version": "8.0.11-TiDB-v8.5.4", "sql_mode": ""}
    return wrapper


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """The file of a second database, `using="scratch"`, that has the tables and nothing of ours."""
    path = tmp_path / "scratch.sqlite3"
    connections["scratch"] = connections["default"].copy("scratch")
    connections["scratch"].settings_dict["NAME"] = path
    with connections["scratch"].schema_editor() as editor:
        editor.create_model(Board)
        editor.create_model(Pin)
    yield path
    connections["scratch"].close()
    del connections["scratch"]


@pytest.fixture
def elsewhere() -> Callable[[Callable[[], Any]], Any]:
    """A function that runs another in a thread of its own, on a connection of its own."""

    def run(action: Callable[[], Any]) -> Any:
        def act() -> Any:
            try:
                return action()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(act).result()

    return run
