"""One image by the API: its ETag, and changing it only as it was read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from gallery.models import ImageItem, Tag
from tests.conftest import add
from tests.gallery.support.api_programs import Api

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def item(uploader: User) -> ImageItem:
    return add("red", title="Boat", caption="At noon", tags=["sea", "sail"], owner=uploader)


@pytest.fixture
def api(uploader: User) -> Api:
    return Api(uploader)


def path(item: ImageItem) -> str:
    return f"/api/images/{item.pk}"


def etag(api: Api, item: ImageItem) -> str:
    return str(api.get(path(item))["ETag"])


def test_only_what_is_sent_is_changed(api: Api, item: ImageItem) -> None:
    answer = api.patch(path(item), {"title": "Ship"}).json()
    assert (answer["title"], answer["caption"], answer["tags"]) == ("Ship", "At noon", ["sail", "sea"])
    answer = api.patch(path(item), {"tags": ["Doe, Jane", "sea"], "visibility": "hidden"}).json()
    assert (answer["tags"], answer["visibility"]) == (["Doe, Jane", "sea"], "hidden")
    assert api.patch(path(item), {"caption": "", "tags": []}).json()["tags"] == []
    assert answer | {"caption": "", "tags": []} == api.patch(path(item), {}).json()


def test_a_change_asked_of_an_older_state_is_refused(api: Api, item: ImageItem) -> None:
    first = etag(api, item)
    changed = api.patch(path(item), {"title": "Ship"}, **{"If-Match": first})
    assert (changed.status_code, changed["ETag"]) == (200, etag(api, item))
    late = api.patch(path(item), {"caption": "At night"}, **{"If-Match": first})
    assert (late.status_code, late.json()["error"]["code"]) == (412, "precondition_failed")
    assert api.patch(path(item), {"caption": "At night"}, **{"If-Match": changed["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{etag}", 200),
        ("*", 200),
        ('"other", {etag}', 200),
        ('"other"', 412),
        ("W/{etag}", 412),
        ('W/"other"', 412),
        ("unquoted", 400),
        ('"open', 400),
        ("", 400),  # a program that lost the ETag, and would overwrite what others changed
        (" ", 400),
        (" * ", 200),
    ],
)
def test_if_match_is_read_as_http_says(api: Api, item: ImageItem, condition: str, status: int) -> None:
    condition = condition.format(etag=etag(api, item))
    assert api.patch(path(item), {"title": "Ship"}, **{"If-Match": condition}).status_code == status
    assert (ImageItem.objects.get().title == "Ship") is (status == 200)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Ship"},
        {"caption": "At night"},
        {"visibility": "hidden"},
        {"state": "failed"},
        {"width": 61},
    ],
)
def test_the_etag_changes_with_each_fact(api: Api, item: ImageItem, change: dict[str, Any]) -> None:
    before = etag(api, item)
    assert etag(api, item) == before
    ImageItem.objects.update(**change)
    assert etag(api, item) != before


def test_the_etag_changes_with_the_tags_and_their_names(api: Api, item: ImageItem) -> None:
    seen = [etag(api, item)]
    item.tags.remove(Tag.objects.get(name="sail"))
    seen.append(etag(api, item))
    tag = Tag.objects.get(name="sea")
    tag.name = "Sea"
    tag.save()
    assert len({*seen, etag(api, item)}) == 3


def test_what_has_not_changed_is_not_sent_again(api: Api, item: ImageItem) -> None:
    known = etag(api, item)
    again = api.client.get(path(item), headers={"If-None-Match": f'"x", W/{known}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", known)
    assert api.client.head(path(item))["ETag"] == known
    ImageItem.objects.update(title="Ship")
    assert api.client.get(path(item), headers={"If-None-Match": known}).status_code == 200
    assert api.client.get(path(item), headers={"If-Match": known}).status_code == 412


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "null",
        '"title"',
        "\xff",
        "[" * 100_000,
        '{"title": "a", "title": "b"}',
        '{"titel": "Ship"}',
        '{"owner": 1}',
        '{"title": null}',
        '{"title": 5}',
        '{"title": ["a"]}',
        '{"caption": {}}',
        '{"tags": "sea"}',
        '{"tags": null}',
        '{"tags": [1]}',
        '{"tags": [["sea"]]}',
        '{"visibility": "blocked"}',
        '{"visibility": true}',
        '{"visibility": []}',
        '{"title": "\\ud800"}',
        '{"title": "a\\u0000b"}',
        '{"caption": "a\\u0007b"}',
        '{"tags": ["\\udfff"]}',
        '{"tags": ["\\u0301"]}',
        json.dumps({"title": "x" * 201}),
        json.dumps({"caption": "x" * 10_001}),
        json.dumps({"tags": ["x" * 65]}),
        json.dumps({"tags": list(map(str, range(51)))}),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(api: Api, item: ImageItem, body: str) -> None:
    before = etag(api, item)
    answer = api.patch(path(item), body.encode("latin-1" if body == "\xff" else "utf-8"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert etag(api, item) == before


def test_the_limits_themselves_are_taken(api: Api, item: ImageItem) -> None:
    full = {"title": "x" * 200, "caption": "y" * 10_000, "tags": [f"{n:064}" for n in range(50)]}
    answer = api.patch(path(item), full).json()
    assert {name: answer[name] for name in full} == full


def test_what_was_read_can_be_sent_back_even_beyond_the_limits(api: Api, item: ImageItem) -> None:
    ImageItem.objects.update(caption="x" * 20_000)
    item.tags.set(Tag.named([str(number) for number in range(60)]))
    read = api.get(path(item)).json()
    sent = {name: read[name] for name in ("caption", "tags", "visibility")} | {"title": "Ship"}
    assert api.patch(path(item), sent).json() == read | {"title": "Ship"}
    assert api.patch(path(item), {"tags": read["tags"][:55]}).status_code == 200
    assert api.patch(path(item), {"tags": [*read["tags"][:55], "new"]}).status_code == 400


def test_only_owner_and_curators_may(item: ImageItem, curator: User) -> None:
    other = User.objects.create_user("other")
    sent = {"title": "Ship"}
    answers = [Api(user).patch(path(item), sent).status_code for user in (None, other, curator)]
    assert answers == [401, 403, 200]
    ImageItem.objects.update(visibility="hidden")
    answers = [Api(user).patch(path(item), sent).status_code for user in (None, other, curator)]
    assert answers == [401, 404, 200]
    assert Api(curator).patch("/api/images/999999", sent).status_code == 404


def test_another_content_type_is_refused(api: Api, item: ImageItem) -> None:
    answer = api.client.patch(path(item), "title=Ship", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


def test_other_methods_are_refused(api: Api, item: ImageItem) -> None:
    answers = [api.client.generic(method, path(item)) for method in ("PUT", "POST", "DELETE")]
    assert [answer.status_code for answer in answers] == [405] * 3
    assert {answer["Allow"] for answer in answers} == {"GET, HEAD, PATCH"}


def test_a_body_that_is_too_large_is_refused_as_such(api: Api, item: ImageItem, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = api.patch(path(item), {"title": "x" * 100})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert api.patch(path(item), {"title": "Ship"}).status_code == 200
    names = {f"name{number}": number for number in range(40)}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert api.patch(path(item), names).status_code == 400
