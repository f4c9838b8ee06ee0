"""Settings: each is documented, and nonsense is refused with a sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagesearch import env
from tests import environment

ROOT = Path(__file__).parent.parent


def test_each_variable_is_documented_and_each_documented_one_exists() -> None:
    read = environment.variables() - {"TERM"}  # which is the terminal's
    table = "".join(
        re.findall(r"^\| (`.*?`) \|", (ROOT / "docs/configuration.md").read_text(encoding="utf-8"), re.M)
    )
    assert set(re.findall(r"`([A-Z0-9_]+)`", table)) == read


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "http", "PORT is 'http'; it takes a number"),
        ("PORT", "70000", "from 1 to 65535"),
        ("DEBUG", "perhaps", "it takes yes or no"),
        ("EMBED_ON_SAVE", "later", "one of auto, inline, worker"),
        ("PUBLIC_URL", "pictures.example", "https://pictures.example"),
        ("DATA_DIR_MODE", "0677", "from 0700 to 0777"),
        ("DATA_DIR_MODE", "01000", "from 0700 to 0777"),
        ("DATA_DIR_MODE", "private", "from 0700 to 0777"),
        ("TRUSTED_PROXIES", "nginx", "It takes addresses and networks such as 10.0.0.0/8"),
        ("HSTS_SECONDS", "-1", "from 0 to"),
        ("LOGIN_REQUIRED", "perhaps", "it takes yes or no"),
        ("DEFAULT_VISIBILITY", "private", "one of public, hidden"),
        ("SECRET_KEY_FILE", "/nowhere/key", "cannot be read"),
    ],
)
def test_nonsense_stops_the_start_with_a_sentence(
    name: str, value: str, sentence: str, tmp_path: Path
) -> None:
    variables = {**os.environ, name: value, "DATA_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", "import imagesearch.settings"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert sentence in run.stderr


def test_a_public_address_is_trusted_and_safe(tmp_path: Path) -> None:
    names = "ALLOWED_HOSTS[-1], CSRF_TRUSTED_ORIGINS, SESSION_COOKIE_SECURE"
    code = f"from imagesearch.settings import *; print({names})"
    variables = {**os.environ, "PUBLIC_URL": "https://pictures.example:8443/", "DATA_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["pictures.example", "['https://pictures.example:8443']", "True"]


def test_a_made_secret_is_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret_key"
    assert env.file_secret(path, lambda: "first") == "first"
    assert env.file_secret(path, lambda: "second") == "first"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_secret_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("EMBEDDING_API_KEY_FILE", str(tmp_path / "key"))
    assert env.text("EMBEDDING_API_KEY") == "from a file"
    monkeypatch.setenv("EMBEDDING_API_KEY_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ImproperlyConfigured):
        env.text("EMBEDDING_API_KEY")


def test_the_suite_starts_without_anybodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {*environment.variables(), "SECRET_KEY_FILE", "HF_HOME", "AWS_PROFILE", "https_proxy"} - {"TERM"}
    for name in names:
        monkeypatch.setenv(name, "1")
    environment.clear()
    assert not names & set(os.environ)
    assert "DJANGO_SETTINGS_MODULE" in os.environ
