"""What is new in a saved search since its owner last looked: counted, marked, and never paid for."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.ingest.indexing import index
from gallery.ingest.intake import take
from gallery.models import ImageItem, VectorSpace
from gallery.saved_searches import new_hits
from imagesearch.query.query_vector import cache
from tests.conftest import add, draw
from tests.gallery.pictures.test_near_duplicates import encoded, scene
from tests.gallery.support.saved_searches import logged_in, news, only, save, text, whose
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(uploader: User, settings: Any) -> Client:
    return logged_in(uploader, settings)


def test_new_hits_are_images_that_came_since_the_last_look_and_match_well(client: Client) -> None:
    add("red")
    save(client)
    assert news(client) == ""
    add("red", mark=1)
    add("purple", mark=1)  # likely
    add("white", mark=1)  # weak
    add("blue", mark=1)
    pk = only().pk
    assert f'id="list-new-{pk}" hx-swap-oob="true">2<span class="vh"> new</span>' in news(client)
    assert [f'id="{place}-new-{pk}"' in news(client, "rail") for place in ("rail", "more", "list")] == [
        1,
        1,
        0,
    ]


def test_the_search_s_own_threshold_and_filters_hold(client: Client) -> None:
    save(client, "q=red&min=0.7", name="Strong")
    save(client, "q=red&min=0", name="All")
    save(client, "q=red&tag=sea", name="Sea")
    add("red", tags=["sea"])
    add("purple")
    add("blue")
    found = {new.saved.name: new.count for new in new_hits.count_all(*whose(client))}
    assert found == {"Strong": 1, "All": 3, "Sea": 1}


def test_a_look_makes_them_old_and_marks_them_among_the_results(client: Client) -> None:
    add("red", title="Old")
    save(client)
    add("red", mark=1, title="Fresh")
    saved = only()
    assert text(client.get("/search/?q=red")).count("New</span>") == 1
    assert "New</span>" not in text(client.get("/search/?q=red&min=0.6"))  # another search

    answer = client.get(f"/searches/{saved.pk}/")

    assert answer["Location"] == "/search/?q=red"
    page = text(client.get(answer["Location"]))
    assert page.count("New</span>") == 1
    assert news(client) == ""
    client.get(f"/searches/{saved.pk}/")
    assert "New</span>" not in text(client.get("/search/?q=red"))


def test_asking_whether_it_is_there_is_no_look(client: Client) -> None:
    save(client)
    before = only().seen_at
    assert client.head(f"/searches/{only().pk}/").status_code == 302
    assert only().seen_at == before


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["in advance", "in advance, formerly", "from another site"],
)
def test_what_a_browser_asks_by_itself_is_no_look(client: Client, headers: dict[str, str]) -> None:
    save(client)
    before = only().seen_at
    assert client.get(f"/searches/{only().pk}/", headers=headers).status_code == 302
    assert only().seen_at == before


def test_what_waited_for_the_worker_is_new_once_it_is_searchable(client: Client, settings: Any) -> None:
    settings.EMBED_ON_SAVE = "worker"
    add("red", name="1.png")
    save(client)
    assert news(client) == ""
    index()
    assert ">1<" in news(client)
    client.get(f"/searches/{only().pk}/")
    assert text(client.get("/search/?q=red")).count("New</span>") == 1
    ImageItem.objects.all().requeue()  # the same picture by another model is nothing new
    index()
    assert news(client) == ""


def test_what_is_published_or_approved_later_is_new_then(client: Client, curator: User) -> None:
    hidden = add("red", visibility="hidden", owner=curator)
    waiting = add("red", mark=1, moderation="pending")
    add("red", mark=2)
    save(client)
    assert news(client) == ""
    hidden.visibility = "public"
    hidden.save()
    waiting.moderation = "approved"
    waiting.save()
    assert ">2<" in news(client)
    client.get(f"/searches/{only().pk}/")
    ImageItem.objects.get(pk=hidden.pk).save()
    assert news(client) == ""


@pytest.mark.parametrize(
    ("action", "before"), [("publish", {"visibility": "hidden"}), ("approve", {"moderation": "pending"})]
)
def test_what_is_opened_in_the_admin_s_list_is_new_then(
    client: Client, staff: User, action: str, before: dict[str, str]
) -> None:
    add("red")
    item = add("red", mark=1, **before)
    save(client)
    admin = Client()
    admin.force_login(staff)
    chosen = {"action": action, "_selected_action": [item.pk]}
    assert admin.post("/admin/gallery/imageitem/", chosen).status_code == 302
    assert ">1<" in news(client)


def test_another_picture_in_its_place_is_new(client: Client) -> None:
    item = add("blue")
    save(client)
    item.file = ContentFile(draw("red", mark=5), "other.png")
    item.save()
    assert ">1<" in news(client)


def test_nothing_hidden_is_new(client: Client, curator: User) -> None:
    save(client)
    add("red", visibility="hidden", owner=curator)
    assert news(client) == ""


def test_near_duplicates_count_once_as_on_the_page(client: Client) -> None:
    original = scene(3)
    item = take(encoded(original), name="a.png").item
    save(client, f"like={item.pk}", name="Once")
    save(client, f"like={item.pk}&dedupe=0", name="Each")
    for size in ((310, 230), (280, 210)):
        take(encoded(original.resize(size)), name="copy.png")
    assert {new.saved.name: new.count for new in new_hits.count_all(*whose(client))} == {"Once": 1, "Each": 2}


def test_many_are_not_counted_to_the_last(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_hits, "MAX_NEW_COUNTED", 1)
    save(client)
    add("red")
    add("red", mark=1)
    assert ">1+<" in news(client)


def test_a_model_that_costs_money_is_not_asked_for_a_badge(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ColourEmbedder, "local", False)
    save(client)
    add("red")
    cache.clear()
    assert news(client) == ""
    client.get("/search/?q=red")  # somebody looks, and the answer is remembered
    assert ">1<" in news(client)


def test_without_calibration_nothing_is_called_new(client: Client) -> None:
    save(client)
    add("red")
    VectorSpace.objects.update(calibration=None)
    assert news(client) == ""


def test_a_search_whose_picture_has_gone_has_nothing_new(client: Client) -> None:
    item = add("red")
    save(client, f"like={item.pk}")
    item.delete()
    add("red", mark=1)
    assert news(client) == ""


def test_where_nothing_came_one_question_tells_so(client: Client) -> None:
    add("red")
    for number in range(5):
        save(client, f"q=red&min=0.{number + 1}", name=f"{number}")
    searches, visible = whose(client)
    with CaptureQueriesContext(connection) as queries:
        new_hits.count_all(searches, visible)
    assert len(queries) == 1


@pytest.mark.sqlite
def test_what_came_last_is_read_off_an_index(curator: User) -> None:
    for person in (None, curator):
        newest = ImageItem.objects.visible_to(person).order_by("-found_from", "-pk")[:1]
        assert "TEMP B-TREE" not in newest.explain()
