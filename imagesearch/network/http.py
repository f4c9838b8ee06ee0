"""The only door out: a guarded GET of what strangers name, and POST to the operator's embedding server.

A stranger's URL is read once, its name looked up once, every address checked, and the socket opened to
exactly such an address; so is each redirect. The socket then speaks through `http.client`, where
requests and urllib3 will not do: a chunk of "-1" bytes makes them read until memory ends (measured: 797 MB
for a limit of 25), and a server that sends a byte now and then is never too late for them.
"""

from __future__ import annotations

import io
import json
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urljoin, urlsplit

import certifi
import requests

from imagesearch.configuration.conf import setting
from imagesearch.configuration.defaults import MIB
from imagesearch.errors import AddressRefused, EmbeddingUnavailable, FetchError
from imagesearch.network.addresses import Address, Link, call_with_timeout, read_link, resolve

REDIRECTS = {301, 302, 303, 307, 308}
MAX_URL_LENGTH = 2_000
"""Characters of an address that somebody gives, as many as are kept with its picture."""
COMPRESSED = {"gzip", "x-gzip", "deflate"}
GZIP_OR_ZLIB = zlib.MAX_WBITS + 32
CHUNK = 64 * 1024
HEADERS = {
    "User-Agent": "imagesearch-gallery (fetches one picture for one person)",
    "Accept": "image/*, */*;q=0.1",
    "Connection": "close",
}

CONNECT_SECONDS = 10.0
REPLY_MAX_BYTES = 16 * MIB


@dataclass(frozen=True)
class Fetched:
    content: bytes
    url: str
    """Where it was found in the end, redirects followed."""
    name: str
    """A file name for people, from that URL; may be empty."""


@dataclass(frozen=True)
class Reply:
    """What an embedding server answered."""

    status: int
    content: Any
    """Its JSON, read; None where it was none."""
    retry_after: float | None
    """Seconds that it asks us to wait."""


class Deadline:
    """One moment at which everything must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than none. Raises TimeoutError."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class DeadlineSocket(io.RawIOBase):
    """What http.client takes for a socket, with one deadline for all reads and writes together.

    A socket's own timeout restarts with every byte. `close` does nothing: http.client calls it on seeing
    "Connection: close", before the body is read; who opened the socket closes it.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        pass


def fetch(url: str) -> Fetched:
    """The bytes that a stranger's URL leads to, whatever they are.

    Raises AddressRefused for a URL that is never asked, FetchError for one that gave nothing within
    FETCH_TIMEOUT, FETCH_MAX_BYTES (unpacked) and FETCH_MAX_REDIRECTS.
    """
    if len(url) > MAX_URL_LENGTH:
        raise AddressRefused(
            f"This address is {len(url):,} characters long; at most {MAX_URL_LENGTH:,} are taken. Give a "
            "shorter one, or save the picture and upload it."
        )
    deadline = Deadline(setting("FETCH_TIMEOUT"))
    for _ in range(setting("FETCH_MAX_REDIRECTS") + 1):
        link = read_link(url)
        with _explained(link.host), _asked(link, deadline) as response:
            if response.status not in REDIRECTS:
                return Fetched(_content(response, link.host), link.url, link.name)
            url = urljoin(link.url, _location(response))
    raise FetchError(
        f"{link.host} redirects more than {setting('FETCH_MAX_REDIRECTS')} times. "
        "Give the address at which the picture is in the end."
    )


