"""Which URLs a stranger may name, and which addresses they may lead to."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import NamedTuple, TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit

import idna
from django.utils.translation import gettext as _

from imagesearch.configuration.conf import setting
from imagesearch.errors import AddressRefused, FetchError

T = TypeVar("T")
Address = IPv4Address | IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
IN_PATH = "/:@!$&'()*+,;=~%"  # left as they are; % because most paths come encoded already
IN_QUERY = IN_PATH + "?[]|^`{}"

# Our own list. Python's `is_global` calls 64:ff9b::7f00:1, ::127.0.0.1 and multicast public, and
# `is_private` misses 100.64.0.0/10.
INTERNAL_V4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link local: the metadata of cloud machines
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation, as the two below
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Only what is handed out to the Internet at large: all that is mapped, translated (NAT64), local or
# multicast lies elsewhere.
PUBLIC_V6 = ip_network("2000::/3")
INTERNAL_V6 = tuple(
    ip_network(block)
    for block in (
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",  # documentation, as the last
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
ISATAP = 0x00005EFE  # then an IPv4 address; with or without the bit "universal"


class Link(NamedTuple):
    """A URL that may be asked, in parts that need no further reading."""

    scheme: str
    host: str
    """ASCII, lower case, without brackets or final dot: a name or an address."""
    port: int
    path: str
    """With the query, percent-encoded."""

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def name(self) -> str:
        """A file name for people: the path's last part, free of all that is not one; may be empty."""
        last = re.split(r"[/\\]", unquote(self.path.split("?")[0]))[-1]
        return "".join(sign for sign in last if sign.isprintable() and sign not in ':*?"<>|').strip(". ")[
            -120:
        ]


def read_link(url: str) -> Link:
    """The parts of a stranger's URL. Raises AddressRefused for all but http and https to a named port."""
    url = url.strip()
    if not url.isprintable() or "\\" in url:
        raise AddressRefused(
            _(
                "That is no web address: it contains a backslash, a line break or an invisible character. "
                "Type it again."
            )
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(
            _("That is no web address: its host or port cannot be read. Type it again.")
        ) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise AddressRefused(
            _("Only web addresses are fetched, which begin with http:// or https://, not with %(start)r.")
            % {"start": url[:12]}
        )
    if "@" in parts.netloc:
        raise AddressRefused(
            _("A web address with a user name or password in it is not fetched. Leave out all up to the @.")
        )
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in setting("FETCH_PORTS"):
        ports = " and ".join(str(each) for each in setting("FETCH_PORTS"))
        raise AddressRefused(
            _("Pictures are fetched from the ports %(ports)s only, not from port %(port)s.")
            % {"ports": ports, "port": port}
        )
    return Link(parts.scheme, _host(parts.hostname or ""), port, _path(parts))


def is_web_address(text: str) -> bool:
    """Whether it begins as the address of a page or picture does; javascript: and others do not."""
    return text.isprintable() and text.lower().startswith(("http://", "https://"))


def refuse_other_schemes(address: str) -> None:
    """Raises AddressRefused."""
    if not is_web_address(address):
        raise AddressRefused(
            _(
                "An address must begin with http:// or https://, not with %(start)r. "
                "Correct it, or leave it out."
            )
            % {"start": address[:12]}
        )


def without_secrets(address: str) -> str:
    """Scheme, host and path of a web address; "" for others.

    User name and password, query and fragment are left out, which may hold a signature, a token or a session.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host or not is_web_address(address):
        return ""
    authority = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return f"{parts.scheme}://{authority}{parts.path.partition(';')[0]}"


def _host(host: str) -> str:
    try:
        if ":" in host and "%" not in host:
            return str(IPv6Address(host))
        # UTS 46, as browsers do: it also turns full-width digits and dots into plain ones.
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except ValueError:
        ascii_host = ""
    ascii_host = ascii_host.removesuffix(".")
    if len(ascii_host) > 253 or not NAME.fullmatch(ascii_host):
        raise AddressRefused(
            _("That is no web address: it names no host, or one that cannot exist. Type it again.")
        )
    return ascii_host


def _path(parts: SplitResult) -> str:
    query = f"?{quote(parts.query, safe=IN_QUERY)}" if parts.query else ""
    return (quote(parts.path, safe=IN_PATH) or "/") + query


def is_public(address: Address) -> bool:
    """Whether an address belongs to the Internet at large."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in INTERNAL_V4)
    if int(address) >> 32 & 0xFDFFFFFF == ISATAP:
        return False
    return address in PUBLIC_V6 and not any(address in block for block in INTERNAL_V6)


def is_allowed(address: Address) -> bool:
    """Public, or in one of FETCH_ALLOWED_NETWORKS."""
    allowed = (ip_network(block, strict=False) for block in setting("FETCH_ALLOWED_NETWORKS"))
    return is_public(address) or any(address in block for block in allowed)


def resolve(link: Link, seconds: float) -> list[Address]:
    """All addresses of a link's host, asked once and each of them allowed.

    Raises AddressRefused, in the same words for an internal address as for an unknown name: what names and
    machines an internal network has is nobody's business. One internal address spoils the answer, since an
    honest name has none. Raises TimeoutError.
    """
    try:
        found = call_with_timeout(
            seconds, lambda: socket.getaddrinfo(link.host, link.port, type=socket.SOCK_STREAM)
        )
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise FetchError(
                _("The name %(host)s cannot be looked up just now. Try again later.") % {"host": link.host}
            ) from error
        found = []
    addresses = list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise AddressRefused(
            _(
                "%(host)s is unknown or not on the public Internet. Pictures are fetched only from there. "
                "Upload the picture instead."
            )
            % {"host": link.host}
        )
    return addresses


def call_with_timeout(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns or raises; TimeoutError when it takes longer.

    For what cannot be interrupted, such as a look-up of a name: its thread is left to end by itself.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result(seconds)
