"""What the target could not hold beside each other, or at all: found before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import connections, models
from django.db.models.functions import Length

from gallery.transfer.tables import Row, Table
from gallery.transfer.target import SOURCE, TARGET
from imagesearch.database.collation import compares_exactly, text_keys

CHUNK = 2000


def obstacles(tables: list[Table]) -> Iterator[str]:
    """A sentence for each row that stands in the way."""
    if compares_exactly(connections[TARGET]):
        return
    for table in tables:
        yield from too_long(table)
        for fields in table.unique:
            if any(is_text(field) for field in fields):
                yield from clashes(table, fields)


def is_text(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.CharField | models.FileField | models.TextField)


def too_long(table: Table) -> Iterator[str]:
    """Texts longer than their column allows, which SQLite does not enforce."""
    for field in table.fields:
        if is_text(field) and field.max_length:
            rows = table.rows(SOURCE).annotate(characters=Length(field.attname))
            for key, length in rows.filter(characters__gt=field.max_length).values_list("pk", "characters"):
                most = field.max_length
                yield f"{table.name} {key}: {field.name} has {length} characters; {most} are the most."


def clashes(table: Table, fields: list[models.Field[Any, Any]]) -> Iterator[str]:
    """Rows whose texts only SQLite tells apart, such as the users Anna and anna."""
    others = [field.attname for field in fields if not is_text(field)]
    texts = [field.attname for field in fields if is_text(field)]
    if not _suspicious(table, texts):
        return
    rows = table.rows(SOURCE).order_by(*others, table.key).values_list(*others, *texts, table.key)
    groups = groupby(rows.iterator(chunk_size=CHUNK), key=lambda row: row[: len(others)])
    for _, group in groups:
        for equal in _equal([row[len(others) :] for row in group]):
            named = ", ".join(f"{'/'.join(map(str, row[:-1]))!r} ({row[-1]})" for row in equal)
            what = f"{table.name}: {', '.join(texts)}"
            yield f"{what} {named} would be one and the same; rename all but one of them."


def _suspicious(table: Table, texts: list[str]) -> bool:
    """Whether any of these texts is more than small Latin letters, digits and signs, which all differ."""
    values = table.rows(SOURCE).order_by().values_list(*texts)
    return not all(_plain(row) for row in values.iterator(chunk_size=CHUNK))


def _plain(row: Row) -> bool:
    texts = [text for text in row if text is not None]
    return all(text.isascii() and text.isprintable() and text == text.lower() for text in texts)


def _equal(rows: list[Row]) -> list[list[Row]]:
    """Those of the rows (texts …, key) that the target takes for equal."""
    complete = [row for row in rows if None not in row]  # NULL equals nothing
    if len(complete) < 2 or all(_plain(row[:-1]) for row in complete):
        return []
    flat = [text for row in complete for text in row[:-1]]
    keys, width = iter(text_keys(connections[TARGET], flat)), len(complete[0]) - 1
    found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in complete:
        found[tuple(next(keys) for _ in range(width))].append(row)
    return [equal for equal in found.values() if len(equal) > 1]
