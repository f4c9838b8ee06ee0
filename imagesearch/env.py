"""Reads the environment, and rejects nonsense with a sentence instead of guessing."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

from imagesearch.locks import lock

T = TypeVar("T")

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable's value; a secret may instead come from the file that NAME_FILE names."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read: {error.strerror}.") from error
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name} is {value!r}; it takes yes or no.")


def number(name: str, default: T, *, least: float, most: float) -> T:
    """A number of the default's type between `least` and `most`."""
    value = text(name)
    if not value:
        return default
    kind: Callable[[str], T] = type(default)
    try:
        result = kind(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a number.") from None
    if not least <= result <= most:  # type: ignore[operator]
        raise ImproperlyConfigured(f"{name} is {value}; it takes a number from {least:g} to {most:g}.")
    return result


def words(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A list, separated by commas or spaces."""
    return tuple(text(name).replace(",", " ").split()) or default


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks or single addresses, separated by commas or spaces."""
    try:
        return tuple(ip_network(block, strict=False) for block in words(name))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name}: {error}. It takes addresses and networks such as 10.0.0.0/8."
        ) from error


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value in allowed:
        return value
    raise ImproperlyConfigured(f"{name} is {value!r}; it takes one of {', '.join(allowed)}.")


def mode(name: str, default: int) -> int:
    """A folder's permissions in octal, such as 0750; its owner has all of them."""
    value = text(name)
    if not value:
        return default
    try:
        result = int(value, 8)
    except ValueError:
        result = -1
    if not 0o700 <= result <= 0o777:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it takes permissions from 0700 to 0777, such as 0750."
        )
    return result


def file_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret that a private file holds; made and kept there where the file is missing or empty.

    Raises ImproperlyConfigured where it can be neither read nor written.
    """
    try:
        with suppress(FileNotFoundError):
            if secret := path.read_text(encoding="ascii").strip():
                return secret
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
            lock(file)  # of two processes that find it empty, one makes the secret, and the other reads it
            if secret := file.read().strip():
                return secret
            file.write(secret := make())
            file.flush()
            os.fsync(file.fileno())
            return secret
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ImproperlyConfigured(
            f"The secret key {path} cannot be read or written: {reason}. Make it readable and writable for "
            "this user, or delete it: then a new one is made, and everybody has to log in again."
        ) from error
