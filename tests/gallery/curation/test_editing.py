"""Several people edit one image: nobody's change is lost without a word."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.curation import editing
from gallery.models import ImageItem
from gallery.text.tag_lists import join_tags
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true", "HX-Target": "facts"}


@pytest.fixture
def item(client: Client, uploader: User) -> ImageItem:
    client.force_login(uploader)
    return add("red", title="Boat", caption="At noon", tags=["sea", "sail"], owner=uploader)


def shown(client: Client, item: ImageItem) -> dict[str, Any]:
    """What the form on the image's page sends back when nothing is changed in it."""
    form = client.get(f"/image/{item.pk}/").context["edit_form"]
    return {field.html_name: field.value() for field in form}


def send(client: Client, item: ImageItem, sent: dict[str, Any], **headers: str) -> Any:
    return client.post(f"/image/{item.pk}/edit/", sent, headers=headers)


def now(item: ImageItem) -> tuple[str, str, list[str], str]:
    item = ImageItem.objects.get(pk=item.pk)
    return item.title, item.caption, sorted(tag.name for tag in item.tags.all()), item.visibility


def test_two_who_change_different_fields_both_keep_theirs(client: Client, item: ImageItem) -> None:
    first, second, third = (shown(client, item) for _ in range(3))
    assert send(client, item, first | {"title": "Ship"}).status_code == 302
    assert send(client, item, second | {"caption": "At night"}).status_code == 302
    assert send(client, item, third | {"visibility": "hidden"}).status_code == 302
    assert now(item) == ("Ship", "At night", ["sail", "sea"], "hidden")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize(
    ("field", "theirs", "mine"),
    [
        ("title", "Ship", "Yacht"),
        ("caption", "At night", "At dawn"),
        ("title", "", "Yacht"),
        ("caption", "x", ""),
    ],
)
def test_the_same_field_is_a_conflict_that_shows_both_values(
    client: Client, item: ImageItem, field: str, theirs: str, mine: str, headers: dict[str, str]
) -> None:
    first, second = shown(client, item), shown(client, item)
    send(client, item, first | {field: theirs})
    kept = now(item)
    answer = send(client, item, second | {field: mine, "tags": "sea, sail, new"}, **headers)
    assert answer.status_code == 409
    assert now(item) == kept
    form = answer.context["edit_form"]
    assert (form[field].value(), form.fields[field].theirs) == (mine, theirs)
    assert [name for name in form.fields if hasattr(form.fields[name], "theirs")] == [field]
    assert f'name="take_{field}" value="theirs"' in answer.content.decode()


@pytest.mark.parametrize(("choice", "title"), [("theirs", "Ship"), ("mine", "Yacht")])
def test_either_value_can_be_taken_and_the_rest_is_saved(
    client: Client, item: ImageItem, choice: str, title: str
) -> None:
    first, second = shown(client, item), shown(client, item)
    send(client, item, first | {"title": "Ship"})
    answer = send(client, item, second | {"title": "Yacht", "caption": "At dawn"})
    again = {field.html_name: field.value() for field in answer.context["edit_form"]} | {"take_title": choice}
    assert send(client, item, again).status_code == 302
    assert now(item)[:2] == (title, "At dawn")


def test_a_form_that_is_shown_again_shows_what_others_saved_in_fields_left_alone(
    client: Client, item: ImageItem
) -> None:
    first, second = shown(client, item), shown(client, item)
    send(client, item, first | {"title": "Ship", "visibility": "hidden", "tags": "sea, theirs"})
    form = send(client, item, second | {"title": "Yacht", "tags": "sail, mine, sea"}).context["edit_form"]
    assert (form["visibility"].value(), form["tags"].value()) == ("hidden", "sea, theirs, mine")
    again = {field.html_name: field.value() for field in form} | {"take_title": "mine"}
    send(client, item, again | {"caption": "At dawn"})
    assert now(item) == ("Yacht", "At dawn", ["mine", "sea", "theirs"], "hidden")


def test_a_third_change_while_choosing_is_a_conflict_again(client: Client, item: ImageItem) -> None:
    first, second = shown(client, item), shown(client, item)
    send(client, item, first | {"title": "Ship"})
    answer = send(client, item, second | {"title": "Yacht"})
    again = {field.html_name: field.value() for field in answer.context["edit_form"]} | {"take_title": "mine"}
    send(client, item, shown(client, item) | {"title": "Dinghy"})
    assert send(client, item, again).status_code == 409
    assert now(item)[0] == "Dinghy"


def test_the_same_change_by_both_is_none(client: Client, item: ImageItem) -> None:
    first, second = shown(client, item), shown(client, item)
    send(client, item, first | {"title": "Ship"})
    assert send(client, item, second | {"title": "Ship", "caption": "At dawn"}).status_code == 302
    assert now(item)[:2] == ("Ship", "At dawn")


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [
        ("sea, sail, red", "sea, sail, blue", ["blue", "red", "sail", "sea"]),
        ("sea", "sea, sail, blue", ["blue", "sea"]),
        ("", "sea, sail, blue", ["blue"]),
        ("sea", "sail", []),
        ("sea, sail, Red", "sea, sail, red", ["Red", "sail", "sea"]),
    ],
)
def test_tags_are_a_set_and_two_people_s_changes_are_put_together(
    client: Client, item: ImageItem, one: str, two: str, both: list[str]
) -> None:
    first, second = shown(client, item), shown(client, item)
    assert send(client, item, first | {"tags": one}).status_code == 302
    assert send(client, item, second | {"tags": two}).status_code == 302
    assert now(item)[2] == both


