"""OKLab against the values of its author."""

from __future__ import annotations

import numpy as np
import pytest

from imagesearch.colours.oklab import oklab


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((255, 255, 255), (1, 0, 0)),
        ((255, 0, 0), (0.628, 0.225, 0.126)),
        ((0, 255, 0), (0.866, -0.234, 0.179)),
        ((0, 0, 255), (0.452, -0.032, -0.312)),
    ],
)
def test_known_colours(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    assert oklab(np.array(rgb, np.uint8)) == pytest.approx(np.array(lab), abs=0.001)


def test_any_shape_of_pixels() -> None:
    assert oklab(np.zeros((4, 5, 3), np.uint8)).shape == (4, 5, 3)
