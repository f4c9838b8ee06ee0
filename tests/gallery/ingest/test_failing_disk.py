"""SQLite's lock is held too long; the disk is full, read-only or gone: 503 or 507, nothing half written."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection
from django.test import Client

from gallery.models import ApiToken, ImageItem, QueryPicture
from imagesearch.outages import outage
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import fields

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

Act = Callable[[Any], Any]


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("blue.png", draw("blue"))


WRITES: dict[str, Act] = {
    "upload": lambda client: client.post("/add/", {"image": upload()}),
    "upload by script": lambda client: client.post(
        "/add/", {"image": upload()}, headers={"Accept": "application/json"}
    ),
    "edit": lambda client: client.post(
        f"/image/{client.item.pk}/edit/", {"title": "New", "visibility": "public"}
    ),
    "delete": lambda client: client.post(f"/image/{client.item.pk}/delete/"),
    "login": lambda client: Client(raise_request_exception=False).post(
        "/login/", {"username": "staff", "password": "x"}
    ),
    "admin login": lambda client: Client(raise_request_exception=False).post(
        "/admin/login/", {"username": "staff", "password": "x"}
    ),
    "admin": lambda client: client.post("/admin/gallery/tag/add/", {"name": "sea"}),
    "admin upload": lambda client: client.post("/admin/gallery/imageitem/add/", fields(picture=upload())),
    "search by picture": lambda client: client.post("/search/picture", {"picture": upload()}),
    "saved search": lambda client: client.post("/search/save", {"query": "q=red", "name": "Red"}),
}


@pytest.fixture
def member(client: Any, staff: User) -> Any:
    """Somebody with all permissions, in a gallery of one image."""
    client.item = add("red")
    client.force_login(staff)
    client.raise_request_exception = False
    return client


def stored() -> list[str]:
    """The files of pictures and query pictures, and what is being written."""
    folders = (project.MEDIA_ROOT, project.QUERY_ROOT, project.TMP_ROOT)
    return sorted(str(path) for folder in folders for path in Path(folder).rglob("*") if path.is_file())


@contextmanager
def locked_database() -> Iterator[None]:
    """Within, another program holds SQLite's write lock for longer than anybody waits."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
    connection.close()


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES)
def test_a_lock_that_is_held_too_long_is_503(member: Any, act: Act) -> None:
    before = stored()
    with locked_database():
        answer = act(member)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
    assert stored() == before
    assert (ImageItem.objects.count(), QueryPicture.objects.count()) == (1, 0)
    assert act(member).status_code < 500


def test_the_api_says_that_the_database_is_busy(member: Any) -> None:
    token = ApiToken.issue(User.objects.get(username="staff"))
    with locked_database():
        answer = Client().post(
            "/api/images", {"image": upload()}, headers={"Authorization": f"Bearer {token}"}
        )
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_busy")
    assert answer.headers["Retry-After"] == "5"


def test_who_only_reads_notices_nothing_of_a_lock(member: Any) -> None:
    with locked_database():
        assert Client().get("/").status_code == 200
        assert Client().get("/search/?q=red").status_code == 200