def test_tags_of_two_people_that_are_too_many_together_are_refused(client: Client, item: ImageItem) -> None:
    names = [str(number) for number in range(49)]
    send(client, item, shown(client, item) | {"tags": join_tags(names)})
    first, second = shown(client, item), shown(client, item)
    assert send(client, item, first | {"tags": join_tags([*names, "a"])}).status_code == 302
    answer = send(client, item, second | {"tags": join_tags([*names, "b"])})
    assert answer.status_code == 422
    assert answer.context["edit_form"].errors.keys() == {"tags"}
    assert len(now(item)[2]) == 50


def test_a_change_between_the_look_and_the_lock_is_a_conflict_too(
    client: Client, item: ImageItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, save = shown(client, item), editing.save

    def late(*args: Any, **kwargs: Any) -> Any:
        ImageItem.objects.filter(pk=item.pk).update(title="Ship")
        return save(*args, **kwargs)

    monkeypatch.setattr(editing, "save", late)
    answer = send(client, item, sent | {"title": "Yacht"})
    assert answer.status_code == 409
    assert answer.context["edit_form"].fields["title"].theirs == "Ship"
    assert now(item)[0] == "Ship"


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_an_image_that_was_deleted_meanwhile_says_so(
    client: Client, item: ImageItem, headers: dict[str, str]
) -> None:
    sent = shown(client, item)
    item.delete()
    answer = send(client, item, sent, **headers)
    assert answer.status_code == 404
    assert "deleted" in answer.content.decode()


@pytest.mark.parametrize(
    ("title", "caption"),
    [
        ("Boat", "one\ntwo"),
        (" Boat ", "one\r\ntwo"),
        ("two\nlines", "one\rtwo"),
        ("a\tb", " \n one \n\n two \n"),
        ("double  space", "\ttab"),
        ("e\u0301", "ends\n"),
    ],
)
def test_nothing_changed_is_no_change_whatever_a_browser_makes_of_it(
    client: Client, item: ImageItem, caption: str, title: str
) -> None:
    ImageItem.objects.filter(pk=item.pk).update(caption=caption, title=title)
    mine = shown(client, item)
    mine["title"] = mine["title"].replace("\n", "").strip()
    mine["caption"] = "\r\n".join(mine["caption"].splitlines())
    mine["visibility"] = "hidden"
    assert send(client, item, mine).status_code == 302
    assert now(item) == (title, caption, ["sail", "sea"], "hidden")


def test_what_exceeds_the_limits_from_before_stays_editable(client: Client, item: ImageItem) -> None:
    """The limit is looked at where a field is changed, and never when tags are only taken away."""
    names = [f"tag {number}" for number in range(60)]
    ImageItem.objects.filter(pk=item.pk).update(caption="x" * 20_000, title="bell\x07")
    editing.Tag.named(names)
    item.tags.set(editing.Tag.objects.filter(name__in=names))
    assert send(client, item, shown(client, item) | {"visibility": "hidden"}).status_code == 302
    assert send(client, item, shown(client, item) | {"tags": join_tags(names[:55])}).status_code == 302
    assert (
        send(client, item, shown(client, item) | {"tags": join_tags([*names[:55], "new"])}).status_code == 422
    )
    assert send(client, item, shown(client, item) | {"caption": "y" * 20_000}).status_code == 422
    assert send(client, item, shown(client, item) | {"title": "Ship"}).status_code == 302
    title, caption, tags, visibility = now(item)
    assert (title, len(caption), len(tags), visibility) == ("Ship", 20_000, 55, "hidden")


@pytest.mark.parametrize(
    "nonsense", ["", "{", "[]", "null", "[1, 2]", '[{"title": []}, {}]', '["a", "b"]', "[" * 9000, "[{}, 5]"]
)
def test_nonsense_in_the_hidden_field_is_as_none(client: Client, item: ImageItem, nonsense: str) -> None:
    answer = send(client, item, shown(client, item) | {"shown": nonsense, "title": "Ship"})
    assert answer.status_code in {302, 409}
    assert now(item)[2] == ["sail", "sea"]


def test_what_is_not_sent_stays(client: Client, item: ImageItem) -> None:
    assert send(client, item, {"title": "Ship"}).status_code == 302
    assert now(item) == ("Ship", "At noon", ["sail", "sea"], "public")


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "a\x00b"), ("caption", "a\x07b"), ("tags", "a\x00"), ("visibility", "blocked")],
)
def test_what_cannot_be_stored_is_refused(client: Client, item: ImageItem, field: str, value: str) -> None:
    answer = send(client, item, shown(client, item) | {field: value})
    assert answer.status_code == 422
    assert answer.context["edit_form"].errors.keys() == {field}
