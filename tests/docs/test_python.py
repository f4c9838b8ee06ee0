"""The Python blocks of README.md and docs/, run in a gallery of three pictures."""

from __future__ import annotations

import ast
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.test.utils import isolate_apps
from PIL import Image

from gallery.models import ImageItem
from imagesearch.query import Crop, Picture, Query
from imagesearch.vectors.fields import VectorField
from tests.conftest import add, draw
from tests.docs.blocks import Block, all_blocks

pytestmark = pytest.mark.django_db(transaction=True)

OWN_TESTS = {"docs/tutorial.md", "examples/notebook.md"}
BLOCKS = [
    block
    for block in all_blocks()
    if block.language == "python" and not block.file and block.page not in OWN_TESTS
]


@pytest.fixture
def names(uploader: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a page takes for given: imports that an earlier block shows, rows, and files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "query.jpg").write_bytes(draw("red", mark=7, kind="JPEG"))
    (tmp_path / "cat.jpg").write_bytes(draw("red", mark=8, kind="JPEG"))
    (tmp_path / "dog.jpg").write_bytes(draw("red", mark=9, kind="JPEG"))
    item, other = add("red", title="Cat", tags=["pets"]), add("blue", tags=["pets"])
    return {
        "ImageItem": ImageItem,
        "Crop": Crop,
        "Picture": Picture,
        "Query": Query,
        "user": uploader,
        "item": item,
        "other": other,
        "ids": [item.pk, other.pk, add("yellow").pk],
        "pil_image_or_bytes_or_file": Image.open(BytesIO(draw("red"))),
        "__name__": "gallery.page",
    }


@pytest.fixture
def online(httpserver: Any, settings: Any) -> str:
    """The address of a server that has every picture that a page names."""
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    for mark, name in enumerate(("query.jpg", "cat.jpg", "1.jpg", "2.jpg")):
        picture = draw("purple", mark=20 + mark, kind="PNG")
        httpserver.expect_request(f"/{name}").respond_with_data(picture, content_type="image/png")
    return str(httpserver.url_for("/"))


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_python_block_works(block: Block, names: dict[str, Any], online: str) -> None:
    """Each statement runs; what is a list of hits is not empty."""
    source = re.sub(r"https://…/", online, block.text)
    with isolate_apps("gallery"):
        for statement in ast.parse(source, str(block)).body:
            if isinstance(statement, ast.Expr):
                result = eval(compile(ast.Expression(statement.value), str(block), "eval"), names)
                assert not isinstance(result, list) or result, ast.unparse(statement)
            else:
                exec(compile(ast.Module([statement], []), str(block), "exec"), names)
        for made in [value for value in names.values() if is_model_of_page(value)]:
            columns = [field for field in made._meta.local_fields if isinstance(field, VectorField)]
            assert [column.check() for column in columns] == [[]]


def is_model_of_page(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, models.Model) and value.__module__ == "gallery.page"
