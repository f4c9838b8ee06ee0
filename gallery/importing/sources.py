"""What can be imported from: a folder, a picture, a CSV, a list of URLs, a URL; each gives entries."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from imagesearch.errors import ImageSearchError
from imagesearch.kinds import EXTENSIONS, RAW_ENDINGS, picture_format

# A file with such an ending is meant to be a picture: where it cannot be taken, that is said.
PICTURE_ENDINGS = {
    *EXTENSIONS.values(),
    *RAW_ENDINGS,
    *(".jpeg", ".jpe", ".jfif", ".heif", ".bmp", ".tif", ".tiff", ".jxl", ".jp2"),
}
LIST_ENDINGS = {".txt", ".urls", ".list"}


class SourceError(ImageSearchError):
    """A source that cannot be imported from at all."""

    code = "bad_source"


@dataclass(frozen=True)
class Entry:
    """One picture that is to be imported, or the reason why it cannot be."""

    where: str
    """Its path or URL, for people."""
    path: Path | None = None
    url: str = ""
    title: str = ""
    caption: str = ""
    tags: tuple[str, ...] = ()
    problem: str = ""
    other: bool = False
    """By its name no picture at all, so that nobody expects it to be imported."""


def entries(source: str) -> Iterator[Entry]:
    """Everything in a source, in an order that is always the same. Raises SourceError."""
    path = Path(source).expanduser()
    if is_url(source):
        yield Entry(source, url=source)
    elif path.is_dir():
        yield from in_folder(path, set())
    elif not path.is_file():
        raise SourceError(
            f"There is no {source}. Name a folder, a picture, a CSV, a text file of URLs, or a URL."
        )
    elif path.suffix.lower() == ".csv":
        yield from in_table(path)
    elif path.suffix.lower() in LIST_ENDINGS:
        yield from in_list(path)
    else:
        yield Entry(printable(path), path=path)


def is_url(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def printable(path: Path | str) -> str:
    """The path as text that can be printed and stored, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def in_folder(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Entry]:
    """All files below, hidden ones left out. `seen` are the folders met, so that a loop of links ends."""
    try:
        status = folder.stat()
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield Entry(printable(folder), problem=f"This folder cannot be read: {error.strerror}.")
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for path in (folder / name for name in names if not name.startswith(".")):
        if os.path.isdir(path):
            yield from in_folder(path, seen)
        elif os.path.isfile(path):
            yield Entry(printable(path), path=path, other=not is_meant_as_picture(path))
        elif os.path.islink(path) and is_meant_as_picture(path):
            yield Entry(printable(path), problem="This link leads nowhere.")


def is_meant_as_picture(path: Path) -> bool:
    """By its ending; a file without one is looked into."""
    if path.suffix:
        return path.suffix.lower() in PICTURE_ENDINGS
    try:
        with path.open("rb") as file:
            return picture_format(file.read(256)) is not None
    except OSError:
        return False


def in_list(path: Path) -> Iterator[Entry]:
    """One URL a line; empty lines and those that begin with # are passed over."""
    for number, line in enumerate(text_lines(path), 1):
        address = line.strip()
        if is_url(address):
            yield Entry(address, url=address)
        elif address and not address.startswith("#"):
            problem = f"“{address[:80]}” is no URL; one begins with http:// or https://."
            yield Entry(f"{printable(path)}, line {number}", problem=problem)


def in_table(path: Path) -> Iterator[Entry]:
    """A CSV with a column `path` or `url`, and perhaps title, caption and tags (a; b or a|b)."""
    lines = text_lines(path)
    header = next(lines, "")
    separator = max(",;\t", key=header.count)
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=separator), [])]
    if not {"path", "url"} & set(columns):
        raise SourceError(
            f"{path} has the columns {', '.join(columns) or '(none)'}; one of path and url is needed. "
            "Name it in the first line."
        )
    reader = csv.reader(lines, delimiter=separator)
    try:
        for cells in reader:
            row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
            if any(row.values()):
                yield from_row(row, path, reader.line_num + 1)
    except csv.Error as error:
        raise SourceError(f"{path}, line {reader.line_num + 1}, is no CSV: {error}.") from error


def from_row(row: dict[str, str], table: Path, line: int) -> Entry:
    named, url = row.get("path", ""), row.get("url", "")
    if is_url(named):
        named, url = "", named
    about = {
        "title": row.get("title", "")[:200],
        "caption": row.get("caption", ""),
        "tags": tuple(split_tags(row.get("tags", ""))),
    }
    if named:
        path = table.parent / Path(named).expanduser()
        missing = "" if path.is_file() else "There is no such file."
        return Entry(printable(path), path=path, url=url, problem=missing, **about)  # type: ignore[arg-type]
    if is_url(url):
        return Entry(url, url=url, **about)  # type: ignore[arg-type]
    problem = f"“{url[:80]}” is no URL." if url else "This line has neither a path nor a url."
    return Entry(f"{printable(table)}, line {line}", problem=problem)


def split_tags(text: str) -> Iterable[str]:
    return (tag.strip() for tag in re.split(r"[;|]", text) if tag.strip())


def text_lines(path: Path) -> Iterator[str]:
    """The file's lines. Raises SourceError where it is no UTF-8."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is not UTF-8 (byte {error.start}). Save it as “CSV UTF-8” or “UTF-8”."
        ) from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
