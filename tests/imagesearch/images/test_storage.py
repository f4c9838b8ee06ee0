"""Files are kept whole or not at all, under names that come from their content, on a disk or in a bucket."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile

from imagesearch.errors import StorageFull, StorageUnavailable
from imagesearch.images.decode import DERIVED_BY
from imagesearch.images.storage import ContentStorage, derived_name, original_name, sweep_tmp
from tests.support.timing import PATIENCE, long_before

SHA = "ab" + "0" * 62
NAME = original_name(SHA, ".jpg")


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def disk(data_dir: Path) -> ContentStorage:
    return ContentStorage(location=data_dir / "media")


@pytest.fixture
def bucket(monkeypatch: Any) -> Iterator[Any]:
    pytest.importorskip("boto3", reason="needs the extra s3")
    moto = pytest.importorskip("moto", reason="needs moto[s3]")
    from imagesearch.images.s3 import ContentS3Storage

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    with moto.mock_aws():
        storage = ContentS3Storage(bucket_name="pictures", region_name="us-east-1", location="gallery")
        storage.connection.create_bucket(Bucket="pictures")
        yield storage


@pytest.fixture(params=["disk", "bucket"])
def storage(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# On a disk and in a bucket alike.


def test_names_come_from_the_content() -> None:
    assert original_name(SHA, ".jpg") == f"originals/ab/{SHA}.jpg"
    assert derived_name(SHA, "t", 0) == f"derived/ab/{SHA}.t.webp"
    assert derived_name(SHA, "v", 2) == f"derived/ab/{SHA}.v2.webp"
    assert derived_name(SHA, "t") == derived_name(SHA, "t", DERIVED_BY)


def test_what_is_saved_can_be_opened_under_its_name(storage: Any) -> None:
    assert storage.save(NAME, ContentFile(b"picture")) == NAME
    assert storage.exists(NAME)
    assert storage.size(NAME) == len(b"picture")
    with storage.open(NAME) as file:
        assert file.read() == b"picture"


def test_saving_under_an_existing_name_is_done_without_writing(storage: Any) -> None:
    storage.save(NAME, ContentFile(b"picture"))
    assert storage.save(NAME, ContentFile(b"never read")) == NAME
    with storage.open(NAME) as file:
        assert file.read() == b"picture"


def test_deleting_a_missing_file_is_fine(storage: Any) -> None:
    storage.save(NAME, ContentFile(b"picture"))
    storage.delete(NAME)
    storage.delete(NAME)
    assert not storage.exists(NAME)


def test_opening_a_missing_file_says_so(storage: Any) -> None:
    with pytest.raises(FileNotFoundError):
        storage.open(NAME)


def test_no_name_leads_out_of_the_storage(storage: Any) -> None:
    with pytest.raises(SuspiciousFileOperation):
        storage.save("../secret.jpg", ContentFile(b"x"))


def test_an_upload_that_lies_on_disk_is_kept_too(storage: Any, data_dir: Path) -> None:
    with TemporaryUploadedFile("x.jpg", "image/jpeg", 7, None) as upload:
        upload.write(b"picture")
        storage.save(NAME, upload)
    with storage.open(NAME) as file:
        assert file.read() == b"picture"


# On a disk.


def test_a_saved_file_leaves_nothing_else(disk: ContentStorage, data_dir: Path) -> None:
    disk.save(NAME, ContentFile(b"picture"))
    assert files(data_dir) == [f"media/{NAME}"]


def test_a_file_and_its_folders_are_made_to_last_before_save_returns(
    disk: ContentStorage, monkeypatch: Any
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def kind(handle: int) -> str:
        path = Path(f"/proc/self/fd/{handle}").resolve()
        return path.suffix or path.name

    monkeypatch.setattr(os, "fsync", lambda handle: (done.append(kind(handle)), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append("rename"), replace(a, b)))
    disk.save(NAME, ContentFile(b"picture"))
    assert done[-3:] == [".part", "rename", "ab"]
    assert {"media", "originals"} <= set(done[:-3])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_nothing_is_kept(
    disk: ContentStorage, data_dir: Path, monkeypatch: Any, number: int
) -> None:
    def fail(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    disk.save(derived_name(SHA, "t"), ContentFile(b"kept before"))
    (data_dir / "media/originals/ab").mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageFull, match="full"):
        disk.save(NAME, ContentFile(b"picture"))
    assert files(data_dir) == [f"media/{derived_name(SHA, 't')}"]


def test_a_failing_disk_is_said_and_nothing_is_kept(
    disk: ContentStorage, data_dir: Path, monkeypatch: Any
) -> None:
    def fail(*paths: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(StorageUnavailable, match="Input/output error"):
        disk.save(NAME, ContentFile(b"picture"))
    assert files(data_dir) == []


def test_a_source_that_fails_half_way_leaves_nothing(disk: ContentStorage, data_dir: Path) -> None:
    class Broken(ContentFile):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield b"half"
            raise RuntimeError("the connection broke")

    with pytest.raises(RuntimeError):
        disk.save(NAME, Broken(b"whole"))
    assert files(data_dir) == []


def test_media_may_be_a_mount_of_its_own(disk: ContentStorage, data_dir: Path, monkeypatch: Any) -> None:
    replace = os.replace

    def across(a: Path, b: Path) -> None:
        if a.parent != b.parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        replace(a, b)

    monkeypatch.setattr(os, "replace", across)
    disk.save(NAME, ContentFile(b"picture"))
    assert files(data_dir) == [f"media/{NAME}"]
    assert (data_dir / "media" / NAME).read_bytes() == b"picture"


def test_many_that_save_the_same_picture_at_once_keep_it_once(disk: ContentStorage, data_dir: Path) -> None:
    content = os.urandom(200_000)
    with ThreadPoolExecutor(16) as pool:
        names = list(pool.map(lambda _: disk.save(NAME, ContentFile(content)), range(64)))
    assert set(names) == {NAME}
    assert files(data_dir) == [f"media/{NAME}"]
    assert (data_dir / "media" / NAME).read_bytes() == content


def test_what_a_crash_left_behind_is_swept_once_it_is_old(data_dir: Path) -> None:
    tmp = data_dir / "tmp"
    tmp.mkdir(exist_ok=True)
    for name in ("old.part", "old.upload.jpg", "new.part"):
        (tmp / name).write_bytes(b"half")
    two_hours_ago = time.time() - 7200
    for path in tmp.glob("old.*"):
        os.utime(path, (two_hours_ago, two_hours_ago))
    assert sweep_tmp(timedelta(hours=1)) == 2
    assert files(tmp) == ["new.part"]


def test_sweeping_needs_no_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "not yet"
    assert sweep_tmp(timedelta(0)) == 0


# In a bucket.


def test_a_bucket_shows_nothing_to_strangers(bucket: Any, settings: Any) -> None:
    settings.AWS_DEFAULT_ACL = "public-read"
    settings.AWS_QUERYSTRING_AUTH = False
    settings.AWS_S3_CUSTOM_DOMAIN = "cdn.example"
    strict = type(bucket)(bucket_name="pictures", region_name="us-east-1")
    strict.save(NAME, ContentFile(b"picture"))
    grants = strict.bucket.Object(NAME).Acl().grants
    assert not [grant for grant in grants if "URI" in grant["Grantee"]]
    assert "Signature=" in strict.url(NAME)
    assert "cdn.example" not in strict.url(NAME)


def test_a_bucket_keeps_files_below_its_location_with_their_type(bucket: Any) -> None:
    bucket.save(derived_name(SHA, "t"), ContentFile(b"tile"))
    (entry,) = bucket.bucket.objects.all()
    assert entry.key == f"gallery/{derived_name(SHA, 't')}"
    assert entry.Object().content_type == "image/webp"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (507, "XMinioStorageFull", StorageFull),
        (503, "SlowDown", StorageUnavailable),
        (403, "AccessDenied", StorageUnavailable),
    ],
)
def test_what_a_bucket_says_becomes_our_error(
    bucket: Any, monkeypatch: Any, status: int, code: str, error: type[Exception]
) -> None:
    from botocore.exceptions import ClientError
    from storages.backends.s3 import S3Storage

    def fail(*arguments: Any) -> None:
        response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(response, "PutObject")

    monkeypatch.setattr(S3Storage, "_save", fail)
    with pytest.raises(error):
        bucket.save(NAME, ContentFile(b"picture"))


def test_a_bucket_that_does_not_answer_is_said_soon(settings: Any) -> None:
    pytest.importorskip("boto3", reason="needs the extra s3")
    from imagesearch.images.s3 import ContentS3Storage

    nobody = ContentS3Storage(
        bucket_name="pictures",
        endpoint_url="http://127.0.0.1:9",
        access_key="a",
        secret_key="b",
        region_name="x",
    )
    with long_before(PATIENCE), pytest.raises(StorageUnavailable, match="EndpointConnectionError"):
        nobody.save(NAME, BytesIO(b"picture"))


def test_settings_choose_the_bucket(monkeypatch: Any) -> None:
    """A fresh process, because settings are read once."""
    script = "from imagesearch import settings; print(settings.STORAGES['default']['BACKEND'])"
    monkeypatch.setenv("AWS_STORAGE_BUCKET_NAME", "pictures")
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "imagesearch.images.s3.ContentS3Storage"
