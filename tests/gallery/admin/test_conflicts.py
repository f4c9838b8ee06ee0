"""Two people in the admin, or one there and one on the image's page: nobody's change is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.admin.images import ImageAdmin, TagAdmin
from gallery.models import ImageItem, Tag
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import IMAGES, TAGS, change_url, said, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def item(staff: User) -> ImageItem:
    return add("red", title="Boat", caption="At noon", tags=["sea", "sail"], owner=staff)


def shown(admin: Client, address: str) -> dict[str, Any]:
    """What a page's form sends back when nothing is changed in it."""
    form = admin.get(address).context["adminform"].form
    values = {field.html_name: field.value() for field in form if field.html_name != "picture"}
    if "tags" in values:
        values["tags"] = [getattr(tag, "pk", tag) for tag in values["tags"]]
    return {name: value for name, value in values.items() if value is not None}


def errors(response: Any) -> list[str]:
    return list(response.context["adminform"].form.errors)


def meanwhile(monkeypatch: pytest.MonkeyPatch, admin: Any, act: Callable[[], Any]) -> None:
    """Have something happen between the form's look at the row and the row's lock."""
    save = admin.save_model
    monkeypatch.setattr(admin, "save_model", lambda *args, **kwargs: act() and save(*args, **kwargs))


def now(item: ImageItem) -> tuple[str, str, list[str], str, str]:
    item = ImageItem.objects.get(pk=item.pk)
    tags = sorted(tag.name for tag in item.tags.all())
    return item.title, item.caption, tags, item.visibility, item.moderation


def test_different_fields_are_both_kept(admin: Client, item: ImageItem) -> None:
    pages = [shown(admin, change_url(item)) for _ in range(4)]
    for page, change in zip(
        pages,
        ({"title": "Ship"}, {"caption": "At night"}, {"visibility": "hidden"}, {"owner": ""}),
        strict=True,
    ):
        assert admin.post(change_url(item), page | change).status_code == 302
    assert now(item) == ("Ship", "At night", ["sail", "sea"], "hidden", "approved")
    assert ImageItem.objects.get(pk=item.pk).owner is None


@pytest.mark.parametrize(
    ("field", "theirs", "mine"),
    [
        ("title", "Ship", "Yacht"),
        ("caption", "", "At dawn"),
        ("visibility", "hidden", None),
        ("moderation", "blocked", "pending"),
    ],
)
def test_the_same_field_is_shown_with_both_values(
    admin: Client, item: ImageItem, field: str, theirs: str, mine: str | None
) -> None:
    first, second = shown(admin, change_url(item)), shown(admin, change_url(item))
    if mine is None:  # of two values only one is another than before, so nobody can disagree
        assert admin.post(change_url(item), first | {field: theirs}).status_code == 302
        assert admin.post(change_url(item), second | {field: theirs}).status_code == 302
        return
    admin.post(change_url(item), first | {field: theirs})
    answer = admin.post(change_url(item), second | {field: mine})
    assert (answer.status_code, errors(answer)) == (409, [field])
    assert getattr(ImageItem.objects.get(), field) == theirs
    again = {bound.html_name: bound.value() for bound in answer.context["adminform"].form}
    again = {name: value for name, value in again.items() if value is not None}
    for choice, kept in (("theirs", theirs), ("mine", mine)):
        assert admin.post(change_url(item), again | {f"take_{field}": choice}).status_code == 302
        assert getattr(ImageItem.objects.get(), field) == kept


def test_the_page_and_the_admin_meet(admin: Client, item: ImageItem) -> None:
    page, form = (
        shown(admin, change_url(item)),
        admin.get(f"/image/{item.pk}/").context["edit_form"],
    )
    sent = {field.html_name: field.value() for field in form}
    admin.post(f"/image/{item.pk}/edit/", sent | {"title": "Ship", "tags": "sea, new"})
    pk = Tag.named(["other"])[0].pk
    assert admin.post(change_url(item), page | {"title": "Yacht"}).status_code == 409
    assert admin.post(change_url(item), page | {"tags": [*page["tags"], pk]}).status_code == 302
    assert now(item)[:3] == ("Ship", "At noon", ["new", "other", "sea"])


def test_tags_of_two_people_are_put_together(admin: Client, item: ImageItem) -> None:
    red, blue = Tag.named(["a red one", "blue"])
    sea, sail = Tag.objects.get(key="sea").pk, Tag.objects.get(key="sail").pk
    first, second = shown(admin, change_url(item)), shown(admin, change_url(item))
    admin.post(change_url(item), first | {"tags": [sea, red.pk]})
    admin.post(change_url(item), second | {"tags": [sea, sail, blue.pk]})
    assert now(item)[2] == ["a red one", "blue", "sea"]


