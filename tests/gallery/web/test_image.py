"""An image's page: the picture, its facts, what is like it, its place in a list, and changing it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.models import ImageItem, Tag
from gallery.text.descriptions import MAX_CAPTION_LENGTH
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def own(uploader: User, client: Client) -> ImageItem:
    """An image of the person who is logged in."""
    client.force_login(uploader)
    return add("red", title="Boat", owner=uploader, tags=["sea"])


def test_the_page_shows_the_picture_and_its_facts(client: Client, uploader: User) -> None:
    uploader.first_name, uploader.last_name = "Ann", "Boat"
    uploader.save()
    item = add("red", title="Boat", caption="At noon", tags=["sea"], owner=uploader, name="boat.png")

    page = text(client.get(f"/image/{item.pk}/"))

    assert f'src="{item.view_url}" alt="Boat"' in page
    for fact in ("At noon", "60 × 40", "PNG", "boat.png", "by Ann Boat", item.sha256[:12], "Searchable"):
        assert fact in page
    assert "tests.support.embedder.ColourEmbedder" in page
    assert 'href="/?tag=sea"' in page
    assert 'href="/?color=red"' in page
    assert f'href="/search/?like={item.pk}"' in page
    assert "Edit" not in page
    assert "Download" not in page


def test_similar_images_come_nearest_first_with_their_scores(client: Client) -> None:
    item, twin, purple, _blue = add("red"), add("red", mark=1), add("purple"), add("blue")
    answer = client.get(f"/image/{item.pk}/")
    assert [hit.pk for hit in answer.context["similar"]] == [twin.pk, purple.pk]
    assert 'aria-label="1.00, strong match"' in text(answer)


def test_nothing_hidden_is_similar(client: Client) -> None:
    item = add("red")
    add("red", mark=1, visibility="hidden")
    assert not client.get(f"/image/{item.pk}/").context["similar"]
    assert "No similar images were found" in text(client.get(f"/image/{item.pk}/"))


def test_the_strip_goes_on_in_pages(client: Client) -> None:
    items = [add("red", mark=mark) for mark in range(21)]
    page = client.get(f"/image/{items[0].pk}/")
    more = client.get(f"/image/{items[0].pk}/similar/?page=2", headers=HTMX | {"HX-Target": "similar-next"})
    assert (len(page.context["similar"]), len(more.context["similar"])) == (18, 2)
    assert "<html" not in text(more)
    assert client.get(f"/image/{items[0].pk}/similar/")["Location"] == f"/search/?like={items[0].pk}"


@pytest.mark.parametrize("path", ["", "similar/"])
def test_what_is_hidden_is_not_there(client: Client, uploader: User, path: str) -> None:
    item = add("red", visibility="hidden", owner=uploader)
    assert client.get(f"/image/{item.pk}/{path}").status_code == 404
    client.force_login(uploader)
    assert client.get(f"/image/{item.pk}/{path}").status_code in {200, 302}


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_what_is_hidden_cannot_be_changed_and_does_not_say_that_it_is_there(
    client: Client, action: str
) -> None:
    item = add("red", visibility="hidden")
    assert client.post(f"/image/{item.pk}/{action}/").status_code == 404


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_strangers_change_nothing(client: Client, uploader: User, action: str) -> None:
    item = add("red", title="Boat")
    client.force_login(uploader)
    assert client.post(f"/image/{item.pk}/{action}/", {"title": "Mine"}).status_code == 403
    assert ImageItem.objects.get(pk=item.pk).title == "Boat"


def test_an_owner_edits_in_place(client: Client, own: ImageItem) -> None:
    sent = {"title": "Ship", "caption": "Far out", "tags": "sea,  Night ,sea", "visibility": "hidden"}

    answer = client.post(f"/image/{own.pk}/edit/", sent, headers=HTMX | {"HX-Target": "facts"})

    assert answer.status_code == 200
    assert "<html" not in text(answer)
    assert "Ship" in text(answer)
    own.refresh_from_db()
    assert (own.title, own.caption, own.visibility) == ("Ship", "Far out", "hidden")
    assert [tag.name for tag in own.tags.all()] == ["Night", "sea"]
    assert own.state == "ready"


def test_editing_without_script_comes_back_to_the_page(client: Client, own: ImageItem) -> None:
    answer = client.post(f"/image/{own.pk}/edit/", {"title": "Ship", "tags": "", "visibility": "public"})
    assert answer["Location"] == f"/image/{own.pk}/"
    assert not own.tags.exists()


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ("x" * 65, "has 65 characters; a tag can have at most 64"),
        (", ".join(map(str, range(51))), "These are 51 tags; an image can have at most 50"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX | {"HX-Target": "facts"}], ids=["page", "htmx"])
def test_a_refused_edit_says_why_where_it_was_made(
    client: Client, own: ImageItem, tags: str, sentence: str, headers: dict[str, str]
) -> None:
    sent = {"title": "Ship", "tags": tags, "visibility": "public"}
    answer = client.post(f"/image/{own.pk}/edit/", sent, headers=headers)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "<h1>Boat</h1>" in text(answer)
    own.refresh_from_db()
    assert own.title == "Boat"


def test_an_image_that_was_deleted_meanwhile_is_not_there(
    client: Client, own: ImageItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = Tag.named
    monkeypatch.setattr(Tag, "named", lambda names: own.delete() and named(names))
    answer = client.post(f"/image/{own.pk}/edit/", {"title": "Ship", "tags": "new", "visibility": "public"})
    assert answer.status_code == 404
    assert not ImageItem.objects.exists()


def test_a_caption_has_an_end(client: Client, own: ImageItem) -> None:
    sent = {"title": "Boat", "tags": "", "visibility": "public"}
    for length, status in ((MAX_CAPTION_LENGTH, 302), (MAX_CAPTION_LENGTH + 1, 422)):
        answer = client.post(f"/image/{own.pk}/edit/", sent | {"caption": "x" * length})
        assert answer.status_code == status


def test_an_owner_deletes_and_is_told(client: Client, own: ImageItem) -> None:
    answer = client.post(f"/image/{own.pk}/delete/", follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "“Boat” was deleted." in text(answer)
    assert not ImageItem.objects.exists()


def test_owner_and_curator_may_download_the_original(client: Client, own: ImageItem, curator: User) -> None:
    link = f"/media/{own.pk}-{own.sha256[:8]}.o"
    assert link in text(client.get(f"/image/{own.pk}/"))
    client.force_login(curator)
    assert link in text(client.get(f"/image/{own.pk}/"))
    client.logout()
    assert link not in text(client.get(f"/image/{own.pk}/"))


def test_a_waiting_image_says_so(client: Client) -> None:
    item = add("red")
    ImageItem.objects.filter(pk=item.pk).update(state="pending")
    item.embedding.delete()
    page = text(client.get(f"/image/{item.pk}/"))
    assert "Waiting to be made searchable" in page


def test_why_an_image_failed_is_for_those_who_can_mend_it(client: Client, own: ImageItem) -> None:
    ImageItem.objects.filter(pk=own.pk).update(state="failed", reason="The model is away.")
    assert "The model is away." in text(client.get(f"/image/{own.pk}/"))
    client.logout()
    page = text(client.get(f"/image/{own.pk}/"))
    assert "Not searchable" in page
    assert "The model is away." not in page


def test_it_knows_its_place_in_the_library(client: Client) -> None:
    oldest, middle, newest = add("red"), add("blue"), add("red", mark=1)
    position = client.get(f"/image/{middle.pk}/").context["list_position"]
    assert (position.previous, position.next, position.number, position.total) == (newest.pk, oldest.pk, 2, 3)
    assert position.back_url == "/"


def test_it_knows_its_place_in_the_list_that_it_was_opened_from(client: Client) -> None:
    first, _other, last = add("red"), add("blue"), add("red", mark=1)
    position = client.get(f"/image/{first.pk}/?color=red&sort=old").context["list_position"]
    assert (position.previous, position.next, position.number, position.total) == (None, last.pk, 1, 2)
    assert position.back_url == "/?color=red&sort=old"


def test_it_knows_its_place_in_a_search(client: Client) -> None:
    purple, red, _green = add("purple"), add("red"), add("green")
    position = client.get(f"/image/{purple.pk}/?q=red").context["list_position"]
    assert (position.previous, position.next, position.number, position.total) == (red.pk, None, 2, 2)
    assert (position.back_label, position.back_url) == ("Search", "/search/?q=red")


def test_a_search_that_cannot_be_asked_again_hides_no_image(client: Client) -> None:
    item = add("red")
    assert client.get(f"/image/{item.pk}/?q={'x ' * 400}").status_code == 200
    assert client.get(f"/image/{item.pk}/?like={item.pk + 1}").status_code == 200


def test_queries_do_not_grow_with_the_number_of_similar_images(client: Client) -> None:
    item = add("red", tags=["a", "b", "c"])
    counts = []
    for marks in (range(1, 4), range(4, 18)):
        for mark in marks:
            add("red", mark=mark, tags=["a"])
        client.get(f"/image/{item.pk}/")  # meets the new vectors
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/image/{item.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18


def test_what_cannot_be_searched_with_is_not_offered_for_it(client: Client) -> None:
    failed = ImageItem.objects.create(image_uri="https://nowhere.invalid/cat.jpg")
    ImageItem.objects.filter(pk=failed.pk).update(state="failed")
    page = client.get("/").content.decode()
    assert f'href="/image/{failed.pk}/' in page
    assert f"like={failed.pk}" not in page
    assert f'value="{failed.pk}"' not in page
    page = client.get(f"/image/{failed.pk}/").content.decode()
    assert f"like={failed.pk}" not in page
    assert "This picture could not be fetched." in page
