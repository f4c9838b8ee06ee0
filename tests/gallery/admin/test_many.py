"""More rows than a form has fields: every action takes them, and what is too much says so."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import ImageItem, Tag
from tests.gallery.admin.admin_pages import IMAGES, TAGS, make_rows, said

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 1_100


class Hidden(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name") != "csrfmiddlewaretoken":
            self.fields.setdefault(given["name"], []).append(given.get("value") or "")


def select_all(admin: Client, address: str, action: str) -> Any:
    first = [row.pk for row in admin.get(address).context["cl"].result_list]
    return admin.post(
        address, {"action": action, "_selected_action": first, "select_across": "1", "index": "0"}
    )


def make_tags() -> None:
    Tag.objects.bulk_create(Tag(name=f"t{number}", key=f"t{number}") for number in range(COUNT))


def make_people() -> None:
    User.objects.bulk_create(User(username=f"u{number}") for number in range(COUNT))


@pytest.mark.parametrize(
    ("address", "make"),
    [(TAGS, make_tags), (IMAGES, lambda: make_rows(COUNT)), ("/admin/auth/user/?q=u", make_people)],
    ids=["tags", "images", "people"],
)
def test_all_of_a_long_list_are_deleted(admin: Client, address: str, make: Any) -> None:
    make()
    page = select_all(admin, address, "delete_selected")
    fields = Hidden(page).fields
    assert (page.status_code, fields["select_across"]) == (200, ["1"])
    assert admin.post(address, fields).status_code == 302
    assert admin.get(address).context["cl"].result_count == 0


def test_rows_that_are_chosen_one_by_one_are_deleted_too(admin: Client) -> None:
    make_tags()
    chosen = list(Tag.objects.values_list("pk", flat=True))
    answer = admin.post(TAGS, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert answer.status_code == 302
    assert not Tag.objects.exists()


def test_all_tags_of_a_long_list_become_one(admin: Client) -> None:
    make_tags()
    page = select_all(admin, TAGS, "merge_tags")
    keeper = Tag.objects.first()
    assert keeper
    assert admin.post(TAGS, Hidden(page).fields | {"keeper": keeper.pk}).status_code == 302
    assert list(Tag.objects.all()) == [keeper]


@pytest.mark.parametrize("action", ["add_tags", "remove_tags"])
def test_tags_are_put_on_all_of_a_long_list(admin: Client, action: str) -> None:
    make_rows(COUNT)
    page = select_all(admin, IMAGES, action)
    assert admin.post(IMAGES, Hidden(page).fields | {"names": '"Doe, Jane"'}).status_code == 302
    assert ImageItem.objects.tagged("Doe, Jane").count() == (COUNT if action == "add_tags" else 0)


@pytest.mark.parametrize("action", ["hide", "publish", "approve", "block"])
def test_all_of_a_long_list_are_changed(admin: Client, action: str) -> None:
    make_rows(COUNT)
    assert select_all(admin, IMAGES, action).status_code == 302


def test_images_that_would_have_too_many_tags_are_left_out(admin: Client) -> None:
    make_rows(3)
    full, almost, empty = ImageItem.objects.order_by("pk")
    full.tags.set(Tag.named([str(number) for number in range(50)]))
    almost.tags.set(Tag.named([str(number) for number in range(49)]))
    sent = {"action": "add_tags", "_selected_action": [full.pk, almost.pk, empty.pk], "names": "0, new"}
    assert "1 image was not changed" in said(admin.post(IMAGES, sent, follow=True))[0]
    assert [item.tags.count() for item in (full, almost, empty)] == [50, 50, 2]


def test_a_form_with_too_many_fields_says_so(admin: Client) -> None:
    sent = {"action": "delete_selected", "_selected_action": list(range(10_001)), "index": "0"}
    answer = admin.post(TAGS, sent)
    assert answer.status_code == 400
    assert "10,000 fields" in answer.content.decode()


def test_a_selection_that_is_none_says_so(admin: Client) -> None:
    answer = admin.post(TAGS, {"action": "delete_selected", "_selected_action": ["x"], "index": "0"})
    assert answer.status_code == 400
    assert "Invalid selection" in answer.content.decode()
