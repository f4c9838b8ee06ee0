"""A gallery from before an upgrade: its pictures are made again by the worker while it answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from gallery.ingest import indexing
from gallery.maintenance import derived_files
from gallery.maintenance.consistency import check
from gallery.maintenance.worker import Worker
from gallery.models import Embedding, ImageItem, SecondEmbedding
from imagesearch.errors import StorageUnavailable
from imagesearch.images.decode import DERIVED_BY
from imagesearch.images.storage import derived_name
from imagesearch.jobs.graceful_stop import Stop
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)

FACTS = ("width", "height", "dhash", "color", "palette", "damage", "derived_by")


def facts(item: ImageItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in FACTS}


def older(color: str = "red", mark: int = 0) -> ImageItem:
    """An image as version 0 left it: other names, and looks that were wrong."""
    item = add(color, mark=mark)
    for kind in ("t", "v"):
        with default_storage.open(item.derived_name(kind)) as file:
            default_storage.save(derived_name(item.sha256 or "", kind, 0), ContentFile(b"old " + file.read()))
        default_storage.delete(item.derived_name(kind))
    wrong = {"dhash": "0" * 16, "color": "blue", "palette": [], "derived_by": 0}
    ImageItem.objects.filter(pk=item.pk).update(**wrong)
    Embedding.objects.filter(pk=item.pk).update(vector=other_vector(item))
    item.refresh_from_db()
    return item


def other_vector(item: ImageItem) -> Any:
    return -Embedding.objects.get(pk=item.pk).vector


def work() -> None:
    """The worker's steps until nothing is left."""
    worker = Worker(Stop())
    while worker.step():
        pass


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_everything_made_of_older_pictures_is_made_again() -> None:
    right = add("red")
    expected, vector = facts(right), Embedding.objects.get(pk=right.pk).vector
    right.delete()
    item = older("red")
    found_from = item.found_from
    work()
    item.refresh_from_db()
    assert facts(item) == expected
    assert (item.state, item.found_from) == ("ready", found_from)
    assert (Embedding.objects.get(pk=item.pk).vector == vector).all()
    assert all(default_storage.exists(name) for name in item.files())
    assert not default_storage.exists(derived_name(item.sha256 or "", "t", 0))


def test_new_and_current_pictures_are_left_alone() -> None:
    item = add("red")
    assert item.derived_by == DERIVED_BY
    assert derived_files.rederive_batch() == 0


def test_the_old_tile_is_shown_until_the_new_one_is_there_and_then_has_another_address(
    client: Client,
) -> None:
    item = older()
    before = client.get(item.tile_url)
    assert body(before).startswith(b"old ")
    work()
    item.refresh_from_db()
    after = client.get(item.tile_url)
    assert body(after).startswith(b"RIFF")
    assert item.tile_url != before.request["PATH_INFO"]
    assert after["ETag"] != before["ETag"]


def test_an_old_address_shows_the_new_tile(client: Client) -> None:
    item = older()
    address, etag = item.tile_url, client.get(item.tile_url)["ETag"]
    work()
    answer = client.get(address, headers={"If-None-Match": etag})
    assert (answer.status_code, body(answer)[:4]) == (200, b"RIFF")


def test_it_goes_on_where_it_was_stopped(monkeypatch: Any) -> None:
    monkeypatch.setattr(derived_files, "BATCH", 2)
    items = [older("red", mark) for mark in range(3)]
    assert derived_files.rederive_batch() == 2
    assert ImageItem.objects.outdated().count() == 1
    work()
    assert ImageItem.objects.outdated().count() == 0
    assert {item.state for item in ImageItem.objects.filter(pk__in=[item.pk for item in items])} == {"ready"}


def test_one_that_was_stopped_before_its_vector_was_made_gets_it_from_the_queue(monkeypatch: Any) -> None:
    item = older()
    vector = Embedding.objects.get(pk=item.pk).vector
    monkeypatch.setattr(indexing, "index", lambda ids, photos: None)
    derived_files.rederive_batch()
    item.refresh_from_db()
    assert (item.derived_by, item.state) == (DERIVED_BY, "pending")
    assert (Embedding.objects.get(pk=item.pk).vector == vector).all()  # findable meanwhile
    monkeypatch.undo()
    ImageItem.objects.update(created_at=timezone.now() - timedelta(hours=1))
    work()
    assert not (Embedding.objects.get(pk=item.pk).vector == vector).all()


