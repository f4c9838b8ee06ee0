"""How often strangers may embed_query, who counts as whom, and who is at home."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from gallery.accounts.permissions import client_address, is_at_home, mode
from gallery.models import ApiToken
from gallery.web import rate_limits
from tests.conftest import draw


def request(address: str = "127.0.0.1", **meta: str) -> HttpRequest:
    made = RequestFactory(SERVER_NAME="localhost", REMOTE_ADDR=address).get("/", **meta)  # type: ignore[arg-type]
    made.user = AnonymousUser()
    return made


def test_the_limit_holds_per_client_and_says_when_to_come_back(settings: Any) -> None:
    settings.SEARCHES_PER_MINUTE = 3
    for _ in range(3):
        rate_limits.count_picture_search(request("192.0.2.1"))
    with pytest.raises(rate_limits.RateLimitExceeded, match="limit is 3 searches") as refused:
        rate_limits.count_picture_search(request("192.0.2.1"))
    assert 0 < refused.value.retry_after <= 60
    rate_limits.count_picture_search(request("192.0.2.2"))


def test_a_minute_later_it_is_free_again(monkeypatch: Any, settings: Any) -> None:
    settings.SEARCHES_PER_MINUTE = 1
    now = [1000.0]
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: now[0])
    rate_limits.count_picture_search(request())
    now[0] += 59.9
    with pytest.raises(rate_limits.RateLimitExceeded):
        rate_limits.count_picture_search(request())
    now[0] += 0.2
    rate_limits.count_picture_search(request())


@pytest.mark.parametrize(
    ("address", "forwarded", "trusted", "client"),
    [
        ("192.0.2.9", "203.0.113.5", (), "192.0.2.9"),
        ("10.0.0.2", "203.0.113.5", ("10.0.0.0/8",), "203.0.113.5"),
        ("10.0.0.2", "1.2.3.4, 203.0.113.5, 10.0.0.3", ("10.0.0.0/8",), "203.0.113.5"),
        ("10.0.0.2", "", ("10.0.0.0/8",), "10.0.0.2"),
        ("::ffff:10.0.0.2", "203.0.113.5", ("10.0.0.0/8",), "203.0.113.5"),
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
        ("192.168.1.5", "127.0.0.1", {}, False),
        ("::", "::1", {"HTTP_HOST": "[::1]:8000"}, False),
        ("127.0.0.1", "", {}, False),  # through a Unix socket
        ("127.0.0.1", "127.0.0.1", {"SERVER_PROTOCOL": "HTTP/1.0"}, False),  # nginx's plain proxy_pass
    ],
)
def test_only_this_very_machine_is_home(
    host: str, address: str, meta: dict[str, str], home: bool, settings: Any
) -> None:
    settings.HOST = host
    settings.ALLOWED_HOSTS = ["*"]
    assert is_at_home(request(address, **meta)) is home


FORWARDED_BY = [
    "X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Server",
    "X-Forwarded-Prefix X-Forwarded X-Forwarded-Ssl X-Forwarded-Scheme X-Forwarded-Uri Forwarded",
    "Forwarded-For Via X-Real-IP X-Original-URL X-Original-Host X-Original-For X-Original-Forwarded-For",
    "X-Rewrite-URL X-Scheme X-Url-Scheme CF-Connecting-IP CF-Ray CF-IPCountry CF-Visitor CDN-Loop",
    "True-Client-IP Fastly-Client-IP Fly-Client-IP X-Client-IP Client-IP X-Cluster-Client-IP",
    "X-ProxyUser-Ip X-Remote-IP X-Remote-Addr Remote-Addr Remote-User X-Envoy-External-Address",
    "X-Azure-ClientIP X-ARR-LOG-ID X-Amzn-Trace-Id X-Amz-Cf-Id X-Sucuri-ClientIP X-Varnish X-Request-ID",
    "X-Request-Start X-Appengine-User-IP X-Proxy-ID Proxy-Connection X-Nginx-Proxy Tailscale-User-Login",
    "WL-Proxy-Client-IP Ali-CDN-Real-IP Front-End-Https X-Host X-SSL-Cipher",
]


@pytest.mark.parametrize("name", " ".join(FORWARDED_BY).split())
def test_what_a_proxy_adds_ends_being_at_home(name: str, settings: Any) -> None:
    settings.HOST = "127.0.0.1"
    header = f"HTTP_{name.upper().replace('-', '_')}"
    assert is_at_home(request())
    assert not is_at_home(request(**{header: ""}))


def test_what_browsers_and_our_pages_send_does_not(settings: Any) -> None:
    settings.HOST = "127.0.0.1"
    names = (
        "Accept Accept-Encoding Accept-Language Cache-Control Connection Cookie DNT Origin Pragma Priority "
        "Referer Save-Data Sec-CH-Prefers-Color-Scheme Sec-CH-UA Sec-Fetch-Site Sec-GPC Sec-Purpose TE "
        "Upgrade-Insecure-Requests User-Agent Range If-None-Match HX-Request HX-Target HX-Current-URL "
        "X-CSRFToken X-Requested-With X-API-Token Authorization"
    )
    sent = {f"HTTP_{name.upper().replace('-', '_')}": "1" for name in names.split()}
    assert is_at_home(request(**sent))


@pytest.mark.parametrize(
    ("public", "home"),
    [
        ("", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("https://pictures.example", False),
        ("http://192.168.1.5:8000", False),
        ("https://host.example/photos", False),
    ],
)
def test_a_public_address_ends_being_at_home(public: str, home: bool, settings: Any) -> None:
    """A plain `proxy_pass` of nginx sends Host 127.0.0.1:PORT and forwards nothing."""
    settings.HOST, settings.PUBLIC_URL = "127.0.0.1", public
    assert is_at_home(request(HTTP_HOST="127.0.0.1:8000")) is home
    assert mode().startswith("Anyone on this computer" if home else "Adding needs a login")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "gallery"])
def test_listening_for_others_ends_being_at_home(host: str, settings: Any) -> None:
    settings.HOST = host
    assert not is_at_home(request())
    assert mode().startswith("Adding needs a login")


def test_nobody_is_at_home_where_all_must_log_in(settings: Any) -> None:
    settings.HOST, settings.LOGIN_REQUIRED = "127.0.0.1", True
    assert not is_at_home(request())
    assert mode().startswith("Everything needs a login")


def test_the_open_door_can_be_closed(settings: Any) -> None:
    settings.HOST, settings.OPEN_UPLOADS = "127.0.0.1", False
    assert not is_at_home(request())


@pytest.mark.parametrize("path", ["/search/picture", "/api/search"])
@pytest.mark.django_db
def test_only_who_may_add_searches_with_a_picture_that_takes_much_memory(
    client: Client, settings: Any, uploader: User, path: str
) -> None:
    settings.MAX_SEARCH_DECODE_MB = 1
    name = "image" if path.startswith("/api/") else "picture"

    def send(**extra: Any) -> int:
        file = SimpleUploadedFile("red.png", draw("red"))
        return int(client.post(path, {name: file}, HTTP_HOST="testserver", **extra).status_code)

    settings.ALLOWED_HOSTS = ["testserver"]
    assert send() == 413
    if path.startswith("/api/"):
        assert send(HTTP_AUTHORIZATION=f"Bearer {ApiToken.issue(uploader)}") == 200
    else:
        client.force_login(uploader)
        assert send() == 303