def test_more_tags_than_an_image_takes_are_refused_and_old_ones_stay(admin: Client, item: ImageItem) -> None:
    tags = Tag.named([f"{number:02}" for number in range(61)])
    item.tags.set(tags[:60])
    page = shown(admin, change_url(item))
    assert admin.post(change_url(item), page | {"title": "Ship"}).status_code == 302
    less = page | {"tags": [tag.pk for tag in tags[:55]]}
    assert admin.post(change_url(item), less).status_code == 302
    more = shown(admin, change_url(item))
    refused = admin.post(change_url(item), more | {"tags": [*more["tags"], tags[60].pk]})
    assert errors(refused) == ["tags"]
    assert len(now(item)[2]) == 55


def test_a_long_caption_from_before_stays_editable(admin: Client, item: ImageItem) -> None:
    ImageItem.objects.update(caption="x" * 20_000)
    page = shown(admin, change_url(item))
    assert admin.post(change_url(item), page | {"title": "Ship"}).status_code == 302
    assert errors(admin.post(change_url(item), page | {"caption": "y" * 10_001})) == ["caption"]
    assert (now(item)[0], len(now(item)[1])) == ("Ship", 20_000)


def test_a_change_between_the_look_and_the_lock_is_shown_too(
    admin: Client, item: ImageItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, ImageAdmin, lambda: ImageItem.objects.update(title="Ship"))
    answer = admin.post(change_url(item), shown(admin, change_url(item)) | {"title": "Yacht"})
    assert (answer.status_code, errors(answer), now(item)[0]) == (409, ["title"], "Ship")


def test_what_somebody_else_changes_in_that_moment_stays(
    admin: Client, item: ImageItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {"caption": "At night", "visibility": "hidden", "held": True}
    meanwhile(monkeypatch, ImageAdmin, lambda: ImageItem.objects.update(**others))
    admin.post(change_url(item), shown(admin, change_url(item)) | {"title": "Yacht"})
    assert now(item) == ("Yacht", "At night", ["sail", "sea"], "hidden", "approved")
    assert ImageItem.objects.get().held


def test_two_new_pictures_for_one_image_are_a_conflict(admin: Client, item: ImageItem) -> None:
    first, second = shown(admin, change_url(item)), shown(admin, change_url(item))
    third = shown(admin, change_url(item))
    admin.post(change_url(item), first | {"picture": upload(draw("blue"))})
    blue = ImageItem.objects.get().sha256
    answer = admin.post(change_url(item), second | {"picture": upload(draw("green"))})
    assert (answer.status_code, errors(answer)) == (409, ["picture"])
    assert admin.post(change_url(item), third | {"title": "Ship"}).status_code == 302
    assert (ImageItem.objects.get().sha256, now(item)[0]) == (blue, "Ship")


@pytest.mark.parametrize("moment", ["before", "while it is saved"])
def test_an_image_that_was_deleted_meanwhile_says_so(
    admin: Client, item: ImageItem, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    page, address = shown(admin, change_url(item)), change_url(item)
    if moment == "before":
        item.delete()
    else:
        meanwhile(monkeypatch, ImageAdmin, item.delete)
    answer = admin.post(address, page | {"title": "Ship"}, follow=True)
    assert answer.redirect_chain[-1][0] in {IMAGES, "/admin/"}
    assert "deleted" in said(answer)[0]
    assert not ImageItem.objects.exists()


def test_a_tag_renamed_by_two_people_is_a_conflict(admin: Client) -> None:
    tag = Tag.named(["sea"])[0]
    address = f"{TAGS}{tag.pk}/change/"
    first, second = shown(admin, address), shown(admin, address)
    admin.post(address, first | {"name": "ocean"})
    answer = admin.post(address, second | {"name": "lake"})
    assert (answer.status_code, errors(answer)) == (409, ["name"])
    assert Tag.objects.get().name == "ocean"
    again = {field.html_name: field.value() for field in answer.context["adminform"].form}
    assert admin.post(address, again | {"take_name": "mine"}).status_code == 302
    assert (Tag.objects.get().name, Tag.objects.get().key) == ("lake", "lake")


def test_a_tag_that_was_deleted_meanwhile_does_not_come_back(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = Tag.named(["sea"])[0]
    address = f"{TAGS}{tag.pk}/change/"
    page = shown(admin, address)
    meanwhile(monkeypatch, TagAdmin, tag.delete)
    answer = admin.post(address, page | {"name": "lake"}, follow=True)
    assert "This tag was deleted" in said(answer)[0]
    assert not Tag.objects.filter(name="lake").exists()
