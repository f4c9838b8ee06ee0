"""PUBLIC_URL, the address that people use: checked, normalized, and taken apart for the settings."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import idna
from django.core.exceptions import ImproperlyConfigured

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~-]+")
"""One part of the path: characters that no server, proxy or browser encodes."""


class PublicUrl(NamedTuple):
    """A valid PUBLIC_URL; as a string it is the address without a slash at its end."""

    scheme: str
    host: str
    """As in ALLOWED_HOSTS: an IPv6 address has brackets."""
    port: int | None
    """None where it is the scheme's default."""
    prefix: str
    """A path such as “/photos”; "" at the root."""

    @property
    def origin(self) -> str:
        """As a browser's Origin header names it."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def __str__(self) -> str:
        return self.origin + self.prefix


@lru_cache(maxsize=16)
def parse(value: str) -> PublicUrl | None:
    """The parts of PUBLIC_URL; None for "". Raises ImproperlyConfigured."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise _refused(value, str(error)) from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise _refused(value, "it needs http:// or https:// and a host")
    if parts.username is not None or "?" in value or "#" in value:
        raise _refused(value, "it has neither a user name nor “?” or “#”")
    if port == 0:
        raise _refused(value, "its port is 0")
    if port == DEFAULT_PORTS[parts.scheme]:
        port = None
    return PublicUrl(parts.scheme, _host(value, parts), port, _prefix(value, parts))


def _host(value: str, parts: SplitResult) -> str:
    """In lower case, as a browser sends it."""
    host = (parts.hostname or "").removesuffix(".")
    try:
        if ":" in host:
            return f"[{ipaddress.IPv6Address(host)}]"
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
    except (ValueError, idna.IDNAError) as error:
        raise _refused(value, "its host is not valid") from error
    if not HOST.fullmatch(host):
        raise _refused(value, "its host is not valid")
    return host


def _prefix(value: str, parts: SplitResult) -> str:
    path = parts.path.strip("/")
    if path and not all(SEGMENT.fullmatch(segment) for segment in path.split("/")):
        raise _refused(value, "its path takes letters, digits, “-”, “.”, “_” and “~” between slashes")
    return f"/{path}" if path else ""


def _refused(value: str, reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"PUBLIC_URL is {value!r}: {reason}. It takes an address such as https://pictures.example "
        "or https://example.org/photos."
    )


def is_loopback(host: str) -> bool:
    """Whether this name or address (an IPv6 address with or without brackets) is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
