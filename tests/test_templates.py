"""Templates are found, read and used: a folder a screen, short lines, little logic, none left behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))

FOLDERS = {
    "gallery": "base.html, which every page extends",
    "gallery/account": "the account and the login",
    "gallery/add": "upload",
    "gallery/compare": "two pictures side by side",
    "gallery/components": "what several screens use",
    "gallery/errors": "pages and messages of errors",
    "gallery/image": "one image",
    "gallery/layout": "what every page has around its content",
    "gallery/library": "the list of all images",
    "gallery/saved_searches": "the list of saved searches, and saving one",
    "gallery/search": "results, their bands and explanations",
    "gallery/search/composer": "the panel that edits a query",
    "gallery/status": "the figures of the gallery",
    "admin": "the admin's own pages, by Django's names",
    "admin/gallery": "what several admin pages of the gallery use",
    "admin/gallery/imageitem": "admin pages of images",
    "admin/gallery/tag": "admin pages of tags",
}
MAX_LINE = 120
MAX_LINES = 100
MAX_LOGIC = 7

# Django's admin takes these by their names: https://docs.djangoproject.com/en/5.2/ref/contrib/admin/
ADMIN_OVERRIDES = {
    "admin/base_site.html",
    "admin/delete_selected_confirmation.html",
    "admin/index.html",
    "admin/gallery/search_form.html",
    "admin/gallery/imageitem/actions.html",
    "admin/gallery/imageitem/change_form.html",
    "admin/gallery/imageitem/delete_selected_confirmation.html",
    "admin/gallery/imageitem/pagination.html",
}


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_short_and_has_little_logic(name: str) -> None:
    lines = source(name).splitlines()
    long = [number for number, line in enumerate(lines, 1) if len(line) > MAX_LINE]
    assert not long, f"lines above {MAX_LINE} characters: {long}"
    assert len(lines) <= MAX_LINES
    logic = re.findall(r"{%-? *(?:if|elif|for|with|ifchanged)\b", source(name))
    assert len(logic) <= MAX_LOGIC, f"{len(logic)} tags if, elif, for and with: move some into a fragment"


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    get_template(name)


def test_every_folder_is_known() -> None:
    assert {name.rpartition("/")[0] for name in NAMES} == set(FOLDERS)


def test_only_what_is_included_begins_with_an_underscore() -> None:
    included = {name for other in NAMES for name in re.findall(r'{% include "([^"]+)"', source(other))}
    pages = {name for name in NAMES if "{% extends" in source(name)} - {"admin/gallery/_confirm_action.html"}
    assert not [name for name in pages if "/_" in name or name in included]
    components = {name for name in included if name.startswith("gallery/components/")}
    assert not [name for name in included - components if "/_" not in name and name in NAMES]


def test_every_template_is_used() -> None:
    """By a view, by another template, or by Django's admin under its name."""
    tags = [re.findall(r'{% (?:include|extends) "([^"]+)"', source(name)) for name in NAMES]
    python = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "gallery").rglob("*.py"))
    used = {name for found in tags for name in found} | set(re.findall(r'"([\w/]+\.html)"', python))
    unused = set(NAMES) - used - ADMIN_OVERRIDES
    assert not unused
    own = {name for name in used if name.startswith("gallery/") or name in ADMIN_OVERRIDES}
    assert own <= set(NAMES), "named, but not there"
