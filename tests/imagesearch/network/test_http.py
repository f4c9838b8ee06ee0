"""The door out: what it fetches, what it never asks, and how it ends."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagesearch.configuration.defaults import MIB
from imagesearch.errors import AddressRefused, FetchError
from imagesearch.network.http import fetch
from tests.support.strangers import (
    DRIPS,
    PAUSE,
    PICTURE,
    Piece,
    Server,
    answer,
    chunked,
    drip,
    endless,
    known_names,
    redirect,
)
from tests.support.timing import PATIENCE, long_before


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    return known_names(monkeypatch)


@pytest.fixture(autouse=True)
def private(settings: Any, server: Server) -> None:
    """127.0.0.1 stands for the Internet; every other loopback address is as internal as ever."""
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    settings.FETCH_PORTS = (80, 443, server.port)
    settings.FETCH_TIMEOUT = 5.0


@pytest.fixture
def hasty(settings: Any) -> None:
    settings.FETCH_TIMEOUT = 0.3


def failed(url: str) -> str:
    with pytest.raises(FetchError) as failure:
        fetch(url)
    assert not isinstance(failure.value, AddressRefused)
    return str(failure.value)


def test_fetches_bytes_with_their_address_and_name(server: Server) -> None:
    fetched = fetch(server.url("/photos/orange%20cat.jpg?size=big"))
    assert fetched.content == PICTURE
    assert fetched.url == server.url("/photos/orange%20cat.jpg?size=big")
    assert fetched.name == "orange cat.jpg"


def test_asks_like_an_honest_stranger(server: Server) -> None:
    fetch(server.url("/a.jpg"))
    assert server.requests[0].startswith("GET /a.jpg HTTP/1.1\r\n")
    headers = server.headers()
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["user-agent"].startswith("imagesearch-gallery")
    assert not {"cookie", "authorization", "referer"} & set(headers)


def test_pasted_addresses_may_have_blanks_and_letters_of_any_script(server: Server) -> None:
    fetch("  " + server.url("/großer hund.jpg?q=ä b") + "\n")
    assert server.requests[0].startswith("GET /gro%C3%9Fer%20hund.jpg?q=%C3%A4%20b HTTP/1.1")


def test_the_final_dot_of_a_name_is_left_out(server: Server, names: dict[str, list[str]]) -> None:
    names["pictures.example"] = ["127.0.0.1"]
    assert fetch(server.url("/a.jpg", host="Pictures.Example.")).url == server.url(
        "/a.jpg", "pictures.example"
    )
    assert server.headers()["host"] == f"pictures.example:{server.port}"


def test_a_name_is_looked_up_once_and_that_very_address_asked(
    server: Server, names: dict[str, list[str]]
) -> None:
    names["rebinding.example"] = ["127.0.0.1", "127.0.0.2", "127.0.0.2"]
    assert fetch(server.url(host="rebinding.example")).content == PICTURE
    assert names["rebinding.example"] == ["127.0.0.2", "127.0.0.2"]
    assert server.headers()["host"] == f"rebinding.example:{server.port}"


def test_a_name_that_changes_between_redirects_is_checked_anew(
    server: Server, names: dict[str, list[str]]
) -> None:
    names["rebinding.example"] = ["127.0.0.1", "127.0.0.2"]
    server.answers["/"] = redirect("/again")
    with pytest.raises(AddressRefused):
        fetch(server.url(host="rebinding.example"))
    assert len(server.requests) == 1


def test_a_silent_address_leaves_time_for_the_next(
    server: Server, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.1/32", "198.51.100.1/32"]
    settings.FETCH_TIMEOUT = PATIENCE
    connect = socket.create_connection

    def silent(address: tuple[str, int], timeout: float) -> socket.socket:
        if address[0] == "198.51.100.1":
            assert timeout < PATIENCE * 0.6  # then it would have been given up
            raise TimeoutError
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", silent)
    names["two.example"] = ["198.51.100.1 127.0.0.1"]
    assert fetch(server.url(host="two.example")).content == PICTURE


# Redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temp", "308 Permanent"])
def test_redirects_are_followed(server: Server, status: str) -> None:
    server.answers["/start"] = redirect("/end/b.jpg", status)
    fetched = fetch(server.url("/start"))
    assert (fetched.content, fetched.url, fetched.name) == (PICTURE, server.url("/end/b.jpg"), "b.jpg")


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("b.jpg", "/a/b.jpg"),
        ("../b.jpg", "/b.jpg"),
        ("?page=2", "/a/start?page=2"),
        ("//127.0.0.1:{port}/b.jpg", "/b.jpg"),
        ("/grün b.jpg".encode().decode("latin-1"), "/gr%C3%BCn%20b.jpg"),
        ("/gr\xfcn.jpg", "/gr%C3%BCn.jpg"),
        ("/b.jpg#top", "/b.jpg"),
    ],
)
def test_redirects_may_be_relative(server: Server, location: str, path: str) -> None:
    server.answers["/a/start"] = redirect(location.format(port=server.port))
    assert fetch(server.url("/a/start")).content == PICTURE
    assert server.requests[-1].split(" ")[1] == path


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "//[::1]:{port}/",
        "http://2130706434:{port}/",
        "http://127.0.0.1:22/",
        "http://user@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "data:image/png;base64,iVBORw0KGgo=",
        "gopher://127.0.0.1:{port}/",
        "http:\\\\127.0.0.2:{port}\\",
        "\\\\127.0.0.2:{port}\\",
        "https://localhost:{port}/",
    ],
)
@pytest.mark.usefixtures("names")
def test_a_redirect_to_where_we_never_ask_is_refused(server: Server, location: str) -> None:
    server.answers["/"] = redirect(location.format(port=server.port))
    with pytest.raises(AddressRefused):
        fetch(server.url())
    assert len(server.requests) == 1


def test_three_redirects_are_followed_and_a_fourth_is_not(server: Server) -> None:
    for number in range(4):
        server.answers[f"/{number}"] = redirect(f"/{number + 1}")
    assert fetch(server.url("/1")).url == server.url("/4")
    assert "3 times" in failed(server.url("/0"))
    assert len(server.requests) == 8


def test_a_redirect_carries_nothing_along(server: Server) -> None:
    server.answers["/"] = answer(b"", "Location: /b", "Set-Cookie: a=b", status="302 Found")
    fetch(server.url())
    assert "cookie" not in server.headers()


def test_a_redirect_without_a_place_fails(server: Server) -> None:
    server.answers["/"] = answer(b"", status="302 Found")
    assert "redirects" in failed(server.url())


# The environment


def test_proxies_of_the_environment_are_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("no_proxy", raising=False)
        fetch(server.url())
        assert proxy.requests == []


def test_passwords_of_a_netrc_are_not_sent(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    fetch(server.url())
    assert "authorization" not in server.headers()


# Bytes and seconds


@pytest.mark.parametrize("excess", [-1, 0, 1])
@pytest.mark.parametrize("kind", ["length", "chunked", "until the end", "gzip", "deflate"])
def test_the_limit_of_bytes_counts_what_is_unpacked(
    server: Server, settings: Any, excess: int, kind: str
) -> None:
    settings.FETCH_MAX_BYTES = 200_000
    body = bytes(200_000 + excess)
    server.answers["/"] = {
        "length": answer(body),
        "chunked": chunked(body[:70_000], body[70_000:]),
        "until the end": b"HTTP/1.1 200 OK\r\n\r\n" + body,
        "gzip": answer(gzip.compress(body), "Content-Encoding: gzip"),
        "deflate": answer(zlib.compress(body), "Content-Encoding: deflate"),
    }[kind]
    if excess <= 0:
        assert fetch(server.url()).content == body
    else:
        assert "larger than 0.19" in failed(server.url())


def test_a_length_above_the_limit_is_not_even_read(server: Server, settings: Any) -> None:
    server.answers["/"] = [b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", PATIENCE]
    with long_before(PATIENCE):
        assert "larger than 25 MB" in failed(server.url())


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS + 16)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(300)) + packer.flush()


@pytest.mark.parametrize(
    "evil",
    [
        endless(b"HTTP/1.1 200 OK\r\n\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nX: "),
        endless(b""),
        answer(bomb(), "Content-Encoding: gzip"),
    ],
    ids=[
        "endless",
        "chunk of -1",
        "huge chunk",
        "chunk line",
        "length of -1",
        "header",
        "status",
        "gzip bomb",
    ],
)
def test_no_answer_takes_more_memory_than_the_limit(server: Server, settings: Any, evil: Any) -> None:
    settings.FETCH_MAX_BYTES = MIB
    server.answers["/"] = evil
    tracemalloc.start()
    failed(server.url())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * MIB


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "slow",
    [
        [PATIENCE],
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % DRIPS),
        drip(b"HTTP/1.1 200 OK\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 "),
        [b"HTTP/1.1 100 Continue\r\n\r\n", PAUSE] * DRIPS,
    ],
    ids=["silence", "body", "body without length", "chunk", "header", "status", "100 Continue"],
)
def test_time_is_up_however_slowly_bytes_drip(server: Server, slow: list[Piece]) -> None:
    server.answers["/"] = slow
    with long_before(PATIENCE):
        assert "within 0.3 seconds" in failed(server.url())


@pytest.mark.usefixtures("hasty")
def test_all_redirects_share_the_time(server: Server) -> None:
    for number in range(3):
        server.answers[f"/{number}"] = [0.15, redirect(f"/{number + 1}")]
    assert "within 0.3 seconds" in failed(server.url("/0"))


@pytest.mark.usefixtures("hasty")
def test_a_look_up_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2))
    assert "within 0.3 seconds" in failed("http://pictures.example/")


@pytest.mark.usefixtures("hasty")
def test_a_tls_greeting_that_never_comes_is_not_waited_for(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings.FETCH_PORTS = (mute.getsockname()[1],)
        with long_before(PATIENCE):
            assert "within 0.3 seconds" in failed(f"https://127.0.0.1:{settings.FETCH_PORTS[0]}/")


# Broken answers


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nshort\r\n0\r\n\r\n",
        answer(gzip.compress(bytes(99_999))[:-20], "Content-Encoding: gzip"),
        answer(b"no gzip at all", "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        redirect("http://[::1"),
    ],
)
def test_an_answer_that_is_cut_or_makes_no_sense_fails(server: Server, broken: bytes) -> None:
    server.answers["/"] = broken
    failed(server.url())


def test_an_unknown_packing_fails_with_a_sentence(server: Server) -> None:
    server.answers["/"] = answer(b"?", "Content-Encoding: br, gzip")
    assert "packs its answer" in failed(server.url())


@pytest.mark.parametrize(
    ("status", "said"),
    [("404 Nope", "404 Not Found"), ("500 x", "500 Internal"), ("999 x", "999"), ("206 x", "206")],
)
def test_any_other_status_is_named(server: Server, status: str, said: str) -> None:
    server.answers["/"] = answer(status=status)
    assert said in failed(server.url())


def test_a_closed_port_of_an_allowed_address_fails() -> None:
    assert "cannot be reached" in failed("http://127.0.0.1:443/")
