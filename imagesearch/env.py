"""Reads the environment, and rejects nonsense with a sentence instead of guessing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

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


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value in allowed:
        return value
    raise ImproperlyConfigured(f"{name} is {value!r}; it takes one of {', '.join(allowed)}.")


def file_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret that a private file holds; made and kept there on first use."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    secret = make()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)
    except FileExistsError:  # another process was faster
        return path.read_text(encoding="ascii")
    return secret
