"""Every byte of the pictures is read, and what is damaged is made again, taken from a backup, or marked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.storage import default_storage
from PIL import Image

from gallery.ingest import intake
from gallery.models import Embedding, ImageItem
from imagesearch.images.storage import derived_name
from tests.conftest import add, draw
from tests.gallery.support.backups import run

pytestmark = pytest.mark.django_db(transaction=True)

Damage = Callable[[bytes], bytes]

ALWAYS: dict[str, Damage] = {"empty": lambda content: b""}
"""Found by sizes alone."""
DEEP: dict[str, Damage] = {
    "overwritten": lambda content: content[:60] + b"\0" * 200 + content[260:],
    "a bit": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"x",
    "another picture": lambda content: draw("blue"),
    "zeros": lambda content: b"\0" * len(content),
}
SMALLER: dict[str, Damage] = {
    "cut": lambda content: content[: len(content) // 2],
    "a byte short": lambda content: content[:-1],
    "only its head": lambda content: content[:30],
    "zeros": lambda content: b"\0" * len(content),
    "no picture": lambda content: b"no picture",
    "another kind": lambda content: draw("red"),
}


def harm(name: str, how: Damage) -> None:
    path = Path(default_storage.path(name))
    path.write_bytes(how(path.read_bytes()))


def content_of(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


@pytest.fixture
def item() -> ImageItem:
    return add("red", size=(900, 600))


@pytest.fixture
def backup(item: ImageItem, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of that one image; its database is left out, so that this works on TiDB, too."""
    path = tmp_path_factory.mktemp("elsewhere") / "backup"
    run("backup", path)
    return path


def test_a_gallery_in_order_is_said_to_be_so(item: ImageItem) -> None:
    assert run("check_gallery", deep=True).endswith("Rows, files, vectors and words agree.\n")


@pytest.mark.parametrize("how", DEEP.values(), ids=DEEP)
def test_an_original_that_is_not_what_was_added(item: ImageItem, how: Damage) -> None:
    harm(item.file.name, how)
    assert "agree." in run("check_gallery")
    assert f"1 images whose own file is damaged, such as #{item.pk}" in run("check_gallery", deep=True)
    assert "(1 fixed)" in run("check_gallery", deep=True, fix=True)
    item.refresh_from_db()
    assert (item.state, item.reason[:13]) == ("failed", "file damaged:")
    assert not Embedding.objects.exists()
    assert "1 of them because their file is missing or damaged" in run("check_gallery", deep=True)
    assert "exit" not in run("check_gallery", deep=True)


@pytest.mark.parametrize("how", [*ALWAYS.values(), *DEEP.values()], ids=[*ALWAYS, *DEEP])
def test_an_original_is_taken_from_a_backup(item: ImageItem, backup: Path, how: Damage) -> None:
    before = content_of(item.file.name)
    harm(item.file.name, how)
    assert "own file is damaged (1 fixed)" in run("check_gallery", deep=True, fix=True, backup=backup)
    assert content_of(item.file.name) == before
    item.refresh_from_db()
    assert item.state == "ready"
    assert "exit" not in run("check_gallery", deep=True)


def test_what_was_marked_before_is_taken_from_a_backup_too(item: ImageItem, backup: Path) -> None:
    default_storage.delete(item.file.name)
    run("check_gallery", fix=True)
    assert ImageItem.objects.get().state == "failed"
    assert "own file is missing (1 fixed)" in run("check_gallery", fix=True, backup=backup)
    assert ImageItem.objects.get().state == "ready"
    assert Embedding.objects.count() == 1
    assert "exit" not in run("check_gallery", deep=True)


def test_a_file_that_has_come_back_is_embedded_again(item: ImageItem) -> None:
    content = content_of(item.file.name)
    default_storage.delete(item.file.name)
    run("check_gallery", fix=True)
    Path(default_storage.path(item.file.name)).write_bytes(content)
    assert "1 images whose file is there again (1 fixed)" in run("check_gallery", fix=True)
    assert ImageItem.objects.get().state == "ready"
    assert "exit" not in run("check_gallery", deep=True)


def test_a_backup_whose_copy_is_damaged_is_not_taken(item: ImageItem, backup: Path) -> None:
    (copy,) = backup.rglob("*.png")
    copy.write_bytes(b"x" * copy.stat().st_size)
    default_storage.delete(item.file.name)
    run("check_gallery", fix=True, backup=backup)
    assert ImageItem.objects.get().reason.startswith("file missing")
    assert not default_storage.exists(item.file.name)


