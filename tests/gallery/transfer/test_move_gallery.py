"""A gallery carried to another database: everything arrives, and nobody else's rows are touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DataError, connections
from django.utils.timezone import now

from gallery.management.commands import move_gallery
from gallery.models import ImageItem, Tag
from gallery.transfer import obstacles
from gallery.transfer.tables import Table, canonical
from gallery.transfer.target import SOURCE, TARGET, open_target
from imagesearch.embeddings import embed
from imagesearch.jobs.graceful_stop import Stop
from tests.conftest import add
from tests.gallery.transfer.transfers import contents, hits, move

pytestmark = pytest.mark.django_db(transaction=True)


def test_everything_arrives_and_nothing_is_embedded_anew(
    home: User, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise AssertionError("A move embeds nothing.")

    before, found = contents(SOURCE), hits(SOURCE, "red")
    monkeypatch.setattr(embed, "image_vectors", refuse)

    move(url)

    assert contents(SOURCE) == before
    with open_target(url):
        assert contents(TARGET) == before
        assert hits(TARGET, "red") == found != []
        owner = User.objects.using(TARGET).get(pk=home.pk)
        assert owner.check_password("x")
        assert owner.has_perm("gallery.add_imageitem")
        assert not Session.objects.using(TARGET).exists()
    assert all(before[table].rows for table in before if table.startswith(("auth.", "gallery.", "admin.")))


def test_what_comes_after_the_move_gets_numbers_of_its_own(home: User, url: str) -> None:
    move(url)

    with open_target(url):
        numbers = set(Tag.objects.using(TARGET).values_list("pk", flat=True))
        assert Tag.objects.using(TARGET).create(name="new").pk not in numbers
        assert Tag.objects.using(TARGET).count() == len(numbers) + 1


def test_a_second_run_writes_nothing(home: User, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    move(url)
    monkeypatch.setattr(Table, "insert", lambda *args: pytest.fail("written") if args[2] else None)
    monkeypatch.setattr(Table, "delete", lambda *args: pytest.fail("deleted") if args[2] else None)

    move(url)


def test_a_second_run_follows_what_has_changed(home: User, url: str) -> None:
    move(url)
    first, second = Tag.objects.order_by("pk")[:2]
    Tag.objects.filter(pk=first.pk).update(key="in between")
    Tag.objects.filter(pk=second.pk).update(key=first.key)  # a unique value that changes hands
    Tag.objects.filter(pk=first.pk).update(key=second.key)
    ImageItem.objects.order_by("pk")[0].delete()
    User.objects.filter(pk=home.pk).update(last_login=now())
    add("white", tags=["late"])

    move(url)

    with open_target(url):
        assert contents(TARGET) == contents(SOURCE)


def test_another_gallery_is_never_overwritten(home: User, url: str, tmp_path: Path) -> None:
    with open_target(url):
        call_command("migrate", database=TARGET, run_syncdb=True, verbosity=0)
        User.objects.db_manager(TARGET).create_user("somebody")

    with pytest.raises(CommandError, match="Name an empty database"):
        move(url)

    with open_target(url):
        assert User.objects.using(TARGET).get().username == "somebody"


def test_nor_is_a_moved_gallery_that_has_lived_on(home: User, url: str) -> None:
    move(url)
    with open_target(url):
        Tag.objects.using(TARGET).create(name="written over there")

    with pytest.raises(CommandError, match="has changed since"):
        move(url)


def test_nor_is_one_that_was_started_while_a_second_run_was_stopped(
    home: User, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(url)
    add("white")
    with monkeypatch.context() as patched:
        patched.setattr(move_gallery, "copy", lambda *args: pytest.fail("stopped"))
        with pytest.raises(pytest.fail.Exception):
            move(url)
    move(url)  # nobody has been there: it goes on
    with monkeypatch.context() as patched:
        patched.setattr(move_gallery, "copy", lambda *args: pytest.fail("stopped"))
        with pytest.raises(pytest.fail.Exception):
            move(url)
    with open_target(url):
        ImageItem._base_manager.using(TARGET).create(title="Added there", sha256="f" * 64)

    with pytest.raises(CommandError, match="has changed since"):
        move(url)


def test_the_database_it_is_in_already_is_refused(home: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "gallery.transfer.target.describe", lambda url: dict(connections[SOURCE].settings_dict)
    )

    with pytest.raises(CommandError, match="already"):
        move("sqlite:///same")


@pytest.mark.parametrize("wrong", ["postgres://localhost/x", "nonsense"])
def test_an_address_that_is_none_is_refused_with_a_sentence(home: User, wrong: str) -> None:
    with pytest.raises(CommandError, match="DATABASE_URL"):
        move(wrong)


def test_a_folder_that_is_not_there_is_a_sentence(home: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Check that its folder is there"):
        move(f"sqlite:///{tmp_path}/missing/new.sqlite3")


def test_no_password_is_kept_or_told(home: User, url: str, tmp_path: Path, capsys: Any) -> None:
    pytest.importorskip("MySQLdb")
    with pytest.raises(CommandError) as refused:
        move("tidb://root:secret@127.0.0.1:1/gallery")

    assert "127.0.0.1:1 does not answer" in str(refused.value)
    assert "secret" not in str(refused.value) + capsys.readouterr().err
    assert not (tmp_path / "moving.json").exists()


def test_it_stops_when_asked_and_goes_on_when_run_again(
    home: User, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop()
    stop.asked = True
    with monkeypatch.context() as patched:
        patched.setattr(move_gallery, "stoppable", lambda: nullcontext(stop))
        with pytest.raises(CommandError, match="Run it again") as stopped:
            move(url)
    assert stopped.value.returncode == 130

    move(url)

    with open_target(url):
        assert contents(TARGET) == contents(SOURCE)


def test_what_changes_while_it_compares_is_told(
    home: User, url: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    copy = move_gallery.copy

    def late(table: Table, done: Any) -> None:
        copy(table, done)
        if table.model is Tag:
            Tag.objects.create(name="late")

    monkeypatch.setattr(move_gallery, "copy", late)

    with pytest.raises(CommandError, match="changed meanwhile"):
        move(url)

    differing = [line for line in capsys.readouterr().out.splitlines() if "differs" in line]
    assert differing[0].startswith("gallery.Tag")


def test_a_row_that_is_refused_is_named(home: User, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    insert, key = Table.insert, Tag.objects.order_by("pk")[1].pk

    def picky(table: Table, alias: str, rows: list[Any]) -> None:
        if table.model is Tag and any(row[0] == key for row in rows):
            raise DataError(1406, "Data too long")
        insert(table, alias, rows)

    monkeypatch.setattr(Table, "insert", picky)

    with pytest.raises(CommandError, match=rf"gallery.Tag {key} is refused .*1406"):
        move(url)


@pytest.fixture
def folding(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the target told no cases apart."""
    monkeypatch.setattr(obstacles, "compares_exactly", lambda connection: False)
    monkeypatch.setattr(obstacles, "text_keys", lambda connection, texts: [text.lower() for text in texts])


