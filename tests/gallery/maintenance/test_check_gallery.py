"""Rows, files, vectors and words agree, and where they do not, it is said and fixed."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from gallery.maintenance import consistency
from gallery.models import Embedding, ImageItem, QueryPicture, Tag, Term
from imagesearch.images.storage import derived_name, original_name
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)


def run(*, fix: bool = False) -> str:
    out = StringIO()
    try:
        call_command("check_gallery", stdout=out, fix=fix)
    except CommandError as error:
        out.write(f"exit {error.returncode}: {error}\n")
    return out.getvalue()


def fixed(sentence: str) -> None:
    """The fault is said, fixed, and then gone."""
    assert sentence in run()
    assert "(1 fixed)" in run(fix=True)
    assert "agree." in run()
    assert "exit" not in run()


def put_file(name: str, hours: float) -> str:
    default_storage.save(name, ContentFile(b"left behind"))
    os.utime(default_storage.path(name), (time.time() - hours * 3600,) * 2)
    return name


def without_constraints(sql: str, *values: Any) -> None:
    """Write what the database itself would refuse, as a lost constraint or another program could."""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_gallery_in_order_is_said_to_be_so() -> None:
    add("red")
    add("blue", tags=["sea"], owner=User.objects.create_user("ann"))
    assert run() == "2 images: 2 searchable, 0 waiting, 0 failed.\nRows, files, vectors and words agree.\n"


def test_what_waits_or_failed_is_no_fault(settings: Any) -> None:
    settings.EMBED_ON_SAVE = "worker"
    add("red")
    failed = add("blue")
    ImageItem.objects.filter(pk=failed.pk).update(state="failed", reason="The server is away.")
    assert run().startswith("2 images: 0 searchable, 1 waiting, 1 failed.\nRows, files")


def test_a_missing_file_is_marked_and_no_longer_found() -> None:
    item = add("red", name="Red door.png")
    default_storage.delete(item.file.name)
    fixed(f"1 images whose own file is missing, such as #{item.pk} Red door")
    item.refresh_from_db()
    assert (item.state, item.reason[:12]) == ("failed", "file missing")
    assert not Embedding.objects.exists()
    assert "1 failed, 1 of them because their file is missing or damaged" in run()


def test_smaller_pictures_are_made_again() -> None:
    item = add("red")
    tile = derived_name(item.sha256, "t")
    default_storage.delete(tile)
    fixed("1 images without their smaller pictures")
    assert default_storage.exists(tile)


def test_what_cannot_be_fixed_is_left_to_a_person() -> None:
    item = add("red")
    default_storage.delete(derived_name(item.sha256, "t"))
    with open(default_storage.path(item.file.name), "wb") as file:
        file.write(b"no picture any more")
    printed = run(fix=True)
    assert "(0 fixed)" in printed
    assert f"  #{item.pk} red: " in printed
    assert "exit 1: 1 things do not agree; the reasons are above." in printed


@pytest.mark.parametrize(
    "name",
    [
        original_name("ab" * 32, ".jpg"),
        derived_name("cd" * 32, "v"),
        "originals/stray.jpg",
        "derived/strange/x.webp",
    ],
)
def test_files_without_an_image_are_deleted_when_they_are_old(name: str) -> None:
    put_file(name, hours=2)
    fixed(f"1 files without an image, such as {name}")
    assert not default_storage.exists(name)


def test_a_young_file_may_be_about_to_get_its_row() -> None:
    name = put_file(original_name("ab" * 32, ".jpg"), hours=0.5)
    assert "agree." in run(fix=True)
    assert default_storage.exists(name)


def test_a_searchable_image_without_a_vector_is_queued() -> None:
    item = add("red")
    Embedding.objects.all().delete()
    fixed(f"1 searchable images without a vector, such as #{item.pk}")
    assert ImageItem.objects.get().state == "pending"


def test_the_vector_of_what_failed_for_good_is_forgotten() -> None:
    add("red")
    ImageItem.objects.update(state="failed", reason="The model does not like this.")
    fixed("1 vectors of images that failed or are gone")
    assert not Embedding.objects.exists()


def test_an_image_that_waits_keeps_its_old_vector() -> None:
    add("red")
    ImageItem.objects.all().requeue()
    assert "agree." in run()


def test_words_are_brought_up_to_date() -> None:
    item = add("red", name="door.png")
    ImageItem.objects.update(title="Window")
    fixed(f"1 images whose words are out of date, such as #{item.pk}")
    assert set(Term.objects.values_list("term", flat=True)) == {"window", "door"}


def test_links_that_lead_nowhere_are_deleted() -> None:
    item = add("red", tags=["sea"])
    without_constraints("INSERT INTO gallery_imageitem_tags (imageitem_id, tag_id) VALUES (%s, 999)", item.pk)
    fixed("1 links to tags or images that are gone")
    assert [tag.name for tag in item.tags.all()] == ["sea"]


def test_an_owner_who_is_gone_is_nobody() -> None:
    add("red", owner=User.objects.create_user("ann"))
    without_constraints("DELETE FROM auth_user")
    fixed("1 images whose owner is gone")
    assert ImageItem.objects.get().owner_id is None


def test_words_and_vectors_of_nothing_are_deleted() -> None:
    add("red", name="door.png")
    without_constraints("DELETE FROM gallery_imageitem")
    printed = run(fix=True)
    assert "1 vectors of images that failed or are gone (1 fixed)" in printed
    assert "1 words of images that are gone (1 fixed)" in printed
    assert not Term.objects.exists()


def test_leases_of_dead_processes_are_taken_back() -> None:
    add("red")
    ImageItem.objects.update(state="pending", lease_until=timezone.now() - timedelta(minutes=1))
    fixed("1 leases that are over")


def test_a_lease_that_a_wrong_clock_gave_is_taken_back() -> None:
    add("red")
    ImageItem.objects.update(state="pending", lease_until=timezone.now() + timedelta(days=365))
    fixed("1 leases that are over")


def test_unfinished_files_are_put_away(settings: Any) -> None:
    part = settings.TMP_ROOT / "upload.tmp"
    part.touch()
    os.utime(part, (time.time() - 7200,) * 2)
    fixed("1 unfinished files")
    assert not part.exists()


def test_a_query_picture_without_a_file_is_forgotten() -> None:
    picture = QueryPicture.objects.create(
        sha256="0" * 64,
        file=ContentFile(draw("red"), name="q.png"),
        expires_at=timezone.now() + timedelta(days=1),
    )
    os.remove(picture.file.path)
    fixed("1 query pictures without a file")


def test_a_bucket_is_checked_as_a_folder_is(settings: Any, monkeypatch: Any) -> None:
    boto3 = pytest.importorskip("boto3", reason="S3 is an extra")
    moto = pytest.importorskip("moto", reason="needs a stand-in for S3")
    with moto.mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="pictures")
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {
                "BACKEND": "imagesearch.images.s3.ContentS3Storage",
                "OPTIONS": {
                    "bucket_name": "pictures",
                    "region_name": "us-east-1",
                    "access_key": "key",
                    "secret_key": "secret",
                },
            },
        }
        item = add("red")
        monkeypatch.setattr(consistency, "SHARDS", [item.sha256[:2]])  # the stand-in is slow
        assert "agree." in run()
        default_storage.delete(derived_name(item.sha256, "v"))
        fixed("1 images without their smaller pictures")
        default_storage.delete(item.file.name)
        fixed("1 images whose own file is missing")


def test_the_number_of_queries_does_not_grow_with_the_images(django_assert_max_num_queries: Any) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(10_000) as captured:
            consistency.check(fix=False)
        return len(captured)

    for number in range(3):
        add("red", mark=number, tags=["sea"])
    few = queries()
    for number in range(3, 20):
        add("red", mark=number, tags=["sea"])
    assert queries() == few
    assert Tag.objects.count() == 1
