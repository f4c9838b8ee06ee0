"""What two difference hashes (see decode.py) say of two pictures."""

from __future__ import annotations

NEAR_DUPLICATE_BITS = 4
"""dHash bits of 64 in which near-duplicates differ at most."""
MIN_STRUCTURE = 6
"""A hash with fewer ones, or fewer zeros, says that there is hardly anything to see, and proves nothing."""


def has_structure(dhash: str) -> bool:
    """Whether an equal hash says that another picture is alike: flat pictures all share one."""
    return bool(dhash) and MIN_STRUCTURE <= int(dhash, 16).bit_count() <= 64 - MIN_STRUCTURE


def are_near_duplicates(a: str, b: str) -> bool:
    """Whether both have structure and differ in at most NEAR_DUPLICATE_BITS."""
    alike = bool(a and b) and (int(a, 16) ^ int(b, 16)).bit_count() <= NEAR_DUPLICATE_BITS
    return alike and has_structure(a) and has_structure(b)
