"""`manage.py check --deploy`: silent on a correct deployment, and each mistake has its own message."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import get_resolver

from gallery.checks import check_deployment, check_path, own_names

CORRECT = {"PUBLIC_URL": "https://pictures.example", "TRUSTED_PROXIES": "127.0.0.1"}


def check(data: Path, **environment: str) -> set[str]:
    """The ids of what it says."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=settings.BASE_DIR,
        env={**inherited, "DATA_DIR": str(data), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return set(re.findall(r"\((\w+\.[EW]\d+)\)", ended.stderr))


@pytest.mark.parametrize(
    "environment",
    [
        {"PUBLIC_URL": "https://example.org/photos"},
        {"HOST": "0.0.0.0", "LOGIN_REQUIRED": "yes", "DEFAULT_VISIBILITY": "hidden"},
    ],
)
def test_a_correct_deployment_is_silent(environment: dict[str, str], tmp_path: Path) -> None:
    assert check(tmp_path, **{**CORRECT, **environment}) == set()


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, set()),
        ({"HOST": "0.0.0.0"}, set()),
        ({"PUBLIC_URL": "", "HOST": "127.0.0.1"}, set()),
        ({"PUBLIC_URL": "", "HOST": "0.0.0.0"}, {"gallery.W001"}),
        ({"PUBLIC_URL": "", "HOST": "192.168.1.5"}, {"gallery.W001"}),
        ({"PUBLIC_URL": "http://pictures.example"}, {"gallery.W002"}),
        ({"PUBLIC_URL": "http://localhost:8000", "TRUSTED_PROXIES": ()}, set()),
        ({"TRUSTED_PROXIES": ()}, {"gallery.W003"}),
        ({"TRUSTED_PROXIES": (ip_network("0.0.0.0/0"),)}, {"gallery.W004"}),
        ({"TRUSTED_PROXIES": (ip_network("127.0.0.1"), ip_network("::/0"))}, {"gallery.W004"}),
        ({"TRUSTED_PROXIES": (ip_network("10.0.0.0/8"), ip_network("fd00::/16"))}, set()),
        ({"ALLOWED_HOSTS": ["*"]}, {"gallery.W005"}),
        ({"PUBLIC_URL": "https://example.org/search"}, {"gallery.E001"}),
        ({"PUBLIC_URL": "https://example.org/static/photos"}, {"gallery.E001"}),
        ({"PUBLIC_URL": "https://example.org/photos/search"}, set()),
    ],
)
def test_each_mistake_is_found(changed: dict[str, Any], found: set[str], settings: Any) -> None:
    settings.PUBLIC_URL, settings.TRUSTED_PROXIES = "https://pictures.example", (ip_network("127.0.0.1"),)
    settings.ALLOWED_HOSTS = ["pictures.example"]
    for name, value in changed.items():
        setattr(settings, name, value)
    assert {message.id for message in [*check_path(), *check_deployment()]} == found


def test_what_django_finds_is_found(tmp_path: Path) -> None:
    mistakes = {"DEBUG": "yes", "SECRET_KEY": "weak", "HSTS_SECONDS": "0", "ALLOWED_HOSTS": "*"}
    assert check(tmp_path, **{**CORRECT, **mistakes}) == {
        "gallery.W005",
        "security.W004",
        "security.W009",
        "security.W018",
    }


def test_the_gallerys_own_names_are_those_of_its_addresses() -> None:
    assert {"admin", "api", "image", "media", "search", "static", "healthz", "login"} <= own_names()
    assert all(re.fullmatch(r"[a-z]+", name) for name in own_names())
    assert len(get_resolver("gallery.urls").url_patterns) > len(own_names())
