"""Slow requests: how many run at once, in all and for each client, and what those beyond are told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.test import Client, RequestFactory

from gallery.accounts.permissions import client_network
from gallery.models import ApiToken, ImageItem
from gallery.web import concurrent_requests
from imagesearch.concurrency import turns
from imagesearch.network import http
from imagesearch.network.http import Fetched
from tests.conftest import draw

ADDRESS = "https://pictures.example/slow.png"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: Any) -> None:
    """Nobody waits for a turn; and each test has its own turns."""
    monkeypatch.setattr(
        concurrent_requests, "MAX_WAIT_SECONDS", dict.fromkeys(concurrent_requests.MAX_WAIT_SECONDS, 0)
    )
    monkeypatch.setattr(concurrent_requests, "turns", turns.ConcurrencyLimiter())


def request(address: str = "192.0.2.1", user: Any = None) -> HttpRequest:
    made = RequestFactory(REMOTE_ADDR=address).get("/")
    made.user = user or AnonymousUser()
    return made


def uploads(*addresses: str) -> ExitStack:
    stack = ExitStack()
    for address in addresses:
        stack.enter_context(concurrent_requests.upload(request(address)))
    return stack


@pytest.mark.parametrize("most", [1, 3])
def test_one_client_has_only_so_many_uploads_at_once(settings: Any, most: int) -> None:
    settings.UPLOADS_PER_CLIENT = most
    with uploads(*["192.0.2.1"] * most):
        with pytest.raises(
            concurrent_requests.ClientBusy, match=f"At most {most} of your uploads"
        ) as refused:
            uploads("192.0.2.1")
        assert (refused.value.status, refused.value.retry_after) == (429, 2)
        uploads("192.0.2.2").close()
    uploads(*["192.0.2.1"] * most).close()


def test_all_clients_together_have_only_so_many(settings: Any) -> None:
    settings.UPLOADS_AT_ONCE = 2
    with uploads("192.0.2.1", "192.0.2.2"):
        with pytest.raises(concurrent_requests.ServerBusy, match="busy with other uploads") as refused:
            uploads("192.0.2.3")
        assert (refused.value.status, refused.value.code) == (503, "server_busy")
    uploads("192.0.2.3").close()


def test_uploads_and_fetches_together_leave_threads_for_pages(settings: Any, monkeypatch: Any) -> None:
    settings.WEB_THREADS = 6
    monkeypatch.setattr(http, "fetch", lambda url: Fetched(b"", url, ""))
    with uploads("192.0.2.1", "192.0.2.2"):
        concurrent_requests.fetch(request("192.0.2.3"), ADDRESS)
        with uploads("192.0.2.3"), pytest.raises(concurrent_requests.ServerBusy, match="slow requests"):
            concurrent_requests.fetch(request("192.0.2.4"), ADDRESS)


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_some_slow_request_always_runs(settings: Any, threads: int) -> None:
    settings.WEB_THREADS = threads
    with uploads("192.0.2.1"):
        if threads - concurrent_requests.THREADS_FOR_PAGES <= 1:
            with pytest.raises(concurrent_requests.ServerBusy):
                uploads("192.0.2.2")
        else:
            uploads("192.0.2.2").close()


def test_a_person_counts_as_one_wherever_they_are(settings: Any, uploader: User) -> None:
    settings.UPLOADS_PER_CLIENT = 1
    with concurrent_requests.upload(request("192.0.2.1", uploader)):
        with pytest.raises(concurrent_requests.ClientBusy):
            concurrent_requests.upload(request("192.0.2.2", uploader)).__enter__()
        uploads("192.0.2.1").close()


def test_an_upload_gives_way_to_searches() -> None:
    with concurrent_requests.upload(request()):
        assert turns._priority.get() == turns.Priority.UPLOAD
    assert turns._priority.get() == turns.Priority.SEARCH


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("203.0.113.5:4711", "203.0.113.5"),
        ("[2001:db8:1:2::7]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
        ("x" * 1000, "x" * 45),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(address: str, network: str) -> None:
    assert client_network(request(address)) == network


def test_searches_are_counted_by_network(settings: Any, client: Client, db: None) -> None:
    settings.WORD_SEARCHES_PER_MINUTE = 2
    answers = [client.get("/search/", {"q": "red"}, REMOTE_ADDR=f"2001:db8:1:2::{n}") for n in range(1, 3)]
    from imagesearch.query.query_vector import cache

    assert [answer.status_code for answer in answers] == [200, 200]
    cache.clear()
    client.get("/search/", {"q": "blue"}, REMOTE_ADDR="2001:db8:1:2::3")
    cache.clear()
    assert client.get("/search/", {"q": "green"}, REMOTE_ADDR="2001:db8:1:2:f::4").status_code == 429
    assert client.get("/search/", {"q": "green"}, REMOTE_ADDR="2001:db8:1:3::4").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/search/?q=red"])
def test_a_client_gets_very_long_pages_one_by_one(client: Client, path: str) -> None:
    long = concurrent_requests._slow(request("127.0.0.1"), "long pages", 2, 1)
    upto = f"{path}{'&' if '?' in path else '?'}upto="
    with long:
        answer = client.get(f"{upto}25")
        assert (answer.status_code, answer["Retry-After"]) == (429, "2")
        assert client.get(f"{upto}5").status_code == 200
        assert client.get(f"{upto}25", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="more").status_code == 200
        assert client.get(f"{upto}25", REMOTE_ADDR="192.0.2.7").status_code == 200
    for number in ("25", "99999999999999999999", "x", "²", "-1", ""):
        assert client.get(f"{upto}{number}").status_code == 200


# --- through the views ---------------------------------------------------------------------------------


class SilentAddress:
    """A fetch that ends only when it is told to."""

    def __init__(self, expected: int) -> None:
        self.began, self.end = threading.Semaphore(0), threading.Event()
        self.expected = expected

    def __call__(self, url: str) -> Fetched:
        self.began.release()
        assert self.end.wait(30)
        return Fetched(draw("red", mark=5), url, "red.png")


@pytest.fixture
def silent(monkeypatch: Any) -> Iterator[SilentAddress]:
    address = SilentAddress(2)
    monkeypatch.setattr(http, "fetch", address)
    yield address
    address.end.set()


@pytest.mark.parametrize("way", ["api search", "page search", "api search by json"])
def test_a_third_search_by_a_silent_address_is_told_to_come_again(
    client: Client, silent: SilentAddress, way: str
) -> None:
    ways = {
        "api search": lambda: client.post("/api/search", {"url": ADDRESS}),
        "page search": lambda: client.post("/search/picture", {"url": ADDRESS}),
        "api search by json": lambda: client.post(
            "/api/search", {"parts": [{"url": ADDRESS}]}, content_type="application/json"
        ),
    }
    with ExitStack() as running:
        for _ in range(2):
            thread = threading.Thread(target=concurrent_requests.fetch, args=[request("127.0.0.1"), ADDRESS])
            thread.start()
            running.callback(thread.join)
            assert silent.began.acquire(timeout=30)
        running.callback(silent.end.set)
        answer = ways[way]()
        assert (answer.status_code, answer["Retry-After"]) == (429, "2")


test_a_third_search_by_a_silent_address_is_told_to_come_again = pytest.mark.django_db(
    test_a_third_search_by_a_silent_address_is_told_to_come_again
)


def test_an_upload_beyond_the_limit_leaves_nothing_and_is_told_to_come_again(
    client: Client, settings: Any, uploader: User
) -> None:
    settings.UPLOADS_PER_CLIENT = 1
    token = {"HTTP_AUTHORIZATION": f"Bearer {ApiToken.issue(uploader)}"}
    from django.core.files.uploadedfile import SimpleUploadedFile

    def send(path: str, **extra: Any) -> Any:
        return client.post(path, {"image": SimpleUploadedFile("red.png", draw("red"))}, **extra)

    client.force_login(uploader)
    with concurrent_requests.upload(request(user=uploader)):
        by_api = send("/api/images", **token)
        by_page = send("/add/")
        by_script = send("/add/", HTTP_ACCEPT="application/json")
    assert [each.status_code for each in (by_api, by_page, by_script)] == [429, 429, 429]
    assert by_script.json()["error"]["code"] == "too_many_at_once"
    assert [each["Retry-After"] for each in (by_api, by_page, by_script)] == ["2", "2", "2"]
    assert not ImageItem.objects.exists()
    assert send("/api/images", **token).status_code == 201
