"""docs/tutorial.md from the installation on, in a new folder; examples/shop is what it builds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks
from tests.docs.terminal import Terminal, matches
from tests.support.tidb_server import binary, server

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]

PAGE = blocks(ROOT / "docs/tutorial.md")
SHOP = ROOT / "examples/shop"
TIDB = "9. On TiDB"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, {"DJANGO_SETTINGS_MODULE": "shop.settings"})
    (made.cwd / "gallery").symlink_to(ROOT)
    yield made
    made.close()


def test_each_file_of_the_example_is_one_of_the_tutorial() -> None:
    shown = {block.file: block.text for block in PAGE if block.file}
    files = [path for path in SHOP.rglob("*") if path.is_file() and not path.name.endswith(".pyc")]
    kept = {path.relative_to(SHOP).as_posix(): path.read_text(encoding="utf-8") for path in files}
    made = {name for name in kept if name.endswith("__init__.py") or name.startswith("shop/migrations/")}
    assert {name: text for name, text in kept.items() if name not in made | {"README.md"}} == shown


def test_every_step_works_as_it_is_shown(terminal: Terminal) -> None:
    run(terminal, [block for block in PAGE if block.section != TIDB])
    made = terminal.directory() / "shop/migrations/0001_initial.py"
    assert operations(made) == operations(SHOP / "shop/migrations/0001_initial.py")
    assert "imagesearch" in {path.name for path in (terminal.home / "site").iterdir()}


@pytest.mark.skipif(not (binary() and find_spec("MySQLdb")), reason="no TiDB server: see tests/on_tidb.py")
def test_every_step_works_on_tidb(terminal: Terminal) -> None:
    with server() as tidb:
        terminal.rewrites["127.0.0.1:4000"] = f"127.0.0.1:{tidb.port}"
        run(terminal, PAGE)


def run(terminal: Terminal, page: list[Block]) -> None:
    printed = ""
    for block in page:
        if block.file:
            terminal.write(block)
        elif block.language == "sh":
            printed = terminal.shell(block.text)
        elif block.language == "text":
            assert matches(printed, terminal.here(block.text)), f"{block}\n{printed}"
        elif block.language == "pycon":
            terminal.examples(block.text)
        elif block.language == "sql":
            terminal.sql(block.text)
        else:
            own_table(terminal.directory() / "shop/models.py", block.text)


def own_table(models: Path, text: str) -> None:
    """Takes the vector out of the product, and puts a table of its own beside it."""
    before = models.read_text(encoding="utf-8")
    models.write_text(re.sub(r"^    vector = .*\n", "", before, flags=re.M) + "\n\n" + text, encoding="utf-8")


def operations(migration: Path) -> str:
    """What a migration does, however it is formatted."""
    tree = ast.parse(migration.read_text(encoding="utf-8"))
    return ast.dump(next(node for node in tree.body if isinstance(node, ast.ClassDef)))
