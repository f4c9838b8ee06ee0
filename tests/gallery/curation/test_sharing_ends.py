"""One picture of two owners: what is left where one of them deletes or replaces it."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile

from gallery.curation import sharing
from gallery.ingest.intake import take
from gallery.models import FurtherOwner, ImageItem
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import change_url, fields
from tests.gallery.support.shared_images import SECRET, api, browser, seen_by, shared, upload

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_second_owner_deletes_it_for_themselves_alone(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    page = browser(uploader).get(f"/image/{item.pk}/").content.decode()
    assert f"/image/{item.pk}/delete/" in page
    assert f"/image/{item.pk}/edit/" not in page
    assert browser(uploader).post(f"/image/{item.pk}/delete/", follow=True).status_code == 200
    assert browser(uploader).get(f"/image/{item.pk}/").status_code == 404
    assert browser(first).get(f"/image/{item.pk}/").status_code == 200


def test_where_the_owner_deletes_it_the_next_one_owns_it_without_their_words(
    first: User, uploader: User
) -> None:
    item = shared(first, uploader)
    third = User.objects.create_user("third")
    third.user_permissions.add(Permission.objects.get(codename="add_imageitem"))
    take(draw("red"), name="third.png", owner=third)
    browser(first).post(f"/image/{item.pk}/delete/")
    item = ImageItem.objects.get(pk=item.pk)
    assert (item.owner_id, item.title, item.original_name) == (uploader.pk, "mine", "mine.png")
    assert (item.caption, item.image_uri, item.visibility, item.tags.count()) == ("", "", "hidden", 0)
    assert set(item.terms.values_list("term", flat=True)) == {"mine"}
    assert browser(first).get(f"/image/{item.pk}/").status_code == 404
    assert browser(uploader).get(item.media_url("o")).status_code == 200
    assert seen_by(third).get().title == "third"
    for user in (uploader, third):
        browser(user).post(f"/image/{item.pk}/delete/")
    assert not ImageItem.objects.exists()
    assert not FurtherOwner.objects.exists()


def test_a_handover_that_is_done_twice_deletes_nothing(first: User, uploader: User) -> None:
    """As after a COMMIT whose answer was lost."""
    item = shared(first, uploader)
    sharing.delete(item, first)
    sharing.delete(item, first)
    assert ImageItem.objects.get().owner_id == uploader.pk


def test_a_curator_deletes_it_for_all(first: User, uploader: User, curator: User) -> None:
    item = shared(first, uploader)
    browser(curator).post(f"/image/{item.pk}/delete/")
    assert not ImageItem.objects.exists()
    assert not FurtherOwner.objects.exists()


def test_the_picture_outlives_the_first_ones_account(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    first.delete()
    assert browser(uploader).get(f"/image/{item.pk}/").status_code == 200
    uploader.delete()
    assert not FurtherOwner.objects.exists()
    assert ImageItem.objects.filter(pk=item.pk).exists()


def test_a_further_owner_of_much_sees_only_what_is_theirs(first: User, uploader: User) -> None:
    for mark in range(3):
        add("red", mark=mark, owner=first, visibility="hidden", title=f"{SECRET} {mark}")
    take(draw("red", mark=1), name="mine.png", owner=uploader)
    assert [str(item) for item in seen_by(uploader)] == ["mine"]
    listed = json.loads(api(uploader).get("/api/images").content)
    assert (listed["count"], listed["results"][0]["title"]) == (1, "mine")


@pytest.mark.parametrize("way", ["one", "list"])
def test_deleting_it_in_the_admin_hands_it_over_too(first: User, uploader: User, way: str) -> None:
    item = shared(first, uploader)
    User.objects.filter(pk=first.pk).update(is_staff=True)
    first.user_permissions.add(
        *Permission.objects.filter(codename__in=["delete_imageitem", "view_imageitem"])
    )
    mine = add("blue", owner=first)
    client = browser(first)
    if way == "one":
        client.post(f"/admin/gallery/imageitem/{item.pk}/delete/", {"post": "yes"})
    else:
        data = {
            "action": "delete_selected",
            "_selected_action": [item.pk, mine.pk],
            "post": "yes",
            "index": "0",
        }
        client.post("/admin/gallery/imageitem/", data)
        assert not ImageItem.objects.filter(pk=mine.pk).exists()
    assert ImageItem.objects.get(pk=item.pk).owner_id == uploader.pk


def test_the_admin_shows_a_second_owner_nothing_to_change(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    User.objects.filter(pk=uploader.pk).update(is_staff=True)
    uploader.user_permissions.add(*Permission.objects.filter(codename__endswith="imageitem"))
    uploader.user_permissions.add(*Permission.objects.filter(codename__endswith="_tag"))
    client = browser(uploader)
    listed, tags = client.get("/admin/gallery/imageitem/"), client.get("/admin/gallery/tag/")
    change = client.get(f"/admin/gallery/imageitem/{item.pk}/change/")
    assert (listed.status_code, tags.status_code, change.status_code) == (200, 200, 302)
    assert SECRET not in listed.content.decode() + tags.content.decode()
    data = {"action": "publish", "_selected_action": [item.pk], "index": "0"}
    client.post("/admin/gallery/imageitem/", data)
    item.refresh_from_db()
    assert item.visibility == "hidden"


@pytest.mark.parametrize("way", ["admin", "shell"])
def test_where_the_picture_is_replaced_each_keeps_their_own(
    first: User, uploader: User, staff: User, way: str
) -> None:
    item = shared(first, uploader)
    third = User.objects.create_user("third")
    take(draw("red"), name="third.png", owner=third)
    if way == "admin":
        sent = fields(title="New", owner=first.pk, visibility="hidden", picture=upload("new.png", "green"))
        browser(staff).post(change_url(item), sent)
    else:
        item.file = ContentFile(draw("green"), "new.png")
        item.save()
    item = ImageItem.objects.get(pk=item.pk)
    assert (item.owner_id, item.color) == (first.pk, "green")
    kept = seen_by(uploader).get()
    assert (kept.owner_id, kept.color, kept.title, kept.visibility) == (uploader.pk, "red", "mine", "hidden")
    assert (kept.tags.count(), kept.caption, kept.image_uri, kept.state) == (0, "", "", "ready")
    assert b"".join(browser(uploader).get(kept.media_url("o")).streaming_content) == draw("red")  # type: ignore[attr-defined]
    assert seen_by(third).get().pk == kept.pk
    assert browser(uploader).get(f"/image/{item.pk}/").status_code == 404
