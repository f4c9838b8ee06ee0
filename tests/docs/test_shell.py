"""The shell blocks of README.md and docs/, run in a gallery of twelve pictures, page by page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RGB, draw
from tests.docs.blocks import ROOT, Block, all_blocks
from tests.docs.terminal import Terminal
from tests.imagesearch.embeddings.test_clip import export
from tests.support.tidb_server import Server, binary, server

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]

ELSEWHERE = {"docs/tutorial.md", "examples/notebook.md"}
"""Pages whose blocks build on one another, and have tests of their own."""
PAGES = sorted({block.page for block in all_blocks() if block.language == "sh"} - ELSEWHERE)
COUNT = 12
ON_TIDB = {"The vector index", "Changing the model"}
"""Sections that go on in the gallery that an earlier one has made on TiDB."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data of a gallery of images 1 to 12, and the photos and the model that pages name."""
    home = tmp_path_factory.mktemp("gallery")
    photos = home / "my-photos"
    photos.mkdir()
    lines = ["file,label"]
    for number, color in enumerate([*RGB, *RGB][:COUNT]):
        (photos / f"{number:02}-{color}.png").write_bytes(draw(color, mark=number))
        lines.append(f"{number:02}-{color}.png,{color}")
    (photos / "labels.csv").write_text("\n".join(lines))
    shutil.copy(photos / "00-red.png", home / "cat.jpg")
    (home / "cat.jpg").write_bytes(draw("red", mark=99, kind="JPEG"))
    (home / "query.jpg").write_bytes(draw("blue", mark=98, kind="JPEG"))
    (home / "my-model").mkdir()
    export(home / "my-model")
    for command in (["quickstart", "--no-samples"], ["import_images", str(photos), "--tag", "pets"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, check=True, capture_output=True,
            env=variables(home, 80),
        )  # fmt: skip
    return home


def variables(home: Path, port: int) -> dict[str, str]:
    """The environment of the gallery in this folder, which may fetch from a server of the tests."""
    return {
        "DATA_DIR": str(home / "data"),
        "DJANGO_SETTINGS_MODULE": "tests.docs.gallery_settings",
        "PICTURES_PORT": str(port),
        "FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        "OPEN_UPLOADS": "no",
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{home}",
    }


@pytest.fixture(scope="module")
def tidb() -> Iterator[Server | None]:
    if not (binary() and find_spec("MySQLdb")):
        yield None
        return
    with server() as started:
        yield started


@pytest.fixture
def terminal(gallery: Path, tmp_path: Path, tidb: Server | None, httpserver: Any) -> Iterator[Terminal]:
    httpserver.expect_request("/cat.jpg").respond_with_data(draw("red", mark=97), content_type="image/png")
    made = Terminal(
        tmp_path,
        variables(tmp_path / "work", httpserver.port),
        {
            "https://example.org/": httpserver.url_for("/"),
            "/mnt/backup": str(tmp_path / "backup"),
            "/srv/restored": str(tmp_path / "restored"),
            "manage.py quickstart": "manage.py quickstart --no-samples",
            "change_model NAME": "change_model clip/my-model",
            "move_gallery tidb://root@127.0.0.1:4000/gallery": "move_gallery tidb://root@127.0.0.1:4000/moved",
        },
    )
    if tidb:
        made.rewrites["127.0.0.1:4000"] = f"127.0.0.1:{tidb.port}"
    shutil.copytree(gallery, made.cwd, dirs_exist_ok=True)
    for name in ("manage.py", "compose.yaml"):
        (made.cwd / name).symlink_to(ROOT / name)
    made.shell("python3 -m venv .venv")
    yield made
    made.close()


def sections(page: str) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for block in all_blocks():
        if block.page == page and (block.file or block.language in ("sh", "sql")):
            found.setdefault(block.section, []).append(block)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_shell_blocks_of_a_page_work(page: str, terminal: Terminal, tidb: Server | None) -> None:
    """Each section begins in a new terminal; what a block exports or starts stays for the next."""
    parts = sections(page)
    if any("127.0.0.1:8000" in block.text for blocks in parts.values() for block in blocks):
        terminal.shell(".venv/bin/python manage.py serve")
    for section, blocks in parts.items():
        terminal.forget()
        if page == "docs/tidb.md" and tidb is None:
            pytest.skip("no TiDB server: see tests/on_tidb.py")
        if page == "docs/tidb.md" and section in ON_TIDB:
            terminal.shell("export DATABASE_URL=tidb://root@127.0.0.1:4000/gallery")
        for block in blocks:
            if block.file:
                terminal.write(block)
            elif block.language == "sql":
                terminal.sql(block.text.replace("DATABASE gallery", "DATABASE IF NOT EXISTS gallery"))
            else:
                terminal.shell(block.text)
