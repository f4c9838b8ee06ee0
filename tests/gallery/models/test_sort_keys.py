"""Lists by name: the stored key follows the name, however it is written, and old keys are rebuilt."""

from __future__ import annotations

import random
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import Client

from gallery.maintenance.sort_keys import rebuild_batch
from gallery.models import ImageItem, SavedSearch, Tag, sort_keys
from gallery.search.cursors import Cursor
from gallery.text.sort_keys import sort_key
from tests.conftest import add
from tests.gallery.support.api_programs import Api
from tests.gallery.support.many_images import rows

pytestmark = pytest.mark.django_db

NAMES = ["Äpfel", "img1", "img2", "img10", "Zebra"]


def by_name(**params: Any) -> list[str]:
    return [image["title"] for image in Api().get("/api/images", sort="name", **params).json()["results"]]


def through_all_pages(answer: Any) -> list[int]:
    found = [image["id"] for image in answer["results"]]
    while answer["next"]:
        answer = Api().get(answer["next"]).json()
        found += [image["id"] for image in answer["results"]]
    return found


def forget_keys(model: type[Any] = ImageItem) -> None:
    """As after an update from a version without sort keys."""
    model.objects.update(sort_key="")


def rebuild_all() -> None:
    while rebuild_batch():
        pass


def has_right_keys() -> bool:
    return all(
        item.sort_key == sort_key(item.title or item.original_name) for item in ImageItem.objects.all()
    )


def test_images_sort_by_name_as_people_expect(client: Client) -> None:
    for mark, name in enumerate(["img10", "Zebra", "img1", "Äpfel", "img2"]):
        add("red", mark=mark, name=f"{name}.png")
    assert by_name() == NAMES
    assert [item.title for item in client.get("/?sort=name").context["pagination"].items] == NAMES


def test_images_without_a_title_sort_by_the_name_that_is_shown() -> None:
    add("red", name="img3.png")
    untitled = add("red", mark=1, name="img2.png")
    untitled.title = ""
    untitled.save()
    add("red", mark=2, name="img1.png")
    assert by_name() == ["img1", "", "img3"]


def test_equal_names_sort_by_id() -> None:
    ids = [add("red", mark=mark, title=title).pk for mark, title in enumerate(["IMG7", "img007", "img7"])]
    assert [image["id"] for image in Api().get("/api/images", sort="name").json()["results"]] == ids


def test_the_key_follows_every_way_of_writing_a_name() -> None:
    item = add("red", title="before")
    images = ImageItem.objects.filter(pk=item.pk)

    def key() -> str:
        return str(images.values_list("sort_key", flat=True).get())

    item.title = "saved"
    item.save()
    assert key() == sort_key("saved")
    item.title = "columns"
    item.save(update_fields=["title"])
    assert key() == sort_key("columns")
    images.update(title="updated")
    assert key() == sort_key("updated")
    item.title = "many"
    ImageItem.objects.bulk_update([item], ["title"])
    assert key() == sort_key("many")
    ImageItem.objects.only("pk", "title").get(pk=item.pk).save()
    assert key() == sort_key("many")
    ImageItem.objects.bulk_create([ImageItem(title="created", image_uri="https://example.org/a.png")])
    assert ImageItem.objects.get(title="created").sort_key == sort_key("created")


def test_a_name_that_only_the_database_knows_gets_its_key_from_the_worker() -> None:
    item = add("red", title="img")
    ImageItem.objects.update(title=Concat(F("title"), Value("2")))
    assert by_name() == ["img2"]
    rebuild_all()
    item.refresh_from_db()
    assert item.sort_key == sort_key("img2")


def test_a_save_that_leaves_the_title_to_the_fetch_leaves_its_key_too() -> None:
    item = ImageItem.objects.create(image_uri="https://example.org/a.png")
    ImageItem.objects.filter(pk=item.pk).update(title="fetched", original_name="fetched.png")
    item.caption = "edited meanwhile"
    item.save()
    item.refresh_from_db()
    assert (item.title, item.sort_key) == ("fetched", sort_key("fetched"))


def test_a_title_edited_by_the_api_changes_its_place(uploader: User) -> None:
    first, second = (add("red", mark=mark, title=f"b{mark}", owner=uploader) for mark in range(2))
    Api(uploader).patch(f"/api/images/{second.pk}", {"title": "a"})
    assert by_name() == ["a", "b0"]
    first.refresh_from_db()
    assert has_right_keys()


def test_tags_have_their_natural_order_wherever_they_are_listed(admin_client: Client) -> None:
    item = add("red", tags=random.Random(1).sample(NAMES, len(NAMES)))
    assert [tag.name for tag in Tag.objects.all()] == NAMES
    assert [tag.name for tag in item.tags.all()] == NAMES
    assert Api().get(f"/api/images/{item.pk}").json()["tags"] == NAMES
    listed = admin_client.get("/admin/gallery/tag/?o=1").context["cl"].result_list
    assert [tag.name for tag in listed] == NAMES
    menu = admin_client.get("/").context["filters"].tags.choices
    assert [choice.label for choice in menu] == NAMES