def test_all_pictures_are_lost_and_come_back_from_a_backup(item: ImageItem, backup: Path) -> None:
    """As on TiDB, after its own tools have restored the database."""
    shutil.rmtree(project.MEDIA_ROOT / "originals")
    shutil.rmtree(project.MEDIA_ROOT / "derived")
    assert "--from BACKUP" in run("check_gallery", fix=True)  # rather than to call all images lost
    assert ImageItem.objects.get().state == "ready"
    run("check_gallery", fix=True, backup=backup)
    assert "exit" not in run("check_gallery", deep=True)


def test_a_damaged_original_is_healed_by_adding_it_again(item: ImageItem) -> None:
    content = content_of(item.file.name)
    harm(item.file.name, DEEP["overwritten"])
    run("check_gallery", deep=True, fix=True)
    assert not intake.take(content, name="red.png").created
    assert content_of(item.file.name) == content
    assert ImageItem.objects.get().state == "ready"
    assert "exit" not in run("check_gallery", deep=True)


@pytest.mark.parametrize("kind", ["t", "v"])
@pytest.mark.parametrize("how", ALWAYS.values(), ids=ALWAYS)
def test_an_empty_tile_or_view_is_always_found(item: ImageItem, kind: str, how: Damage) -> None:
    name = derived_name(item.sha256 or "", kind)
    harm(name, how)
    assert f"1 images whose smaller pictures are damaged, such as #{item.pk}" in run("check_gallery")
    assert "(1 fixed)" in run("check_gallery", fix=True)
    assert Image.open(BytesIO(content_of(name))).size[0] > 0
    assert "exit" not in run("check_gallery", deep=True)


@pytest.mark.parametrize("kind", ["t", "v"])
@pytest.mark.parametrize("how", SMALLER.values(), ids=SMALLER)
def test_a_damaged_tile_or_view_is_made_again(item: ImageItem, kind: str, how: Damage) -> None:
    name = derived_name(item.sha256 or "", kind)
    before = content_of(name)
    harm(name, how)
    assert "1 images whose smaller pictures are damaged" in run("check_gallery", deep=True)
    assert "(1 fixed)" in run("check_gallery", deep=True, fix=True)
    assert content_of(name) == before
    assert "exit" not in run("check_gallery", deep=True)


def test_an_empty_original_is_always_found(item: ImageItem) -> None:
    harm(item.file.name, ALWAYS["empty"])
    assert "1 images whose own file is damaged" in run("check_gallery")


def test_a_backup_that_is_none_is_refused(item: ImageItem, tmp_path: Path) -> None:
    assert "There is no backup" in run("check_gallery", fix=True, backup=tmp_path / "nothing")


def test_an_image_that_is_deleted_meanwhile_is_no_fault(item: ImageItem, monkeypatch: Any) -> None:
    real = default_storage.sizes  # type: ignore[attr-defined]

    def deleting(folder: str) -> dict[str, int]:
        found: dict[str, int] = real(folder)
        if found:
            for name in item.files():
                default_storage.delete(name)
        return found

    monkeypatch.setattr(default_storage._wrapped, "sizes", deleting)  # type: ignore[attr-defined]
    run("check_gallery", deep=True, fix=True)
    assert ImageItem.objects.get().state == "ready"


def test_a_bucket_is_read_too(settings: Any, monkeypatch: Any) -> None:
    boto3 = pytest.importorskip("boto3", reason="S3 is an extra")
    moto = pytest.importorskip("moto", reason="needs a stand-in for S3")
    with moto.mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="pictures")
        options = {
            "bucket_name": "pictures",
            "region_name": "us-east-1",
            "access_key": "k",
            "secret_key": "s",
        }
        backend = {
            "BACKEND": "imagesearch.images.s3.ContentS3Storage",
            "OPTIONS": {**options, "location": "below"},
        }
        settings.STORAGES = {**settings.STORAGES, "default": backend}
        item = add("red")
        monkeypatch.setattr(
            "gallery.maintenance.consistency.SHARDS", [(item.sha256 or "")[:2]]
        )  # the stand-in is slow
        assert "exit" not in run("check_gallery", deep=True)
        client.put_object(Bucket="pictures", Key=f"below/{derived_name(item.sha256 or '', 't')}", Body=b"")
        assert "smaller pictures are damaged (1 fixed)" in run("check_gallery", fix=True)
        client.put_object(Bucket="pictures", Key=f"below/{item.file.name}", Body=b"damaged")
        assert "own file is damaged (1 fixed)" in run("check_gallery", deep=True, fix=True)
        intake.take(draw("red"), name="red.png")
        assert "exit" not in run("check_gallery", deep=True)
