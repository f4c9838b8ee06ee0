"""A restored gallery is the one that was backed up; a damaged or foreign backup restores nothing."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from gallery.backups import archive, restoring
from gallery.models import Embedding, ImageItem, Term
from tests.conftest import add, draw
from tests.gallery.support.backups import elsewhere, hashes, run
from tests.support.embedder import ColourEmbedder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(params=["backup", "backup.tar"])
def backup(request: Any, place: Path) -> Path:
    """A backup of a gallery of three images, a folder and a file."""
    (project.DATA_DIR / "secret_key").write_text("the key of the backup")
    for colour in ("red", "blue", "green"):
        add(colour, tags=["sea"], owner=User.objects.get_or_create(username="ann")[0])
    path = place / str(request.param)
    run("backup", path)
    return path


def hits(query: str) -> list[tuple[int, float]]:
    return [(hit.pk, round(hit.score, 6)) for hit in ImageItem.objects.search(query)[:10]]  # type: ignore[arg-type]


def test_the_restored_gallery_is_the_same(
    backup: Path, settings: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same bytes, same rows, same hits, and no picture is embedded again."""
    media, rows, found = hashes(project.MEDIA_ROOT), list(ImageItem.objects.values()), hits("red")

    def embed(self: Any, images: Any) -> Any:
        raise AssertionError("A picture is embedded again.")

    with elsewhere(settings, place / "new"), monkeypatch.context() as patch:
        patch.setattr(ColourEmbedder, "embed_images", embed)
        printed = run("restore", backup)
        assert "3 images" in printed
        assert "Next: manage.py serve" in printed
        assert hashes(project.MEDIA_ROOT) == media
        assert list(ImageItem.objects.values()) == rows
        assert hits("red") == found
        assert (project.DATA_DIR / "secret_key").read_text() == "the key of the backup"
        assert "agree." in run("check_gallery")
        assert {path.name for path in project.DATA_DIR.iterdir()} <= {
            *("media", "tmp", "secret_key"),
            *("gallery.sqlite3", "gallery.sqlite3-wal", "gallery.sqlite3-shm"),
        }


def test_what_was_in_the_middle_of_something_is_settled(settings: Any, place: Path) -> None:
    """The snapshot was taken while an image was being embedded, and another's words were about to follow."""
    later = timezone.now() + timedelta(seconds=30)
    ImageItem.objects.filter(pk=add("red").pk).update(state="pending", lease_until=later)
    ImageItem.objects.filter(pk=add("blue").pk).update(title="Sea")
    run("backup", place / "backup")
    with elsewhere(settings, place / "new"):
        run("restore", place / "backup")
        assert not ImageItem.objects.exclude(lease_until=None).exists()
        assert Term.objects.filter(term="sea").exists()
        Embedding.objects.filter(image__state="pending").delete()
        assert "agree." in run("check_gallery", deep=True)


def test_a_fresh_key_and_empty_folders_are_no_gallery(backup: Path, settings: Any, place: Path) -> None:
    with elsewhere(settings, place / "new") as folder:
        for name in ("media/originals/ab", "queries", "tmp"):
            (folder / name).mkdir(parents=True)
        (folder / "tmp/upload").touch()
        (folder / "secret_key").write_text("fresh")
        (folder / "gallery.sqlite3").touch()
        assert "Next:" in run("restore", backup)
        assert (folder / "secret_key").read_text() == "the key of the backup"
        assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name", ["gallery.sqlite3", "gallery.sqlite3-wal", "media/originals/ab/x.jpg", "queries/x.webp"]
)
def test_a_gallery_is_never_overwritten(backup: Path, settings: Any, place: Path, name: str) -> None:
    with elsewhere(settings, place / "new") as folder:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"somebody's")
        before = hashes(folder)
        assert "exit 1" in run("restore", backup)
        assert hashes(folder) == before


