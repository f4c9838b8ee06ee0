"""Primary keys as people and programs send them: text that may be anything."""

from __future__ import annotations

MAX_DIGITS = 18  # of a number that fits a BIGINT whatever its digits are


def read_id(text: str) -> int | None:
    """The id that is written in this text; None where it is not one, or too long for a column."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None
