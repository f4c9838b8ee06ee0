"""One picture of two owners: what the second one sees, and that nothing of the first one shows anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from gallery import sharing
from gallery.cursors import Cursor
from gallery.intake import show, take
from gallery.models import ApiToken, FurtherOwner, ImageItem, SavedSearch
from gallery.querysets import ImageQuerySet
from tests.conftest import add, draw
from tests.gallery.admin.desk import change_url, fields

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "zanzibar"
STATES = {
    "hidden": {"visibility": "hidden"},
    "waiting": {"moderation": "pending"},
    "hidden and waiting": {"visibility": "hidden", "moderation": "pending"},
}


@pytest.fixture
def first(db: None) -> User:
    user = User.objects.create_user("zanzibar-first", password="x")
    user.user_permissions.add(Permission.objects.get(codename="add_imageitem"))
    return user


def secret(owner: User, **fields: Any) -> ImageItem:
    """An image of the first owner, all of whose words are secret."""
    return add(
        "red",
        owner=owner,
        name=f"{SECRET}.png",
        title=f"{SECRET} title",
        caption=f"{SECRET} caption",
        tags=[f"{SECRET} tag"],
        image_uri=f"https://{SECRET}.example/red.png",
        **({"visibility": "hidden"} | fields),
    )


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {ApiToken.issue(user)}"})


def upload(name: str = "mine.png", color: str = "red", mark: int = 0) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, draw(color, mark=mark))


def send(client: Client, file: SimpleUploadedFile) -> Any:
    return client.post("/add/", {"image": file}, headers={"Accept": "application/json"})


def shared(first: User, second: User, **fields: Any) -> ImageItem:
    """The secret image, of which the second one is a further owner."""
    item = secret(first, **fields)
    take(draw("red"), name="mine.png", owner=second)
    return item


def seen_by(user: User) -> ImageQuerySet:
    return ImageItem.objects.visible_to(user)


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
    from gallery import intake

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
    assert (seen.created, seen.waits, seen.href) == (expected.created, expected.waits, expected.href)
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
    assert b"".join(original.streaming_content) == draw("red")
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
    around = browser(uploader).get(f"/image/{item.pk}/?sort=name").context["around"]
    assert (around.position, around.total) == (1, 3)


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


# --- deleting it ---------------------------------------------------------------------------------


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
    assert b"".join(browser(uploader).get(kept.media_url("o")).streaming_content) == draw("red")
    assert seen_by(third).get().pk == kept.pk
    assert browser(uploader).get(f"/image/{item.pk}/").status_code == 404


# --- what the second owner wrote -----------------------------------------------------------------

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
    around = browser(uploader).get(f"/image/{item.pk}/?sort={sort}").context["around"]
    assert around.position == expected.index(item.pk) + 1


def test_a_cursor_carries_no_date_of_the_first_owner(
    first: User, uploader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gallery.views.api.PAGE", 1)
    item = secret(first)
    add("blue", owner=first)
    take(draw("red"), name="mine.png", owner=uploader)
    following = api(uploader).get("/api/images").json()["next"]
    cursor = Cursor.read(parse_qs(urlsplit(following).query)["after"][0])
    assert cursor
    assert (cursor.pk, cursor.place) == (item.pk, FurtherOwner.objects.get().created_at)
    assert [each["id"] for each in api(uploader).get(following).json()["results"]] != [item.pk]
