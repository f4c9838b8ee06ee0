"""Reads the environment, and rejects nonsense with a sentence instead of guessing."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from imagesearch.concurrency.file_locks import lock

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str) -> str:
    """The variable's value, or "". It may come from the file that NAME_FILE names, as secrets should.

    Raises ImproperlyConfigured where that file cannot be read.
    """
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read: {error.strerror}.") from error
    return os.environ.get(name, "").strip()


class Variable(ABC):
    """One setting: its default, and how the text of the environment becomes its value."""

    default: Any

    @property
    @abstractmethod
    def takes(self) -> str:
        """The values that it takes, as docs/configuration.md says them."""

    @abstractmethod
    def parse(self, value: str) -> Any:
        """Of a text that is not empty. Raises ValueError."""

    def read(self, name: str) -> Any:
        """The value in the environment, else the default. Raises ImproperlyConfigured."""
        if not (value := text(name)):
            return self.default
        try:
            return self.parse(value)
        except ValueError as error:
            raise ImproperlyConfigured(self.refusal(name, value, error)) from error

    def refusal(self, name: str, value: str, error: ValueError) -> str:
        return f"{name} is {value!r}; it takes {self.takes}."


@dataclass(frozen=True)
class Text(Variable):
    default: str = ""
    takes: str = "text"

    def parse(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Folder(Variable):
    default: Path
    takes = "a path"

    def parse(self, value: str) -> Path:
        return Path(value)


@dataclass(frozen=True)
class Boolean(Variable):
    default: bool
    takes = "yes or no"

    def parse(self, value: str) -> bool:
        if value.lower() not in TRUE | FALSE:
            raise ValueError(value)
        return value.lower() in TRUE


@dataclass(frozen=True)
class Number(Variable):
    """Whole where its default is whole."""

    default: int | float
    least: int | float
    most: int | float

    @property
    def takes(self) -> str:
        return f"a number from {self.least} to {self.most}"

    def parse(self, value: str) -> int | float:
        number = type(self.default)(value)
        if not self.least <= number <= self.most:
            raise ValueError(value)
        return number


@dataclass(frozen=True)
class Choice(Variable):
    default: str
    allowed: tuple[str, ...]

    @property
    def takes(self) -> str:
        return f"one of {', '.join(self.allowed)}"

    def parse(self, value: str) -> str:
        if value not in self.allowed:
            raise ValueError(value)
        return value


@dataclass(frozen=True)
class Words(Variable):
    """Separated by commas or spaces."""

    default: tuple[str, ...] = ()
    takes: str = "a list"

    def parse(self, value: str) -> tuple[str, ...]:
        return tuple(value.replace(",", " ").split())


@dataclass(frozen=True)
class Networks(Variable):
    """Blocks of addresses; a single address is a block of one."""

    default: tuple[IPv4Network | IPv6Network, ...] = ()
    takes: str = "addresses and networks such as 10.0.0.0/8"

    def parse(self, value: str) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(block, strict=False) for block in Words().parse(value))

    def refusal(self, name: str, value: str, error: ValueError) -> str:
        """Which one of them is wrong."""
        return f"{name}: {error}. It takes {self.takes}."


@dataclass(frozen=True)
class InCode(Variable):
    """Another project may set it in its settings; the environment does not."""

    default: Any
    takes = ""

    def parse(self, value: str) -> Any:
        raise ValueError(value)

    def read(self, name: str) -> Any:
        return self.default


@dataclass(frozen=True)
class Mode(Variable):
    """A folder's permissions in octal; its owner has all of them."""

    default: int
    takes = "permissions from 0700 to 0777, such as 0750"

    def parse(self, value: str) -> int:
        mode = int(value, 8)
        if not 0o700 <= mode <= 0o777:
            raise ValueError(value)
        return mode


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
