"""The column that a list sorted by name is sorted by, kept up to date by every way of writing a row."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, QuerySet, Value, When

from gallery.text.sort_keys import SORT_KEY_LENGTH, SORT_KEY_VERSION, sort_key
from imagesearch.database.collation import ExactCharField

OUTDATED = ""
"""In place of the key of a name that only the database knows; `rebuild` makes it."""
FIXED = {
    "max_length": SORT_KEY_LENGTH,
    "editable": False,
    "default": OUTDATED,
    "db_default": OUTDATED,  # for rows that a process of the version before writes
}
BATCH = 500  # rows

M = TypeVar("M", bound=models.Model)


class SortKeyField(ExactCharField):
    """The sort key of the first of the columns `of` that is not empty."""

    def __init__(self, *, of: Collection[str] = (), **options: Any) -> None:
        self.of = tuple(of)
        super().__init__(**{**options, **FIXED})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options = {option: value for option, value in options.items() if option not in FIXED}
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, instance: models.Model, add: bool) -> str:
        """Called by save() and bulk_create(), but not by update() and bulk_update()."""
        key = sort_key(next(filter(None, (getattr(instance, name) for name in self.of)), ""))
        setattr(instance, self.attname, key)
        return key

    def of_values(self, values: dict[str, Any]) -> str:
        """The key of rows that get these values; OUTDATED where it depends on what the rows have."""
        for name in self.of:
            value = values.get(name)
            if not isinstance(value, str):
                return OUTDATED
            if value:
                return sort_key(value)
        return sort_key("")


class SortKeyQuerySet(QuerySet[M]):
    """It writes a row's sort key with its name."""

    def update(self, **values: Any) -> int:
        for field in sort_key_fields(self.model):
            if field.attname not in values and not values.keys().isdisjoint(field.of):
                values[field.attname] = field.of_values(values)
        return super().update(**values)

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], *args: Any, **options: Any) -> int:
        objs, names = list(objs), list(fields)
        for field in sort_key_fields(self.model):
            if not set(names).isdisjoint(field.of):
                names.append(field.attname)
                for row in objs:
                    field.pre_save(row, False)
        return super().bulk_update(objs, names, *args, **options)


def sort_key_fields(model: type[models.Model]) -> list[SortKeyField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, SortKeyField)]


def with_sort_keys(model: type[models.Model], columns: Collection[str]) -> Collection[str]:
    """These columns of a save, and the sort keys of those among them."""
    return {
        *columns,
        *(field.name for field in sort_key_fields(model) if not set(columns).isdisjoint(field.of)),
    }


def outdated(rows: QuerySet[M]) -> QuerySet[M]:
    """Those whose sort keys an earlier version has made, or none."""
    (field,) = sort_key_fields(rows.model)
    return rows.filter(**{f"{field.name}__lt": SORT_KEY_VERSION})


def wanted_keys(rows: QuerySet[M]) -> dict[int, str]:
    """The sort key that each row should have, by id."""
    (field,) = sort_key_fields(rows.model)
    return {
        pk: field.of_values(dict(zip(field.of, names, strict=True)))
        for pk, *names in rows.values_list("pk", *field.of)
    }


def rebuild(rows: QuerySet[M]) -> int:
    """Make the sort keys of the next few outdated rows; returns how many, 0 where none is left.

    A row that gets another name meanwhile gets its key with it, and keeps that one.
    """
    (field,) = sort_key_fields(rows.model)
    if keys := wanted_keys(outdated(rows).order_by(field.name, "pk")[:BATCH]):
        new = Case(*(When(pk=pk, then=Value(key)) for pk, key in keys.items()))
        outdated(rows).filter(pk__in=keys).order_by().update(**{field.name: new})
    return len(keys)
