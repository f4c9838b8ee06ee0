"""A backup is whole or is not there: what is copied, kept, checked and refused while it is made."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, connections
from django.utils import timezone

from gallery.backups import making, writing
from gallery.backups.archive import open_backup
from gallery.backups.writing import FolderTarget
from gallery.maintenance.derived_files import rederive
from gallery.models import ImageItem, QueryPicture, SavedSearch
from imagesearch.images.decode import decode
from imagesearch.images.storage import derived_name
from imagesearch.jobs.graceful_stop import Stopped
from tests.conftest import add, draw
from tests.gallery.support.backups import elsewhere, hashes, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


@pytest.fixture(params=["backup", "my 100%20 #backup?.tar"])
def target(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for a backup: a folder, and a file."""
    return tmp_path_factory.mktemp("elsewhere") / str(request.param)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere") / "backup"


def places(path: Path) -> dict[str, str]:
    """The files of a backup, each read whole: place and hash."""
    with open_backup(path) as backup:
        for entry in backup.entries():
            for _ in backup.read(entry):
                pass
        return {entry.place: entry.sha256 for entry in backup.entries()}


def counts(printed: str) -> tuple[int, int, int]:
    """Copied, kept, deleted."""
    words = printed.replace(",", "").replace(".", "").split()
    deleted = int(words[words.index("deleted") - 4]) if "deleted" in words else 0
    return int(words[words.index("copied") - 1]), int(words[words.index("kept") - 1]), deleted


def test_it_has_everything(target: Path, settings: Any) -> None:
    (settings.DATA_DIR / "secret_key").write_text("secret")
    items = [add("red"), add("blue"), add("green")]
    printed = run("backup", target)
    found = places(target)
    names = {f"media/{name}" for item in items for name in item.files()}
    assert set(found) == names | {"gallery.sqlite3", "secret_key"}
    assert all(found[f"media/{item.file.name}"] == item.sha256 for item in items)
    assert "3 images, 11 files" in printed
    with open_backup(target) as backup:
        assert (backup.manifest.images, backup.manifest.files, backup.manifest.missing) == (3, 11, 0)
        assert backup.manifest.model == "tests.support.embedder.ColourEmbedder"


def test_an_empty_gallery_can_be_backed_up(target: Path) -> None:
    run("backup", target)
    assert set(places(target)) == {"gallery.sqlite3"}


def test_a_second_one_copies_only_what_is_new(folder: Path) -> None:
    first = add("red")
    assert counts(run("backup", folder))[1:] == (0, 0)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}
    add("blue")
    copied, kept, _ = counts(run("backup", folder))
    assert (copied, kept) == (5, 3)  # three files, the database, the list
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    first.delete()
    removed = counts(run("backup", folder))[2]
    assert removed == 5
    assert len(list(folder.rglob("*.png"))) == 1


def test_what_was_damaged_in_the_backup_is_copied_again(folder: Path) -> None:
    item = add("red")
    run("backup", folder)
    (path,) = folder.rglob("*.png")
    path.write_bytes(b"x" * path.stat().st_size)
    run("backup", folder, quick=True)
    with pytest.raises(Exception, match="damaged"):
        places(folder)
    run("backup", folder)
    assert places(folder)[f"media/{item.file.name}"] == item.sha256


def test_a_good_copy_outlives_a_damaged_original(folder: Path) -> None:
    item = add("red")
    run("backup", folder)
    Path(item.file.path).write_bytes(b"damaged")
    assert "damaged" not in run("backup", folder)
    assert places(folder)[f"media/{item.file.name}"] == item.sha256


def test_what_the_gallery_lacks_is_said(target: Path) -> None:
    lost, harmed, tileless = add("red"), add("blue"), add("green")
    default_storage.delete(lost.file.name)
    Path(harmed.file.path).write_bytes(b"damaged")
    default_storage.delete(derived_name(tileless.sha256, "t"))
    printed = run("backup", target)
    assert f"1 originals are missing, so they are not in this backup: #{lost.pk}" in printed
    assert f"1 originals are damaged, and are in the backup as they are: #{harmed.pk}" in printed
    assert f"check_gallery --fix makes them): #{tileless.pk}" in printed
    with open_backup(target) as backup:
        assert backup.manifest.missing == 1