@pytest.mark.sqlite
def test_what_the_target_takes_for_equal_is_named_before_anything_is_written(
    home: User, url: str, folding: None, tmp_path: Path, capsys: Any
) -> None:
    big, small = User.objects.create(username="Anna"), User.objects.create(username="anna")
    Group.objects.create(name="Only one")

    with pytest.raises(CommandError, match="Nothing was written"):
        move(url)

    said = capsys.readouterr().err
    assert f"auth.User: username 'Anna' ({big.pk}), 'anna' ({small.pk}) would be one and the same" in said
    assert "auth.Group" not in said
    assert not (tmp_path / "moving.json").exists()
    with closing(sqlite3.connect(tmp_path / "new.sqlite3")) as database:
        assert database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.sqlite
def test_so_is_what_is_longer_than_its_column(home: User, url: str, folding: None, capsys: Any) -> None:
    image = ImageItem.objects.order_by("pk")[0]
    ImageItem.objects.filter(pk=image.pk).update(title="x" * 201)

    with pytest.raises(CommandError, match="Nothing was written"):
        move(url)

    assert (
        f"gallery.ImageItem {image.pk}: title has 201 characters; 200 are the most."
        in capsys.readouterr().err
    )


def test_rows_are_equal_whichever_database_has_written_them_down() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    east = noon.astimezone(timezone(timedelta(hours=2)))
    vector = np.array([0.1, -0.0], np.float32)

    assert canonical([noon, {"b": 1.0, "a": [0.5]}, b"x"]) == canonical(
        [east, {"a": [0.5], "b": 1}, memoryview(b"x")]
    )
    assert canonical([vector]) == canonical([vector.copy()]) != canonical([np.nextafter(vector, 1)])
    assert canonical([None, "1"]) != canonical(["", 1])
