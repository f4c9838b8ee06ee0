"""Which URLs are asked, and which never: 0 connections prove it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from imagesearch.embeddings.testing import costs
from imagesearch.errors import AddressRefused, FetchError
from imagesearch.network.addresses import call_with_timeout, is_public, read_link
from imagesearch.network.http import fetch
from tests.support.strangers import Server, known_names


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    return known_names(monkeypatch)


@pytest.fixture(autouse=True)
def ports(settings: Any, server: Server) -> None:
    settings.FETCH_PORTS = (80, 443, server.port)


def refused(url: str) -> str:
    """The sentence with which a URL is refused, without a single connection."""
    with costs() as events, pytest.raises(AddressRefused) as refusal:
        fetch(url)
    assert not [event for event in events if event.startswith("socket.connect")]
    return str(refusal.value)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", ""),
        ("/a/", ""),
        ("/..%2f..%2fetc%2fpasswd", "passwd"),
        ("/..%5cboot.ini", "boot.ini"),
        ("/..", ""),
        ("/a%00b%0d%0a.jpg", "ab.jpg"),
        ("/%E2%80%AEgpj.exe", "gpj.exe"),
        ("/a%3Cb%3E.jpg", "ab.jpg"),
        ("/" + "x" * 300 + ".jpg", "x" * 116 + ".jpg"),
    ],
)
def test_the_name_is_a_harmless_one(path: str, name: str) -> None:
    assert read_link(f"http://pictures.example{path}").name == name


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1",
        "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::127.0.0.1",
        "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:1ff::1", "2001:db8::1",
        "2002:7f00:1::", "3fff::1", "4000::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%1", "fec0::1",
        "ff02::1", "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:10.0.0.1",
    ],
)  # fmt: skip
def test_internal_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255",
        "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "3ffe:ffff::1",
    ],
)  # fmt: skip
def test_their_neighbours_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
        "127.0.0.1.", "1２7.0.0.1", "１２７。０。０。１", "①②⑦.0.0.1", "0", "0.0.0.0",
        "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[fe80::1%lo]", "[::1%1]", "[127.0.0.1]",
        "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "192.168.0.1", "100.64.0.1",
    ],
)  # fmt: skip
def test_every_spelling_of_an_internal_address_is_refused(server: Server, host: str) -> None:
    refused(server.url(host=host))
    assert server.requests == []


@pytest.mark.usefixtures("names")
def test_a_name_after_the_hash_is_no_host(server: Server) -> None:
    refused(server.url("#@pictures.example/"))


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "url",
    [
        "http://pictures.example@127.0.0.1:{port}/",
        "http://user:secret@pictures.example/",
        "http://@127.0.0.1:{port}/",
        "http://user:secret@127.0.0.1:{port}/",
        "http://pictures.example\\@127.0.0.1:{port}/",
        "http:\\\\127.0.0.1:{port}/",
        "http:/127.0.0.1:{port}/",
        "http:127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\t/",
        "http://127.0.0.1\n:{port}/",
        "http://127.0.0.1\r\nHost: pictures.example:{port}/",
        "http://127.0.0.1 :{port}/",
        "http://127.0.0.1%00.pictures.example:{port}/",
        "http://127.0.0.1%2f:{port}/",
        "http://\u200b127.0.0.1:{port}/",
        "http://127.0.0.1\u00ad:{port}/",
        "http://\ud800.example/",
        "http://:{port}/",
        "http://:@:{port}/",
        "http://.:{port}/",
        "http://a..b/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 130 + "example/",
        "http://[::1/",
        "http://::1]:{port}/",
        "http://ex℀mple.com/",
        "//127.0.0.1:{port}/",
        "127.0.0.1:{port}/",
        "localhost",
        "",
        "   ",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "ftp://127.0.0.1/a.jpg",
        "gopher://127.0.0.1:{port}/_GET",
        "dict://127.0.0.1:{port}/",
        "data:image/png;base64,iVBORw0KGgo=",
        "javascript:alert(1)",
        "http+unix://%2fvar%2frun%2fdocker.sock/",
        "url:http://127.0.0.1:{port}/",
    ],
)
def test_what_is_no_plain_web_address_is_refused_wherever_it_leads(
    server: Server, settings: Any, url: str
) -> None:
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    refused(url.format(port=server.port))
    assert server.requests == []


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("müller.example", "xn--mller-kva.example"),
        ("FAß.example", "xn--fa-hia.example"),  # IDNA 2003 made it fass.example, which is somebody else's
        ("bücher。example", "xn--bcher-kva.example"),
        ("１２７.0.0.1", "127.0.0.1"),
        ("[2001:DB8:0::1]", "2001:db8::1"),
        ("Pictures.Example.", "pictures.example"),
    ],
)
def test_a_host_has_one_spelling(host: str, asked: str) -> None:
    assert read_link(f"http://{host}/").host == asked


@pytest.mark.parametrize("port", [0, 22, 79, 81, 8080, 6379, 65535, 65536, -1])
def test_only_named_ports_are_asked(port: int) -> None:
    refused(f"http://127.0.0.1:{port}/")


def test_an_address_that_no_column_holds_is_refused() -> None:
    assert "2,001 characters" in refused("https://pictures.example/".ljust(2001, "x"))


@pytest.mark.parametrize("addresses", ["10.0.0.5", "127.0.0.1", "8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8"])
def test_a_name_with_any_internal_address_is_refused(
    server: Server, names: dict[str, list[str]], addresses: str
) -> None:
    names["intranet.example"] = [addresses]
    refused(server.url(host="intranet.example"))
    refused(server.url(host="INTRANET.example."))


def test_a_refusal_tells_nothing_about_the_inside(
    server: Server, names: dict[str, list[str]], settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        closed_port = closed.getsockname()[1]
    settings.FETCH_PORTS = (server.port, closed_port)
    names["known.example"] = ["10.0.0.5"]
    ports, hosts = settings.FETCH_PORTS, ["127.0.0.1", "known.example", "unknown.example", "[::1]"]
    said = {
        refused(f"http://{host}:{port}/").replace(host.strip("[]"), "it") for host in hosts for port in ports
    }
    assert len(said) == 1


def test_a_look_up_that_fails_for_now_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    with pytest.raises(FetchError, match="just now") as failure:
        fetch("http://pictures.example/")
    assert not isinstance(failure.value, AddressRefused)


def test_within_hands_on_what_was_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        call_with_timeout(5, lambda: 1 // 0)