def test_new_uploads_go_first() -> None:
    item = older()
    new = add("blue")
    ImageItem.objects.filter(pk=new.pk).update(
        state="pending", created_at=timezone.now() - timedelta(hours=1)
    )
    assert Worker(Stop()).step()
    new.refresh_from_db()
    item.refresh_from_db()
    assert (new.state, item.derived_by) == ("ready", 0)


def test_a_missing_original_is_said_by_the_state_and_the_rest_goes_on() -> None:
    gone, here = older("red"), older("blue")
    default_storage.delete(gone.file.name)
    work()
    gone.refresh_from_db()
    here.refresh_from_db()
    assert (gone.state, gone.reason) == ("failed", indexing.FILE_MISSING)
    assert here.derived_by == DERIVED_BY
    assert ImageItem.objects.outdated().count() == 0


def test_a_file_that_can_no_longer_be_read_keeps_what_was_made_of_it() -> None:
    item = older()
    default_storage.delete(item.file.name)
    default_storage.save(item.file.name, ContentFile(draw("red")[:60]))
    work()
    item.refresh_from_db()
    assert (item.state, item.derived_by, item.damage) == ("ready", DERIVED_BY, derived_files.UNREADABLE)
    with default_storage.open(item.derived_name("t")) as tile:
        assert tile.read().startswith(b"old ")


def test_a_changed_file_is_not_trusted_even_if_it_can_be_decoded() -> None:
    item = older("red")
    before = facts(item)
    default_storage.delete(item.file.name)
    default_storage.save(item.file.name, ContentFile(draw("blue")))
    vector = Embedding.objects.get(pk=item.pk).vector
    work()
    item.refresh_from_db()
    assert facts(item) == before | {"damage": derived_files.UNREADABLE, "derived_by": DERIVED_BY}
    assert (Embedding.objects.get(pk=item.pk).vector == vector).all()
    with default_storage.open(item.derived_name("t")) as tile:
        assert tile.read().startswith(b"old ")


def test_a_file_that_this_version_refuses_keeps_what_was_made_of_it(settings: Any) -> None:
    item = older()
    settings.MAX_IMAGE_PIXELS = 100
    work()
    item.refresh_from_db()
    assert (item.state, item.derived_by, item.damage) == ("ready", DERIVED_BY, derived_files.NOT_TAKEN)


def test_a_storage_that_is_away_costs_no_picture_its_turn(monkeypatch: Any) -> None:
    item = older()

    def away(*arguments: Any) -> Any:
        raise StorageUnavailable("The storage is away.")

    monkeypatch.setattr(default_storage, "open", away)
    with pytest.raises(StorageUnavailable):
        derived_files.rederive_batch()
    monkeypatch.undo()
    assert ImageItem.objects.outdated().get() == item


def test_vectors_of_a_model_that_does_not_answer_are_dropped_with_the_old_picture() -> None:
    item = older()
    SecondEmbedding.objects.create(image=item, vector=Embedding.objects.get(pk=item.pk).vector)
    work()
    assert not SecondEmbedding.objects.exists()


def test_a_remote_model_is_asked_only_about_pictures_that_look_different(monkeypatch: Any) -> None:
    same, other = add("red"), older("blue")
    default_storage.save(derived_name(same.sha256 or "", "v", 0), ContentFile(view_of(same)))
    ImageItem.objects.filter(pk=same.pk).update(derived_by=0)
    monkeypatch.setattr(type(indexing.active_embedder()), "local", False)
    asked: list[int] = []
    monkeypatch.setattr(indexing, "index", lambda ids, photos: asked.extend(ids))
    derived_files.rederive_batch()
    assert asked == [other.pk]
    assert ImageItem.objects.outdated().count() == 0


def view_of(item: ImageItem) -> bytes:
    with default_storage.open(item.derived_name("v")) as file:
        content: bytes = file.read()
    return content


def test_the_status_page_and_the_api_say_how_many_are_left(client: Client) -> None:
    older()
    assert "1 picture still to be updated" in client.get("/status/").content.decode()
    assert client.get("/api/status").json()["images"]["outdated"] == 1
    work()
    assert "still to be updated" not in client.get("/status/").content.decode()


def test_nothing_is_left_over(curator: User) -> None:
    older()
    work()
    assert [finding.kind for finding in check(fix=False)] == []
