"""A model is measured on labelled photos, in a scratch gallery, by measures one can do in one's head."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connections

from gallery.evaluation.bands import TITLES
from gallery.evaluation.measures import precision
from gallery.models import ImageItem, VectorSpace
from tests.conftest import add, draw
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)
DEVSET = project.BASE_DIR.parent / "shared" / "data" / "devset"


def table(path: Path, *rows: tuple[str, ...]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two red photos, two blue ones and a yellow one: queries and copies that hit, and that miss."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    for name, color, mark in (
        ("r1", "red", 1),
        ("r2", "red", 2),
        ("b1", "blue", 1),
        ("b2", "blue", 2),
        ("y", "yellow", 0),
    ):
        (folder / f"{name}.png").write_bytes(draw(color, mark=mark))
    (folder / "half.png").write_bytes(draw("yellow", size=(30, 20)))
    (folder / "odd.png").write_bytes(draw("purple"))
    table(
        folder / "labels.csv",
        ("file", "label", "group"),
        ("r1.png", "red", "warm"),
        ("r2.png", "red", "warm"),
        ("b1.png", "blue", "cold"),
        ("b2.png", "blue", "cold"),
        ("y.png", "yellow", "warm"),  # the only one of its label: no query, but it can be found in error
    )
    queries = [
        {"query": "red", "group": "warm", "relevant": ["r1.png", "r2.png"]},
        {"query": "green", "group": "cold", "relevant": ["b1.png", "b2.png"]},
        {"query": "blue red", "group": "cold", "relevant": ["b1.png", "b2.png", "y.png", "r1.png"]},
    ]
    (folder / "queries.json").write_text(json.dumps(queries))
    table(
        folder / "neardup.csv",
        ("file", "original", "change"),
        ("half.png", "y.png", "half"),
        ("odd.png", "y.png", "odd"),
    )
    return folder


def run(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command("evaluate", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def measure(folder: Path, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, json=True, **options))
    return found


def test_the_measures_are_as_they_are_defined(folder: Path) -> None:
    found = measure(folder)
    assert (found["model"], found["images"]) == (ColourEmbedder.name, 5)
    assert found["image_p10"] == 1.0  # each red finds the other red first, each blue the other blue
    # red 2 of 2; green finds the yellow one before a blue one, 1 of 2; blue with red finds r2 too, 3 of 4
    assert found["words_p10"] == 0.75
    assert found["neardup_r1"] == 0.5
    assert found["ms_per_image"] > 0
    assert found["changes"] == {"half": 1.0, "odd": 0.0}
    assert found["groups"]["warm"]["words_p10"] == 1.0
    assert found["groups"]["cold"]["words_p10"] == 0.625
    assert found["groups"]["warm"]["neardup_r1"] == 0.5
    assert found["groups"]["cold"]["neardup_r1"] is None
    assert set(found["groups"]["cold"]) == {"image_p10", "words_p10", "neardup_r1", "ms_per_image"}


@pytest.mark.slow
def test_hits_are_right_or_wrong_in_each_band(folder: Path) -> None:
    """By picture: red finds red, blue blue, and red and yellow find each other (.82), which is wrong."""
    bands = measure(folder)["bands"]
    assert bands["picture"]["strong"] == {"hits": 8, "right": 4, "share": 0.5}
    assert bands["picture"]["likely"] == {"hits": 0, "right": 0, "share": None}
    # By words: “red” finds two reds. “blue red” lies between and finds all, r2 wrongly, less near; and both
    # “red” and “green” find the yellow one, which is neither.
    assert bands["words"]["strong"] == {"hits": 2, "right": 2, "share": 1.0}
    assert bands["words"]["likely"] == {"hits": 7, "right": 4, "share": 0.5714}
    printed = run(folder)
    assert ["picture", "0.500", "of", "8"] in [line.split()[:4] for line in printed.splitlines()]


@pytest.mark.slow
def test_bands_are_measured_for_several_parts_and_without_the_first_wrong_hits(folder: Path) -> None:
    bands = measure(folder)["bands"]
    assert bands["picture_words"]["strong"]["hits"] > 0
    # A red photo finds the yellow one, which is wrong; that one unwanted, only the other red is left.
    without_one = bands["picture_less_1"]
    assert sum(band["right"] for band in without_one.values()) == 2
    # No photo has three wrong hits.
    assert sum(band["hits"] for band in bands["picture_less_3"].values()) == 0
    assert list(bands) == list(TITLES)


@pytest.mark.slow
def test_without_cuts_there_are_no_bands(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ColourEmbedder, "calibration", None)
    assert set(measure(folder)["bands"].values()) == {None}
    assert "right hits" not in run(folder)


@pytest.mark.slow
def test_words_that_the_model_is_unsure_of_count_in_no_band(folder: Path) -> None:
    queries = [{"query": "thing", "relevant": ["r1.png"]}]
    (folder / "queries.json").write_text(json.dumps(queries))
    found = measure(folder)
    assert found["words_p10"] is not None
    assert sum(band["hits"] for band in found["bands"]["words"].values()) == 0


def test_hits_are_counted_over_what_can_be_hit() -> None:
    assert precision([1, 2, 3], set()) is None
    assert precision([1, 9], {1, 2}) == 0.5
    assert precision(list(range(10)), set(range(5, 25))) == 0.5
    assert precision([], {1}) == 0.0


def test_people_get_a_table_that_says_what_became_of_the_width(folder: Path) -> None:
    printed = run(folder)
    assert "4 numbers a picture, padded with zeros to 512" in printed
    assert [line.split()[:3] for line in printed.splitlines() if line.startswith(("all", "cold"))] == [
        ["all", "1.000", "0.750"],
        ["cold", "1.000", "0.625"],
    ]
    assert "copies: half 1.00, odd 0.00" in printed


def test_without_queries_and_copies_these_are_not_measured(folder: Path) -> None:
    (folder / "queries.json").unlink()
    (folder / "neardup.csv").unlink()
    found = measure(folder)
    assert (found["image_p10"], found["words_p10"], found["neardup_r1"]) == (1.0, None, None)
    assert found["changes"] == {}


def test_a_model_without_words_is_measured_by_pictures(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ColourEmbedder, "embeds_text", False)
    assert measure(folder)["words_p10"] is None


def test_file_names_and_labels_do_not_help_a_query_in_words(folder: Path) -> None:
    """A photo that is named and labelled green, and is blue, is not found by “green” any sooner."""
    (folder / "b1.png").rename(folder / "green.png")
    for name in ("labels.csv", "queries.json"):
        (folder / name).write_text((folder / name).read_text(encoding="utf-8").replace("b1.png", "green.png"))
    assert measure(folder)["groups"]["cold"]["words_p10"] == 0.625


def test_what_cannot_be_read_is_left_out_and_said(folder: Path) -> None:
    (folder / "r2.png").write_text("no picture")
    (folder / "b2.png").unlink()
    found = measure(folder)
    assert found["images"] == 3
    assert sorted(found["unreadable"]) == ["b2.png", "r2.png"]
    assert "2 files cannot be read" in run(folder)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("labels.csv", "name,label\n", "has no column file"),
        ("labels.csv", "file,label\n", "names no photo"),
        ("queries.json", "{", "cannot be read"),
        ("queries.json", '[{"query": "red"}]', "each query is an object with query, relevant"),
        ("neardup.csv", "file\n", "has no column original"),
    ],
)
def test_a_folder_that_cannot_be_measured_says_why(
    folder: Path, name: str, content: str, sentence: str
) -> None:
    (folder / name).write_text(content)
    with pytest.raises(CommandError, match=sentence):
        run(folder)


def test_a_folder_without_labels_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no .*labels.csv"):
        run(tmp_path)


@pytest.mark.parametrize("database", [None, "default"])
def test_the_gallery_is_not_touched(folder: Path, database: str | None) -> None:
    item = add("red")
    files = sorted(path for path in project.DATA_DIR.rglob("*") if "labelled" not in path.parts)
    connection, spaces = connections["default"], list(VectorSpace.objects.values())
    measure(folder, database=database)
    assert connections["default"] is connection
    assert list(ImageItem.objects.all()) == [item]
    assert list(VectorSpace.objects.values()) == spaces
    assert sorted(path for path in project.DATA_DIR.rglob("*") if "labelled" not in path.parts) == files
    assert default_storage.exists(item.file.name)


def test_an_unknown_database_is_said(folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no database elsewhere; DATABASES has default"):
        run(folder, database="elsewhere")


@pytest.mark.slow
@pytest.mark.skipif(not DEVSET.is_dir(), reason="the labelled photos are not at ../shared/data/devset")
def test_the_default_model_holds_its_figures() -> None:
    found = measure(DEVSET, model="builtin/everyday-v1")
    assert found["images"] == 456
    assert found["image_p10"] >= 0.60
    assert found["words_p10"] >= 0.47
    assert found["neardup_r1"] >= 0.95
    assert found["changes"]["gray"] >= 0.90
    for kind in ("picture", "words"):
        shares = [found["bands"][kind][name]["share"] for name in ("strong", "likely", "weak")]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] >= 0.65


@pytest.mark.slow
@pytest.mark.skipif(not DEVSET.is_dir(), reason="the labelled photos are not at ../shared/data/devset")
def test_an_onnx_model_loses_nothing_in_the_product() -> None:
    found = measure(DEVSET, model=f"clip/{DEVSET.parent.parent / 'models' / 'tiny-dual-encoder'}")
    words = {group: round(measures["words_p10"], 2) for group, measures in found["groups"].items()}
    assert words == {"animals": 0.96, "clothing": 0.84, "grocery": 0.92}
