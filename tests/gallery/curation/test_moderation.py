"""What a curator hid or blocked stays so: by the page, the admin, its lists, the API, and a new upload."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gallery.models import ApiToken, ImageItem
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import act, change_url, fields, helper, said

pytestmark = pytest.mark.django_db(transaction=True)

EDIT = {"title": "Boat", "caption": "", "tags": ""}


@pytest.fixture
def curator(curator: User) -> User:
    """One who may use the admin too."""
    curator.is_staff = True
    curator.save()
    return curator


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def edit(user: User, item: ImageItem, visibility: str) -> Any:
    return browser(user).post(f"/image/{item.pk}/edit/", EDIT | {"visibility": visibility})


def moderate(user: User, item: ImageItem, moderation: str) -> Any:
    return browser(user).post(f"/image/{item.pk}/moderation/", {"moderation": moderation})


def in_admin(user: User, item: ImageItem, **given: Any) -> Any:
    """The admin's form, sent with these values."""
    sent = fields(title=item.title, owner=item.owner_id or "", **given)
    return browser(user).post(change_url(item), sent)


def as_it_is(item: ImageItem) -> tuple[str, str, bool]:
    item.refresh_from_db()
    return item.visibility, item.moderation, item.held


WAYS_TO_HIDE = {
    "page": lambda user, item: edit(user, item, "hidden"),
    "admin": lambda user, item: in_admin(user, item, visibility="hidden"),
    "list": lambda user, item: act(browser(user), "hide", item),
}
WAYS_TO_BLOCK = {
    "page": lambda user, item: moderate(user, item, "blocked"),
    "admin": lambda user, item: in_admin(user, item, moderation="blocked"),
    "list": lambda user, item: act(browser(user), "block", item),
}
WAYS_TO_PUBLISH = {
    "page": lambda user, item: edit(user, item, "public"),
    "admin": lambda user, item: in_admin(user, item, visibility="public"),
    "list": lambda user, item: act(browser(user), "publish", item),
}


@pytest.mark.parametrize("way", WAYS_TO_HIDE)
def test_what_a_curator_hides_is_held(curator: User, uploader: User, way: str) -> None:
    item = add("red", owner=uploader, title="Boat")
    WAYS_TO_HIDE[way](curator, item)
    assert as_it_is(item) == ("hidden", "approved", True)


@pytest.mark.parametrize("way", WAYS_TO_BLOCK)
def test_what_a_curator_blocks_is_held(curator: User, uploader: User, way: str) -> None:
    item = add("red", owner=uploader, title="Boat")
    WAYS_TO_BLOCK[way](curator, item)
    assert as_it_is(item) == ("public", "blocked", True)


@pytest.mark.parametrize("way", WAYS_TO_PUBLISH)
def test_what_a_curator_publishes_is_held_no_longer(curator: User, uploader: User, way: str) -> None:
    item = add("red", owner=uploader, title="Boat", visibility="hidden", held=True)
    WAYS_TO_PUBLISH[way](curator, item)
    assert as_it_is(item) == ("public", "approved", False)


@pytest.mark.parametrize("way", WAYS_TO_HIDE)
def test_what_its_owner_hides_is_not_held(curator: User, way: str) -> None:
    item = add("red", owner=curator, title="Boat")
    WAYS_TO_HIDE[way](curator, item)
    assert as_it_is(item) == ("hidden", "approved", False)


def test_an_owner_hides_and_publishes_what_nobody_holds(uploader: User) -> None:
    item = add("red", owner=uploader, title="Boat")
    for visibility in ("hidden", "public"):
        assert edit(uploader, item, visibility).status_code == 302
        assert as_it_is(item) == (visibility, "approved", False)


def test_a_curator_holds_what_its_owner_has_hidden(curator: User, uploader: User) -> None:
    item = add("red", owner=uploader, visibility="hidden")
    nobodys = add("blue", visibility="hidden")
    act(browser(curator), "hide", item, nobodys)
    assert as_it_is(item) == as_it_is(nobodys) == ("hidden", "approved", True)


def test_an_owner_does_not_publish_what_is_held(uploader: User) -> None:
    item = add("red", owner=uploader, title="Boat", visibility="hidden", held=True)
    assert "only curators can publish it" in browser(uploader).get(f"/image/{item.pk}/").content.decode()
    edit(uploader, item, "public")
    assert as_it_is(item) == ("hidden", "approved", True)
    forged = {"visibility": "public", "shown": '[{"visibility": "x"}, []]', "take_visibility": "mine"}
    browser(uploader).post(f"/image/{item.pk}/edit/", EDIT | forged)
    assert as_it_is(item) == ("hidden", "approved", True)


def test_an_owner_still_writes_on_what_is_held(uploader: User) -> None:
    item = add("red", owner=uploader, title="Old", visibility="hidden", held=True)
    assert browser(uploader).post(f"/image/{item.pk}/edit/", EDIT).status_code == 302
    item.refresh_from_db()
    assert item.title == "Boat"
    assert as_it_is(item) == ("hidden", "approved", True)


