"""How far apart two float32 results may be that are the same but for rounding.

BLAS adds up in an order that depends on the processor, the number of rows and that of threads. Each addition
of numbers up to 1 rounds by at most 2⁻²⁴, so a product of unit vectors of width n moves by at most n · 2⁻²⁴.
"""

from __future__ import annotations

from typing import Any

import pytest

WIDTH = 512
FLOAT32 = WIDTH * 2.0**-24  # 3e-5


def about(expected: Any) -> Any:
    """Equal to this, but for the rounding of a product of unit vectors."""
    return pytest.approx(expected, rel=FLOAT32, abs=FLOAT32)
