"""Ids in URLs, forms and JSON: what is not one is None, and never reaches a query."""

from __future__ import annotations

import pytest

from imagesearch.database.ids import read_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        (" 1", None),
        ("1_000", None),
        ("٣", None),
        ("²", None),
        ("1\n", None),
        ("abc", None),
    ],
)
def test_only_ascii_digits_that_fit_a_column_are_an_id(text: str, expected: int | None) -> None:
    assert read_id(text) == expected
