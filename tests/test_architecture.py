"""Data flows one way: a module imports only from its own row and those above (see ARCHITECTURE.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

# Row by row, each module once; a package's row holds for what is in it.
ROWS: list[str] = [
    "imagesearch: lanes png",
    "imagesearch: public_url",
    "imagesearch: locks env defaults",
    "imagesearch: errors conf databases exact scores oklab kinds headers addresses avif vectors.codec",
    "imagesearch: nclx profiles",
    "imagesearch: damage grounds hdr",
    "imagesearch: colour_management",
    "imagesearch: frames",
    "imagesearch: http images colours storage s3 embeddings.base embeddings.lazy vectors.fields",
    "imagesearch: embeddings vectors transactions",
    "imagesearch: pictures hook checks folders servers outages privacy",
    "imagesearch: query",
    "imagesearch: asking",
    "imagesearch: querysets apps",
    "gallery: notices public_address",
    "gallery: cursors disk",
    "gallery: batches composing htmx measured palettes progress staticfiles stopping supervising web",
    "gallery: timings templatetags words",
    "gallery: descriptions",
    "gallery: word_index",
    "gallery: api_tokens evidence owners querysets saved_searches spaces tags",
    "gallery: models",
    "gallery: access comparison databases editing signed_links files looks moderation moving nearduplicates",
    "gallery: backups query_pictures sharing suggestions",
    "gallery: why concurrency",
    "gallery: limits orders results tokens",
    "gallery: indexing calibration changeover account_forms edit_forms forms",
    "gallery: asked intake menus overview sweeping",
    "gallery: dropping file_faults new_hits saving",
    "gallery: checking deployment evaluation importing middleware",
    "gallery: rederiving samples",
    "gallery: worker",
    "gallery: locked logins",
    "gallery: context",
    "gallery: signals views admin_lists admin_site admin_upkeep admin_forms admin_rows",
    "gallery: admin_actions",
    "gallery: admin",
    "gallery: urls apps management __main__",
    "imagesearch: settings urls wsgi asgi",
]


class Import(NamedTuple):
    path: Path
    line: int
    target: str


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def row_of(module: str) -> int | None:
    rows = {
        f"{package}.{name}": row
        for row, line in enumerate(ROWS)
        for package, names in [line.split(": ")]
        for name in names.split()
    }
    parents = [module.rsplit(".", cut)[0] for cut in range(module.count(".") + 1)]
    return next((rows[parent] for parent in parents if parent in rows), None)


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


def test_no_module_imports_from_a_row_below() -> None:
    wrong = []
    for path in sources():
        if "migrations" in path.parts or path.name == "__init__.py":
            continue
        own = row_of(module_of(path))
        assert own is not None, f"{module_of(path)} has no row in tests/test_architecture.py"
        for imported in imports(path):
            row = row_of(imported.target)
            if row is not None and row > own:
                wrong.append(f"{path.relative_to(ROOT)}:{imported.line} imports {imported.target}")
    assert not wrong, "\n".join(wrong)


def test_the_engine_knows_no_gallery() -> None:
    project = {"imagesearch/settings.py", "imagesearch/urls.py"}
    wrong = [
        f"{path.relative_to(ROOT)}:{imported.line}"
        for path in sources()
        if path.parts[-2] != "gallery"
        and str(path.relative_to(ROOT)).startswith("imagesearch/")
        and str(path.relative_to(ROOT)) not in project
        for imported in imports(path)
        if imported.target.split(".")[0] == "gallery"
    ]
    assert not wrong, wrong


def test_only_columns_searches_and_checks_ask_for_the_database_vendor() -> None:
    places = ("imagesearch/vectors/", "imagesearch/exact.py", "imagesearch/checks.py")
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
        f"{path.relative_to(ROOT)}:{imported.line}"
        for path in sources()
        for imported in imports(path)
        if imported.target == "functools"
        and "cached_property" in path.read_text(encoding="utf-8").splitlines()[imported.line - 1]
    ]
    assert not wrong, wrong


def test_init_files_are_empty() -> None:
    assert [
        path for path in sources() if path.name == "__init__.py" and path.read_text(encoding="utf-8").strip()
    ] == []


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_each_module_says_what_it_is_for(path: Path) -> None:
    if path.name == "__init__.py" or "migrations" in path.parts:
        return
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "A module opens with one sentence."
