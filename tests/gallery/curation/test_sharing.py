"""One picture of two owners: what the second one sees, and that nothing of the first one shows anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from gallery.ingest.intake import show, take
from gallery.models import FurtherOwner, ImageItem, SavedSearch
from tests.conftest import add, draw
from tests.gallery.support.shared_images import SECRET, api, browser, secret, seen_by, send, shared, upload

pytestmark = pytest.mark.django_db(transaction=True)

STATES = {
    "hidden": {"visibility": "hidden"},
    "waiting": {"moderation": "pending"},
    "hidden and waiting": {"visibility": "hidden", "moderation": "pending"},
}


# --- adding it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_a_hidden_picture_is_answered_as_a_new_one(first: User, uploader: User, state: str) -> None:
    item = secret(first, **STATES[state])
    fresh = send(browser(uploader), upload("mine.png", "blue"))
    answer = send(browser(uploader), upload("mine.png"))
    assert (answer.status_code, fresh.status_code) == (201, 201)
    assert answer.json().keys() == fresh.json().keys()
    assert (answer.json()["kind"], answer.json()["title"]) == ("added", "mine")
    assert FurtherOwner.objects.get(image=item, owner=uploader).name == "mine.png"
    assert send(browser(uploader), upload()).status_code == 200


def test_the_api_answers_likewise(first: User, uploader: User) -> None:
    item = secret(first)
    fresh, answer = (
        api(uploader).post("/api/images", {"image": upload("mine.png", color)}) for color in ("blue", "red")
    )
    assert (fresh.status_code, answer.status_code) == (201, 201)
    assert answer.json().keys() == fresh.json().keys()
    assert (answer.json()["title"], answer.json()["tags"], answer.json()["caption"]) == ("mine", [], "")
    assert answer.json()["created_at"] > item.created_at.isoformat()
    assert SECRET not in answer.content.decode()
    assert api(uploader).post("/api/images", {"image": upload()}).status_code == 200


def test_the_page_without_script_answers_likewise(first: User, uploader: User) -> None:
    item = secret(first)
    answer = browser(uploader).post("/add/", {"image": upload()}, follow=True)
    assert answer.redirect_chain == [(f"/image/{item.pk}/", 302)]
    assert b"Added." in answer.content
    assert SECRET not in answer.content.decode()


def test_an_address_is_shared_too(first: User, uploader: User, httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/mine.png").respond_with_data(draw("red"))
    item = secret(first)
    sent = {"urls": f"{httpserver.url_for('/mine.png')}\n{httpserver.url_for('/mine.png?again')}"}
    answer = browser(uploader).post("/add/", sent)
    assert answer.status_code == 200
    assert [outcome["seen"].created for outcome in answer.context["outcomes"]] == [True, False]
    assert SECRET not in answer.content.decode()
    assert FurtherOwner.objects.get().image_id == item.pk


def test_an_import_for_an_owner_shares_what_is_hidden_from_them(
    first: User, uploader: User, tmp_path: Path
) -> None:
    item = secret(first)
    (tmp_path / "mine.png").write_bytes(draw("red"))
    call_command("import_images", str(tmp_path / "mine.png"), owner="uploader")
    call_command("import_images", str(tmp_path / "mine.png"))
    assert [(each.image_id, each.owner_id, each.name) for each in FurtherOwner.objects.all()] == [
        (item.pk, uploader.pk, "mine.png")
    ]


def test_an_import_of_a_known_address_shares_it_too(
    first: User, uploader: User, httpserver: Any, settings: Any
) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    address = httpserver.url_for("/mine.png")
    httpserver.expect_request("/mine.png").respond_with_data(draw("red"))
    item = add("red", owner=first, image_uri=address, visibility="hidden")
    call_command("import_images", address, owner="uploader")
    assert FurtherOwner.objects.get().image_id == item.pk


def test_two_who_add_it_at_the_same_moment_both_own_it(first: User, uploader: User, monkeypatch: Any) -> None:
    """The first one's row comes while the second one's picture is being decoded."""
    from gallery.ingest import intake

    prepare = intake.prepare

    def slow(*args: Any, **fields: Any) -> Any:
        arrival = prepare(*args, **fields)
        monkeypatch.undo()
        secret(first)
        return arrival

    monkeypatch.setattr(intake, "prepare", slow)
    assert send(browser(uploader), upload()).status_code == 201
    assert FurtherOwner.objects.get().owner_id == uploader.pk


def test_what_one_may_see_is_not_shared(first: User, uploader: User, curator: User) -> None:
    add("blue", owner=first)
    secret(first)
    add("green", owner=uploader, visibility="hidden")
    for user, color in ((uploader, "blue"), (curator, "red"), (uploader, "green")):
        assert send(browser(user), upload(color=color)).status_code in {200, 403}
        take(draw(color), owner=user)
    assert not FurtherOwner.objects.exists()


# --- what is blocked -----------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["public", "hidden"])
def test_a_blocked_picture_is_answered_as_one_that_waits_for_approval(
    first: User, uploader: User, visibility: str
) -> None:
    item = secret(first, moderation="blocked", visibility=visibility)
    waiting = take(draw("blue"), name="mine.png", owner=uploader, moderation="pending")
    expected = show(waiting, uploader)
    seen = show(take(draw("red"), name="mine.png", owner=uploader), uploader)
    assert (seen.created, seen.awaits_approval, seen.href) == (
        expected.created,
        expected.awaits_approval,
        expected.href,
    )
    assert (seen.item.title, seen.item.moderation) == ("mine", "pending")
    answer = browser(uploader).post("/add/", {"image": upload()}, follow=True)
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()
    for path in (f"/image/{item.pk}/", item.tile_url, item.media_url("o"), f"/search/?like={item.pk}"):
        assert browser(uploader).get(path).status_code == 404
    assert api(uploader).get(f"/api/images/{item.pk}").status_code == 404


def test_its_owner_who_adds_a_blocked_picture_again_gets_nothing_back(uploader: User) -> None:
    item = secret(uploader, moderation="blocked")
    answer = send(browser(uploader), upload())
    assert (answer.status_code, answer.json()["kind"]) == (200, "here")
    assert not FurtherOwner.objects.exists()
    assert browser(uploader).get(f"/image/{item.pk}/").status_code == 404


def test_an_approved_one_is_there_for_both(first: User, uploader: User) -> None:
    item = shared(first, uploader, moderation="blocked")
    assert not seen_by(uploader).exists()
    ImageItem.objects.filter(pk=item.pk).update(moderation="approved")
    assert seen_by(uploader).get().title == "mine"


# --- what the second owner sees ------------------------------------------------------------------


def test_the_second_owner_sees_the_picture_in_all_its_sizes(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    for kind in "tvo":
        assert browser(uploader).get(item.media_url(kind)).status_code == 200
    original = browser(uploader).get(item.media_url("o"))
    assert original["Content-Disposition"] == 'attachment; filename="mine.png"'
    assert b"".join(original.streaming_content) == draw("red")  # type: ignore[attr-defined]
    assert browser(User.objects.create_user("third")).get(item.tile_url).status_code == 404


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?sort=name",
        "/?tag=zanzibar+tag",
        "/?state=hidden",
        "/image/{pk}/",
        "/image/{other}/",
        "/image/{other}/similar/?page=1",
        "/search/",
        "/search/?like={pk}",
        "/search/?like={other}",
        "/search/?q=red",
        "/search/?q=red+title",
        "/search/?q=red&tag=mine",
        "/search/suggest?q=zan",
        "/search/suggest?q=mi",
        "/compare/?a={pk}&b={other}",
        "/compare/?a={other}&b={pk}",
        "/status/",
        "/add/",
        "/searches/",
        "/searches/{feed}.json",
    ],
)
def test_no_page_tells_the_second_owner_anything_of_the_first(
    first: User, uploader: User, path: str, state: str
) -> None:
    item = shared(first, uploader, **STATES[state])
    other = add("red", mark=3, owner=uploader, tags=["mine"], title="Mine too")
    saved = SavedSearch.objects.create(owner=uploader, name="red", query="q=red&min=0")
    address = path.format(pk=item.pk, other=other.pk, feed=saved.token)
    answer = browser(uploader).get(address, follow=True)
    assert answer.status_code == 200
    said = answer.content.decode()
    for asked in ("zanzibar tag", "zanzibar+tag", "zanzibar%20tag"):  # what the address asks is said again
        said = said.replace(asked, "") if "tag=zanzibar" in path else said
    assert SECRET not in said


@pytest.mark.parametrize(
    "path",
    [
        "/api/images",
        "/api/images?sort=name",
        "/api/images/{pk}",
        "/api/images/{pk}/similar",
        "/api/images/{other}/similar",
        "/api/search?q=red",
        "/api/search?like={other}&facets=1&dedupe=1",
        "/api/search?q=mine",
        "/api/status",
    ],
)
def test_the_api_tells_nothing_either(first: User, uploader: User, path: str) -> None:
    item = shared(first, uploader)
    other = add("red", mark=3, owner=uploader, title="Mine too")
    answer = api(uploader).get(path.format(pk=item.pk, other=other.pk))
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()


def test_the_picture_is_found_by_its_looks_but_not_by_the_first_ones_words(
    first: User, uploader: User
) -> None:
    item = shared(first, uploader)
    assert [hit.pk for hit in seen_by(uploader).search("red")] == [item.pk]
    for words in (SECRET, "title", "caption", f"{SECRET} tag"):
        assert not any("words" in hit.found_by for hit in seen_by(uploader).search(words))
        answer = api(uploader).get("/api/search", {"q": words}).json()
        assert not any("words" in hit["found_by"] for hit in answer["results"])
    assert [hit.pk for hit in seen_by(first).search(SECRET)] == [item.pk]


def test_tags_filter_what_one_may_read(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    assert not seen_by(uploader).tagged(f"{SECRET} tag").exists()
    assert seen_by(first).tagged(f"{SECRET} tag").get().pk == item.pk
    assert api(uploader).get("/api/images", {"tag": f"{SECRET} tag"}).json()["count"] == 0


def test_suggestions_know_no_word_of_the_first(first: User, uploader: User) -> None:
    shared(first, uploader)
    assert browser(uploader).get("/search/suggest?q=zanzib").content.decode().count(SECRET) == 0
    assert SECRET in browser(first).get("/search/suggest?q=zanzib").content.decode()


def test_a_list_by_name_does_not_tell_where_the_first_ones_title_stands(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    early, late = add("blue", title="Aaa"), add("green", title="zzz")
    ids = [each["id"] for each in api(uploader).get("/api/images?sort=name").json()["results"]]
    assert ids == [item.pk, early.pk, late.pk]
    position = browser(uploader).get(f"/image/{item.pk}/?sort=name").context["list_position"]
    assert (position.number, position.total) == (1, 3)


def test_a_published_picture_shows_all_of_it_to_everybody(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    ImageItem.objects.filter(pk=item.pk).update(visibility="public")
    assert seen_by(uploader).get().title == f"{SECRET} title"
    assert seen_by(uploader).tagged(f"{SECRET} tag").exists()


def test_the_second_owner_changes_nothing_of_the_first(first: User, uploader: User) -> None:
    item = shared(first, uploader)
    answer = browser(uploader).post(f"/image/{item.pk}/edit/", {"title": "x", "visibility": "public"})
    assert answer.status_code == 403
    with pytest.raises(ValueError, match="saving it would lose that"):
        seen_by(uploader).get().save()
    item.refresh_from_db()
    assert (item.title, item.visibility) == (f"{SECRET} title", "hidden")


def test_a_members_list_costs_one_question_more(
    first: User, uploader: User, django_assert_num_queries: Any
) -> None:
    secret(first)
    assert not uploader.has_perm("gallery.curate")  # which is asked once for each request
    with django_assert_num_queries(2):
        list(seen_by(uploader).order_by("pk"))
    with django_assert_num_queries(1):
        list(ImageItem.objects.visible_to(None))
