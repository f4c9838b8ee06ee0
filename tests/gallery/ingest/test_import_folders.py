"""What an import takes from a folder, and what it passes over: by content, by system folders, by links."""

from __future__ import annotations

import inspect
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from gallery.ingest.importing.entry import ImportEntry
from gallery.ingest.importing.sources import entries
from tests.conftest import draw
from tests.gallery.ingest.test_importing import put


def taken(folder: Path, **options: Any) -> list[str]:
    return [relative(entry, folder) for entry in entries(str(folder), **options) if is_picture(entry)]


def skipped(folder: Path, **options: Any) -> dict[str, str]:
    return {
        relative(entry, folder): entry.skipped.group
        for entry in entries(str(folder), **options)
        if entry.skipped
    }


def is_picture(entry: ImportEntry) -> bool:
    return not entry.skipped and not entry.problem


def relative(entry: ImportEntry, folder: Path) -> str:
    return Path(entry.where).relative_to(folder).as_posix()


# --- by content ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "three_d.mpo",
        "moving.apng",
        "wechat.pic",
        "save.jpg_large",
        "photo.jpg!d",
        "orig.jpg:large",
        "IMG.HIF",
        "download",
        "photo.jpg.part",
        "photo.txt",
        "photo.json",
        "photo.db",
        "photo.tmp",
        "photo.bak",
        "photo.JPEG~",
        "photo.jpg?w=1200",
        "photo.image",
        "photo.dat",
        "4f2a.0",
        "trailing.",
        "photo.csv",
        "photo.mp4",
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_picture_of_any_name_is_taken(tmp_path: Path, name: str, kind: str) -> None:
    put(tmp_path, name, draw("red", kind=kind))
    assert taken(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("notes.txt", b"hello", "text file"),
        ("IMG_1.jpg.json", b'{"title": "IMG_1.jpg"}', "text file"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "not a picture of a known format"),
        ("clip.mov", b"\0\0\0\x14ftypqt  " + bytes(60), "a video"),
        ("scan.x", b"II*\0" + bytes(60), "a TIFF"),
        ("album.zip", b"PK\3\4" + bytes(60), "an archive"),
        ("empty", b"", "empty"),
    ],
)
def test_what_is_no_picture_is_passed_over_and_says_what_it_is(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    put(tmp_path, name, content)
    (entry,) = entries(str(tmp_path))
    assert entry.skipped
    assert says in str(entry.skipped)


@pytest.mark.parametrize("name", ["a.jpg", "a.HEIC", "a.tif", "a.cr2", "a.jfif", "a.bmp"])
def test_what_is_named_a_picture_is_always_tried(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "not a picture")
    assert taken(tmp_path) == [name]  # and refused later, with a reason


# --- system folders ------------------------------------------------------------------------------

SYSTEM = [
    "@eaDir",
    "@EADIR",
    "#recycle",
    "#Recycle",
    "@Recycle",
    "@Recently-Snapshot",
    "#snapshot",
    ".@__thumb",
    "$RECYCLE.BIN",
    "$Recycle.Bin",
    "RECYCLER",
    "System Volume Information",
    ".Trashes",
    ".Trash-1000",
    "__MACOSX",
    ".thumbnails",
    ".picasaoriginals",
    "Previews.lrdata",
    "Smart Previews.lrdata",
    "lost+found",
    "CaptureOne",
    "Network Trash Folder",
    ".Spotlight-V100",
    ".stversions",
    ".git",
    "THMBNL",
]


@pytest.mark.parametrize("name", SYSTEM)
def test_system_folders_are_passed_over_wherever_they_are(tmp_path: Path, name: str) -> None:
    put(tmp_path, "kept.png", draw("red"))
    put(tmp_path, f"trips/{name}/thumb.jpg", draw("blue"))
    put(tmp_path, f"trips/{name}/deep/er/thumb", draw("blue"))
    assert taken(tmp_path) == ["kept.png"]
    assert set(skipped(tmp_path)) == {f"trips/{name}/thumb.jpg", f"trips/{name}/deep/er/thumb"}


@pytest.mark.parametrize("name", SYSTEM)
def test_a_system_folder_that_is_named_itself_is_imported(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, "sub/thumb.jpg", draw("blue"))
    assert taken(tmp_path / name) == ["sub/thumb.jpg"]


@pytest.mark.parametrize(
    "name", ["Recycle", "snapshot", "eaDir", "Thumbnails", "Originals", "recycler bin", "lost"]
)
def test_names_that_people_give_are_not_passed_over(tmp_path: Path, name: str) -> None:
    put(tmp_path, f"{name}/a.png", draw("red"))
    assert taken(tmp_path) == [f"{name}/a.png"]


def test_of_the_libraries_of_apple_only_originals_are_taken(tmp_path: Path) -> None:
    for name in (
        "Photos Library.photoslibrary/originals/0/A.jpeg",
        "Photos Library.photoslibrary/resources/derivatives/0/A_1.jpeg",
        "Photos Library.photoslibrary/scopes/cloudsharing/B.jpeg",
        "Photos Library.photoslibrary/database/search.png",
        "Old.photolibrary/Masters/2013/C.jpg",
        "Old.photolibrary/Thumbnails/C.jpg",
        "Old.PhotoLibrary2/Thumbnails/D.jpg",
        "A.aplibrary/Previews/E.jpg",
        "iPhoto Library/Originals/F.jpg",
        "iPhoto Library/Data/F.jpg",
        "Photo Booth Library/Pictures/G.jpg",
    ):
        put(tmp_path, name, draw("red"))
    assert taken(tmp_path) == [
        "Old.PhotoLibrary2/Thumbnails/D.jpg",
        "Old.photolibrary/Masters/2013/C.jpg",
        "Photo Booth Library/Pictures/G.jpg",
        "Photos Library.photoslibrary/originals/0/A.jpeg",
        "iPhoto Library/Originals/F.jpg",
    ]
    library = tmp_path / "Photos Library.photoslibrary"
    assert taken(library) == ["originals/0/A.jpeg"]
    assert taken(library / "resources") == ["derivatives/0/A_1.jpeg"]


def test_thumbnails_of_videos_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "GOPR0001.THM", draw("red", kind="JPEG"))
    assert taken(tmp_path) == []
    assert list(skipped(tmp_path).values()) == ["thumbnails of videos"]


