"""The API answers what its OpenAPI description promises, and says no in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from gallery.models import ApiToken, ImageItem
from gallery.search.sorting import ORDERS
from gallery.views.api.about import description
from tests.conftest import add, draw
from tests.gallery.support.api_programs import Api, upload
from tests.gallery.support.many_images import START, rows

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_api_address_is_described() -> None:
    routes = {
        pattern.pattern._route
        for pattern in get_resolver("gallery.urls").url_patterns
        if hasattr(pattern.pattern, "_route")
    }
    api = {"/" + route.replace("<int:pk>", "{id}") for route in routes if route.startswith("api/")}
    assert api - {"/api/openapi.json"} == set(description()["paths"])
    assert Client().get("/api/openapi.json").json()["openapi"] == "3.1.0"


def test_a_picture_is_added_once(uploader: User) -> None:
    api = Api(uploader)
    first = api.post("/api/images", image=upload(draw("red")), tags="Doors, old , doors", caption="In Lisbon")
    again = api.post("/api/images", image=upload(draw("red"), "other.png"))
    assert (first.status_code, again.status_code) == (201, 200)
    image = first.json()
    assert (image["title"], image["tags"], image["width"], image["format"]) == (
        "Door_4",
        ["Doors", "old"],
        60,
        "PNG",
    )
    assert again.json()["id"] == image["id"]
    assert ImageItem.objects.get().owner == uploader


def test_a_picture_is_added_from_an_address(uploader: User, httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/boat.png").respond_with_data(draw("blue"))
    response = Api(uploader).post("/api/images", url=httpserver.url_for("/boat.png"))
    assert (response.status_code, response.json()["title"]) == (201, "boat")
    assert ImageItem.objects.get().image_uri == httpserver.url_for("/boat.png")


def test_writes_need_a_token_of_somebody_who_may() -> None:
    assert Api().post("/api/images", image=upload(draw())).status_code == 401
    refused = Client(headers={"Authorization": "Bearer wrong"}).get("/api/images")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "token_refused")
    assert (
        Api(User.objects.create_user("reader")).post("/api/images", image=upload(draw())).status_code == 403
    )
    assert not ImageItem.objects.exists()


def test_a_session_is_worth_nothing_here(uploader: User) -> None:
    client = Client()
    client.force_login(uploader)
    assert client.post("/api/images", {"image": upload(draw())}).status_code == 401


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"image": upload(b"%PDF-1.7 ...", "x.jpg")}, 422, "This is a PDF"),
        ({"image": upload(b"", "x.jpg")}, 422, "empty"),
        ({}, 422, "No picture was sent"),
        ({"url": "http://127.0.0.1/x.png"}, 422, ""),
        ({"url": "file:///etc/hostname"}, 422, ""),
    ],
)
def test_what_is_refused_gets_a_sentence_and_leaves_nothing(
    uploader: User, fields: Any, status: int, sentence: str
) -> None:
    response = Api(uploader).post("/api/images", **fields)
    assert response.status_code == status
    assert sentence in response.json()["error"]["message"]
    assert not ImageItem.objects.exists()


def test_lists_are_paged_and_filtered() -> None:
    for mark in range(50):
        add("red", mark=mark, tags=["even"] if mark % 2 else [])
    first = Api().get("/api/images", tag="Even").json()
    assert (first["count"], len(first["results"]), first["next"]) == (25, 25, None)
    pages = [Api().get("/api/images").json()]
    pages.append(Api().get(pages[0]["next"]).json())
    assert pages[1] == Api().get("/api/images", page=2).json()
    assert [len(page["results"]) for page in pages] == [48, 2]
    assert len({image["id"] for page in pages for image in page["results"]}) == 50
    assert Api().get("/api/images", page=25).json()["results"] == []


@pytest.mark.parametrize("sort", ORDERS)
def test_nothing_is_repeated_or_missed_while_images_come_and_go(sort: str) -> None:
    rows(50, title="Łódź 東京 🐱" * 10, size=7, color="blue")
    there = {item.pk for item in rows(60, title="b", size=7, color="blue")}
    first = Api().get("/api/images", sort=sort).json()
    seen = [image["id"] for image in first["results"]]
    gone = {seen[-1], seen[0], seen[20]}
    ImageItem.objects.filter(pk__in=gone).delete()
    rows(5, title="a", size=9, color="red", created_at=START)
    rows(5, title="a", size=1, color="red")
    here, answer = set(ImageItem.objects.values_list("pk", flat=True)), first
    while answer["next"]:
        answer = Api().get(answer["next"]).json()
        seen += [image["id"] for image in answer["results"]]
    assert len(seen) == len(set(seen))
    assert there - gone <= set(seen) <= here | gone
    assert answer["count"] == 117


def test_next_keeps_filters_and_order() -> None:
    rows(60, color="blue")
    rows(60, color="red")
    following = Api().get("/api/images", color="red", sort="old").json()["next"]
    assert "color=red&sort=old&after=" in following
    assert {image["id"] for image in Api().get(following).json()["results"]} <= set(
        ImageItem.objects.filter(color="red").values_list("pk", flat=True)
    )


@pytest.mark.parametrize(
    "params",
    [
        {"page": 26},
        {"page": 0},
        {"page": -1},
        {"page": "x"},
        {"page": 10**30},
        {"after": "x"},
        {"after": "999999"},
        {"after": "1" * 40},
        {"after": "a:b"},
        {"after": "\x00"},
        {"after": "é" * 3000},
        {"page": 2, "after": "{cursor}"},
        {"sort": "name", "after": "{cursor}"},
        {"after": "{cursor}x"},
    ],
)
def test_a_place_that_is_none_is_refused(params: dict[str, Any]) -> None:
    rows(60)
    cursor = Api().get("/api/images").json()["next"].partition("after=")[2]
    sent = {name: str(value).replace("{cursor}", cursor) for name, value in params.items()}
    answer = Api().get("/api/images", **sent)
    assert answer.status_code == 400
    assert "next" in answer.json()["error"]["message"] or params["page"] == "x"


def test_what_cannot_be_read_as_a_request_is_refused_as_json(uploader: User) -> None:
    client = Api(uploader).client
    answers = [
        client.post("/api/images", {"image": upload(draw("red")), "other": upload(draw("blue"))}),
        client.post("/api/images", b"x", content_type="multipart/form-data"),
        client.get("/api/images?" + "&".join(f"x{number}=1" for number in range(11_000))),
        client.put("/api/images"),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 405]
    assert all(answer.json()["error"]["message"] for answer in answers)
    assert answers[-1]["Allow"] == "GET, HEAD, POST"


def test_what_is_hidden_is_not_there(uploader: User) -> None:
    seen, hidden = (
        add("red", mark=1),
        add("red", mark=2, visibility="hidden", owner=uploader, tags=["secret"]),
    )
    for path in (f"/api/images/{hidden.pk}", f"/api/images/{hidden.pk}/similar"):
        assert Api().get(path).status_code == 404
    assert Api().get("/api/search", like=hidden.pk).status_code == 404
    for response in (
        Api().get("/api/images"),
        Api().get("/api/search", q="red"),
        Api().get(f"/api/images/{seen.pk}/similar"),
    ):
        assert b"secret" not in response.content
        assert hidden.sha256.encode() not in response.content
    assert Api().get("/api/status").json()["images"]["total"] == 1
    assert "candidates" not in Api().get("/api/search", q="red").json()["plan"]
    assert Api(uploader).get(f"/api/images/{hidden.pk}").status_code == 200


@pytest.mark.parametrize("path", ["/api/images", "/api/search?q=red"])
def test_the_number_of_queries_does_not_grow(path: str) -> None:
    counts = []
    for some in (range(3), range(3, 20)):
        for mark in some:
            add("red", mark=mark, tags=["a", f"b{mark}"])
        Client().get(path)
        with CaptureQueriesContext(connection) as queries:
            assert len(Client().get(path).json()["results"]) == some.stop
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_token_is_kept_as_its_hash_and_can_be_revoked(uploader: User, capsys: Any) -> None:
    from django.core.management import call_command

    call_command("api_token", "uploader")
    token = capsys.readouterr().out.split()[-1]
    assert token not in str(ApiToken.objects.values())
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert client.get("/api/images").status_code == 200
    assert ApiToken.objects.get().last_used_at is not None
    call_command("api_token", "uploader", "--revoke", token[:8])
    assert client.get("/api/images").status_code == 401