def damage(path: Path, ending: str, how: Callable[[bytes], bytes | None]) -> None:
    """Change a content of a backup whose name ends so; None takes it away."""
    if path.is_dir():
        part = next(each for each in sorted(path.rglob("*")) if each.name.endswith(ending))
        changed = how(part.read_bytes())
        part.unlink() if changed is None else part.write_bytes(changed)
        return
    with tarfile.open(path) as old:
        members = [(member, old.extractfile(member).read()) for member in old]  # type: ignore[union-attr]
    done = False
    with tarfile.open(path, "w") as new:
        for member, content in members:
            kept: bytes | None = content
            if member.name.endswith(ending) and not done:
                kept, done = how(content), True
            if kept is not None:
                member.size = len(kept)
                new.addfile(member, io.BytesIO(kept))


def flip(content: bytes) -> bytes:
    """One bit in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "a bit": flip,
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"x",
    "empty": lambda content: b"",
    "gone": lambda content: None,
}


@pytest.mark.parametrize("how", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("ending", [".png", ".webp", ".sqlite3", ".jsonl", "manifest.json"])
def test_a_damaged_backup_restores_nothing(
    backup: Path, settings: Any, place: Path, ending: str, how: Callable[[bytes], bytes | None]
) -> None:
    damage(backup, ending, how)
    with elsewhere(settings, place / "new") as folder:
        printed = run("restore", backup)
        assert printed.startswith("exit 1: ")
        assert list(folder.rglob("*")) == []


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_tar_file_that_is_cut_restores_nothing(
    backup: Path, settings: Any, place: Path, share: float
) -> None:
    if backup.is_dir():
        return
    content = backup.read_bytes().rstrip(b"\0")
    backup.write_bytes(content[: int(len(content) * share)])
    with elsewhere(settings, place / "new") as folder:
        assert "exit 1" in run("restore", backup)
        assert list(folder.rglob("*")) == []


def as_manifest(**changes: Any) -> Callable[[bytes], bytes]:
    """Another manifest, whose sum is right."""

    def change(content: bytes) -> bytes:
        values = {**json.loads(content), **changes}
        del values["sha256"]
        return json.dumps({**values, "sha256": archive._sum(values)}).encode()

    return change


@pytest.mark.parametrize("name", ["created", "images", "missing", "model", "database"])
def test_a_value_of_the_manifest_that_changed_is_found(
    backup: Path, settings: Any, place: Path, name: str
) -> None:
    damage(backup, "manifest.json", lambda content: content.replace(f'"{name}": '.encode(), b'"x": 1, ', 1))
    with elsewhere(settings, place / "new"):
        assert "manifest.json of this backup cannot be read" in run("restore", backup)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 2}, "has format 2"),
        (
            {"migrations": [["gallery", "9999_later"]]},
            "newer version of this program (it has gallery.9999",
        ),
        ({"migrations": 7}, "cannot be read"),
        ({"list": None}, "cannot be read"),
        ({"list": {"place": "../x", "sha256": "0" * 64, "size": 1}}, "cannot be read"),
        ({"surprise": 1}, "cannot be read"),
        ({"database": "tidb://root@tidb:4000/gallery"}, "tidb://root@tidb:4000/gallery"),
    ],
)
def test_a_manifest_that_this_version_cannot_follow(
    backup: Path, settings: Any, place: Path, changes: dict[str, Any], sentence: str
) -> None:
    damage(backup, "manifest.json", as_manifest(**changes))
    with elsewhere(settings, place / "new") as folder:
        assert sentence in run("restore", backup)
        assert list(folder.rglob("*")) == []


@pytest.mark.parametrize(
    "name",
    [
        *("../../escaped", "/tmp/escaped", "media/../../escaped", "media//x", "media/./x", "media/.hidden"),
        *("media\\..\\x", "C:/x", "moving.json", "static/x.js", "media", "secret_key/x", "media/a\n", ""),
    ],
)
def test_a_place_outside_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        archive._entry({"place": name, "sha256": "0" * 64, "size": 1})


def member(name: str, **values: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in values.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    "strange",
    [
        member("../escaped"),
        member("/tmp/escaped"),
        member("files/ab/../../../escaped"),
        member("files/ab", type=tarfile.DIRTYPE),
        member(f"files/ab/ab{'0' * 62}.png", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member(f"files/ab/ab{'0' * 62}.png", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        member(f"files/ab/ab{'0' * 62}.png", type=tarfile.FIFOTYPE),
        member(f"files/cd/ab{'0' * 62}.png"),
        member("manifest.json"),
    ],
    ids=lambda info: f"{info.name[:24]} {info.type!r}",
)
def test_a_tar_file_with_anything_else_is_refused(
    backup: Path, settings: Any, place: Path, strange: tarfile.TarInfo
) -> None:
    if backup.is_dir():
        return
    with tarfile.open(backup, "a") as changed:
        changed.addfile(strange, io.BytesIO())
    with elsewhere(settings, place / "new") as folder:
        assert "is not a backup of a gallery" in run("restore", backup)
        assert list(folder.rglob("*")) == []


def test_a_link_in_a_folder_is_not_followed(backup: Path, settings: Any, place: Path) -> None:
    if backup.is_file():
        return
    (path,) = [path for path in backup.rglob("*.png") if path.read_bytes() == draw("red")]
    shutil.move(path, place / "red.png")
    path.symlink_to(place / "red.png")
    with elsewhere(settings, place / "new"):
        assert "is not a file" in run("restore", backup)


def test_what_is_no_backup_is_said(place: Path) -> None:
    (place / "empty").mkdir()
    (place / "text.tar").write_text("no tar file")
    (place / "nothing.tar").touch()
    for name in ("missing", "missing.tar", "empty", "text.tar", "nothing.tar"):
        assert run("restore", place / name).startswith("exit 1: ")


def test_a_restore_that_was_killed_goes_on(
    backup: Path, settings: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = hashes(project.MEDIA_ROOT)
    with elsewhere(settings, place / "new") as folder:
        moved: list[Path] = []
        move = restoring.move

        def moving(path: Path, target: Path) -> None:
            if len(moved) == 4:
                raise SystemExit
            moved.append(target)
            move(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(restoring, "move", moving)
            with pytest.raises(SystemExit):
                run("restore", backup)
        assert not (folder / "gallery.sqlite3").exists()
        assert "Next:" in run("restore", backup)
        assert hashes(project.MEDIA_ROOT) == media
        assert not (folder / restoring.FOLDER).exists()


def test_a_disk_that_fills_up_restores_nothing_and_it_goes_on(
    backup: Path, settings: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere(settings, place / "new") as folder:
        with monkeypatch.context() as patch:
            patch.setattr(
                restoring, "check", lambda path: (_ for _ in ()).throw(OSError(28, "No space left"))
            )
            assert "Nothing is restored" in run("restore", backup)
        assert not (folder / "gallery.sqlite3").exists()
        assert not (folder / "media").exists()
        assert "Next:" in run("restore", backup)


def test_without_room_nothing_is_begun(
    backup: Path, settings: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere(settings, place / "new") as folder:
        monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1000))
        assert "1.0 kB free" in run("restore", backup)
        assert list(folder.rglob("*")) == []


def test_on_tidb_it_says_what_to_do(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "database_file", lambda connection: None)
    assert "manage.py move_gallery" in run("restore", backup)


def test_a_bucket_is_backed_up_and_restored(settings: Any, place: Path) -> None:
    boto3 = pytest.importorskip("boto3", reason="S3 is an extra")
    moto = pytest.importorskip("moto", reason="needs a stand-in for S3")

    def use(bucket: str) -> None:
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=bucket)
        options = {"bucket_name": bucket, "region_name": "us-east-1", "access_key": "k", "secret_key": "s"}
        backend = {"BACKEND": "imagesearch.images.s3.ContentS3Storage", "OPTIONS": options}
        settings.STORAGES = {**project.STORAGES, "default": backend}

    with moto.mock_aws():
        use("old")
        item = add("red")
        assert "1 images, 4 files" in run("backup", place / "backup")
        with elsewhere(settings, place / "new"):
            use("new")
            assert "Next:" in run("restore", place / "backup")
            for name in item.files():
                assert default_storage.exists(name)
            assert Embedding.objects.count() == 1
        with elsewhere(settings, place / "newer"):
            use("third")
            default_storage.save("originals/ab/x.jpg", ContentFile(b"x"))
            assert "pictures in the bucket already" in run("restore", place / "backup")
    assert connection.settings_dict["NAME"]
