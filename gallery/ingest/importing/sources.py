"""What can be imported from: a folder, a picture, a CSV, a list of URLs, a URL; each gives entries."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

from gallery.ingest.importing import reading
from gallery.ingest.importing.entry import ImportEntry, printable
from gallery.ingest.importing.folders import Walk
from gallery.ingest.importing.records import is_utf8, records, text_lines
from gallery.text.descriptions import tidy_caption, tidy_title
from gallery.text.tag_lists import split_cell
from imagesearch.errors import ImageSearchError
from imagesearch.formats.file_types import picture_format
from imagesearch.network.addresses import is_web_address

LIST_ENDINGS = {".txt", ".urls", ".list"}
NOT_UTF8 = "This address is not UTF-8 text."


class SourceError(ImageSearchError):
    """A source that cannot be imported from at all."""

    code = "bad_source"


def entries(source: str, *, follow_links: bool = False, folder_tags: bool = False) -> Iterator[ImportEntry]:
    """Everything in a source, in an order that is always the same.

    A source that cannot be used is an entry with a problem, so that the other sources go on.
    """
    try:
        path = expanded(source)
        if is_url(source):
            yield ImportEntry(printable(source), url=source, problem="" if is_utf8(source) else NOT_UTF8)
        elif os.path.isdir(path):
            yield from Walk(path, follow_links=follow_links, folder_tags=folder_tags)
        else:
            yield from in_file(path, source)
    except (SourceError, OSError, ValueError, csv.Error) as error:
        yield ImportEntry(printable(source), problem=str(error))


def in_file(path: Path, source: str) -> Iterator[ImportEntry]:
    """A table, a list, or a picture, whatever its name. Raises SourceError, OSError."""
    if problem := reading.problem_with(path):
        if not os.path.lexists(path):
            problem = f"There is no {printable(source)}."
        raise SourceError(f"{problem} Name a folder, a picture, a CSV, a text file of URLs, or a URL.")
    ending = path.suffix.lower()
    if ending in {".csv", *LIST_ENDINGS} and not picture_format(reading.beginning(path, 256)):
        yield from in_table(path) if ending == ".csv" else in_list(path)
    else:
        yield ImportEntry(printable(path), path=path)


def is_url(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def expanded(name: str, folder: Path = Path()) -> Path:
    """The path, with ~ as somebody's home; where a file has that very name, or nobody, it is left."""
    path = folder / name
    if name.startswith("~") and not os.path.lexists(path):
        try:
            return folder / Path(name).expanduser()
        except RuntimeError:  # no user of that name
            pass
    return path


def in_list(path: Path) -> Iterator[ImportEntry]:
    """One URL a line; empty lines and those that begin with # are passed over."""
    for number, line in enumerate(text_lines(path), 1):
        address = line.strip()
        if not is_utf8(address):
            yield ImportEntry(f"{printable(path)}, line {number}", problem=NOT_UTF8)
        elif is_url(address):
            yield ImportEntry(address, url=address)
        elif address and not address.startswith("#"):
            problem = f"“{address[:80]}” is not a URL; one begins with http:// or https://."
            yield ImportEntry(f"{printable(path)}, line {number}", problem=problem)


def in_table(path: Path) -> Iterator[ImportEntry]:
    """A CSV with a column `path` or `url`, and perhaps title, caption and tags (as `split_cell` says)."""
    lines = text_lines(path)
    header = next(lines, "")
    separator = max(",;\t", key=header.count)
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=separator), [])]
    if not {"path", "url"} & set(columns):
        raise SourceError(
            f"The first line of {printable(path)} names the columns {', '.join(columns) or '(none)'}; one of "
            "path and url is needed."
        )
    for line, cells, problem in records(lines, separator, 2):
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        if problem:
            yield ImportEntry(f"{printable(path)}, line {line}", problem=problem)
        elif any(row.values()):
            yield from_row(row, path, line)


def from_row(row: dict[str, str], table: Path, line: int) -> ImportEntry:
    named, url = row.get("path", ""), row.get("url", "")
    if is_url(named):
        named, url = "", named
    about = {
        "title": tidy_title(row.get("title", "")),
        "caption": tidy_caption(row.get("caption", "")),
        "tags": tuple(split_cell(row.get("tags", ""))),
    }
    if named:
        path = expanded(named, table.parent)
        url = url if is_web_address(url) else ""  # which is only where the picture once came from
        return ImportEntry(printable(path), path=path, url=url, problem=reading.problem_with(path), **about)  # type: ignore[arg-type]
    if is_url(url):
        return ImportEntry(url, url=url, **about)  # type: ignore[arg-type]
    problem = f"“{url[:80]}” is not a URL." if url else "This line has neither a path nor a url."
    return ImportEntry(f"{printable(table)}, line {line}", problem=problem)
