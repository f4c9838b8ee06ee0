"""What the pages in docs/ name is there, and each management command is explained."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.core.management import load_command_class

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]
APPS = {
    path.stem: app
    for app in ("imagesearch", "gallery")
    for path in (ROOT / app / "management/commands").glob("*.py")
    if not path.stem.startswith("_")
}
COMMANDS = sorted(APPS)
SECTIONS = dict(
    re.findall(
        r"^## `(\w+)[^\n]*`\n(.*?)(?=^## |\Z)",
        (ROOT / "docs/commands.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)


def options(name: str) -> set[str]:
    parser = ArgumentParser(add_help=False)
    load_command_class(APPS[name], name).add_arguments(parser)  # type: ignore[arg-type]
    return {option for action in parser._actions for option in action.option_strings if option[:2] == "--"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_explained_with_its_options(name: str) -> None:
    assert name in SECTIONS, f"docs/commands.md has no section ## `{name}`"
    assert set(re.findall(r"`(--[a-z-]+)", SECTIONS[name])) == options(name)


def test_no_other_command_is_explained() -> None:
    assert sorted(SECTIONS) == COMMANDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(((?!\w+:|#)[^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_traps_are_met_where_the_page_says() -> None:
    """By file, by the name that is defined there, and by the test that proves it."""
    text = (ROOT / "docs/tidb.md").read_text(encoding="utf-8")
    table = re.sub(r"^(?!\|).*\n", "", text[text.index("## Limits of TiDB") :], flags=re.MULTILINE)
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    paths = re.findall(r"`([\w/.]+\.(?:py|toml))`", table)
    assert [
        path for path in paths if not ((ROOT / path).exists() or (ROOT / "imagesearch" / path).exists())
    ] == []
    assert [name for name in re.findall(r"`(test_\w+)`", table) if f"def {name}(" not in tests] == []
    found = [(name, f"benchmarks/{name}.py") for name in re.findall(r"`python -m benchmarks\.(\w+)`", table)]
    assert [name for name, path in found if not (ROOT / path).exists()] == []
    for name, path in re.findall(r"`([\w.]+)` in `([\w/.]+\.py)`", table):
        source = next(
            base / path for base in (ROOT, ROOT / "imagesearch") if (base / path).exists()
        ).read_text(encoding="utf-8")
        assert re.search(rf"\b{name.rpartition('.')[2]}\b", source), f"{path} has no {name}"