def test_by_the_api_a_curator_holds_and_an_owner_does_not_publish(curator: User, uploader: User) -> None:
    item = add("red", owner=uploader, title="Boat")

    def patch(user: User, **body: Any) -> Any:
        client = Client(headers={"Authorization": f"Bearer {ApiToken.issue(user)}"})
        return client.patch(f"/api/images/{item.pk}", body, content_type="application/json")

    assert patch(curator, visibility="hidden").status_code == 200
    assert as_it_is(item) == ("hidden", "approved", True)
    refused = patch(uploader, visibility="public", title="Mine")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "held")
    assert as_it_is(item) == ("hidden", "approved", True)
    assert patch(uploader, visibility="hidden", title="Mine").status_code == 200
    assert patch(curator, visibility="public").status_code == 200
    assert as_it_is(item) == ("public", "approved", False)


def test_adding_it_again_does_not_publish_it(uploader: User) -> None:
    item = add("red", owner=uploader, visibility="hidden", held=True)
    token = ApiToken.issue(uploader)
    sent = [SimpleUploadedFile("red.png", draw("red")) for _ in range(2)]
    browser(uploader).post("/add/", {"image": sent[0]})
    Client(headers={"Authorization": f"Bearer {token}"}).post("/api/images", {"image": sent[1]})
    assert as_it_is(item) == ("hidden", "approved", True)
    assert ImageItem.objects.count() == 1


def test_an_owner_does_not_delete_what_is_held_to_add_it_again(uploader: User, curator: User) -> None:
    item = add("red", owner=uploader, visibility="hidden", held=True)
    assert f"/image/{item.pk}/delete/" not in browser(uploader).get(f"/image/{item.pk}/").content.decode()
    assert browser(uploader).post(f"/image/{item.pk}/delete/").status_code == 403
    assert browser(curator).post(f"/image/{item.pk}/delete/").status_code == 302
    assert not ImageItem.objects.exists()


def test_staff_who_are_no_curators_do_not_publish_what_is_held() -> None:
    person = helper("change_imageitem", "view_imageitem", "delete_imageitem")
    item = add("red", owner=person, title="Boat", visibility="hidden", held=True)
    free = add("blue", owner=person, visibility="hidden")
    answer = act(browser(person), "publish", item, free)
    assert "1 image is now public." in said(answer)
    in_admin(person, item, visibility="public")
    assert as_it_is(item) == ("hidden", "approved", True)
    assert as_it_is(free) == ("public", "approved", False)
    assert browser(person).post(f"{change_url(item).removesuffix('change/')}delete/").status_code == 403
    act(browser(person), "delete_selected", item, free, post="yes")
    assert ImageItem.objects.get().pk == item.pk


def test_blocking_on_the_page_and_back(curator: User, uploader: User) -> None:
    item = add("red", owner=uploader, title="Boat")
    assert "Block “Boat”" in browser(curator).get(f"/image/{item.pk}/").content.decode()
    assert "Block" not in browser(uploader).get(f"/image/{item.pk}/").content.decode()
    assert moderate(curator, item, "blocked")["Location"] == f"/image/{item.pk}/"
    assert browser(uploader).get(f"/image/{item.pk}/").status_code == 404
    assert "Unblock “Boat”" in browser(curator).get(f"/image/{item.pk}/").content.decode()
    moderate(curator, item, "approved")
    assert as_it_is(item) == ("public", "approved", False)
    assert LogEntry.objects.filter(object_id=str(item.pk)).count() == 2


def test_what_is_hidden_and_blocked_stays_hidden_when_it_is_unblocked(curator: User, uploader: User) -> None:
    item = add("red", owner=uploader, title="Boat")
    edit(curator, item, "hidden")
    moderate(curator, item, "blocked")
    moderate(curator, item, "approved")
    assert as_it_is(item) == ("hidden", "approved", True)


@pytest.mark.parametrize("given", ["", "pending", "public", "BLOCKED", "x" * 1000])
def test_other_decisions_are_refused(curator: User, given: str) -> None:
    item = add("red")
    assert 400 <= moderate(curator, item, given).status_code < 500
    assert as_it_is(item) == ("public", "approved", False)


def test_what_a_curator_approves_is_new_to_saved_searches(curator: User, uploader: User) -> None:
    item = add("red", owner=uploader, moderation="pending")
    before = item.found_from
    moderate(curator, item, "approved")
    item.refresh_from_db()
    assert before is None or item.found_from > before  # type: ignore[operator]


@pytest.mark.parametrize("given", [{"picture": True}, {"image_uri": "https://pictures.example/b.png"}])
def test_staff_who_are_no_curators_do_not_replace_a_held_picture_to_add_it_again(
    given: dict[str, Any],
) -> None:
    person = helper("change_imageitem", "view_imageitem", "add_imageitem")
    item = add("red", owner=person, title="Boat", visibility="hidden", held=True)
    before = item.sha256
    if "picture" in given:
        given = {"picture": SimpleUploadedFile("b.png", draw("blue"))}
    answer = in_admin(person, item, **given)
    assert answer.status_code == 200
    assert "Only curators can replace its picture." in answer.content.decode()
    assert as_it_is(item) == ("hidden", "approved", True)
    assert (item.sha256, item.image_uri) == (before, "")
