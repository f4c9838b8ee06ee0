"""An empty library gets the sample pictures, each once, however often that is stopped."""

from __future__ import annotations

import os
import time
from io import StringIO
from itertools import count
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from gallery.calibration import measuring
from gallery.ingest.intake import take
from gallery.maintenance.worker import Worker
from gallery.models import ImageItem
from gallery.samples import adding, marker
from gallery.samples.catalogue import Sample, samples
from imagesearch.errors import StorageFull
from imagesearch.jobs import graceful_stop
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)

FEW = samples()[:10]


@pytest.fixture(autouse=True)
def admin(db: None) -> User:
    return User.objects.create_superuser("admin", password="x")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "samples", lambda: FEW)


def add_samples() -> str:
    printed = StringIO()
    call_command("add_samples", stdout=printed, stderr=printed)
    return printed.getvalue()


def names() -> list[str]:
    return sorted(ImageItem.objects.values_list("original_name", flat=True))


ALL = sorted(sample.file for sample in FEW)


def test_an_empty_library_gets_all_of_them_public_described_and_searchable(
    admin: User, settings: Any
) -> None:
    settings.DEFAULT_VISIBILITY = "hidden"
    add_samples()
    assert names() == ALL
    assert not marker.unfinished().exists()
    item = ImageItem.objects.get(original_name=FEW[0].file)
    assert (item.title, item.caption, item.owner) == (FEW[0].title, FEW[0].caption, admin)
    assert {tag.name for tag in item.tags.all()} == set(FEW[0].tags)
    assert item.sha256 == FEW[0].sha256
    assert ImageItem.objects.ready().filter(visibility=ImageItem.Visibility.PUBLIC).count() == len(FEW)


def test_a_library_with_pictures_is_left_alone() -> None:
    add("red")
    add_samples()
    assert names() == ["red.png"]
    assert not marker.unfinished().exists()


def test_what_was_deleted_does_not_come_back() -> None:
    add_samples()
    ImageItem.objects.filter(original_name=FEW[0].file).delete()
    add_samples()
    assert names() == sorted(sample.file for sample in FEW[1:])


def test_a_stopped_start_is_completed_by_the_next_one_beside_what_was_added_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = count()
    with monkeypatch.context() as patch:  # asked to stop after the first batch of eight
        asked = property(lambda stop: next(looks) > 0, lambda *_: None)
        patch.setattr(graceful_stop.Stop, "asked", asked, raising=False)
        with pytest.raises(CommandError) as stopped:
            add_samples()
    assert stopped.value.returncode == 130
    assert 0 < len(names()) < len(FEW)
    add("red")
    add_samples()
    assert names() == sorted([*ALL, "red.png"])
    assert not marker.unfinished().exists()


def test_samples_that_an_earlier_version_drew_as_jpegs_are_not_added_twice(admin: User) -> None:
    marker.begin()
    for sample in FEW[:3]:
        take(sample.path.read_bytes() + b"other bytes", name=f"{sample.name}.jpg", owner=admin)
    add_samples()
    assert len(names()) == len(FEW)


def test_a_picture_of_the_same_name_by_somebody_else_is_no_sample(uploader: User) -> None:
    marker.begin()
    add("red", name=f"{FEW[0].name}.jpg", owner=uploader)
    add_samples()
    assert len(names()) == len(FEW) + 1


def test_a_full_disk_is_said_and_the_next_start_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(needed: int) -> None:
        raise StorageFull("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(adding, "keep_reserve", full)
        with pytest.raises(CommandError, match="disk is full"):
            add_samples()
    add_samples()
    assert names() == ALL


def test_a_sample_that_cannot_be_added_is_named_and_not_tried_forever(settings: Any) -> None:
    def smaller(sample: Sample) -> int:
        return sample.path.stat().st_size

    settings.MAX_IMAGE_BYTES = max(map(smaller, FEW)) - 1
    assert max(FEW, key=smaller).file in add_samples()
    assert len(names()) == len(FEW) - 1
    assert not marker.unfinished().exists()


def test_the_library_says_that_samples_are_coming_and_looks_again_until_they_are_there(
    client: Client,
) -> None:
    marker.begin()
    for page in (client.get("/"), add("red") and client.get("/"), client.get("/?color=red")):
        assert page.context["samples_coming"]  # type: ignore[union-attr]
        assert f'hx-get="{page.wsgi_request.get_full_path()}"' in page.content.decode()  # type: ignore[union-attr]
    add_samples()
    assert not client.get("/").context["samples_coming"]


def test_it_does_not_say_so_where_adding_them_was_interrupted(client: Client) -> None:
    marker.begin()
    long_ago = time.time() - 2 * marker.RECENT
    os.utime(marker.unfinished(), (long_ago, long_ago))
    assert not client.get("/").context["samples_coming"]


def test_the_worker_leaves_calibrating_to_what_adds_samples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Mock(return_value=None)
    monkeypatch.setattr(measuring, "recalibrate", asked)
    marker.begin()
    worker = Worker(graceful_stop.Stop())
    worker.calibrate()
    asked.assert_not_called()
    marker.unfinished().unlink()
    worker.calibrate()
    asked.assert_called_once()
