"""An import that is killed at any moment, again and again, ends with nothing lost, doubled or left behind."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as project

from tests.conftest import RGB, draw
from tests.support.timing import wait_until

PICTURES = 300
KILLED_AT = (1, 70, 150, 230)  # rows that there are by then
LEFT = 24  # rows that a killed process may have left for the next one to embed


def put_pictures(folder: Path) -> None:
    folder.mkdir()
    for number in range(PICTURES):
        color = list(RGB)[number % len(RGB)]
        (folder / f"{number:03}.png").write_bytes(draw(color, mark=number))


def manage(data: Path, *arguments: str, url: str = "", rests_after: int = 10**6) -> subprocess.Popen[str]:
    """A process of its own, with a gallery of its own: in SQLite, or at `url`.

    When it has embedded so many pictures it rests for a minute, so that a kill never comes too late.
    """
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "DATA_DIR": str(data),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "imagesearch.settings",
        "EMBEDDING_MODEL": "tests.support.embedder.ColourEmbedder",
        "TEST_EMBEDDER_RESTS_AFTER": str(rests_after),
    }
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.Popen(
        command,
        cwd=project.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0, printed
    return printed


def ask(data: Path, sql: str) -> int:
    with closing(sqlite3.connect(data / "gallery.sqlite3", timeout=20)) as database, database:
        found = database.execute(sql).fetchone()
        return int(found[0]) if found else 0


def rows(data: Path) -> int:
    return ask(data, "SELECT COUNT(*) FROM gallery_imageitem")


def wait_for_rows(data: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until there are so many rows, and the process is still at it."""
    wait_until(lambda: process.poll() is not None or rows(data) >= count)
    assert process.poll() is None, process.communicate()[0]


@pytest.mark.slow
def test_killed_imports_are_gone_on_with_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    data, photos = tmp_path / "data", tmp_path / "photos"
    put_pictures(photos)
    finish(manage(data, "migrate", "--verbosity=0"))
    for threshold in KILLED_AT:
        process = manage(data, "import_images", str(photos), rests_after=threshold - rows(data) + LEFT)
        wait_for_rows(data, threshold, process)
        process.kill()
        process.communicate()
    assert rows(data) < PICTURES
    # A minute later: what the dead processes held is free. (Until then the import would wait for it.)
    ask(data, "UPDATE gallery_imageitem SET lease_until = '2000-01-01' WHERE lease_until IS NOT NULL")
    for part in (data / "tmp").iterdir():
        os.utime(part, (0, 0))

    assert "already here" in finish(manage(data, "import_images", str(photos)))

    assert rows(data) == PICTURES
    assert ask(data, "SELECT COUNT(DISTINCT sha256) FROM gallery_imageitem WHERE state = 'ready'") == PICTURES
    assert ask(data, "SELECT COUNT(*) FROM gallery_embedding") == PICTURES
    kept = [path for path in (data / "media").rglob("*") if path.is_file()]
    assert len(kept) == 3 * PICTURES
    assert list((data / "tmp").iterdir()) == []
    assert "agree." in finish(manage(data, "check_gallery"))
