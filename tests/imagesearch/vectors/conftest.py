"""A second database, and a second thread, for the tests of vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from tests.points.models import Board, Pin


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
