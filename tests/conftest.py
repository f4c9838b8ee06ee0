"""Pictures and people for every test."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import hypothesis
import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from PIL import Image, ImageDraw

from gallery.models import ImageItem
from imagesearch.vectors.tiflash import state_cache
from tests.support.tiflash import TiFlash

# The same examples each time, and no limit to the seconds that one takes on a slow machine.
hypothesis.settings.register_profile("everywhere", derandomize=True, deadline=None)
hypothesis.settings.load_profile("everywhere")

RGB = {
    "red": (220, 30, 30),
    "green": (30, 180, 60),
    "blue": (30, 60, 220),
    "yellow": (240, 220, 40),
    "purple": (200, 40, 210),
    "white": (250, 250, 250),
}


def draw(color: str = "red", size: tuple[int, int] = (60, 40), mark: int = 0, kind: str = "PNG") -> bytes:
    """A picture of one colour; `mark` makes equal pictures differ in their bytes, not in their looks."""
    image = Image.new("RGB", size, RGB[color])
    ImageDraw.Draw(image).point((mark % size[0], mark // size[0]), (0, 0, 0))
    buffer = BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def add(color: str = "red", **fields: Any) -> ImageItem:
    """An image of that colour in the gallery, taken in as any other."""
    from gallery.ingest.intake import take

    size, mark = fields.pop("size", (60, 40)), fields.pop("mark", 0)
    return take(draw(color, size, mark), name=fields.pop("name", f"{color}.png"), **fields).item


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="leave out what asks no database")
    parser.addoption("--fast", action="store_true", help="leave out browser, slow, and committing tests")


def asks_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "live_server"}.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.get_closest_marker(name) for name in ("django_db", "tidb"))


def is_fast(item: pytest.Item) -> bool:
    """Whether it needs no browser, is not slow, and commits nothing: else all tables are emptied after it."""
    if any(item.get_closest_marker(name) for name in ("browser", "slow")):
        return False
    database = item.get_closest_marker("django_db")
    commits = database is not None and database.kwargs.get("transaction", False)
    return not commits and "transactional_db" not in getattr(item, "fixturenames", ())


def keep_only(config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = filter(wanted, items)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other database, and on request what is about none."""
    if config.getoption("--database-only"):
        keep_only(config, items, asks_database)
    if config.getoption("--fast"):
        keep_only(config, items, is_fast)
    other, reason = (
        ("tidb", "needs TiDB: make test-tidb")
        if connection.vendor == "sqlite"
        else ("sqlite", "about SQLite alone")
    )
    for item in items:
        if item.get_closest_marker(other):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Any) -> None:
    """Each test has files, rate limits and query vectors of its own."""
    from gallery.web.rate_limits import counter
    from imagesearch.query.query_vector import cache

    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.QUERY_ROOT = tmp_path / "queries"
    settings.TMP_ROOT = tmp_path / "tmp"
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "tmp")
    settings.TMP_ROOT.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": settings.MEDIA_ROOT}},
    }
    counter.clear()
    cache.clear()


@pytest.fixture
def uploader(db: None) -> User:
    user = User.objects.create_user("uploader", password="x")
    user.user_permissions.add(Permission.objects.get(codename="add_imageitem"))
    return user


@pytest.fixture
def curator(db: None) -> User:
    # Tests that commit empty the tables afterwards, and with them what migrations wrote.
    import_module("gallery.migrations.0002_curators").make_group(apps, SimpleNamespace(connection=connection))
    user = User.objects.create_user("curator", password="x")
    user.groups.add(Group.objects.get(name="Curator"))
    return user


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff", password="x")


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
def tiflash(tidb: Any) -> Iterator[TiFlash]:
    """The default database, for this test, is a TiDB with TiFlash whose answers were recorded."""
    server, before = TiFlash(), connections["default"]
    connections["default"] = server.connect(tidb)
    state_cache.forget()
    yield server
    connections["default"] = before
    state_cache.forget()