def test_only_pinned_query_pictures_are_kept(target: Path) -> None:
    def query_picture(name: str) -> QueryPicture:
        later = timezone.now() + timedelta(days=1)
        file = ContentFile(draw("red"), name=f"{name}.webp")
        return QueryPicture.objects.create(sha256="0" * 64, file=file, expires_at=later)

    pinned, other = query_picture("pinned"), query_picture("other")
    saved = SavedSearch.objects.create(name="Red", owner=User.objects.create_user("ann"))
    saved.pictures.add(pinned)
    run("backup", target)
    assert [place for place in places(target) if place.startswith("queries/")] == ["queries/pinned.webp"]
    assert QueryPicture.objects.count() == 2
    assert Path(other.file.path).exists()


def test_what_is_deleted_after_the_snapshot_is_in_neither(
    target: Path, settings: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """Its row is in the snapshot and its files are gone: the row, and what points to it, is dropped."""
    add("red", tags=["sea"])
    doomed = add("blue", tags=["sea"])
    images = making.images

    def deleting(alias: str) -> Any:
        doomed.delete()
        return images(alias)

    monkeypatch.setattr(making, "images", deleting)
    assert "1 images, 4 files" in run("backup", target)
    with elsewhere(settings, tmp_path / "restored"):
        run("restore", target)
        assert ImageItem.objects.count() == 1
        assert "agree." in run("check_gallery")


def test_tiles_that_are_made_again_after_the_snapshot_are_taken(
    target: Path, settings: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    item = add("red")
    ImageItem.objects.update(derived_by=0)
    old = ImageItem.objects.get()
    old.store_derived(decode(draw("red")))
    for name in item.files()[1:]:
        default_storage.delete(name)
    images = making.images

    def rederiving(alias: str) -> Any:
        rederive(ImageItem.objects.get())
        return images(alias)

    monkeypatch.setattr(making, "images", rederiving)
    assert "1 images, 4 files" in run("backup", target)
    with elsewhere(settings, tmp_path / "restored"):
        run("restore", target)
        assert ImageItem.objects.get().derived_by == item.derived_by
        assert "agree." in run("check_gallery", deep=True)


def test_taken_under_uploads_and_deletions_it_is_whole(target: Path, settings: Any, tmp_path: Path) -> None:
    for number in range(5):
        add("red", mark=number)
    started, done = threading.Event(), threading.Event()

    def change() -> None:
        number = 5
        while not done.is_set():
            add("red", mark=number)
            ImageItem.objects.order_by("?").first().delete()  # type: ignore[union-attr]
            number += 1
            started.set()
        connections.close_all()

    thread = threading.Thread(target=change)
    thread.start()
    started.wait()
    try:
        printed = run("backup", target)
    finally:
        done.set()
        thread.join()
    assert "missing" not in printed
    with elsewhere(settings, tmp_path / "restored"):
        assert "Next: manage.py serve" in run("restore", target)
        assert ImageItem.objects.count() <= 6
        assert "agree." in run("check_gallery", deep=True)


def test_one_that_is_stopped_or_fails_leaves_the_earlier_one(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("red")
    run("backup", target)
    before = places(target)
    add("blue")

    def fail(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(making.BackupRun, "finish", fail)
        assert "exit 1: The backup failed: [Errno 28] No space left on device." in run("backup", target)
    with monkeypatch.context() as patch:
        patch.setattr(making.BackupRun, "copy_files", lambda *_: (_ for _ in ()).throw(Stopped))
        assert "exit 130: Stopped." in run("backup", target)
    assert places(target) == before
    assert [path.name for path in target.parent.rglob(".*")] == []
    run("backup", target)
    assert len(places(target)) == len(before) + 3


def test_one_that_was_killed_leaves_the_earlier_one(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("red")
    run("backup", target)
    before = places(target)
    add("blue")
    with monkeypatch.context() as patch:  # nothing is put in order
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        patch.setattr(writing.FolderTarget, "finish", lambda *_: (_ for _ in ()).throw(SystemExit))
        patch.setattr(writing.TarTarget, "finish", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            run("backup", target)
    assert places(target) == before
    run("backup", target)
    assert len(places(target)) == len(before) + 3
    assert [path.name for path in target.parent.rglob(".*")] == []


def test_what_reads_back_otherwise_is_no_backup(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("red")
    replace = os.replace

    def damaging(source: Any, to: Any) -> None:
        if str(to).endswith(".png"):
            Path(source).write_bytes(b"damaged")
        replace(source, to)

    append = writing.TarTarget._append

    def damaging_tar(self: Any, part: Path, name: str) -> None:
        if name.endswith(".png"):
            part.write_bytes(b"x" * part.stat().st_size)
        append(self, part, name)

    monkeypatch.setattr(os, "replace", damaging)
    monkeypatch.setattr(writing.TarTarget, "_append", damaging_tar)
    assert "exit 1" in run("backup", target)
    assert not target.is_file()
    assert not (target / "manifest.json").exists()


def test_a_damaged_database_is_no_backup(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(database: Path) -> None:
        raise making.StorageFull("The database is damaged")

    monkeypatch.setattr("gallery.backups.database.check", fail)
    assert "exit 1: The database is damaged" in run("backup", target)
    assert not target.is_file()


@pytest.mark.parametrize("error", [sqlite3.OperationalError, OperationalError])
def test_a_database_that_cannot_be_copied_is_said(
    target: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: Any) -> Any:
        raise error("database or disk is full")

    monkeypatch.setattr(making, "snapshot", fail)
    assert "exit 1: The backup failed: database or disk is full." in run("backup", target)
    assert not target.is_file()


def test_a_place_inside_the_gallery_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    (tmp_path / "link").symlink_to(settings.DATA_DIR)
    for place in ("data", "data/backup", "data/backup.tar", "link/backup", "data/../data/backup", "."):
        assert "is not apart from" in run("backup", tmp_path / place)


def test_other_peoples_things_are_left_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("things")
    (place / "letter.txt").write_text("Dear Ann")
    (place / "letters.tar").write_bytes(b"not a tar")
    with tarfile.open(place / "other.tar", "w") as archive:
        archive.add(place / "letter.txt", "letter.txt")
    before = hashes(place)
    for name in ("", "letter.txt", "letters.tar", "other.tar", "missing/backup.tar", "letter.txt/backup"):
        assert "exit 1" in run("backup", place / name)
    assert hashes(place) == before


def test_two_at_once_do_not_disturb_each_other(target: Path) -> None:
    with writing.target_at(target, quick=False):
        assert "Another backup is being written" in run("backup", target)


def test_a_disk_without_room_is_said_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("red")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    assert "1.0 kB free" in run("backup", folder)
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_it_is_for_its_owner_alone(target: Path) -> None:
    add("red")
    run("backup", target)
    files = [path for path in [target, *target.rglob("*")] if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_on_tidb_the_pictures_are_copied_and_its_tools_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = add("red")
    monkeypatch.setattr(making, "database_file", lambda connection: None)
    printed = run("backup", folder)
    assert "br backup full" in printed
    assert set(places(folder)) == {f"media/{name}" for name in item.files()}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["database"].startswith(connection.vendor)
    assert "TiDB's own tools" in run("restore", folder)


def test_the_target_finds_again_what_it_has(folder: Path) -> None:
    folder.mkdir()
    with writing.target_at(folder, quick=False) as target:
        assert isinstance(target, FolderTarget)
        once = target.add("media/a.png", [b"same"])
        assert target.add("media/b.png", [b"sa", b"me"]).sha256 == once.sha256
        assert (target.copied, target.kept) == (1, 0)
