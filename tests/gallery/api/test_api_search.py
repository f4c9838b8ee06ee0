"""Search for programs: the same query by GET, form and JSON, what it is refused for, and what it answers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from gallery.models import ImageItem, QueryPicture
from imagesearch.images.storage import derived_name
from tests.conftest import RGB, add, draw
from tests.gallery.support.api_programs import Api, ids, upload

pytestmark = pytest.mark.django_db(transaction=True)


def test_search_by_words_picture_and_image_of_the_library() -> None:
    red, other, blue = add("red", mark=1), add("red", mark=2), add("blue", tags=["boat"])
    words = Api().get("/api/search", q="blue", k=1).json()
    assert [hit["id"] for hit in words["results"]] == [blue.pk]
    assert words["plan"]["way"] == "exact"
    picture = Api().post("/api/search", image=upload(draw("blue", mark=7)), k=1).json()
    assert picture["results"][0]["id"] == blue.pk
    assert picture["results"][0]["score"] > 0.95
    like = Api().get("/api/search", like=red.pk).json()
    assert [hit["id"] for hit in like["results"]] == [other.pk, blue.pk]
    assert like["results"] == Api().get(f"/api/images/{red.pk}/similar").json()["results"]
    assert not QueryPicture.objects.exists()
    assert ImageItem.objects.count() == 3


def test_a_query_of_many_parts_is_the_same_by_get_form_and_json() -> None:
    red, blue, purple, yellow = add("red"), add("blue"), add("purple"), add("yellow")
    by_get = Api().get("/api/search", q="red", like=blue.pk, less=yellow.pk, weight=f"{blue.pk}:2")
    assert set(ids(by_get)) == {purple.pk, red.pk}
    by_form = Api().post("/api/search", q="red", like=blue.pk, less=yellow.pk, weight=f"{blue.pk}:2")
    parts = [
        {"words": "red"},
        {"picture": blue.pk, "weight": 2},
        {"picture": str(yellow.pk), "against": True},
    ]
    by_json = Api().post_json("/api/search", parts=parts)
    assert by_get.json()["results"] == by_form.json()["results"] == by_json.json()["results"]
    said = next(hit["parts"] for hit in by_get.json()["results"] if hit["id"] == red.pk)
    assert [part["part"] for part in said] == ["“red”", "Picture", "Less like", "Words"]
    assert said[2]["effect"] <= 0 < said[0]["score"]


def test_a_part_of_a_sent_picture_is_searched(httpserver: Any, settings: Any) -> None:
    red, blue = add("red", mark=1), add("blue", mark=1)
    flag = Image.new("RGB", (60, 40), RGB["red"])
    flag.paste(RGB["blue"], (30, 0, 60, 40))
    buffer = BytesIO()
    flag.save(buffer, "PNG")

    halves = [
        Api().post("/api/search", image=upload(buffer.getvalue()), crop=f"image:{x},0,500,1000", k=1)
        for x in (0, 500)
    ]
    assert [ids(half) for half in halves] == [[red.pk], [blue.pk]]

    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/flag.png").respond_with_data(buffer.getvalue(), content_type="image/png")
    part = {"url": httpserver.url_for("/flag.png"), "crop": [500, 0, 500, 1000]}
    assert ids(Api().post_json("/api/search", parts=[part], k=1)) == [blue.pk]
    assert not QueryPicture.objects.exists()


def test_several_pictures_are_sent_for_and_against() -> None:
    red, blue, purple = add("red", mark=1), add("blue", mark=1), add("purple", mark=1)
    both = Api().post("/api/search", image=[upload(draw("red")), upload(draw("blue"))])
    assert ids(both) == [red.pk, blue.pk, purple.pk]  # two copies, and what is like both
    less = Api().post("/api/search", q="purple", less_image=upload(draw("blue")))
    assert ids(less).index(red.pk) < ids(less).index(blue.pk)


def test_facets_count_the_hits_and_near_duplicates_can_be_left_out() -> None:
    add("red"), add("red", mark=1), add("blue", size=(40, 60))
    facets = Api().get("/api/search", q="red", facets=1).json()["facets"]
    assert facets == {
        "color": {"red": 2, "blue": 1},
        "orientation": {"landscape": 2, "portrait": 1},
        "complete": True,
    }
    assert (
        Api().get("/api/search", q="red", dedupe=1).json()["duplicates"] == 0
    )  # flat pictures prove nothing


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[]", "must be an object"),
        ("{", "not valid JSON"),
        ('{"parts": "red"}', "list of objects"),
        ('{"parts": []}', "nothing to search for"),
        ('{"parts": [{"words": "red", "picture": 1}]}', "Part 1: "),
        ('{"parts": [{"words": "red"}, {"words": "x", "weight": 0}]}', "Part 2: “0” is not a weight"),
        ('{"parts": [{"picture": 1, "crop": [0, 0, 2000, 10]}]}', "is not within the picture"),
        ('{"parts": [{"colour": "red"}]}', "“colour” is unknown"),
        ('{"parts": [{"words": "red"}], "q": "blue"}', "list of “parts”"),
        ('{"parts": [{"words": "red"}], "k": {}}', "k: must be"),
        ('{"parts": [{"words": "red", "against": true}]}', "only excludes"),
        ("[" * 100_000, "not valid JSON"),
        ('{"parts": [{"words": "red", "weight": 1' + "0" * 400 + "}]}", "is not a weight"),
    ],
)
def test_a_bad_query_in_json_is_refused_with_a_sentence(body: str, said: str) -> None:
    answer = Client().post("/api/search", body, content_type="application/json")
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("like=token&crop=token:1,2,3", "is not a part of a picture"),
        ("q=red&crop=7:0,0,500,500", "“7”"),
        ("q=red&weight=q:x", "is not a weight"),
        ("q=red&colour=red", "colour: unknown parameter"),
        ("q=red&weight=q", "write KEY:VALUE"),
        ("q=red&like=sunken-token", "not a valid image id or token"),
        ("&".join(f"q=red{number}" for number in range(13)), "at most 12"),
    ],
)
def test_nonsense_in_a_query_is_refused_where_a_page_leaves_it_out(query: str, said: str) -> None:
    answer = Client().get(f"/api/search?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert Client().get(f"/search/?{query}").status_code == 200


def test_half_a_letter_in_json_is_left_out() -> None:
    add("red", tags=["boat"])
    body = '{"parts": [{"words": "red"}], "tag": "boat\\ud800"}'
    answer = Client().post("/api/search", body, content_type="application/json")
    assert len(answer.json()["results"]) == 1


@pytest.mark.parametrize("rest", [{"k": "zz"}, {"parts": [{"picture": 99999}]}, {"parts": [{"words": ""}]}])
def test_nothing_is_fetched_for_a_query_that_is_refused(
    rest: dict[str, Any], httpserver: Any, settings: Any
) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    parts = [{"url": httpserver.url_for("/x.png")}, *rest.pop("parts", [])]
    assert Api().post_json("/api/search", parts=parts, **rest).status_code in (400, 404)
    assert not httpserver.log


def test_a_part_of_a_picture_whose_file_is_away_is_refused_with_a_sentence() -> None:
    item = add("red", title="Boat")
    item.file.storage.delete(derived_name(item.sha256 or "", "v"))
    answer = Client().get(f"/api/search?like={item.pk}&crop={item.pk}:0,0,500,500")
    assert answer.status_code == 400
    assert "temporarily unavailable" in answer.json()["error"]["message"]
    assert Client().get(f"/search/?like={item.pk}&crop={item.pk}:0,0,500,500").status_code == 400


def test_more_pictures_than_a_query_has_parts_are_refused_unread() -> None:
    answer = Api().post("/api/search", image=[upload(draw("red")) for _ in range(13)])
    assert answer.status_code == 400


def test_hits_are_cut_by_score_distance_and_filters() -> None:
    red, _, blue = add("red"), add("yellow"), add("blue", tags=["boat"])
    assert [hit["id"] for hit in Api().get("/api/search", q="red", min=0.7).json()["results"]] == [red.pk]
    assert [hit["id"] for hit in Api().get("/api/search", q="red", max_distance=0.2).json()["results"]] == [
        red.pk
    ]
    assert [hit["id"] for hit in Api().get("/api/search", q="red", tag="boat").json()["results"]] == [blue.pk]


def test_unsure_words_are_named() -> None:
    add("red", tags=["sunset"])
    assert Api().get("/api/search", q="red sunset").json()["plan"]["unsure"] == ["sunset"]


@pytest.mark.parametrize(
    "params",
    [
        {"k": 0},
        {"k": 1201},
        {"min": 2},
        {"like": "x"},
        {"q": ""},
        {"q": "x" * 501},
        {"color": "plaid"},
        {"like": "²"},
        {"tag": [f"t{number}" for number in range(21)]},
    ],
)
def test_nonsense_is_refused_with_a_sentence(params: dict[str, Any]) -> None:
    response = Api().get("/api/search", **params)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_a_get_never_fetches(httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    response = Api().get("/api/search", url=httpserver.url_for("/x.png"))
    assert response.status_code == 400
    assert not httpserver.log


def test_strangers_search_by_picture_so_often_and_no_more(settings: Any, uploader: User) -> None:
    settings.SEARCHES_PER_MINUTE = 1
    add("red")
    Api().post("/api/search", image=upload(draw()))
    again = Api().post("/api/search", image=upload(draw()))
    assert again.status_code == 429
    assert 0 < int(again["Retry-After"]) <= 60
    assert Api(uploader).post("/api/search", image=upload(draw())).status_code == 200
