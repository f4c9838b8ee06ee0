"""Room on the disk: the reserve that uploads and searches leave, and the most that query pictures take."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from gallery.ingest.disk_space import MIB, Disk, keep_reserve
from gallery.maintenance import cleanup
from gallery.models import ApiToken, ImageItem, QueryPicture, SavedSearch
from gallery.pictures import features
from gallery.search import query_pictures
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import StorageFull
from imagesearch.query import Picture
from tests.conftest import draw

GIB = 1024 * MIB


def pretend(monkeypatch: Any, free: float, total: float = 100 * GIB) -> None:
    monkeypatch.setattr(Disk, "now", classmethod(lambda cls, storage=None: cls(int(total), int(free))))


@pytest.mark.parametrize(("free", "taken"), [(100 * MIB + 999, False), (100 * MIB + 1000, True)])
def test_a_reserve_stays_free(monkeypatch: Any, settings: Any, free: int, taken: bool) -> None:
    settings.MIN_FREE_MB = 100
    pretend(monkeypatch, free)
    if taken:
        keep_reserve(1000)
    else:
        with pytest.raises(StorageFull, match="100 MB free, of which 100 MB are reserved"):
            keep_reserve(1000)


def test_of_a_small_disk_a_tenth_is_enough(monkeypatch: Any, settings: Any) -> None:
    settings.MIN_FREE_MB = 500
    pretend(monkeypatch, 110 * MIB, total=1000 * MIB)
    keep_reserve(10 * MIB)
    with pytest.raises(StorageFull):
        keep_reserve(10 * MIB + 1)


def test_without_a_reserve_the_disk_may_be_filled(monkeypatch: Any, settings: Any) -> None:
    settings.MIN_FREE_MB = 0
    pretend(monkeypatch, 10)
    keep_reserve(10)


def test_pictures_that_are_not_on_this_machine_need_no_reserve(monkeypatch: Any, settings: Any) -> None:
    class Bucket:
        def path(self, name: str) -> str:
            raise NotImplementedError

    settings.MIN_FREE_MB = 10**9
    keep_reserve(1, Bucket())  # type: ignore[arg-type]


@pytest.mark.django_db
def test_every_way_in_is_answered_507_and_leaves_nothing(
    client: Client, monkeypatch: Any, settings: Any, staff: User
) -> None:
    pretend(monkeypatch, 10 * MIB)
    client.force_login(staff)
    token = {"HTTP_AUTHORIZATION": f"Bearer {ApiToken.issue(staff)}"}

    def send(path: str, name: str, **extra: Any) -> Any:
        return client.post(path, {name: SimpleUploadedFile("red.png", draw("red"))}, **extra)

    answers = [
        send("/add/", "image"),
        send("/add/", "image", HTTP_ACCEPT="application/json"),
        send("/api/images", "image", **token),
        send("/search/picture", "picture"),
    ]
    assert [answer.status_code for answer in answers] == [507] * 4
    assert "10 MB free" in answers[1].json()["error"]["message"]
    assert answers[2].json()["error"]["code"] == "storage_full"
    by_admin = send("/admin/gallery/imageitem/add/", "picture")
    assert (by_admin.status_code, b"10 MB free" in by_admin.content) == (200, True)
    assert not ImageItem.objects.exists()
    assert not QueryPicture.objects.exists()
    kept = [path for root in (settings.MEDIA_ROOT, settings.QUERY_ROOT) for path in Path(root).rglob("*.*")]
    assert kept == []


@pytest.mark.django_db
def test_what_is_here_already_needs_no_room(client: Client, monkeypatch: Any, uploader: User) -> None:
    client.force_login(uploader)
    for status in (302, 302):
        answer = client.post("/add/", {"image": SimpleUploadedFile("red.png", draw("red"))})
        assert answer.status_code == status
        pretend(monkeypatch, 0)


# --- the total of query pictures -----------------------------------------------------------------------


def kept(mark: int, size: int = MIB, age: int = 0) -> QueryPicture:
    """A query picture that pretends to have so many bytes."""
    return QueryPicture.objects.create(
        sha256=f"{mark:064}",
        size=size,
        file=ContentFile(draw("red", mark=mark), name=f"{mark}.webp"),
        created_at=timezone.now() - timedelta(minutes=age),
        expires_at=timezone.now() + timedelta(hours=1),
    )


def left() -> set[int]:
    return {int(sha256) for sha256 in QueryPicture.objects.values_list("sha256", flat=True)}


@pytest.mark.django_db
def test_the_oldest_go_when_all_together_are_too_large(settings: Any) -> None:
    settings.QUERY_PICTURES_MB = 3
    pictures = [kept(mark, age=10 - mark) for mark in range(5)]
    assert cleanup.sweep_query_pictures() == 2
    assert left() == {2, 3, 4}
    assert [Path(picture.file.path).exists() for picture in pictures] == [False, False, True, True, True]
    assert cleanup.sweep_query_pictures() == 0  # at the limit


@pytest.mark.django_db
def test_a_new_one_makes_its_room_at_once(settings: Any) -> None:
    settings.QUERY_PICTURES_MB = 3
    for mark in range(3):
        kept(mark, age=10 - mark)
    new = query_pictures.keep(Picture(draw("blue"), "mine.png"), get_embedder())
    assert QueryPicture.find(new.token) is not None
    assert new.size == Path(new.file.path).stat().st_size
    assert QueryPicture.objects.exclude(pk=new.pk).count() == 2


@pytest.mark.django_db
def test_what_a_saved_search_needs_stays_and_does_not_count(settings: Any) -> None:
    settings.QUERY_PICTURES_MB = 1
    pinned = [kept(mark, size=5 * MIB, age=30 - mark) for mark in range(3)]
    search = SavedSearch.objects.create(name="mine", query="like=x")
    search.pictures.set(pinned)
    kept(7, age=2)
    kept(8, age=1)
    query_pictures.make_room()
    assert left() == {0, 1, 2, 8}


@pytest.mark.django_db
def test_sizes_that_were_never_noted_are_measured() -> None:
    old, lost = kept(1, size=0), kept(2, size=0)
    Path(lost.file.path).unlink()
    cleanup.sweep_query_pictures()
    old.refresh_from_db()
    assert old.size == len(draw("red", mark=1))


# --- the tile of a query picture -----------------------------------------------------------------------


@pytest.mark.django_db
def test_the_tile_of_a_query_picture_is_made_once(client: Client, monkeypatch: Any) -> None:
    picture = query_pictures.keep(Picture(draw("red"), "mine.png"), get_embedder())
    decoded: list[str] = []
    decode = features.decode
    monkeypatch.setattr(features, "decode", lambda file, name: decoded.append(name) or decode(file, name))
    answers = [client.get(f"/search/picture/{picture.token}") for _ in range(3)]
    client.get("/search/", {"like": picture.token})
    assert [(answer.status_code, answer["Content-Type"]) for answer in answers] == [(200, "image/webp")] * 3
    assert len({answer.content for answer in answers}) == 1
    assert len(decoded) == 1


@pytest.mark.django_db
def test_a_query_picture_whose_file_has_gone_has_no_tile(client: Client) -> None:
    picture = query_pictures.keep(Picture(draw("red"), "mine.png"), get_embedder())
    Path(picture.file.path).unlink()
    assert client.get(f"/search/picture/{picture.token}").status_code == 404
