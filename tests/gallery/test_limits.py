"""How often strangers may ask, who counts as whom, and who is at home."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from gallery import limits
from gallery.access import client_address, is_at_home


def request(address: str = "127.0.0.1", **meta: str) -> HttpRequest:
    made = RequestFactory(SERVER_NAME="localhost", REMOTE_ADDR=address).get("/", **meta)
    made.user = AnonymousUser()
    return made


def test_the_limit_holds_per_client_and_says_when_to_come_back(settings: Any) -> None:
    settings.SEARCHES_PER_MINUTE = 3
    for _ in range(3):
        limits.count_picture_search(request("192.0.2.1"))
    with pytest.raises(limits.TooOften, match="more than 3 searches") as refused:
        limits.count_picture_search(request("192.0.2.1"))
    assert 0 < refused.value.retry_after <= 60
    limits.count_picture_search(request("192.0.2.2"))


def test_a_minute_later_it_is_free_again(monkeypatch: Any, settings: Any) -> None:
    settings.SEARCHES_PER_MINUTE = 1
    now = [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    limits.count_picture_search(request())
    now[0] += 59.9
    with pytest.raises(limits.TooOften):
        limits.count_picture_search(request())
    now[0] += 0.2
    limits.count_picture_search(request())


@pytest.mark.parametrize(
    ("address", "forwarded", "trusted", "client"),
    [
        ("192.0.2.9", "203.0.113.5", (), "192.0.2.9"),
        ("10.0.0.2", "203.0.113.5", ("10.0.0.0/8",), "203.0.113.5"),
        ("10.0.0.2", "1.2.3.4, 203.0.113.5, 10.0.0.3", ("10.0.0.0/8",), "203.0.113.5"),
        ("10.0.0.2", "", ("10.0.0.0/8",), "10.0.0.2"),
    ],
)
def test_only_a_trusted_proxy_is_believed(
    address: str, forwarded: str, trusted: Any, client: str, settings: Any
) -> None:
    import ipaddress

    settings.TRUSTED_PROXIES = tuple(ipaddress.ip_network(block) for block in trusted)
    meta = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(request(address, **meta)) == client


@pytest.mark.parametrize(
    ("host", "address", "meta", "home"),
    [
        ("127.0.0.1", "127.0.0.1", {}, True),
        ("::1", "::1", {"HTTP_HOST": "[::1]:8000"}, True),
        ("127.0.0.1", "127.0.0.1", {"HTTP_HOST": "127.0.0.1:8000"}, True),
        ("0.0.0.0", "127.0.0.1", {}, False),  # others can reach it
        ("127.0.0.1", "192.0.2.1", {}, False),
        ("127.0.0.1", "127.0.0.1", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),  # through a proxy
        ("127.0.0.1", "127.0.0.1", {"HTTP_FORWARDED": "for=127.0.0.1"}, False),
        (
            "127.0.0.1",
            "127.0.0.1",
            {"HTTP_HOST": "pictures.example"},
            False,
        ),  # a page elsewhere, rebound to us
    ],
)
def test_only_this_very_machine_is_home(
    host: str, address: str, meta: dict[str, str], home: bool, settings: Any
) -> None:
    settings.HOST = host
    settings.ALLOWED_HOSTS = ["*"]
    assert is_at_home(request(address, **meta)) is home


def test_the_open_door_can_be_closed(settings: Any) -> None:
    settings.HOST, settings.OPEN_UPLOADS = "127.0.0.1", False
    assert not is_at_home(request())
