"""`manage.py run`: prepares a gallery and serves it while the samples are added."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from gallery.samples.catalogue import samples
from gallery.server.wsgi import listen
from tests.conftest import draw
from tests.support.serving import environment, prepare, serving
from tests.support.tidb_server import free_port
from tests.support.timing import PATIENCE, wait_until

pytestmark = pytest.mark.slow

COLOURS = {"EMBEDDING_MODEL": "tests.support.embedder.ColourEmbedder", "EMBED_ON_SAVE": "auto"}


def run(data: Path, *arguments: str, port: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """`manage.py run` where it ends by itself."""
    return subprocess.run(
        [sys.executable, "manage.py", "run", *arguments],
        cwd=settings.BASE_DIR,
        env=environment(data, port or free_port(), **{**COLOURS, **more}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def names(data: Path, state: str = "ready") -> list[str]:
    """Of the images in that state."""
    with closing(sqlite3.connect(data / "gallery.sqlite3")) as database:
        rows = database.execute("SELECT original_name FROM gallery_imageitem WHERE state = ?", [state])
        return sorted(name for (name,) in rows)


def change(data: Path, sql: str) -> None:
    with closing(sqlite3.connect(data / "gallery.sqlite3")) as database:
        database.execute(sql)
        database.commit()


def test_it_serves_while_samples_are_added_and_completes_them_after_a_kill(tmp_path: Path) -> None:
    with serving(tmp_path, "manage", "run", **COLOURS, TEST_EMBEDDER_RESTS_AFTER="16") as running:
        wait_until(lambda: len(names(tmp_path)) >= 16)
        assert running.get("/").status == 200
        assert (tmp_path / "samples-unfinished").exists()
        assert len(names(tmp_path)) < len(samples())
    change(tmp_path, "UPDATE gallery_imageitem SET lease_until = NULL")  # as if a minute had passed
    with serving(tmp_path, "manage", "run", **COLOURS) as running:
        wait_until(lambda: not (tmp_path / "samples-unfinished").exists())
        assert names(tmp_path) == sorted(sample.file for sample in samples())
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0


def test_with_photos_it_imports_them_and_adds_no_samples(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "red.png").write_bytes(draw("red"))
    with serving(tmp_path, "manage", "run", "--photos", str(folder), **COLOURS) as running:
        wait_until(lambda: names(tmp_path) == ["red.png"])
        assert not (tmp_path / "samples-unfinished").exists()
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(PATIENCE) == 0
    assert names(tmp_path) == ["red.png"]


def test_a_taken_port_is_reported_before_anything_is_made(tmp_path: Path) -> None:
    with listen("127.0.0.1", port := free_port()):
        ended = run(tmp_path, port=port)
    assert ended.returncode == 1
    assert f":{port} cannot be listened on" in ended.stderr
    assert not (tmp_path / "gallery.sqlite3").exists()


def test_a_model_that_is_missing_is_one_sentence_and_nothing_is_served(tmp_path: Path) -> None:
    ended = run(tmp_path, EMBEDDING_MODEL="clip//nowhere")
    assert ended.returncode == 1
    assert ended.stderr.startswith("CommandError: ")
    assert "http://" not in ended.stdout


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    prepare(tmp_path)
    row = "('gallery', '9999_future', '2030-01-01')"
    change(tmp_path, f"INSERT INTO django_migrations (app, name, applied) VALUES {row}")
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "gallery.9999_future" in ended.stderr
    assert "http://" not in ended.stdout


def test_it_ends_at_once_while_it_prepares(tmp_path: Path) -> None:
    (tmp_path / "resting.py").write_text(
        "import pathlib, time\n"
        "from tests.support.embedder import ColourEmbedder\n"
        "class Resting(ColourEmbedder):\n"
        "    name = 'resting.Resting'\n"
        "    def warm_up(self) -> None:\n"
        f"        pathlib.Path({str(tmp_path)!r}, 'prepares').touch()\n"
        "        time.sleep(60)\n"
    )
    more = {"EMBEDDING_MODEL": "resting.Resting", "PYTHONPATH": os.fspath(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run"],
        cwd=settings.BASE_DIR,
        env=environment(tmp_path, free_port(), **more),
    )
    wait_until((tmp_path / "prepares").exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 128 + signal.SIGTERM
