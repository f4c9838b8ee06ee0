"""Data flows one way: a room imports only from rooms in the rows above it (see ARCHITECTURE.md)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

# Row by row, each room once: a package with all that is in it, or a module of a package's top level.
ROWS = [
    "imagesearch: concurrency errors jobs",
    "imagesearch: configuration formats database",
    "imagesearch: colours network vectors",
    "imagesearch: images embeddings",
    "imagesearch: embedding_signals checks data_dir outages query",
    "imagesearch: hits",
    "imagesearch: querysets apps hook",
    "gallery: server text",
    "gallery: models",
    "gallery: accounts backups calibration pictures",
    "gallery: curation",
    "gallery: ingest transfer",
    "gallery: intake samples search evaluation",
    "gallery: saved_searches maintenance",
    "gallery: web admin_site",
    "gallery: templatetags views admin checks",
    "gallery: urls apps management __main__",
    "imagesearch: settings urls wsgi asgi management",
]
MAX_MODULES = 14
"""In a folder, but for commands and migrations: Django wants all of these in one."""
REEXPORTS = {
    "gallery/models/__init__.py": "Django loads models from here",
    "gallery/admin/__init__.py": "Django loads the admin from here",
    "imagesearch/query/__init__.py": "the documented import of Query, Picture and Crop",
}


class Import(NamedTuple):
    path: Path
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.target}"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The room that a module lies in, as in ROWS: `gallery.search` of `gallery.search.forms`."""
    return ".".join(module.split(".")[:2])


def row_of(module: str) -> int | None:
    rows = {
        f"{package}.{name}": row
        for row, line in enumerate(ROWS)
        for package, names in [line.split(": ")]
        for name in names.split()
    }
    return rows.get(room_of(module))


def sources() -> list[Path]:
    return [path for package in ("imagesearch", "gallery") for path in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path) -> Iterator[Import]:
    """The imports that run; those for the type checker alone may point anywhere."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (Import(path, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (Import(path, node.lineno, name if is_module(name) else node.module) for name in names)


def is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_no_room_imports_from_a_row_below_or_beside_it() -> None:
    wrong = []
    for path in sources():
        own = module_of(path)
        if "migrations" in path.parts or "." not in own:
            continue
        assert row_of(own) is not None, f"{own} has no row in tests/test_architecture.py"
        for imported in imports(path):
            row = row_of(imported.target)
            if row is None or room_of(imported.target) == room_of(own):
                continue
            if row >= (row_of(own) or 0):
                wrong.append(str(imported))
    assert not wrong, "\n".join(wrong)


def test_no_modules_import_one_another_in_a_circle() -> None:
    """Imports inside functions count, too: they would only hide a circle."""
    arrows: dict[str, set[str]] = defaultdict(set)
    for path in sources():
        if path.name != "__init__.py":
            targets = {imported.target for imported in imports(path) if is_module(imported.target)}
            arrows[module_of(path)] = targets - {module_of(path)}
    while leaves := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in leaves:
            del arrows[name]
    assert not arrows, "\n".join(f"{name} → {sorted(arrows[name] & arrows.keys())}" for name in arrows)


def test_no_model_is_looked_up_by_name_to_hide_a_circle() -> None:
    named = re.compile(r"""get_model\(["']""")
    assert [
        str(path.relative_to(ROOT))
        for path in sources()
        if "migrations" not in path.parts and named.search(path.read_text(encoding="utf-8"))
    ] == []


def test_no_folder_has_more_modules_than_a_reader_can_look_over() -> None:
    folders: dict[Path, int] = defaultdict(int)
    for path in sources():
        if path.name != "__init__.py":
            folders[path.parent.relative_to(ROOT)] += 1
    for folder in ("gallery/management/commands", "gallery/migrations"):
        folders.pop(Path(folder))
    assert {str(folder): count for folder, count in folders.items() if count > MAX_MODULES} == {}


def test_the_engine_knows_no_gallery() -> None:
    project = {"imagesearch/settings.py", "imagesearch/urls.py"}
    wrong = [
        str(imported)
        for path in sources()
        if str(path.relative_to(ROOT)).startswith("imagesearch/")
        and str(path.relative_to(ROOT)) not in project
        for imported in imports(path)
        if imported.target.split(".")[0] == "gallery"
    ]
    assert not wrong, wrong


def test_only_columns_searches_and_checks_ask_for_the_database_vendor() -> None:
    places = ("imagesearch/vectors/", "imagesearch/database/", "imagesearch/checks.py")
    wrong = [
        f"{path.relative_to(ROOT)}"
        for path in sources()
        if ".vendor" in path.read_text(encoding="utf-8")
        and not str(path.relative_to(ROOT)).startswith(places)
    ]
    assert not wrong, wrong


def test_no_property_holds_a_lock_while_it_is_computed() -> None:
    """Up to Python 3.11 functools.cached_property has one lock for all instances; Django's has none."""
    wrong = [
        str(imported)
        for path in sources()
        for imported in imports(path)
        if imported.target == "functools"
        and "cached_property" in path.read_text(encoding="utf-8").splitlines()[imported.line - 1]
    ]
    assert not wrong, wrong


def test_init_files_are_empty_but_for_documented_imports() -> None:
    filled = {
        str(path.relative_to(ROOT))
        for path in sources()
        if path.name == "__init__.py" and path.read_text(encoding="utf-8").strip()
    }
    assert filled == REEXPORTS.keys()


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_each_module_says_what_it_is_for(path: Path) -> None:
    if path.name == "__init__.py" or "migrations" in path.parts:
        return
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "A module opens with one sentence."