@contextmanager
def _explained(host: str) -> Iterator[None]:
    """Turns what sockets, TLS and http.client raise into a sentence."""
    try:
        yield
    except TimeoutError:
        raise FetchError(
            f"{host} did not send the picture within {setting('FETCH_TIMEOUT'):g} seconds. "
            "Try again later, or upload the picture."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise FetchError(
            f"{host} cannot prove that it is {host} ({error.verify_message}). Upload the picture instead."
        ) from error
    except (OSError, HTTPException, ValueError, zlib.error) as error:
        raise FetchError(
            f"{host} cannot be reached, or its answer was cut short or cannot be read. "
            "Try again later, or upload the picture."
        ) from error


@contextmanager
def _asked(link: Link, deadline: Deadline) -> Iterator[HTTPResponse]:
    """The answer to a GET, its body unread."""
    addresses = resolve(link, deadline.left())
    with _connected(addresses, link.port, deadline) as plain, _secured(plain, link, deadline) as sock:
        connection = HTTPConnection(link.host)
        connection.sock = DeadlineSocket(sock, deadline)
        connection.request("GET", link.path, headers=HEADERS | {"Host": link.authority})
        yield connection.getresponse()


def _connected(addresses: list[Address], port: int, deadline: Deadline) -> socket.socket:
    """A socket to the first address that takes it; a silent one must leave time for the others."""
    failure: OSError = ConnectionError()
    for waiting, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            return socket.create_connection((str(address), port), timeout=deadline.left() / waiting)
        except OSError as error:
            failure = error
    raise failure


def _secured(sock: socket.socket, link: Link, deadline: Deadline) -> socket.socket:
    """The socket itself, or for https one that has proven to be the link's host."""
    if link.scheme == "http":
        return sock
    sock.settimeout(deadline.left())  # of the whole handshake
    context = ssl.create_default_context(cafile=certifi.where())
    return context.wrap_socket(sock, server_hostname=link.host)


def _location(response: HTTPResponse) -> str:
    """Where a redirect leads; http.client reads headers as Latin-1, but servers write UTF-8."""
    location = response.getheader("Location", "")
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _content(response: HTTPResponse, host: str) -> bytes:
    """The unpacked body of a good answer."""
    if response.status != HTTPStatus.OK:
        raise FetchError(f"{host} answered {_status(response.status)} instead of a picture.")
    packing = response.getheader("Content-Encoding", "identity").strip().lower()
    if packing not in COMPRESSED | {"identity", ""}:
        raise FetchError(
            f"{host} packs its answer in a way that is not understood. Upload the picture instead."
        )
    unpacker = zlib.decompressobj(GZIP_OR_ZLIB) if packing in COMPRESSED else None
    limit = setting("FETCH_MAX_BYTES")
    content = bytearray()
    buffer = memoryview(bytearray(CHUNK))  # `readinto`, because `read` believes the length of a chunk
    while (response.length or 0) <= limit and (count := response.readinto(buffer)):
        piece, room = buffer[:count], limit + 1 - len(content)
        content += unpacker.decompress(piece, room) if unpacker else piece[:room]
        if len(content) > limit:
            break
    if max(len(content), response.length or 0) > limit:
        raise FetchError(f"The answer of {host} is larger than {limit / MIB:g} MB, the most that is fetched.")
    if response.length or (unpacker and not unpacker.eof):
        raise HTTPException("cut short")  # `readinto` lets a short body pass
    return bytes(content)


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def post_json(url: str, payload: Any, *, headers: Mapping[str, str], timeout: float) -> Reply:
    """What the operator's embedding server answers, whatever its status, within `timeout` seconds.

    The address is the operator's choice, so it may be an internal one. Redirects, proxies of the
    environment, cookies and .netrc play no part. Raises EmbeddingUnavailable, whose sentence and traceback
    hold no header.
    """
    server = urlsplit(url).hostname
    try:
        return call_with_timeout(timeout, lambda: _post(url, payload, headers, timeout))
    except (TimeoutError, requests.Timeout):
        raise EmbeddingUnavailable(
            f"The embedding server {server} did not answer within {timeout:g} seconds."
        ) from None
    except (requests.RequestException, OSError):
        raise EmbeddingUnavailable(
            f"The embedding server {server} cannot be reached, or cut its answer short."
        ) from None


def _post(url: str, payload: Any, headers: Mapping[str, str], timeout: float) -> Reply:
    with requests.Session() as session:
        session.trust_env = False
        response = session.post(
            url,
            json=payload,
            headers=dict(headers),
            timeout=(min(CONNECT_SECONDS, timeout), timeout),
            allow_redirects=False,
            stream=True,
        )
        content = bytearray()
        for piece in response.iter_content(CHUNK):
            content += piece
            if len(content) > REPLY_MAX_BYTES:
                raise requests.exceptions.ContentDecodingError("too large")
    return Reply(
        response.status_code, _json(bytes(content)), _seconds(response.headers.get("Retry-After", ""))
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _seconds(retry_after: str) -> float | None:
    """A Retry-After header, a number of seconds or a date, as seconds from now, a day at most."""
    try:
        if retry_after.isdecimal():
            seconds = float(retry_after)
        else:
            seconds = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return None
    return min(max(seconds, 0.0), 86400.0)
