"""Bodies as they arrive: what they may take together, and what a person is told where one is not kept."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from django.test import Client
from waitress.adjustments import Adjustments

from gallery.server.bodies import (
    DISK_FULL,
    IN_MEMORY,
    MAX_CHUNK_LINE_BYTES,
    NOT_STORED,
    REFUSED,
    TOO_LARGE,
    TOO_MANY,
    Body,
    Parser,
    Spool,
    SpoolFull,
)

MOST = 1_000_000


def begun(spool: Spool, length: int | None = None) -> Parser:
    """A request whose head is there; chunked where it tells no length."""
    parser = Parser(spool, Adjustments(max_request_body_size=MOST + 1))
    how = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    head = f"POST /add/ HTTP/1.1\r\nHost: localhost\r\n{how}\r\n\r\n".encode()
    assert parser.received(head) == len(head)
    return parser


def test_bodies_in_files_are_counted_to_the_byte() -> None:
    spool = Spool(200_000)
    first, second = Body(spool), Body(spool)
    first.append(b"x" * IN_MEMORY)
    assert spool.used == 0  # in memory
    first.append(b"x" * (100_000 - IN_MEMORY))
    second.append(b"x" * 100_000)
    assert spool.used == 200_000
    with pytest.raises(SpoolFull):
        second.append(b"x")
    first.close()
    first.close()
    assert spool.used == 100_000
    del second
    assert spool.used == 0


def test_room_is_made_before_a_body_is_refused() -> None:
    first = Body(spool := Spool(100_000))
    first.append(b"x" * 100_000)
    spool.make_room = lambda: (first.close(), True)[1]
    Body(spool).append(b"x" * 100_000)


def test_a_body_is_read_as_it_came() -> None:
    content = bytes(range(256)) * 1000
    parser = begun(Spool(MOST), len(content))
    for start in range(0, len(content), 1000):
        parser.received(content[start : start + 1000])
    assert parser.completed
    assert parser.get_body_stream().read() == content


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, DISK_FULL), (errno.EDQUOT, DISK_FULL), (errno.EROFS, NOT_STORED)],
)
def test_a_disk_that_fails_refuses_the_body_and_not_the_connection(
    monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(number, "fails")

    parser = begun(Spool(MOST), 500_000)
    monkeypatch.setattr(Body, "append", fail)
    parser.received(b"x" * 8192)
    assert (parser.completed, parser.refused, parser.error) == (True, reason, None)
    assert parser.get_body_stream().read() == b""


@pytest.mark.parametrize(("length", "reason"), [(MOST, ""), (MOST + 1, TOO_LARGE)])
def test_a_body_beyond_the_limit_is_refused_by_its_length(length: int, reason: str) -> None:
    parser = begun(Spool(MOST), length)
    assert (parser.refused, parser.completed) == (reason, bool(reason))


def test_a_body_that_tells_no_length_is_refused_when_it_is_too_long() -> None:
    parser = begun(Spool(2 * MOST))
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    while not parser.completed:
        parser.received(chunk)
    assert parser.refused == TOO_LARGE
    assert int(parser.headers["CONTENT_LENGTH"]) > MOST


@pytest.mark.parametrize("ending", [b"1;", b"0\r\nX-Trailer: "])
def test_a_line_of_chunks_has_a_limit(ending: bytes) -> None:
    parser = begun(Spool(MOST))
    parser.received(ending)
    for _ in range(MAX_CHUNK_LINE_BYTES // 1000 + 1):
        parser.received(b"x" * 1000)
    assert parser.completed
    assert parser.error.code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (TOO_LARGE, 413, "image_too_large"),
        (TOO_MANY, 503, "too_many_uploads"),
        (DISK_FULL, 507, "storage_full"),
        (NOT_STORED, 503, "storage_unavailable"),
    ],
)
def test_a_person_and_a_program_are_told_why(client: Client, reason: str, status: int, code: str) -> None:
    refused = {REFUSED: reason}
    answer = client.post("/api/images", **refused)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (status == 413) != ("Retry-After" in answer.headers)
    page = client.post("/add/", **refused)  # type: ignore[arg-type]
    assert (page.status_code, page["Content-Type"]) == (status, "text/html; charset=utf-8")
