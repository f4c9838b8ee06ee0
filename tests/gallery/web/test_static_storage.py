"""What visitors get of our stylesheets and scripts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from gallery.web.static_storage import joined, stripped

STATIC = Path(settings.BASE_DIR) / "static"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    storage = {"BACKEND": "gallery.web.static_storage.HashedStorage"}
    with override_settings(STATIC_ROOT=folder, STORAGES={"staticfiles": storage}):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


def names(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "staticfiles.json").read_text())["paths"])


def test_a_stylesheet_holds_what_it_imports() -> None:
    files = {
        "css/a.css": '@layer x;\n\n@import "b/c.css";\n@import "d.css";\na {}\n',
        "css/b/c.css": '@import "../d.css";\nc {}\n',
        "css/d.css": "d {}\n",
    }
    assert joined("css/a.css", files.__getitem__) == "@layer x;\n\nd {}\nc {}\nd {}\na {}\n"


def test_the_collected_stylesheet_is_one_file(collected: Path) -> None:
    paths = names(collected)
    style = (collected / paths["css/gallery.css"]).read_text()
    assert "@import" not in style
    for part in (STATIC / "css").glob("*/*.css"):
        if part.parent.name != "screens":
            assert part.read_text().partition("@layer")[2] in style, part.name


def test_scripts_import_each_other_by_their_hashed_names(collected: Path) -> None:
    paths = names(collected)
    script = (collected / paths["js/gallery.js"]).read_text()
    for name in ("keyboard", "history", "requests", "dom"):
        hashed = paths[f"js/{name}.js"].removeprefix("js/")
        assert f'"./{hashed}";' in script
        assert f"{name}.js" not in script


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("// one\na();\n", "a();\n"),
        ("/**\n * @param {X} x\n */\na();\n", "a();\n"),
        ("  /** @type {X} */ (a).b();\n", "(a).b();\n"),
        ("/** @type {X} */\nlet a;\n", "let a;\n"),
        ("a(); // why\n", "a();\n"),
        ('a("https://x // y");\n', 'a("https://x // y");\n'),
        ("f = (l) => /\\/image\\/\\d+\\//.test(l);\n", "f = (l) => /\\/image\\/\\d+\\//.test(l);\n"),
        ("a = `${b ? `, ${c}` : ''} // d`;\n", "a = `${b ? `, ${c}` : ''} // d`;\n"),
    ],
)
def test_scripts_lose_comments_and_no_code(source: str, code: str) -> None:
    assert stripped(source) == code


def test_no_template_of_a_script_has_several_lines() -> None:
    """Its lines would lose their indentation."""
    for script in (STATIC / "js").glob("*.js"):
        for line in script.read_text().splitlines():
            assert line.count("`") % 2 == 0, (script.name, line)


def test_each_class_of_a_template_has_a_rule() -> None:
    """Where one is renamed in one place alone, nothing else fails."""
    rules = "".join(path.read_text() for path in (STATIC / "css").rglob("*.css"))
    templates = Path(settings.BASE_DIR) / "templates" / "gallery"
    for template in templates.rglob("*.html"):
        for value in re.findall(r'class="([^"]*)"', template.read_text()):
            for name in re.sub(r"\{[%{].*?[%}]\}", " ", value).split():
                assert re.search(rf"\.{name}(?![\w-])", rules), (template.name, name)
