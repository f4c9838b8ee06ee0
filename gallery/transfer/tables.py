"""The tables of a gallery as they are moved: whole rows, by key, the same on every database."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
from django.apps import apps
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.sql import InsertQuery
from django.utils.functional import cached_property

from imagesearch.vectors.codec import to_blob

BATCH = 200  # rows: on TiDB more gain nothing
KEYS = 5000  # keys alone, looked through at once

Row = tuple[Any, ...]


@dataclass(frozen=True)
class TableSummary:
    """What two tables are compared by."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Table:
    """One model's own table. Its rows are tuples of the fields' values, as Python has them."""

    model: type[models.Model]

    @property
    def name(self) -> str:
        return self.model._meta.label

    @cached_property
    def fields(self) -> list[models.Field[Any, Any]]:
        return [field for field in self.model._meta.local_concrete_fields if not field.generated]

    @cached_property
    def columns(self) -> list[str]:
        return [field.attname for field in self.fields]

    @cached_property
    def key(self) -> str:
        return str(self.model._meta.pk.attname)

    @cached_property
    def unique(self) -> list[list[models.Field[Any, Any]]]:
        """The sets of fields whose values are together unique, the primary key left out."""
        options = self.model._meta
        single = [[field] for field in self.fields if field.unique and not field.primary_key]
        together = [*options.unique_together, *(c.fields for c in options.total_unique_constraints)]
        return single + [[options.get_field(name) for name in names] for names in together]  # type: ignore[misc]

    def rows(self, alias: str) -> models.QuerySet[Any]:
        """Never the model's own manager, which may hide or do more."""
        return models.QuerySet(self.model, using=alias)

    def count(self, alias: str) -> int:
        return self.rows(alias).count()

    def batches(
        self, alias: str, columns: Sequence[str] | None = None, size: int = BATCH
    ) -> Iterator[dict[Any, Row]]:
        """All rows as key → row, in the order of keys; each batch is a statement of its own."""
        rows = self.rows(alias).order_by(self.key).values_list(self.key, *(columns or self.columns))
        last: Any = None
        while batch := list((rows if last is None else rows.filter(**{f"{self.key}__gt": last}))[:size]):
            yield {key: tuple(row) for key, *row in batch}
            last = batch[-1][0]

    def find(self, alias: str, keys: Iterable[Any], columns: Sequence[str] | None = None) -> dict[Any, Row]:
        """Those rows of these keys that there are."""
        rows = self.rows(alias).filter(**{f"{self.key}__in": list(keys)})
        return {key: tuple(row) for key, *row in rows.values_list(self.key, *(columns or self.columns))}

    def insert(self, alias: str, rows: Iterable[Row]) -> None:
        """The values as they are: no save(), no signals, no defaults, no fields that set themselves."""
        made = [self.model(**dict(zip(self.columns, row, strict=True))) for row in rows]
        if made:
            query = InsertQuery(self.model)
            query.insert_values(self.fields, made, raw=True)
            query.get_compiler(using=alias).execute_sql()

    def delete(self, alias: str, keys: Iterable[Any]) -> None:
        """These rows alone: what points to them is another table's matter."""
        if keys := list(keys):
            self.rows(alias).filter(**{f"{self.key}__in": keys})._raw_delete(alias)

    def summary(self, alias: str, read: Callable[[int], None]) -> TableSummary:
        """Of all its rows in the order of keys; `read` is told how many more have been read."""
        count, digest = 0, hashlib.sha256()
        for batch in self.batches(alias):
            for row in batch.values():
                digest.update(canonical(row).encode() + b"\n")
            count += len(batch)
            read(len(batch))
        return TableSummary(count, digest.hexdigest())


def tables() -> list[Table]:
    """All that a gallery keeps in its database, each after those that it points to.

    But not who is logged in, or has tried to: both start empty.
    """
    found: dict[type[models.Model], Table] = {}
    for model in apps.get_models(include_auto_created=True):
        _collect(model, found, frozenset())
    return list(found.values())


def _collect(
    model: type[models.Model], found: dict[type[models.Model], Table], waiting: frozenset[type[models.Model]]
) -> None:
    options = model._meta
    here_alone = issubclass(model, AbstractBaseSession) or options.app_label == "axes"
    moves = options.managed and not options.proxy and not here_alone
    if model in found or model in waiting or not moves:
        return
    table = Table(model)
    for field in table.fields:
        if isinstance(field.related_model, type):
            _collect(field.related_model, found, waiting | {model})
    found[model] = table


def canonical(row: Sequence[Any]) -> str:
    """The row as text, equal where the values are, whichever database they come from."""
    return json.dumps([_plain(value) for value in row], default=_text, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """JSON as Python reads it: TiDB writes 1.0 as 1."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return base64.b64encode(to_blob(value)).decode()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
