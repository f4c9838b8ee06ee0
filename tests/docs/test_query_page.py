"""docs/query.md, run: its links, its Python and its JSON, in a gallery of four colours."""

from __future__ import annotations

import doctest
import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image

from gallery.models import ImageItem
from imagesearch.query.query import PARAMETERS
from tests.conftest import RGB, add

PAGE = (Path(__file__).parents[2] / "docs/query.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def four_colours() -> dict[str, ImageItem]:
    """Numbers 1 to 4, as the page has them."""
    return {color: add(color, title=color.title()) for color in ("red", "blue", "purple", "yellow")}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def flag() -> bytes:
    image = Image.new("RGB", (60, 40), RGB["red"])
    image.paste(RGB["blue"], (30, 0, 60, 40))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_the_python_does_what_it_says(four_colours: dict[str, ImageItem]) -> None:
    names = {"ImageItem": ImageItem, "blue": four_colours["blue"], "flag_of_red_and_blue": flag()}
    text = "\n".join(blocks("pycon"))
    example = doctest.DocTestParser().get_doctest(text, names, "docs/query.md", None, 0)
    assert len(example.examples) > 10
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example).failed == 0


def test_the_links_are_answered(four_colours: dict[str, ImageItem]) -> None:
    numbered = renumbered(blocks("")[0], four_colours)
    links = numbered.split()
    assert len(links) == 3
    for link in links:
        answer = Client().get(link)
        assert answer.status_code == 200, link
    assert [hit["title"] for hit in answer.json()["results"]] == ["Purple", "Red"]


def test_the_json_is_answered(four_colours: dict[str, ImageItem]) -> None:
    body = json.loads(blocks("json")[0])
    for part in body["parts"]:
        if "picture" in part:
            part["picture"] = list(four_colours.values())[part["picture"] - 1].pk
    answer = Client().post("/api/search", body, content_type="application/json")
    assert {hit["title"] for hit in answer.json()["results"]} == {"Purple", "Red"}


def renumbered(text: str, items: dict[str, ImageItem]) -> str:
    """With the numbers that the images have here: TiDB hands out others."""
    keys = [str(item.pk) for item in items.values()]
    return re.sub(r"(like=|less=|crop=|weight=)(\d)", lambda match: match[1] + keys[int(match[2]) - 1], text)


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_is_explained(name: str) -> None:
    assert f"`{name}" in PAGE
