"""Search in the browser: by words, by a picture, by an image that is here; all of it in the URL."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from gallery import querysets
from gallery.models import ImageItem, QueryPicture, VectorSpace
from gallery.views import search
from imagesearch.asking import cache
from imagesearch.query import Query
from tests.conftest import add, draw
from tests.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)

TYPING = {"HX-Request": "true", "HX-Target": "found", "HX-Trigger": "q"}
SCROLLING = {"HX-Request": "true", "HX-Target": "more"}
DROPPED = {"HX-Request": "true", "HX-Target": "message"}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def bands(response: Any) -> dict[str, list[str]]:
    """The titles of each band that is shown, in their order."""
    return {group.key: [hit.item.title for hit in group.hits] for group in response.context["groups"]}


def send(client: Client, content: bytes, name: str = "query.png", **fields: Any) -> Any:
    picture = SimpleUploadedFile(name, content)
    headers = fields.pop("headers", {})
    return client.post("/search/picture", {"picture": picture, **fields}, headers=headers)


# --- words


def test_words_find_what_images_show_in_bands(client: Client) -> None:
    for color in ("red", "purple", "green"):
        add(color, title=color.title(), name="x.png")

    answer = client.get("/search/?q=red")

    assert bands(answer) == {"strong": ["Red"], "likely": ["Purple"]}
    page = text(answer)
    assert "2 images: 1 strong, 1 likely" in page
    assert "1 at 0.70 and above" in page
    assert "1 between 0.50 and 0.70" in page
    assert "<title>red · Gallery</title>" in page
    assert 'value="red"' in page


def test_each_hit_says_why(client: Client) -> None:
    add("red", title="Sunset", tags=["red", "sky"])
    page = text(client.get("/search/?q=red"))
    assert "what it shows and its title, tags or name" in page
    assert "Cosine 0.9" in page
    assert "for this model strong starts at 0.80" in page
    assert '<a class="chip" href="/?tag=red">red</a>' in page
    assert "/?tag=sky" not in page


def test_a_score_is_never_shown_as_more_than_it_is() -> None:
    from gallery.templatetags.gallery import score

    assert score(0.6999) == "0.69"
    assert score(0.29) == "0.29"


def test_an_unsure_word_is_named(client: Client) -> None:
    add("red")
    page = text(client.get("/search/?q=red+moonlight"))
    assert "“moonlight” is a word that the model is unsure of" in page


def test_unsure_words_alone_search_only_the_word_index_and_the_page_says_so(client: Client) -> None:
    add("red", title="Moonlight")
    add("red", mark=1, title="Other")
    answer = client.get("/search/?q=moonlight")
    assert bands(answer) == {"likely": ["Moonlight"]}
    assert "The model is unsure of “moonlight”, so only the words of titles" in text(answer)


def test_a_model_without_words_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ColourEmbedder, "embeds_text", False)
    add("red", title="Moonlight")
    answer = client.get("/search/?q=moonlight")
    assert bands(answer) == {"likely": ["Moonlight"]}
    assert "This model knows pictures only" in text(answer)


def test_without_a_strong_match_the_page_says_so(client: Client) -> None:
    add("white", title="Snow")
    page = text(client.get("/search/?q=red"))
    assert "No strong match for “red”." in page
    assert "likely matches start at 0.50" in page
    assert "Try with a picture" in page


def test_what_is_weaker_is_counted_and_can_be_shown(client: Client) -> None:
    add("red", title="Red")
    add("blue", title="Blue")
    answer = client.get("/search/?q=red")
    assert bands(answer) == {"strong": ["Red"]}
    page = text(answer)
    assert "1 image below 0.35 is not shown." in page
    assert '<a href="?q=red&amp;min=0">Show 1 weaker</a>' in page
    assert bands(client.get("/search/?q=red&min=0")) == {"strong": ["Red"], "hidden": ["Blue"]}


def test_the_lowest_score_lives_in_the_url(client: Client) -> None:
    add("red", title="Red")
    add("purple", title="Purple")
    assert bands(client.get("/search/?q=red&min=0.7")) == {"strong": ["Red"]}


def test_a_model_without_calibration_has_an_order_but_no_bands(client: Client) -> None:
    add("red", title="Red")
    add("blue", title="Blue")
    VectorSpace.objects.update(calibration=None)
    answer = client.get("/search/?q=red")
    assert bands(answer) == {"all": ["Red", "Blue"]}
    assert "No strong match" not in text(answer)


def test_filters_narrow_a_search_too(client: Client) -> None:
    add("red", title="Wide", tags=["sea"])
    add("red", title="Tall", size=(40, 60))
    assert bands(client.get("/search/?q=red&tag=sea")) == {"strong": ["Wide"]}
    assert bands(client.get("/search/?q=red&orientation=portrait")) == {"strong": ["Tall"]}
    assert 'name="tag" value="sea"' in text(client.get("/search/?q=red&tag=sea"))


def test_as_many_tags_as_can_be_asked_for_are_joined(client: Client) -> None:
    add("red", tags=[f"t{number}" for number in range(20)])
    query = "&".join(f"tag=t{number}" for number in range(20))
    assert client.get(f"/?{query}").context["total"] == 1
    assert client.get(f"/search/?q=red&{query}").context["results"].total == 1


def test_nothing_hidden_is_found_or_counted(client: Client, uploader: User) -> None:
    add("red", title="Secret", visibility="hidden", owner=uploader)
    page = text(client.get("/search/?q=red&min=0"))
    assert "Secret" not in page
    assert "0 images" in page


def test_an_empty_search_shows_what_can_be_asked(client: Client) -> None:
    item = add("red", tags=["sea"])
    page = text(client.get("/search/"))
    assert '<a class="chip" href="?q=sea">sea</a>' in page
    assert 'href="?q=teal"' in page
    assert f'href="?like={item.pk}"' in page


def test_too_many_words_are_refused_in_place(client: Client) -> None:
    answer = client.get("/search/", {"q": "red " * 200})
    assert answer.status_code == 400
    assert "at most 500 can be searched at once" in text(answer)
    assert "<html" in text(answer)


def test_queries_do_not_grow_with_the_number_of_hits(client: Client) -> None:
    counts = []
    for marks in (range(2), range(2, 20)):
        for mark in marks:
            add("red", mark=mark, tags=["a", "b"])
        client.get("/search/?q=red")  # meets the new vectors
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/?q=red")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- while typing


def test_typing_changes_what_is_found_and_the_url(client: Client) -> None:
    add("red", title="Red")
    answer = client.get("/search/?q=red&color=red", headers=TYPING)
    assert answer["HX-Replace-Url"] == "?q=red&color=red"
    page = text(answer)
    assert "<html" not in page
    assert "<title>red · Gallery</title>" in page
    assert '<p class="vh" id="live" hx-swap-oob="innerHTML">1 image: 1 strong</p>' in page
    assert 'id="query-chips" hx-swap-oob="true"' in page


def test_typing_asks_a_remote_model_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    add("red", title="Red")
    monkeypatch.setattr(ColourEmbedder, "local", False)
    monkeypatch.setattr(ColourEmbedder, "embed_texts", lambda *_: pytest.fail("asked the model"))
    answer = client.get("/search/?q=red", headers=TYPING)
    assert bands(answer) == {"likely": ["Red"]}
    assert "press Enter to search by meaning too" in text(answer)


def test_which_filter_left_nothing_costs_no_embedding(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("red", title="Red")
    monkeypatch.setattr(ColourEmbedder, "local", False)
    monkeypatch.setattr(ColourEmbedder, "embed_texts", lambda *_: pytest.fail("asked the model"))
    answer = client.get("/search/?q=red&color=green", headers=TYPING)
    assert [(drop.label, drop.count) for drop in answer.context["drops"]] == [("green", 1)]


def test_what_cannot_be_taken_away_is_named(client: Client) -> None:
    blue = add("blue")
    add("red", title="Moonlight")
    assert "nothing is taken away" in text(client.get(f"/search/?q=moonlight&less={blue.pk}"))
    page = text(client.get("/search/?q=red&not=moonlight"))
    assert "unsure of “moonlight”, so taking it away has no effect" in page


def test_a_box_that_was_let_go_of_asks_a_remote_model(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = add("red", title="Red")
    add("red", mark=1, title="Other")
    monkeypatch.setattr(ColourEmbedder, "local", False)
    cache.clear()
    query = f"/search/?like={item.pk}&crop_of={item.pk}&crop_x=0&crop_width=50"
    answer = client.get(query, headers=TYPING | {"HX-Trigger": "crop"})
    assert bands(answer) == {"strong": ["Other"]}
    assert "data-live" not in text(client.get(f"/search/?like={item.pk}"))


def test_searching_too_often_is_answered_in_place_and_says_when_to_come_back(
    client: Client, settings: Any
) -> None:
    settings.WORD_SEARCHES_PER_MINUTE = 1
    client.get("/search/?q=red")
    answer = client.get("/search/?q=blue", headers=TYPING)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "Try again in" in text(answer)
    assert client.get("/search/?q=red").status_code == 200, "what was asked before costs nothing"


def test_without_anything_sought_a_chip_leads_to_an_empty_search(client: Client) -> None:
    red, blue = add("red"), add("blue")
    page = text(client.get(f"/search/?like={red.pk}&less={blue.pk}"))
    assert f'href="/search/" aria-label="Remove picture: {red}"' in page
    assert f'href="/search/?like={red.pk}" aria-label="Remove less like: {blue}"' in page


def test_a_hit_says_that_its_words_lift_it(client: Client) -> None:
    add("blue", title="Red lagoon")
    assert "“red” in its title: counts as likely for the words" in text(client.get("/search/?q=red"))


def test_whoever_logs_in_comes_back_to_the_search(client: Client) -> None:
    assert 'href="/login/?next=/search/%3Fq%3Dred' in text(client.get("/search/?q=red")).replace("%2F", "/")


# --- pages


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    for number, color in enumerate(["red", "red", "red", "purple", "purple"]):
        add(color, mark=number, title=f"{color} {number}", name="x.png")


@pytest.mark.usefixtures("two_a_page")
def test_scrolling_goes_on_in_the_band_and_begins_the_next(client: Client) -> None:
    first = client.get("/search/?q=red")
    assert bands(first) == {"strong": ["red 0", "red 1"]}

    second = client.get("/search/" + first.context["stretch"]["more"], headers=SCROLLING)

    assert bands(second) == {"strong": ["red 2"], "likely": ["purple 3"]}
    assert [group.begins for group in second.context["groups"]] == [False, True]
    assert second["HX-Replace-Url"] == "?q=red&upto=2"
    assert text(second).count('<div class="band">') == 1
    assert bands(client.get("/search/?q=red&upto=2")) == {
        "strong": ["red 0", "red 1", "red 2"],
        "likely": ["purple 3"],
    }


@pytest.mark.usefixtures("two_a_page")
def test_plain_links_lead_through_all_results(client: Client) -> None:
    third = client.get("/search/?q=red&page=3")
    assert bands(third) == {"likely": ["purple 4"]}
    assert client.get("/search/?q=red&page=2").context["stretch"]["onward"] == "?q=red&page=3"
    assert not third.context["stretch"]["onward"]


@pytest.mark.usefixtures("two_a_page")
def test_results_end_at_the_deepest_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "DEEPEST", 2)
    stretch = client.get("/search/?q=red&upto=2").context["stretch"]
    assert stretch == {"more": "", "onward": ""}


# --- by an image of the library


def test_an_image_of_the_library_finds_its_like(client: Client) -> None:
    item = add("red", title="Boat", tags=["sea"])
    add("red", mark=1, title="Ship", tags=["sea", "port"])
    answer = client.get(f"/search/?like={item.pk}")
    assert bands(answer) == {"strong": ["Ship"]}
    page = text(answer)
    assert "Like Boat" in page
    assert "its look" in page
    assert "/?tag=sea" in page
    assert "/?tag=port" not in page
    assert 'aria-label="Remove picture: Boat"' in page


def test_words_and_a_picture_are_asked_together(client: Client) -> None:
    item = add("red", title="Boat")
    add("purple", title="Purple")
    add("red", mark=1, title="Red")
    answer = client.get(f"/search/?q=blue&like={item.pk}")
    assert next(iter(bands(answer).values())) == ["Purple"]
    assert "Boat + “blue”" in text(answer)
    assert 'name="q" form="compose" value="blue"' in text(answer)
    assert f'<input type="hidden" name="like" value="{item.pk}">' in text(answer)


@pytest.mark.parametrize("like", ["99999", "9" * 18])
def test_an_unknown_image_is_not_there(client: Client, like: str) -> None:
    assert client.get(f"/search/?like={like}").status_code == 404


def test_a_hidden_image_is_no_query(client: Client) -> None:
    item = add("red", visibility="hidden")
    assert client.get(f"/search/?like={item.pk}").status_code == 404


def test_an_image_without_a_vector_says_so(client: Client) -> None:
    item = add("red")
    item.embedding.delete()
    answer = client.get(f"/search/?like={item.pk}")
    assert answer.status_code == 400
    assert "This picture has no vector yet" in text(answer)


# --- by a picture that is not in the library


def test_a_picture_is_kept_and_leads_to_its_search(client: Client) -> None:
    add("red", title="Red")

    answer = send(client, draw("red", mark=5), tag="", color="red", q="red")

    kept = QueryPicture.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/search/?q=red&like={kept.token}&color=red"
    page = client.get(answer["Location"])
    assert bands(page) == {"strong": ["Red"]}
    assert "query.png + “red”" in text(page)
    assert f'src="/search/picture/{kept.token}"' in text(page)
    assert ImageItem.objects.count() == 1


def test_the_picture_is_kept_small_and_without_metadata(client: Client) -> None:
    photo, buffer = Image.new("RGB", (3000, 1500), "red"), BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Secret place"
    photo.save(buffer, "JPEG", exif=exif)
    send(client, buffer.getvalue())

    with QueryPicture.objects.get().file.open() as file, Image.open(file) as kept:
        assert (kept.format, kept.size) == ("WEBP", (1600, 800))
        assert not kept.getexif()


def test_the_picture_is_shown_to_whoever_has_its_token_and_kept_by_no_cache(client: Client) -> None:
    send(client, draw("red"))
    answer = client.get(f"/search/picture/{QueryPicture.objects.get().token}")
    assert answer["Content-Type"] == "image/webp"
    assert set(answer["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert client.get("/search/picture/guessed").status_code == 404


def test_the_same_picture_is_embedded_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    add("red")
    location = send(client, draw("blue"))["Location"]
    monkeypatch.setattr(ColourEmbedder, "embed_images", lambda *_: pytest.fail("embedded again"))
    assert client.get(location).status_code == 200
    assert send(client, draw("blue")).status_code == 303


def test_a_picture_whose_vector_was_forgotten_is_embedded_again(client: Client) -> None:
    add("red", title="Red")
    location = send(client, draw("red", mark=1))["Location"]
    cache.clear()
    assert bands(client.get(location)) == {"strong": ["Red"]}


def test_a_picture_is_the_same_query_in_every_process(client: Client) -> None:
    add("red", title="Red")
    send(client, draw("yellow", size=(2000, 10)))  # kept smaller than it came
    before, after = [], []
    for scores in (before, after):
        question = ImageItem.objects.search(Query().more(QueryPicture.objects.get().token)).question
        scores += list(question.vector)
        cache.clear()
    assert before == after


def test_an_expired_picture_leaves_the_rest_of_the_query(client: Client) -> None:
    add("red", title="Red")
    send(client, draw("blue"))
    token = QueryPicture.objects.get().token
    QueryPicture.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = client.get(f"/search/?q=red&like={token}")
    assert bands(answer) == {"strong": ["Red"]}
    assert "This picture has expired, drop it again." in text(answer)
    assert 'href="/search/?q=red" aria-label="Remove picture: Picture expired"' in text(answer)


def test_a_picture_whose_file_is_gone_has_expired(client: Client) -> None:
    add("red", title="Red")
    send(client, draw("blue"))
    kept = QueryPicture.objects.get()
    kept.file.storage.delete(kept.file.name)
    cache.clear()
    answer = client.get(f"/search/?q=red&like={kept.token}")
    assert bands(answer) == {"strong": ["Red"]}
    assert "This picture has expired, drop it again." in text(answer)
    assert client.get(f"/search/picture/{kept.token}").status_code == 404


def test_the_address_of_a_picture_searches(client: Client, httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/boat.png").respond_with_data(draw("red", mark=1), content_type="image/png")
    add("red", title="Red")
    location = client.post("/search/picture", {"url": httpserver.url_for("/boat.png")})["Location"]
    answer = client.get(location)
    assert bands(answer) == {"strong": ["Red"]}
    assert "Like boat.png" in text(answer)


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({}, 400, "There is no picture to search with."),
        ({"url": "http://10.0.0.1/x.png"}, 422, "not on the public Internet"),
        ({"url": "no address"}, 422, ""),
        ({"picture": b"%PDF-1.7 and so on"}, 422, "This is a PDF."),
        ({"picture": b""}, 422, ""),
    ],
    ids=["nothing", "internal", "no-url", "pdf", "empty"],
)
@pytest.mark.parametrize("headers", [{}, DROPPED], ids=["page", "htmx"])
def test_a_refused_picture_says_why_in_place(
    client: Client, sent: dict[str, Any], status: int, sentence: str, headers: dict[str, str]
) -> None:
    if isinstance(sent.get("picture"), bytes):
        sent = {"picture": SimpleUploadedFile("x.png", sent["picture"])}
    answer = client.post("/search/picture", sent, headers=headers)
    assert answer.status_code == status
    assert sentence in text(answer)
    assert 'role="alert"' in text(answer)
    assert ("<html" in text(answer)) == (not headers)
    assert not QueryPicture.objects.exists()


def test_a_picture_that_is_too_large_is_refused_unread(client: Client, settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 1000
    answer = send(client, b"x" * 100_000, headers=DROPPED)
    assert answer.status_code == 413
    assert answer["HX-Retarget"] == "#message"
    assert "<html" not in text(answer)


def test_picture_searches_are_limited_for_strangers_alone(
    client: Client, settings: Any, uploader: User
) -> None:
    settings.SEARCHES_PER_MINUTE = 1
    send(client, draw("red"))
    for headers in ({}, DROPPED):
        answer = send(client, draw("red", mark=1), headers=headers)
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
    client.force_login(uploader)
    assert send(client, draw("red", mark=1)).status_code == 303


def test_htmx_is_led_to_the_search(client: Client) -> None:
    answer = send(client, draw("red"), headers=DROPPED)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"/search/?like={QueryPicture.objects.get().token}"


def test_searching_by_a_picture_needs_the_csrf_token() -> None:
    assert send(Client(enforce_csrf_checks=True), draw("red")).status_code == 403


def test_a_refused_search_reloaded_is_an_empty_one(client: Client) -> None:
    assert client.get("/search/picture")["Location"] == "/search/"


def test_the_depth_of_results_is_that_of_the_ranking() -> None:
    assert querysets.DEPTH == search.DEEPEST * search.PAGE


@pytest.mark.usefixtures("two_a_page")
def test_a_page_that_is_refused_leaves_the_results_and_says_why(client: Client, settings: Any) -> None:
    more = client.get("/search/?q=red").context["stretch"]["more"]
    settings.WORD_SEARCHES_PER_MINUTE = 1
    cache.clear()
    answer = client.get("/search/" + more, headers=SCROLLING)
    assert answer.status_code == 429
    assert answer["HX-Retarget"] == "#message"
    assert int(answer["Retry-After"]) > 0
