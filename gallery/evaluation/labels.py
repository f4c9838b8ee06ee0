"""A folder of labelled photos, as `evaluate` reads it: labels.csv, queries.json, neardup.csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from imagesearch.errors import ImageSearchError


class LabelError(ImageSearchError):
    """A folder that cannot be evaluated; the sentence names file and line."""

    code = "bad_labels"


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo, by its path in the folder: photos of one label are meant to find each other."""

    file: str
    label: str
    group: str


@dataclass(frozen=True)
class WordQuery:
    """A query in words, and the photos that it is meant to find."""

    text: str
    group: str
    relevant: tuple[str, ...]


@dataclass(frozen=True)
class ChangedCopy:
    """A changed copy, and the photo that it is meant to find first."""

    file: str
    original: str
    change: str


@dataclass(frozen=True)
class LabelledFolder:
    """Words and copies are None where their file is missing: then that is not measured."""

    path: Path
    photos: list[LabelledPhoto]
    words: list[WordQuery] | None
    copies: list[ChangedCopy] | None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises LabelError."""
        photos = [
            LabelledPhoto(row["file"], row["label"], row.get("group", ""))
            for row in rows(path / "labels.csv", "file", "label")
        ]
        if not photos:
            raise LabelError(
                f"{path / 'labels.csv'} names no photo. It takes lines of file, label and group."
            )
        words, copies = path / "queries.json", path / "neardup.csv"
        return cls(
            path,
            photos,
            [query(entry, words) for entry in entries(words)] if words.exists() else None,
            [
                ChangedCopy(row["file"], row["original"], row.get("change", ""))
                for row in rows(copies, "file", "original")
            ]
            if copies.exists()
            else None,
        )


def rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    """A CSV's rows, which have at least these columns. Raises LabelError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if missing := set(columns) - set(reader.fieldnames or []):
                raise LabelError(
                    f"{path} has no column {', '.join(sorted(missing))}. Name it in the first line."
                )
            yield from ({name: value or "" for name, value in row.items() if name} for row in reader)
    except FileNotFoundError as error:
        raise LabelError(
            f"There is no {path}. It names the photos, in the columns {', '.join(columns)}."
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{path} cannot be read: {error}.") from error


def entries(path: Path) -> list[Any]:
    """Raises LabelError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LabelError(f"{path} cannot be read: {error}.") from error
    if not isinstance(content, list):
        raise LabelError(f"{path} is no list of queries.")
    return content


def query(entry: Any, path: Path) -> WordQuery:
    """Raises LabelError."""
    try:
        return WordQuery(str(entry["query"]), str(entry.get("group", "")), tuple(entry["relevant"]))
    except (TypeError, KeyError, AttributeError) as error:
        raise LabelError(
            f"{path}: each query is an object with query, relevant and perhaps group; one is {entry!r:.80}."
        ) from error
