"""One picture of two owners: what the second one writes, and the dates of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from gallery.curation import sharing
from gallery.ingest.intake import take
from gallery.models import FurtherOwner, ImageItem
from gallery.search.cursors import Cursor
from tests.conftest import add, draw
from tests.gallery.support.shared_images import api, browser, secret, seen_by, upload

pytestmark = pytest.mark.django_db(transaction=True)


WRITTEN = {"title": "Own title", "caption": "Own caption", "tags": 'own, "Doe, Jane"'}


def told(answer: Any) -> dict[str, Any]:
    """What an answer of the API says of an image, but for what depends on the picture."""
    differs = {"id", "sha256", "url", "thumbnail", "created_at"}
    return {name: value for name, value in answer.json().items() if name not in differs}


@pytest.mark.parametrize("embeds", ["inline", "never"])
@pytest.mark.parametrize(
    "state", [{}, {"moderation": "blocked"}, {"visibility": "public", "moderation": "blocked"}]
)
@pytest.mark.parametrize("default", ["public", "hidden"])
def test_the_answer_says_what_was_sent(
    first: User, uploader: User, settings: Any, state: dict[str, str], default: str, embeds: str
) -> None:
    item = secret(first, **state)
    settings.DEFAULT_VISIBILITY, settings.EMBED_ON_SAVE = default, embeds
    fresh, answer = (
        api(uploader).post("/api/images", {"image": upload("mine.png", color), **WRITTEN})
        for color in ("blue", "red")
    )
    assert (fresh.status_code, answer.status_code) == (201, 201)
    assert told(answer) == told(fresh)
    assert answer.json()["id"] == item.pk


def test_what_the_second_owner_wrote_is_kept_and_shown_to_them_alone(first: User, uploader: User) -> None:
    item = secret(first)
    api(uploader).post("/api/images", {"image": upload(), **WRITTEN})
    shown = api(uploader).get(f"/api/images/{item.pk}").json()
    assert (shown["title"], shown["caption"], shown["tags"]) == (
        "Own title",
        "Own caption",
        ["Doe, Jane", "own"],
    )
    assert browser(uploader).get(f"/image/{item.pk}/").status_code == 200
    assert "Own" not in browser(first).get(f"/image/{item.pk}/").content.decode()
    sharing.delete(item, first)
    left = ImageItem.objects.get(pk=item.pk)
    assert (left.owner, left.title, left.caption) == (uploader, "Own title", "Own caption")
    assert sorted(tag.name for tag in left.tags.all()) == ["Doe, Jane", "own"]


def test_an_import_keeps_what_its_table_says(first: User, uploader: User, tmp_path: Path) -> None:
    item = secret(first)
    (tmp_path / "mine.png").write_bytes(draw("red"))
    (tmp_path / "all.csv").write_text("path,title,caption,tags\nmine.png,Own title,Own caption,a;b\n")
    call_command("import_images", str(tmp_path / "all.csv"), owner="uploader")
    seen = seen_by(uploader).get(pk=item.pk)
    assert (seen.title, seen.caption, [tag.name for tag in seen.tags.all()]) == (
        "Own title",
        "Own caption",
        ["a", "b"],
    )


@pytest.mark.parametrize("sort", ["new", "old"])
def test_a_list_by_date_stands_by_the_date_of_each_owner(first: User, uploader: User, sort: str) -> None:
    item = secret(first)
    between = add("blue", owner=first)
    take(draw("red"), name="mine.png", owner=uploader)
    newest_first = [item.pk, between.pk]
    expected = newest_first if sort == "new" else newest_first[::-1]
    ids = [each["id"] for each in api(uploader).get(f"/api/images?sort={sort}").json()["results"]]
    assert ids == expected
    position = browser(uploader).get(f"/image/{item.pk}/?sort={sort}").context["list_position"]
    assert position.number == expected.index(item.pk) + 1


def test_a_cursor_carries_no_date_of_the_first_owner(
    first: User, uploader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gallery.views.api.images.PAGE_SIZE", 1)
    item = secret(first)
    add("blue", owner=first)
    take(draw("red"), name="mine.png", owner=uploader)
    following = api(uploader).get("/api/images").json()["next"]
    cursor = Cursor.read(parse_qs(urlsplit(following).query)["after"][0])
    assert cursor
    assert (cursor.pk, cursor.place) == (item.pk, FurtherOwner.objects.get().created_at)
    assert [each["id"] for each in api(uploader).get(following).json()["results"]] != [item.pk]
