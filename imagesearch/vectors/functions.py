"""Distances between vectors as query expressions, with the names and the meaning of TiDB's functions."""

from __future__ import annotations

from typing import Any

from django.db.models import FloatField, Func, Value

from imagesearch.errors import VectorError
from imagesearch.vectors.codec import as_vector
from imagesearch.vectors.fields import VectorField


class Distance(Func):
    """From a vector column to a vector, or to another column's: smaller is nearer.

    For annotate, filter and order_by on small sets: it measures row by row (on SQLite in Python, 8 µs
    a row). Among many rows `nearest()` finds the same order a hundred times faster.
    """

    arity = 2
    output_field = FloatField()

    def __init__(self, expression: Any, vector: Any, **extra: Any) -> None:
        if not hasattr(vector, "resolve_expression"):
            vector = _constant(vector)
            # Django hashes and compares an expression by what it was built from; an array can be neither.
            self._constructor_args = ((expression, vector), extra)
        super().__init__(expression, vector, **extra)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        """Raises VectorError for other fields than VectorFields, and for vectors of different length."""
        resolved = super().resolve_expression(*args, **kwargs)
        # An OuterRef knows its field only when the outer query resolves it.
        fields = [
            source.output_field
            for source in resolved.get_source_expressions()
            if hasattr(source, "output_field")
        ]
        for field in fields:
            if not isinstance(field, VectorField):
                raise VectorError(f"{type(self).__name__} measures VectorFields; {field} is none.")
        if len(widths := {field.dimensions for field in fields}) > 1:
            raise VectorError(
                f"{type(self).__name__} measures vectors of one length; these have {sorted(widths)} numbers."
            )
        return resolved


def _constant(vector: Any) -> Value:
    numbers = as_vector(vector).tolist()
    return Value(tuple(numbers), output_field=VectorField(dimensions=len(numbers)))


class CosineDistance(Distance):
    """1 - cosine, from 0 (same direction) over 1 (nothing in common) to 2 (opposite)."""

    function = "VEC_COSINE_DISTANCE"


class L2Distance(Distance):
    """Euclidean: the length of the difference."""

    function = "VEC_L2_DISTANCE"


class L1Distance(Distance):
    """Manhattan: the sum of the differences' absolute values."""

    function = "VEC_L1_DISTANCE"


class NegativeInnerProduct(Distance):
    """The inner product with its sign turned, so that here too the nearest come first."""

    function = "VEC_NEGATIVE_INNER_PRODUCT"
