"""System checks: what is missing or dangerous in the settings of a gallery that other people reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import get_resolver

from gallery.text.stems import LANGUAGES
from imagesearch.network import public_url
from imagesearch.network.public_url import PublicUrl, is_loopback

Messages = list[checks.CheckMessage]

DOCUMENT = "See docs/deployment.md."
MIN_PROXY_PREFIX = {4: 8, 6: 16}
"""Bits of a network's address, by IP version: with fewer it holds more of the internet than any proxy has."""


def register() -> None:
    checks.register(check_path)
    checks.register(check_language)
    checks.register(check_deployment, checks.Tags.security, deploy=True)


def check_path(app_configs: Any = None, **kwargs: Any) -> Messages:
    """A path of PUBLIC_URL must differ from the gallery's own addresses: a proxy may or may not remove it."""
    public = public_url.parse(settings.PUBLIC_URL)
    if public is None or not public.prefix:
        return []
    first = public.prefix.split("/")[1]
    if first not in own_names():
        return []
    return [
        checks.Error(
            f"PUBLIC_URL has the path {public.prefix}, and /{first} is an address of the gallery itself.",
            hint="Choose another path, such as /photos.",
            id="gallery.E001",
        )
    ]


def check_language(app_configs: Any = None, **kwargs: Any) -> Messages:
    """SEARCH_LANGUAGE is a language that has stems, or empty."""
    if not settings.SEARCH_LANGUAGE or settings.SEARCH_LANGUAGE.lower() in LANGUAGES:
        return []
    return [
        checks.Error(
            f"SEARCH_LANGUAGE is {settings.SEARCH_LANGUAGE!r}, which is not a known language.",
            hint=f"Leave it empty, or set it to one of {', '.join(LANGUAGES)}.",
            id="gallery.E002",
        )
    ]


def own_names() -> set[str]:
    """The first parts of all addresses under the root."""
    patterns = [*get_resolver().url_patterns, *get_resolver("gallery.urls").url_patterns]
    names = {str(pattern.pattern).lstrip("^").split("/")[0] for pattern in patterns}
    return {*names, settings.STATIC_URL.rstrip("/").rpartition("/")[2]} - {""}


def check_deployment(app_configs: Any = None, **kwargs: Any) -> Messages:
    """`manage.py check --deploy`, beside Django's own checks."""
    public = public_url.parse(settings.PUBLIC_URL)
    return [*_address(public), *_proxies(public), *_hosts()]


def _address(public: PublicUrl | None) -> Iterator[checks.CheckMessage]:
    if public is None and not is_loopback(settings.HOST):
        yield checks.Warning(
            f"The gallery listens on {settings.HOST}, and PUBLIC_URL is empty: requests for names that "
            "ALLOWED_HOSTS lacks are refused, and passwords and cookies travel unencrypted.",
            hint=f"Set PUBLIC_URL to the address that people use. {DOCUMENT}",
            id="gallery.W001",
        )
    if public and not public.is_secure and not public.is_loopback:
        yield checks.Warning(
            f"PUBLIC_URL is {public}: passwords and cookies travel unencrypted.",
            hint=f"Put a web server with TLS in front, and let PUBLIC_URL begin with https://. {DOCUMENT}",
            id="gallery.W002",
        )


def _proxies(public: PublicUrl | None) -> Iterator[checks.CheckMessage]:
    if public and not public.is_loopback and not settings.TRUSTED_PROXIES:
        yield checks.Warning(
            "PUBLIC_URL is set, and TRUSTED_PROXIES is empty: all visitors behind a proxy count as one, "
            "and share the limits on searches and logins.",
            hint=f"Set TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1. {DOCUMENT}",
            id="gallery.W003",
        )
    for network in settings.TRUSTED_PROXIES:
        if network.prefixlen < MIN_PROXY_PREFIX[network.version]:
            yield checks.Warning(
                f"TRUSTED_PROXIES has {network}: anybody there may claim any address in X-Forwarded-For.",
                hint="Name the proxy's own address alone.",
                id="gallery.W004",
            )


def _hosts() -> Iterator[checks.CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield checks.Warning(
            "ALLOWED_HOSTS has “*”: requests for any host are answered.",
            hint="Name the hosts, or leave it to PUBLIC_URL.",
            id="gallery.W005",
        )
