"""Calls of the operator's embedding server: any address, one deadline, no leaks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch.configuration.defaults import MIB
from imagesearch.errors import EmbeddingUnavailable
from imagesearch.network.http import post_json
from tests.support.strangers import DRIPS, Piece, Server, answer, drip, endless, redirect
from tests.support.timing import PATIENCE, long_before


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def test_post_brings_back_status_and_json(server: Server) -> None:
    server.answers["/v1/embeddings"] = answer(b'{"code": "busy"}', "Retry-After: 7", status="503 Busy")
    reply = post_json(server.url("/v1/embeddings"), {"a": 1}, headers={"X-Key": "k"}, timeout=5)
    assert (reply.status, reply.content, reply.retry_after) == (503, {"code": "busy"}, 7.0)
    assert server.requests[0].startswith("POST /v1/embeddings")
    assert server.headers()["x-key"] == "k"


def test_post_reaches_internal_addresses_since_the_operator_chose_them(server: Server) -> None:
    assert post_json(server.url(), {}, headers={}, timeout=5).status == 200


def test_post_follows_no_redirect(server: Server) -> None:
    server.answers["/"] = redirect("/other")
    assert post_json(server.url(), {}, headers={}, timeout=5).status == 302
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff\xfe", b"[" * 100_000])
def test_post_reads_what_is_no_json_as_none(server: Server, body: bytes) -> None:
    server.answers["/"] = answer(body)
    assert post_json(server.url(), {}, headers={}, timeout=5).content is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("1.5", None),
        ("-3", None),
        ("soon", None),
        ("99999999999", 86400),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 86400),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0),
        ("Mon, 05 Jan 2026 10:00:00", None),
    ],
)
def test_post_reads_retry_after_in_all_its_forms(server: Server, header: str, seconds: float | None) -> None:
    server.answers["/"] = answer(b"{}", f"Retry-After: {header}")
    assert post_json(server.url(), {}, headers={}, timeout=5).retry_after == seconds


@pytest.mark.parametrize(
    "slow",
    [
        [PATIENCE],
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % DRIPS),
    ],
    ids=["silence", "header", "body"],
)
def test_post_is_over_in_time(server: Server, slow: list[Piece]) -> None:
    server.answers["/"] = slow
    with (
        long_before(PATIENCE),
        pytest.raises(EmbeddingUnavailable, match=r"127\.0\.0\.1 did not answer within 0\.3 seconds"),
    ):
        post_json(server.url(), {}, headers={}, timeout=0.3)


@pytest.mark.parametrize("broken", [b"", b"nonsense", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
def test_post_names_the_server_and_never_a_header(server: Server, broken: bytes) -> None:
    server.answers["/?token=t0p"] = broken
    with pytest.raises(EmbeddingUnavailable) as failure:
        post_json(server.url("/?token=t0p"), {}, headers={"Authorization": "Bearer s3cret"}, timeout=5)
    assert "127.0.0.1" in str(failure.value)
    assert "s3cret" not in str(failure.value)
    assert "t0p" not in str(failure.value)
    assert failure.value.__suppress_context__


def test_post_takes_no_endless_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagesearch.network.http.REPLY_MAX_BYTES", MIB)
    server.answers["/"] = endless(b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(EmbeddingUnavailable):
        post_json(server.url(), {}, headers={}, timeout=5)


def test_post_to_a_closed_port_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(EmbeddingUnavailable, match="cannot be reached"):
        post_json(url, {}, headers={}, timeout=5)


def test_post_uses_neither_proxies_nor_netrc(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("no_proxy", raising=False)
    with Server() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        post_json(server.url(), {}, headers={"Authorization": "Bearer key"}, timeout=5)
        assert proxy.requests == []
    assert server.headers()["authorization"] == "Bearer key"
