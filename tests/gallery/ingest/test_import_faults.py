"""One entry's failure, whatever it is, never ends an import: the others are added, and it is named."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError

from gallery.ingest import indexing
from gallery.ingest.importing import importer
from gallery.ingest.importing.records import records
from gallery.ingest.importing.sources import entries
from gallery.models import ImageItem
from imagesearch.errors import EmbeddingUnavailable, ImageError
from tests.conftest import draw
from tests.gallery.ingest.test_importing import put, run, titles
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for color in ("red", "green", "blue"):
        put(folder, f"{color}.png", draw(color))
    return folder


def problems(source: Path) -> list[str]:
    return [entry.where for entry in entries(str(source)) if entry.problem]


# --- sources -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    ["~x.jpg", "~nobody/x.jpg", "~", "nowhere", "a\0b.png", "\udcff.png", "x" * 300, "y/" * 3000 + "z"],
)
def test_a_source_that_cannot_be_used_is_named_and_the_others_go_on(
    photos: Path, source: str, monkeypatch: Any
) -> None:
    monkeypatch.setenv("HOME", str(photos / "nothing"))
    printed = run(source, photos, "http://127.0.0.1:1/\udcff.png")
    assert "3 added, 0 already here, 2 refused." in printed
    assert "exit 1" in printed


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_as_a_source_is_not_waited_for(photos: Path) -> None:
    os.mkfifo(photos / "pipe.csv")
    assert "3 added, 0 already here, 1 refused" in run(photos / "pipe.csv", photos)


def test_a_file_whose_name_begins_with_a_tilde_is_taken(photos: Path, monkeypatch: Any) -> None:
    put(photos, "~note.png", draw("yellow"))
    monkeypatch.chdir(photos)
    assert "1 added" in run("~note.png")
    monkeypatch.setenv("HOME", str(photos))
    assert "1 added" in run("~/red.png")


def test_a_picture_is_one_whatever_its_ending(photos: Path) -> None:
    assert "1 added" in run(put(photos, "picture.csv", draw("yellow")))
    assert "1 added" in run(put(photos, "picture.txt", draw("purple")))


# --- tables and lists ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        b"~note.png,A title",
        b"~nobody/a.png,",
        b"missing.png,",
        b"a\0b.png,",
        b"x" * 300 + b".png,",
        b".,folder",
        b"\xff\xfe.png,",
        b"red.png,caf\xe9",
        b'"red.png,never closed',
        b'red.png,"never closed',
        b"/dev/zero,",
        b"/dev/stdin,",
        b"x" * 140_000 + b",too long a cell",
        b",neither",
        b"\xed\xa0\x80.png,",
    ],
)
def test_a_broken_row_costs_only_itself(photos: Path, row: bytes) -> None:
    table = photos / "list.csv"
    table.write_bytes(b"path,title\nred.png,\n" + row + b'\ngreen.png,"two\nlines, one cell"\nblue.png,\n')
    assert len(problems(table)) == 1
    assert "3 added, 0 already here, 1 refused." in run(table)


def test_broken_rows_do_not_slow_down_those_that_follow() -> None:
    """Each was once read through all that had been looked at again before it."""
    read = list(records(iter(["caf\udce9,b\n"] * 50_000 + ['"never closed\n', "c,d\n"]), ",", 2))
    assert [record.line for record in read if not record.problem] == [50_003]
    assert len(read) == 50_002


def test_lines_after_a_broken_row_are_read_again_in_order() -> None:
    read = records(iter(['"a\n', '"b" c\n', "d\n", '"e\n', "f\n"]), ",", 1)
    assert [(record.line, record.cells) for record in read if not record.problem][-1] == (5, ["f"])


def test_a_table_whose_first_line_is_no_text_is_refused_and_the_others_go_on(photos: Path) -> None:
    (photos / "list.csv").write_bytes(b"caf\xe9,\x1b[31m,t\xeft\nred.png,,\n")
    printed = run(photos / "list.csv", photos / ("x" * 2000), photos / "blue.png")
    assert "1 added, 0 already here, 2 refused." in printed
    assert all(line.isprintable() and len(line) < 1100 for line in printed.splitlines())
    printed.encode()


def test_lines_are_numbered_as_an_editor_does(photos: Path) -> None:
    table = put(photos, "list.csv", 'path,title\nred.png,"a\nb"\n,no\nblue.png,"open\n\n,no\n')
    assert [where.rpartition(" ")[2] for where in problems(table)] == ["4", "5", "7"]


def test_a_table_as_spreadsheets_save_unicode_text_is_read(photos: Path) -> None:
    (photos / "list.csv").write_bytes("path\ttitle\r\nred.png\tŁódź\r\n".encode("utf-16"))
    run(photos / "list.csv")
    assert titles() == ["Łódź"]


def test_a_list_with_a_broken_line_goes_on(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(b"http://one.example/\nhttp://\xff.example/\nnonsense\n\n# no\nhttp://two.example/\n")
    assert [entry.url for entry in entries(str(listed)) if not entry.problem] == [
        "http://one.example/",
        "http://two.example/",
    ]
    assert len(problems(listed)) == 2


# --- reading, decoding, storing ------------------------------------------------------------------

ERRORS = [
    MemoryError(),
    RecursionError("too deep"),
    ValueError("year 0 is out of range"),
    OSError(5, "Input/output error"),
    ImageError("This is no picture."),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    KeyError("exif"),
    IntegrityError("UNIQUE constraint failed"),
    DatabaseError("value too long"),
    OperationalError(1366, "Incorrect"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("step", ["read", "prepare", "add"])
def test_whatever_befalls_one_picture_the_others_are_added(
    photos: Path, monkeypatch: Any, step: str, error: Exception
) -> None:
    as_it_is = getattr(importer, step)

    def break_blue(first: Any, *rest: Any, **about: Any) -> Any:
        if "blue" in f"{first} {about}" or (getattr(first, "item", None) and first.item.title == "blue"):
            raise error
        return as_it_is(first, *rest, **about)

    monkeypatch.setattr(importer, step, break_blue)
    printed = run(photos)
    assert "2 added, 0 already here, 1 refused." in printed
    assert "blue.png: " in printed
    assert "exit 1" in printed
    assert titles() == ["green", "red"]


def test_a_database_that_is_away_ends_the_import_with_a_sentence(photos: Path, monkeypatch: Any) -> None:
    def add(*_: Any) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(importer, "add", add)
    printed = run(photos)
    assert "exit 1" in printed
    assert "Run the same command again to go on." in printed
    assert not ImageItem.objects.exists()


@pytest.mark.parametrize(
    "error", [EmbeddingUnavailable("The provider is down."), RuntimeError("CUDA"), MemoryError()]
)
def test_a_model_that_fails_costs_no_picture(photos: Path, monkeypatch: Any, error: Exception) -> None:
    def embed_images(self: ColourEmbedder, pictures: Any) -> Any:
        raise error

    monkeypatch.setattr(ColourEmbedder, "embed_images", embed_images)
    printed = run(photos)
    assert "3 added, 0 already here, 3 failed." in printed
    assert "exit 1" in printed


def test_an_index_that_fails_as_a_whole_costs_no_picture(photos: Path, monkeypatch: Any) -> None:
    def index(ids: Any) -> Any:
        raise ValueError("nonsense")

    monkeypatch.setattr(indexing, "index", index)
    assert "3 added, 0 already here, 3 failed." in run(photos)
    assert ImageItem.objects.count() == 3


def test_a_file_that_vanishes_or_becomes_a_pipe_meanwhile_is_refused(photos: Path, monkeypatch: Any) -> None:
    as_it_is = importer.read

    def read(entry: Any) -> Any:
        if entry.path.name == "blue.png":
            entry.path.unlink()
        if entry.path.name == "red.png" and hasattr(os, "mkfifo"):
            entry.path.unlink()
            os.mkfifo(entry.path)
        return as_it_is(entry)

    monkeypatch.setattr(importer, "read", read)
    assert "1 added, 0 already here, 2 refused." in run(photos)


# --- what is said --------------------------------------------------------------------------------


def test_the_summary_counts_what_was_passed_over_and_the_report_names_it(photos: Path) -> None:
    for name in (
        "@eaDir/red.png/SYNOPHOTO_THUMB_XL.jpg",
        "#recycle/old.png",
        "$RECYCLE.BIN/x.png",
        ".hidden.png",
    ):
        put(photos, name, draw("yellow"))
    put(photos, "notes.txt", "hello")
    report = photos.parent / "report.csv"
    printed = run(photos, report=str(report))
    assert "3 added, 0 already here, 5 other files passed over." in printed
    assert "1 in @eaDir (thumbnails and previews)" in printed
    assert "exit" not in printed
    with report.open(newline="", encoding="utf-8") as file:
        rows = {Path(row["source"]).name: row for row in csv.DictReader(file)}
    assert set(rows) == {"SYNOPHOTO_THUMB_XL.jpg", "old.png", "x.png", ".hidden.png", "notes.txt"}
    assert {row["outcome"] for row in rows.values()} == {"passed over"}
    assert "This is a text file." in rows["notes.txt"]["reason"]


def test_folder_names_are_tags_beside_those_of_the_command(photos: Path) -> None:
    put(photos, "Rome, Italy/night.png", draw("yellow"))
    run(photos, folder_tags=True, tags=["Holiday"])
    tagged = ImageItem.objects.get(title="night")
    assert {tag.name for tag in tagged.tags.all()} == {"Rome, Italy", "Holiday"}
    assert {tag.name for tag in ImageItem.objects.get(title="red").tags.all()} == {"Holiday"}
