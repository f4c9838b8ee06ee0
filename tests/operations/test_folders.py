"""Reading the settings writes nothing; what starts a gallery makes its folder and its secret key, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = "import django; django.setup(); from django.conf import settings"
KEY = f"{SETUP}; print(settings.SECRET_KEY)"
WSGI = ("-c", "import imagesearch.wsgi")


def environment(data: Path, **variables: str) -> dict[str, str]:
    settings = {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "imagesearch.settings"}
    return {**os.environ, "DATABASE_URL": "", **settings, **variables}


def python(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(data, **variables),
        capture_output=True,
        text=True,
        check=False,
    )


def found(data: Path) -> set[str]:
    return {str(path.relative_to(data)) for path in data.rglob("*")}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder; the suite has made others in `tmp_path`."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


@pytest.mark.parametrize("arguments", [("-c", SETUP), ("manage.py", "check")], ids=" ".join)
@pytest.mark.parametrize("data", ["", "new/data"])
def test_what_starts_no_gallery_writes_nothing(place: Path, arguments: tuple[str, ...], data: str) -> None:
    ended = python(place / data, *arguments)
    assert ended.returncode == 0, ended.stderr
    assert found(place) == set()


@pytest.mark.slow
@pytest.mark.parametrize("start", [("manage.py", "migrate"), WSGI], ids=" ".join)
def test_what_starts_a_gallery_makes_its_folder_and_its_key(place: Path, start: tuple[str, ...]) -> None:
    data = place / "new" / "data"
    ended = python(data, *start)
    assert ended.returncode == 0, ended.stderr
    assert {"tmp", "secret_key"} <= found(data)
    assert python(data, "-c", KEY).stdout.strip() == (data / "secret_key").read_text(encoding="ascii")


def test_a_key_of_the_environment_is_not_kept(place: Path) -> None:
    assert python(place, *WSGI, SECRET_KEY="given").returncode == 0
    assert found(place) == {"tmp"}


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_no_reason_not_to_start(place: Path) -> None:
    """As on a read-only disk. Here a file is in the way, since root may write to any folder."""
    data = place / "file"
    data.touch()
    assert python(data, "-c", SETUP).returncode == 0
    ended = python(data, *WSGI, SECRET_KEY="given")
    assert ended.returncode == 0, ended.stderr
    assert "cannot be made" in ended.stderr
    assert python(data, *WSGI).returncode != 0  # no secret key, and none can be kept


@pytest.mark.slow
def test_processes_that_start_at_once_agree_on_the_key(place: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", KEY], cwd=ROOT, env=environment(place / "data"), stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    keys = {process.communicate()[0].strip() for process in started}
    assert len(keys) == 1
    assert keys != {b""}


def test_a_key_survives_the_way_into_a_signature(place: Path) -> None:
    code = f"{SETUP}; from django.core import signing; print(signing.loads(signing.dumps('signed')))"
    assert python(place, "-c", code).stdout.strip() == "signed"
