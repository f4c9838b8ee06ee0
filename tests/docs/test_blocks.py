"""No block of a page goes untested: each has a test that runs it, and what can be looked up is looked up."""

from __future__ import annotations

import json
import re
import shlex
from argparse import ArgumentParser
from collections import Counter
from configparser import ConfigParser
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.management import get_commands, load_command_class
from django.test import Client
from django.urls import resolve
from PIL import Image

from gallery.models import SavedSearch
from imagesearch.configuration import defaults
from imagesearch.database import urls
from imagesearch.embeddings.onnx.preprocessing import Preprocessing
from tests.conftest import add
from tests.docs.blocks import ROOT, Block, all_blocks, commands, pages
from tests.gallery.support.saved_searches import save

BLOCKS = all_blocks()
TUTORIAL = ("sh", "text", "pycon", "python", "html", "sql")
TESTED_BY = {
    ("docs/query.md", "pycon"): "test_query_page.py",
    ("docs/query.md", ""): "test_query_page.py",
    ("docs/query.md", "json"): "test_query_page.py",
    ("docs/deployment.md", "nginx"): "test_proxies.py",
    ("docs/deployment.md", "caddyfile"): "test_proxies.py",
    ("docs/deployment.md", "apache"): "test_proxies.py",
    **{("docs/tutorial.md", language): "test_tutorial.py" for language in TUTORIAL},
    **{("examples/notebook.md", language): "test_notebook.py" for language in ("sh", "pycon", "python")},
    ("docs/tidb.md", "sql"): "test_shell.py",
    ("docs/deployment.md", "ini"): "test_blocks.py",
    ("docs/backup.md", ""): "test_blocks.py",
    ("docs/embedding-models.md", "json"): "test_blocks.py",
    ("docs/http-api.md", "json"): "test_blocks.py",
}
"""Page and language → the test that runs such a block, beside those of every page."""
EVERYWHERE = {"sh": "test_shell.py", "python": "test_python.py"}
NOT_RUN = {("docs/embedding-models.md", ""): "the files of a folder, in words"}

OTHERS_VARIABLES = {"ARGS", "PHOTOS", "TIDB_URL", "TIDB_SERVER", "TOKEN", "PYTHON", "WORKERS"}
"""Variables of make, of the tests and of the pages themselves."""
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")
MANAGE = re.compile(r"manage\.py ((?:[^\n`]|\\\n)+)")


def test_each_block_has_a_test_or_a_reason() -> None:
    untested = [
        str(block)
        for block in BLOCKS
        if (block.page, block.language) not in {*TESTED_BY, *NOT_RUN} and block.language not in EVERYWHERE
    ]
    assert untested == []
    there = {(block.page, block.language) for block in BLOCKS}
    assert {*TESTED_BY, *NOT_RUN} - there == set()
    assert all(list((ROOT / "tests").rglob(name)) for name in {*TESTED_BY.values(), *EVERYWHERE.values()})


def test_no_block_is_overlooked() -> None:
    """Each fence of a page belongs to a block."""
    found = Counter(block.page for block in BLOCKS)
    for page in pages():
        fences = re.findall(r"^ *```", page.read_text(encoding="utf-8"), re.M)
        assert len(fences) == 2 * found[page.relative_to(ROOT).as_posix()], page


# --- commands ------------------------------------------------------------------------------------


class Strict(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise AssertionError(message)


def parser_of(name: str) -> ArgumentParser:
    apps = get_commands()
    assert name in apps, f"there is no manage.py {name}"
    command = load_command_class(str(apps[name]), name)
    made = command.create_parser("manage.py", name)
    made.__class__ = type("Parser", (Strict, type(made)), {})
    return made


def managed(block: Block) -> list[list[str]]:
    """What follows manage.py in each command of a block."""
    found = [words for words in commands(block.text) if "manage.py" in words]
    return [words[words.index("manage.py") + 1 :] for words in found]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in ("sh", "")], ids=str)
