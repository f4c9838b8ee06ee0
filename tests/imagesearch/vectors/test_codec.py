"""What a vector is, and that bytes and text bring each number back as it was."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch.errors import VectorError
from imagesearch.vectors.codec import as_vector, from_blob, from_text, to_blob, to_text

numbers = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20)


@pytest.mark.parametrize("value", [[1, 2, 3], (1.0, 2.0, 3.0), np.array([1.0, 2, 3]), np.arange(1, 4)])
def test_lists_tuples_and_arrays_become_float32(value: object) -> None:
    vector = as_vector(value, 3)
    assert vector.dtype == np.float32
    assert vector.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([1, 2], "has 2 numbers; the column holds exactly 3"),
        ([], "flat list of numbers"),
        ([[1, 2, 3]], "shape (1, 3)"),
        ([1, [2, 3]], "flat list of numbers"),
        ("[1,2,3]", "'[1,2,3]'"),
        (b"\0" * 12, "flat list of numbers"),
        (["1", "2", "3"], "flat list of numbers"),
        ([True, False, True], "flat list of numbers"),
        ([1j, 2, 3], "flat list of numbers"),
        (None, "None"),
        (3.0, "3.0"),
        ([1, float("nan"), 3], "Number 1 of the vector is nan"),
        ([1, 2, float("-inf")], "Number 2 of the vector is -inf"),
        ([1e39, 2, 3], "Number 0 of the vector is 1e+39"),
        ([0, 0, 0], "all zeros"),
        ([1e-50, 0, 0], "all zeros in float32"),
        ([2e38, 2e38, 2e38], "is 3.46e+38 long; databases take lengths from 1e-15 to 1e+15"),
        ([0, -2e15, 0], "is 2e+15 long"),
        ([1e-16, 0, 0], "is 1e-16 long"),
    ],
)
def test_what_no_column_may_hold_is_refused_with_the_reason(value: object, reason: str) -> None:
    with pytest.raises(VectorError, match=re.escape(reason)):
        as_vector(value, 3)


def test_the_caller_may_go_on_writing_into_its_array() -> None:
    array = np.array([1, 2, 3], np.float32)
    vector = as_vector(array, 3)
    array[0] = 9
    assert vector.tolist() == [1, 2, 3]
    assert not vector.flags.writeable


@given(numbers)
def test_text_brings_every_float32_back(values: list[float]) -> None:
    vector = np.array(values, np.float32)
    text = to_text(vector)
    assert from_text(text).tobytes() == vector.tobytes()
    assert from_text(text.encode()).tobytes() == vector.tobytes()
    assert len(json.loads(text)) == len(values)


@given(numbers)
def test_a_blob_brings_every_float32_back(values: list[float]) -> None:
    vector = np.array(values, np.float32)
    assert from_blob(to_blob(vector)).tobytes() == vector.tobytes()


def test_a_blob_is_little_endian() -> None:
    assert to_blob(np.array([1, -2], np.float32)).hex() == "0000803f000000c0"


@pytest.mark.parametrize("vector", [from_text("[1,2]"), from_blob(b"\0\0\x80\x3f")])
def test_what_comes_from_the_database_is_read_only(vector: np.ndarray) -> None:
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 3