def test_the_tags_of_a_further_owner_are_sorted_too(uploader: User) -> None:
    add("red", visibility="hidden", owner=User.objects.create_user("first"))
    add("red", tags=NAMES[::-1], owner=uploader)
    (item,) = ImageItem.objects.visible_to(uploader)
    assert [tag.name for tag in item.tags.all()] == NAMES


def test_a_tag_with_another_spelling_or_name_gets_another_key() -> None:
    (tag,) = Tag.named(["Img 2"])
    tag.spell("IMG  2b")
    assert Tag.objects.get().sort_key == sort_key("IMG  2b")
    tag.name = "img 10"
    tag.save(update_fields=["name", "key"])
    assert Tag.objects.get().sort_key == sort_key("img 10")


def test_saved_searches_have_their_natural_order(uploader: User) -> None:
    for name in reversed(NAMES):
        SavedSearch.objects.create(owner=uploader, name=name, query="q=x")
    assert [saved.name for saved in uploader.saved_searches.all()] == NAMES
    SavedSearch.objects.get(name="img1").write(name="img20", key="img20")
    assert [saved.name for saved in SavedSearch.objects.all()][-2:] == ["img20", "Zebra"]


# --- while keys are rebuilt ----------------------------------------------------------------------


def test_images_sort_by_letters_until_all_keys_are_there() -> None:
    rows(3)
    for name, item in zip(["img10", "img2", "img1"], ImageItem.objects.all(), strict=True):
        ImageItem.objects.filter(pk=item.pk).update(title=name)
    ImageItem.objects.filter(title="img2").update(sort_key="")
    assert by_name() == ["img1", "img10", "img2"]
    rebuild_all()
    assert by_name() == ["img1", "img2", "img10"]
    assert has_right_keys()


@pytest.mark.parametrize("moment", [0, 1, 2])
def test_a_rebuild_between_two_pages_repeats_and_leaves_out_nothing(
    moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sort_keys, "BATCH", 70)
    rows(120)
    for item in ImageItem.objects.all():
        ImageItem.objects.filter(pk=item.pk).update(title=f"img{item.pk}")
    forget_keys()
    answer = Api().get("/api/images", sort="name").json()
    seen = [image["id"] for image in answer["results"]]
    for page in range(2):
        for _ in range(4 if page == moment else 1):
            rebuild_batch()
        answer = Api().get(answer["next"]).json()
        seen += [image["id"] for image in answer["results"]]
    assert answer["next"] is None
    assert len(seen) == len(set(seen)) == 120
    rebuild_all()
    assert len(set(through_all_pages(Api().get("/api/images", sort="name").json()))) == 120


def test_links_of_earlier_versions_lead_on(client: Client) -> None:
    rows(60, title="b")
    first = ImageItem.objects.order_by("pk")[0]
    by_letters = Cursor("name", "b", first.pk).as_text()
    assert len(Api().get("/api/images", sort="name", after=by_letters).json()["results"]) == 48
    assert client.get("/", {"sort": "name", "last": by_letters, "upto": "2"}).status_code == 200
    by_older_keys = Cursor("name.00", "00ff", first.pk).as_text()
    answer = Api().get("/api/images", sort="name", after=by_older_keys).json()
    assert answer["results"][0]["id"] > first.pk
    other_order = Api().get("/api/images", sort="size", after=by_older_keys)
    assert other_order.status_code == 400


def test_a_new_version_rebuilds_all_keys(monkeypatch: pytest.MonkeyPatch, uploader: User) -> None:
    add("red", title="img2", tags=["sea"])
    SavedSearch.objects.create(owner=uploader, name="Boats", query="q=boat")
    for module in ("gallery.text.sort_keys", "gallery.models.sort_keys"):
        monkeypatch.setattr(import_module(module), "SORT_KEY_VERSION", "02")
    rebuild_all()
    for model in (ImageItem, Tag, SavedSearch):
        assert model.objects.get().sort_key[:2] == "02"


def test_the_migration_fills_the_keys_and_goes_on_after_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sort_keys, "BATCH", 20)
    rows(50)
    Tag.named(["sea"])
    forget_keys()
    forget_keys(Tag)
    rebuild_batch()
    rebuild_batch()
    migration = import_module("gallery.migrations.0011_fill_sort_keys")
    migration.fill(apps, SimpleNamespace(connection=connection))
    assert has_right_keys()
    assert Tag.objects.get().sort_key == sort_key("sea")
    assert "30" in capsys.readouterr().err
