"""`manage.py` where the database cannot be had: one sentence and exit code 1, no traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from gallery.management.commands.serve import open_port
from imagesearch.database import server, setup
from tests.support.tidb_server import free_port


def manage(data: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATA_DIR": str(data), "DATABASE_URL": url}
    environment["DJANGO_SETTINGS_MODULE"] = "imagesearch.settings"
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_server_that_is_down_is_one_sentence(tmp_path: Path, command: str) -> None:
    pytest.importorskip("MySQLdb")
    port = free_port()

    ended = manage(tmp_path, f"tidb://root:secret@127.0.0.1:{port}/gallery", command)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"The database at 127.0.0.1:{port} does not answer.")
    assert ended.stderr.count("\n") == 1


def test_so_is_a_folder_that_is_not_there_and_a_url_that_says_nothing(tmp_path: Path) -> None:
    missing = manage(tmp_path, f"sqlite:///{tmp_path}/missing/gallery.sqlite3", "migrate")
    unknown = manage(tmp_path, "postgres://localhost/gallery", "migrate")

    assert (missing.returncode, unknown.returncode) == (1, 1)
    assert missing.stderr.startswith("SQLite cannot open")
    assert unknown.stderr.startswith("DATABASE_URL begins with postgres://")
    assert "Traceback" not in missing.stderr + unknown.stderr


def test_who_asks_for_the_traceback_gets_it(tmp_path: Path) -> None:
    ended = manage(tmp_path, "sqlite:////missing/gallery.sqlite3", "migrate", "--traceback")

    assert ended.stderr.startswith("Traceback")


def test_a_gallery_that_was_never_prepared_is_not_served(tmp_path: Path) -> None:
    ended = manage(tmp_path, f"sqlite:///{tmp_path}/gallery.sqlite3", "serve")

    assert ended.returncode == 1
    assert "manage.py quickstart" in ended.stderr


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The databases that were made on a server that has none."""
    aliases: list[str] = []
    monkeypatch.setattr(server, "is_missing", lambda alias: True)
    monkeypatch.setattr(server, "create", aliases.append)
    return aliases


def test_a_missing_database_is_created_without_a_question(made: list[str]) -> None:
    assert setup.provide("default")

    assert made == ["default"]


@pytest.mark.django_db
def test_an_existing_database_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "create", lambda alias: pytest.fail("it is there"))

    assert not setup.provide("default")


def test_a_port_that_is_taken_is_one_sentence(settings: Any) -> None:
    settings.HOST, settings.PORT = "127.0.0.1", free_port()
    with socket.socket() as other:
        other.bind((settings.HOST, settings.PORT))
        other.listen()
        with pytest.raises(CommandError, match="cannot be listened on: Address already in use"):
            open_port()
    open_port().close()


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["serve", "quickstart", "embed_images"])
def test_a_database_of_a_newer_version_is_refused(command: str) -> None:
    MigrationRecorder(connection).record_applied("gallery", "9999_from_the_future")
    with pytest.raises(CommandError, match=r"newer version .*gallery\.9999_from_the_future"):
        call_command(command)


def test_migrations_of_other_apps_and_squashed_ones_are_none_of_a_newer_version() -> None:
    assert setup.unknown_migrations([("photos", "0001_initial"), ("gallery", "0001_initial")]) == []


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
@pytest.mark.parametrize(
    ("photos", "argument"),
    [("/tmp/My Photos", "/tmp/My Photos"), ("~/Pictures", f"{os.environ.get('HOME')}/Pictures")],
)
def test_make_run_passes_a_folder_on_whose_name_has_a_space_or_begins_with_a_tilde(
    photos: str, argument: str
) -> None:
    command = ["make", "--no-print-directory", "--dry-run", "run", f"PHOTOS={photos}"]
    shown = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)

    assert shown.stdout.splitlines()[-1].endswith(f'run --photos "{argument}"')