def refusing(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> Any:
    """A wrapper of statements under which each that writes fails with this code of SQLite."""

    def wrapper(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT"):
            return execute(sql, *rest)
        with connection.wrap_database_errors:
            error = kind("as SQLite says it")
            error.sqlite_errorcode = code
            raise error

    return wrapper


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    ("code", "status"),
    [
        (sqlite3.SQLITE_FULL, 507),
        (sqlite3.SQLITE_READONLY, 503),
        (sqlite3.SQLITE_READONLY_DBMOVED, 503),
        (sqlite3.SQLITE_IOERR_WRITE, 503),
        (sqlite3.SQLITE_CANTOPEN, 503),
    ],
)
def test_a_database_that_cannot_be_written(member: Any, act: Act, code: int, status: int) -> None:
    before = stored()
    with connection.execute_wrapper(refusing(code)):
        answer = act(member)
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0
    assert stored() == before
    assert act(member).status_code < 500


def test_a_damaged_database_is_503(member: Any) -> None:
    with connection.execute_wrapper(refusing(sqlite3.SQLITE_CORRUPT, sqlite3.DatabaseError)):
        assert WRITES["edit"](member).status_code == 503


def test_a_fault_of_ours_in_sqlite_stays_a_500(member: Any) -> None:
    with connection.execute_wrapper(refusing(sqlite3.SQLITE_ERROR)):
        assert WRITES["edit"](member).status_code == 500
    assert outage(DatabaseError("no number")) is None
    assert outage(OperationalError("database is locked")) is None  # its words are never read


def test_an_empty_database_in_place_of_the_gallerys_is_503(member: Any) -> None:
    """As where its disk is not mounted, and SQLite makes an empty file in the folder below."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(project.DATA_DIR / "empty.sqlite3")
    try:
        answers = [act(member) for act in (WRITES["upload"], WRITES["login"], lambda client: client.get("/"))]
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    assert [answer.status_code for answer in answers] == [503, 503, 503]


def test_a_folder_of_the_database_that_is_gone_is_503(member: Any) -> None:
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(project.DATA_DIR / "gone" / "gallery.sqlite3")
    try:
        answers = [act(member) for act in [*WRITES.values(), lambda client: client.get("/healthz/ready")]]
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    assert {answer.status_code for answer in answers} == {503}
    assert all("Retry-After" in answer.headers for answer in answers)


FILES = {name: WRITES[name] for name in ("upload", "upload by script", "admin upload", "search by picture")}


@pytest.mark.parametrize("act", FILES.values(), ids=FILES)
@pytest.mark.parametrize(
    ("number", "status"),
    [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EROFS, 503), (errno.EIO, 503), (errno.EACCES, 503)],
)
@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_a_disk_that_fails_at_any_file(
    member: Any, monkeypatch: pytest.MonkeyPatch, act: Act, number: int, status: int, call: int
) -> None:
    """At the original, the tile, the view, or a query picture: none of the others is left."""
    before, calls, fsync = stored(), [], os.fsync

    def failing(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").resolve().suffix == ".part":
            calls.append(handle)
            if len(calls) >= call:
                raise OSError(number, os.strerror(number))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", failing)
    answer = act(member)
    if len(calls) < call:
        assert answer.status_code < 400
        return
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0
    assert stored() == before
    assert (ImageItem.objects.count(), QueryPicture.objects.count()) == (1, 0)


@pytest.mark.parametrize("act", FILES.values(), ids=FILES)
@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 503), (errno.ENOENT, 503)])
def test_an_upload_whose_temporary_file_cannot_be_written(
    member: Any, monkeypatch: pytest.MonkeyPatch, act: Act, number: int, status: int, settings: Any
) -> None:
    """That happens while the form is read, before any view."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", refuse)
    answer = act(member)
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0


def test_the_pictures_folder_goes_away(member: Any) -> None:
    """Nothing is written in its place, nothing is taken for missing, and all is there when it is back."""
    item = ImageItem.objects.get()
    away = project.MEDIA_ROOT.with_name("away")
    project.MEDIA_ROOT.rename(away)
    answers = [
        member.get(item.tile_url),
        member.get(item.media_url("o")),
        WRITES["upload"](member),
        WRITES["upload by script"](member),
        member.get(item.view_url),
    ]
    assert [answer.status_code for answer in answers] == [503] * 5
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert not project.MEDIA_ROOT.exists()
    away.rename(project.MEDIA_ROOT)
    assert member.get(item.tile_url).status_code == 200
    assert WRITES["upload"](member).status_code == 302


def test_a_single_missing_file_is_404(member: Any) -> None:
    item = ImageItem.objects.get()
    shutil.rmtree(project.MEDIA_ROOT / "derived")
    assert member.get(item.tile_url).status_code == 404
