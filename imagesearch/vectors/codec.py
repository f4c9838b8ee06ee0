"""Vectors at the border: checked on the way in, and written as SQLite (bytes) and TiDB (text) want them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imagesearch.errors import VectorError

Vector = NDArray[np.float32]

MAX_DIMENSIONS = 16383  # what a TiDB column holds
BYTES = 4  # of one float32
STORED = np.dtype("<f4")  # little-endian, whatever the machine

MIN_LENGTH, MAX_LENGTH = 1e-15, 1e15
"""How long a vector may be. TiDB adds squares up in float32: from about 1e19 on it takes equal directions
for unrelated ones, or finds no cosine at all, and under 1e-22 it sees zeros."""

# float32 tells two cosines apart down to about 6e-8. Distances are rounded to that, so that equal
# pictures tie exactly, a picture is at distance 0.0 from itself, and an order is the same everywhere.
DISTANCE_DIGITS = 7


def as_vector(value: Any, dimensions: int | None = None) -> Vector:
    """A read-only float32 copy (dimensions,) of a list, tuple or array of numbers; any length if None.

    Raises VectorError for everything that no column may hold.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:  # a ragged list
        raise VectorError(f"A vector is a flat list of numbers; numpy says: {error}") from error
    if array.dtype.kind not in "fiu" or array.ndim != 1 or not array.size:
        raise VectorError(f"A vector is a flat list of numbers, not {_describe(value, array)}.")
    if dimensions is not None and len(array) != dimensions:
        raise VectorError(f"The vector has {len(array)} numbers; the column holds exactly {dimensions}.")
    with np.errstate(over="ignore"):
        vector = array.astype(np.float32)
    finite = np.isfinite(vector)
    if not finite.all():
        at = int(finite.argmin())
        raise VectorError(
            f"Number {at} of the vector is {array[at]}; it must be finite and fit float32 (up to 3.4e38)."
        )
    if not vector.any():
        raise VectorError("The vector is all zeros in float32: it has no direction, so nothing is near it.")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        raise VectorError(
            f"The vector is {length:.3g} long; databases take lengths from {MIN_LENGTH:g} to {MAX_LENGTH:g}. "
            "Scale it: its direction is what counts."
        )
    vector.flags.writeable = False
    return vector


def _describe(value: Any, array: NDArray[Any]) -> str:
    if array.ndim == 0:
        return repr(value)[:80]
    return f"an array of shape {array.shape} and type {array.dtype}"


def to_blob(vector: Vector) -> bytes:
    """(d,) → 4 d bytes, little-endian."""
    return vector.astype(STORED, copy=False).tobytes()


def from_blob(blob: bytes) -> Vector:
    """(d,) of 4 d bytes; read-only, and without a copy where the machine is little-endian."""
    return np.frombuffer(blob, STORED).astype(np.float32, copy=False)


def to_text(vector: Vector) -> str:
    """(d,) → `[0.1,0.2]`, also valid JSON. Nine digits restore every float32 in the fewest bytes."""
    return "[" + ",".join(["%.9g"] * len(vector)) % tuple(vector.tolist()) + "]"


def from_text(text: str | bytes) -> Vector:
    """(d,), read-only. Raises TypeError or ValueError when the text is not a JSON list of numbers."""
    vector = np.array(json.loads(text, parse_int=float), dtype=np.float32)  # -0 is a float
    vector.flags.writeable = False
    return vector
