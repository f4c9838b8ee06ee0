"""The secret key is made once and kept, and what the gallery writes is for its own user."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagesearch.configuration import env
from imagesearch.data_dir.permissions import narrow

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("content", ["", "\n", "  \n\t"])
def test_an_empty_secret_is_made_again(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret_key"
    path.write_text(content)
    assert env.file_secret(path, lambda: "made") == "made"
    assert env.file_secret(path, lambda: "never") == "made"


def test_of_processes_that_start_at_once_one_makes_the_secret(tmp_path: Path) -> None:
    code = (
        "import sys, secrets; from pathlib import Path; from imagesearch.configuration import env;"
        "print(env.file_secret(Path(sys.argv[1]), lambda: secrets.token_hex(16)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "secret_key")]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(6)]
    assert len({process.communicate()[0] for process in started}) == 1


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "secret_key"
    path.write_bytes(content) if content else path.mkdir()
    with pytest.raises(ImproperlyConfigured, match=r"cannot be read or written: .*delete it"):
        env.file_secret(path, lambda: "never")


def start(data: Path, code: str, **variables: str) -> str:
    """Django is set up on this folder, then the code runs; what it prints on either stream."""
    environment = {**os.environ, "DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "imagesearch.settings"}
    run = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": "", **variables},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


NARROW = "from imagesearch.data_dir.permissions import narrow; print(narrow())"
WRITE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
default_storage.save("originals/ab/x.jpg", ContentFile(b"x"))
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
@pytest.mark.parametrize(("asked", "folder", "file"), [("", 0o700, 0o600), ("0750", 0o750, 0o640)])
def test_what_the_gallery_writes_is_private(tmp_path: Path, asked: str, folder: int, file: int) -> None:
    data = tmp_path / "data"
    start(data, WRITE, DATA_DIR_MODE=asked)
    found = modes(data)
    assert {found[name] for name in ("data", "tmp", "media", "originals", "ab")} == {folder}
    assert {found[name] for name in ("gallery.sqlite3", "x.jpg")} == {file}
    assert found["secret_key"] == 0o600


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_an_open_folder_is_narrowed_once_and_nothing_in_it(tmp_path: Path) -> None:
    start(tmp_path, WRITE)
    kept = tmp_path / "media/originals/ab/x.jpg"
    for path in (tmp_path, tmp_path / "gallery.sqlite3", tmp_path / "secret_key", kept):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert start(tmp_path, NARROW).count("\n") == 1
    found = modes(tmp_path)
    assert (found[tmp_path.name], found["gallery.sqlite3"], found["secret_key"]) == (0o700, 0o600, 0o600)
    assert found["x.jpg"] == 0o644
    assert start(tmp_path, NARROW) == "\n"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_permissions_that_cannot_be_changed_are_said_and_no_more(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR, settings.DATA_DIR_MODE = tmp_path, 0o700
    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", lambda self, mode: None)
    assert "keeps no permissions" in narrow()

    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "chmod", refuse)
    assert "cannot be changed: Operation not permitted" in narrow()
