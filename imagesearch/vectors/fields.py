"""The vector column: `vector(D)` on TiDB, float32 bytes elsewhere, and nothing in it that is no vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.errors import VectorError
from imagesearch.vectors.codec import (
    MAX_DIMENSIONS,
    Vector,
    as_vector,
    from_blob,
    from_text,
    to_blob,
    to_text,
)

if TYPE_CHECKING:
    _Field = models.Field[Any, Vector]
else:
    _Field = models.Field


NO_PICTURE = (
    models.BinaryField,
    models.BooleanField,
    models.DateField,
    models.DecimalField,
    models.FloatField,
    models.IntegerField,
    models.TimeField,
    models.UUIDField,
)
# What a check says of a source_field: the message, and a hint.
NO_FIELD = (
    "names no field.",
    "Name a file or URL field of this model, or one over a one-to-one primary key: 'image__file'.",
)
OTHER_FIELD = (
    "is neither a file nor an address.",
    "Name a FileField, ImageField, URLField, CharField or TextField; over a relation 'image__file'.",
)
RELATION = (
    "crosses a relation that is not a one-to-one primary key.",
    "Declare it as OneToOneField(…, primary_key=True), so that a vector has the key of its picture's row.",
)


class VectorField(_Field):
    """A vector of exactly `dimensions` float32 numbers, neither NaN nor infinite, not all of them zero.

    It takes lists, tuples and arrays, gives read-only float32 arrays, and refuses anything else with a
    VectorError before a statement is sent. `source_field` names where the picture comes from: a file or
    URL field of the same row, or of a related one (`image__file`).

    `VectorField(512, source_field="photo", null=True)`. Raises VectorError if `dimensions` is not a whole
    number from 1 to 16,383.
    """

    description = "Vector of %(dimensions)s numbers"
    empty_strings_allowed = False
    empty_values = ()  # Django compares a value with each of them, and an array compares number by number

    def __init__(self, dimensions: int, *, source_field: str | None = None, **kwargs: Any) -> None:
        if not isinstance(dimensions, int) or not 1 <= dimensions <= MAX_DIMENSIONS:
            raise VectorError(
                f"dimensions is {dimensions!r}; a vector column holds 1 to {MAX_DIMENSIONS} numbers, as in "
                "VectorField(512)."
            )
        self.dimensions = dimensions
        self.source_field = source_field
        super().__init__(**{**kwargs, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"]
        kwargs["dimensions"] = self.dimensions
        if self.source_field is not None:
            kwargs["source_field"] = self.source_field
        return name, path, args, kwargs

    # The database

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        if connection.vendor == "mysql":
            return f"vector({self.dimensions})"
        return str(connection.data_types["BinaryField"])

    def get_prep_value(self, value: Any) -> bytes | None:
        """The blob: Django hashes and compares what it prepares for a query, and arrays can be neither.

        Raises VectorError.
        """
        if value is None:
            if self.null:
                return None
            raise VectorError(f"{self} needs a vector of {self.dimensions} numbers; it received None.")
        return to_blob(as_vector(value, self.dimensions))

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> bytes | str | None:
        blob = value if prepared else self.get_prep_value(value)
        if blob is not None and connection.vendor == "mysql":
            return to_text(from_blob(blob))  # float bytes crash the driver's error path
        return blob

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Vector | None:
        """(dimensions,), read-only; None of NULL."""
        if value is None:
            return None
        return from_text(value) if connection.vendor == "mysql" else from_blob(value)

    # Forms, fixtures and checks

    def to_python(self, value: Any) -> Vector | None:
        """(dimensions,), also of JSON text, as fixtures hold it. Raises ValidationError."""
        if value is None:
            return None
        try:
            return as_vector(from_text(value) if isinstance(value, str) else value, self.dimensions)
        except (TypeError, ValueError) as error:  # bad JSON, or a VectorError
            raise ValidationError(str(error), code=VectorError.code) from error

    def validate(self, value: Vector | None, model_instance: models.Model | None) -> None:
        """Requires a vector (dimensions,) though the field is not editable: a row cannot be saved without.

        Raises ValidationError.
        """
        if value is None and not self.null:
            raise ValidationError(self.error_messages["null"], code="null")

    def value_to_string(self, obj: models.Model) -> str:
        return to_text(as_vector(self.value_from_object(obj), self.dimensions))

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [
            *super().check(**kwargs),
            *self._check_installed(),
            *self.check_source(),
            *self._check_null(),
            *self._check_primary_key(),
        ]

    def _check_installed(self) -> list[checks.CheckMessage]:
        if apps.is_installed("imagesearch"):
            return []
        return [
            checks.Error(
                "VectorField needs the app imagesearch: without it nothing is embedded and no search works.",
                hint="Add 'imagesearch' to INSTALLED_APPS.",
                obj=self,
                id="imagesearch.E003",
            )
        ]

    def check_source(self) -> list[checks.CheckMessage]:
        """What is wrong with `source_field`; while there is anything, the field is not filled."""
        if self.source_field is None:
            return []
        *relations, name = self.source_field.split("__")
        model: Any = self.model
        try:
            for relation in relations:
                link = model._meta.get_field(relation)
                if not (isinstance(link, models.OneToOneField) and link.primary_key) or len(relations) > 1:
                    return [self._source_error(*RELATION, code="imagesearch.E004")]
                model = link.related_model
            source = model._meta.get_field(name)
        except (FieldDoesNotExist, AttributeError):
            return [self._source_error(*NO_FIELD, code="imagesearch.E001")]
        if source.is_relation or isinstance(source, NO_PICTURE):
            return [self._source_error(*OTHER_FIELD, code="imagesearch.E005")]
        return []

    def _source_error(self, message: str, hint: str, *, code: str) -> checks.CheckMessage:
        return checks.Error(f"source_field={self.source_field!r} {message}", hint=hint, obj=self, id=code)

    def _check_null(self) -> list[checks.CheckMessage]:
        if self.source_field is None or "__" in self.source_field or self.null:
            return []
        return [
            checks.Warning(
                f"{self.name} cannot be empty, but a new row has no vector until its picture is embedded, "
                "after it is saved.",
                hint="Set null=True. Without it, each new row must be given its vector.",
                obj=self,
                id="imagesearch.W003",
            )
        ]

    def _check_primary_key(self) -> list[checks.CheckMessage]:
        key: Any = self.model._meta.pk
        while key.remote_field:
            key = key.target_field
        if isinstance(key, models.IntegerField):
            return []
        return [
            checks.Error(
                f"{self.model._meta.label} has vectors, but its primary key is no integer.",
                hint="Neighbours are found by integer key; TiDB's vector index asks for one too.",
                obj=self,
                id="imagesearch.E002",
            )
        ]