# --- links ---------------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A folder with links into itself, out of it, in a loop, and to nowhere."""
    folder = tmp_path / "photos"
    put(folder, "in/a.png", draw("red"))
    put(folder, ".annex/b", draw("blue"))
    put(tmp_path, "out/c.png", draw("green"))
    put(tmp_path, "out/deep/d.png", draw("yellow"))
    for name, target in (
        ("again", folder),
        ("same", folder / "in"),
        ("b.png", folder / ".annex/b"),
        ("c.png", tmp_path / "out/c.png"),
        ("outside", tmp_path / "out"),
        ("etc", Path("/etc/hostname")),
        ("gone.png", tmp_path / "gone"),
        ("gone", tmp_path / "gone"),
        ("loop", Path("loop")),
        ("annex", folder / ".annex"),
    ):
        os.symlink(target, folder / name)
    os.symlink(tmp_path, tmp_path / "out/deep/up")
    return folder


def test_links_within_are_fine_and_those_out_are_passed_over(linked: Path) -> None:
    assert taken(linked) == ["annex/b", "b.png", "in/a.png"]
    out = "links that lead out of the folder (--follow-links follows them)"
    assert {name: group for name, group in skipped(linked).items() if group != "not pictures"} == {
        ".annex/b": "hidden (the name begins with a dot)",
        "c.png": out,
        "etc": out,
        "gone": "links that lead nowhere",
        "loop": "links that lead nowhere",
        "outside": out,
    }
    assert [entry.where for entry in entries(str(linked)) if entry.problem] == [str(linked / "gone.png")]


def test_links_out_are_followed_on_request_and_loops_end(linked: Path) -> None:
    found = taken(linked, follow_links=True)
    assert {"c.png", "outside/c.png", "outside/deep/d.png"} < set(found)
    assert len(found) < 12


def test_a_source_that_is_a_link_is_followed(linked: Path, tmp_path: Path) -> None:
    os.symlink(linked / "in", tmp_path / "shortcut")
    assert taken(tmp_path / "shortcut") == ["a.png"]


# --- odd things ----------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    os.symlink("pipe", tmp_path / "link")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(os.path.relpath(tmp_path / "socket.png"))
    put(tmp_path, "a.png", draw("red"))
    assert taken(tmp_path) == ["a.png"]
    assert set(skipped(tmp_path).values()) == {"named pipes, sockets and devices"}


def test_folders_may_be_nested_deeper_than_python_calls(tmp_path: Path) -> None:
    put(tmp_path, "d/" * 200 + "a.png", draw("red"))
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        found = taken(tmp_path)
    finally:
        sys.setrecursionlimit(before)
    assert len(found) == 1


def test_a_file_that_cannot_be_opened_is_a_problem_of_its_own(tmp_path: Path, monkeypatch: Any) -> None:
    put(tmp_path, "a.png", draw("red"))
    put(tmp_path, "locked", draw("red"))

    def refuse(path: Path, size: int) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gallery.ingest.importing.reading.beginning", refuse)
    assert [bool(entry.problem) for entry in entries(str(tmp_path))] == [False, True]


def test_names_with_control_characters_can_be_printed(tmp_path: Path) -> None:
    put(tmp_path, "a\x1b[31m\n.png", draw("red"))
    (entry,) = entries(str(tmp_path))
    assert entry.where.isprintable()


# --- folder names as tags ------------------------------------------------------------------------


def test_folder_names_become_tags_and_those_of_cameras_do_not(tmp_path: Path) -> None:
    for name in (
        "a.png",
        "Italy/b.png",
        "2024/07/Italy, Rome/c.png",
        "Card/DCIM/100CANON/d.png",
        "DCIM/202407__/e.png",
        "20240701/f.png",
        "100 days/g.png",
        "My.photoslibrary/originals/0/h.png",
    ):
        put(tmp_path, name, draw("red"))
    tags = {
        Path(entry.where).name[0]: entry.tags
        for entry in entries(str(tmp_path), folder_tags=True)
        if entry.path
    }
    assert tags == {
        "a": (),
        "b": ("Italy",),
        "c": ("2024", "Italy, Rome"),
        "d": ("Card",),
        "e": (),
        "f": ("20240701",),
        "g": ("100 days",),
        "h": (),
    }
    assert not any(entry.tags for entry in entries(str(tmp_path)))


def test_of_very_many_folders_the_nearest_become_tags(tmp_path: Path) -> None:
    put(tmp_path, "/".join(f"level {number}" for number in range(60)) + "/a.png", draw("red"))
    (entry,) = entries(str(tmp_path), folder_tags=True)
    assert entry.tags == tuple(f"level {number}" for number in range(40, 60))