def test_the_arguments_of_each_command_are_accepted(block: Block) -> None:
    for name, *arguments in managed(block):
        parser_of(name).parse_args(arguments)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_commands_in_the_text_and_their_options_exist(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    if page.name == "CHANGELOG.md":
        text = text.partition("\n## ")[2].partition("\n## ")[0]
    for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", text):
        for said in MANAGE.findall(code):
            name, *arguments = said.split()
            if not re.fullmatch(r"\w+", name) or name.isupper() or name == "COMMAND":
                continue
            known = {option for action in parser_of(name)._actions for option in action.option_strings}
            given = {word.strip("[].,;") for word in arguments if word.startswith(("--", "[--"))}
            assert given <= known, code


def test_targets_of_make_exist() -> None:
    named = {
        next(word for word in words[words.index("make") + 1 :] if "=" not in word)
        for block in BLOCKS
        for words in commands(block.text)
        if block.language == "sh" and "make" in words
    }
    for page in pages():
        named |= set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
    assert named <= set(re.findall(r"^([a-z-]+):", MAKE, re.M))


# --- settings, addresses -------------------------------------------------------------------------


def test_settings_in_blocks_exist_and_database_urls_can_be_read() -> None:
    pytest.importorskip("MySQLdb", reason="without the driver a tidb:// URL is refused")
    for block in BLOCKS:
        if block.language not in ("sh", "ini"):
            continue
        for name, value in re.findall(r"(?:^|[\s=])([A-Z][A-Z_0-9]+)=('[^']*'|\S*)", block.text):
            assert name in {*defaults.SETTINGS, *OTHERS_VARIABLES}, f"{block}: {name}"
            if name == "DATABASE_URL":
                urls.describe(shlex.split(value)[0])


def test_addresses_in_blocks_exist() -> None:
    paths = {
        urlsplit(address).path
        for block in BLOCKS
        if block.page not in ("docs/tutorial.md", "examples/notebook.md", "docs/deployment.md")
        for address in re.findall(r"""(?:http://127\.0\.0\.1:8000|^)(/[^\s"']*)""", block.text, re.M)
        if "…" not in address
    }
    assert len(paths) > 5
    for path in paths:
        resolve(path)


# --- files of other programs ---------------------------------------------------------------------


def only(page: str, language: str) -> str:
    (block,) = (block for block in BLOCKS if (block.page, block.language) == (page, language))
    return block.text


def test_the_unit_of_systemd_starts_a_command_of_ours() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(only("docs/deployment.md", "ini"))
    assert set(unit) == {"DEFAULT", "Unit", "Service", "Install"}
    program, script, name, *arguments = unit["Service"]["ExecStart"].split()
    assert (Path(program).name, script) == ("python", "manage.py")
    parser_of(name).parse_args(arguments)


def test_the_line_of_cron_has_a_time_and_a_command() -> None:
    minute, hour, day, month, weekday, command = only("docs/backup.md", "").split(maxsplit=5)
    assert int(minute) < 60
    assert int(hour) < 24
    assert (day, month, weekday) == ("*", "*", "*")
    assert len(list(commands(command))) == 2


def test_the_settings_of_a_network_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "preprocessor_config.json"
    path.write_text(only("docs/embedding-models.md", "json"))
    assert Preprocessing.read(path)(Image.new("RGB", (400, 300))).shape == (3, 224, 224)


@pytest.mark.django_db(transaction=True)
def test_a_feed_has_what_is_shown(client: Client, uploader: User) -> None:
    shown = json.loads(only("docs/http-api.md", "json"))
    add("red", title="Red", tags=["pond"])
    client.force_login(uploader)
    save(client, "q=red")
    feed = client.get(SavedSearch.objects.get().feed).json()
    assert set(feed) >= set(shown)
    (hit,) = feed["items"]
    assert set(hit) >= set(shown["items"][0])
    assert set(hit["_gallery"]) == set(shown["items"][0]["_gallery"])
