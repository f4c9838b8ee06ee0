"""Settings: each is documented, and nonsense is refused with a sentence."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagesearch.configuration import env
from imagesearch.configuration.defaults import ENGINE, SETTINGS, value
from imagesearch.configuration.env import InCode, Mode, Variable
from tests.support import environment

ROOT = Path(__file__).parents[2]


def run(code: str, data: Path, *, fails: bool = False, **variables: str) -> str:
    """What this code prints in a process of its own with this DATA_DIR."""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode != 0) is fails, ended.stderr
    return ended.stderr if fails else ended.stdout


DOCUMENT = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
DOCUMENTED = {
    name: (default, takes)
    for name, default, takes in re.findall(r"^\| `([A-Z0-9_]+)` \| *(.*?) *\| (.*?) \|", DOCUMENT, re.M)
}


def written(variable: Variable) -> str:
    """The default as one writes it in the environment."""
    if isinstance(variable, Mode):
        return f"{variable.default:04o}"
    if isinstance(variable.default, bool):
        return "yes" if variable.default else "no"
    return f"{variable.default:g}" if isinstance(variable.default, float) else str(variable.default or "")


def test_each_variable_is_documented_and_each_documented_one_exists() -> None:
    assert set(DOCUMENTED) == environment.variables() - {"TERM"}  # which is the terminal's


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_documented_default_and_values_are_those_of_the_table(name: str) -> None:
    variable = SETTINGS[name]
    default, takes = DOCUMENTED[name]
    assert takes == variable.takes
    if written(variable):
        assert default == f"`{written(variable)}`"
    else:
        assert not default.startswith("`")


@pytest.mark.parametrize("name", [name for name, each in SETTINGS.items() if not isinstance(each, InCode)])
def test_a_default_is_a_value_that_its_setting_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = SETTINGS[name]
    monkeypatch.setenv(name, written(variable))
    assert value(name) == variable.default


def test_each_engine_setting_is_documented_for_other_projects() -> None:
    section = DOCUMENT.partition("## The engine in another project")[2]
    assert set(re.findall(r"`([A-Z_]{5,})`", section)) - {"INSTALLED_APPS"} == set(ENGINE)


def test_no_default_stands_in_the_settings() -> None:
    """Nor does a setting of the table come from anywhere else."""
    tree = ast.parse((ROOT / "imagesearch/settings.py").read_text(encoding="utf-8"))
    read = [
        node.args
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "value"
    ]
    assert {len(arguments) for arguments in read} == {1}
    names = {ast.literal_eval(arguments[0]) for arguments in read}
    assert names == {name for name, each in SETTINGS.items() if not isinstance(each, InCode)}


def test_the_engine_alone_has_a_default_for_all_that_it_reads(tmp_path: Path) -> None:
    code = f"""
from django.conf import settings
settings.configure(INSTALLED_APPS=["imagesearch"])
import django
django.setup()
from imagesearch.configuration.conf import setting
print([setting(name) for name in {sorted(ENGINE)}])
"""
    run(code, tmp_path)
    read = {
        name
        for path in (ROOT / "imagesearch").rglob("*.py")
        for name in re.findall(r"\bsetting\(\"([A-Z_]+)\"\)", path.read_text(encoding="utf-8"))
    }
    assert read == set(ENGINE)


# --- what the environment may say ------------------------------------------------------------------


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
    assert sentence in run("import imagesearch.settings", tmp_path, fails=True, **{name: value})


def test_a_public_address_is_trusted_and_safe(tmp_path: Path) -> None:
    names = "ALLOWED_HOSTS[-1], CSRF_TRUSTED_ORIGINS, SESSION_COOKIE_SECURE"
    code = f"from imagesearch.settings import *; print({names})"
    printed = run(code, tmp_path, PUBLIC_URL="https://pictures.example:8443/")
    assert printed.split() == ["pictures.example", "['https://pictures.example:8443']", "True"]


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
