"""A score means the same under every model: its cuts lie at .35, .50 and .70."""

from __future__ import annotations

import numpy as np
import pytest

from imagesearch.embeddings.scores import Calibration, Cuts, band

CUTS = Cuts(weak=0.1, likely=0.2, strong=0.4, top=0.6)


@pytest.mark.parametrize(
    ("cosine", "score"),
    [
        (-1, 0),
        (0, 0),
        (0.05, 0.175),
        (0.1, 0.35),
        (0.15, 0.425),
        (0.2, 0.5),
        (0.3, 0.6),
        (0.4, 0.7),
        (0.6, 1),
        (1, 1),
    ],
)
def test_the_scale_runs_straight_between_the_cuts(cosine: float, score: float) -> None:
    assert CUTS.score(cosine) == pytest.approx(score)


def test_a_nearer_picture_never_scores_less() -> None:
    scores = [CUTS.score(cosine) for cosine in np.linspace(-1, 1, 2001)]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("score", "name"),
    [
        (0, "hidden"),
        (0.349, "hidden"),
        (0.35, "weak"),
        (0.5, "likely"),
        (0.699, "likely"),
        (0.7, "strong"),
        (1, "strong"),
    ],
)
def test_bands_begin_at_the_cuts(score: float, name: str) -> None:
    assert band(score) == name


def test_cuts_can_be_laid_between_what_is_usual_and_the_top() -> None:
    assert Cuts.between(0.0, 1.0) == Cuts(0.4, 0.6, 0.8)
    assert Cuts.between(0.5, 1.0) == Cuts(0.7, 0.8, 0.9)
    assert Cuts.between(-0.3, 0.5) == Cuts(0.2, 0.3, 0.4, 0.5)  # a score begins at 0


def test_raised_cuts_keep_their_order_and_their_top() -> None:
    assert Cuts(0.4, 0.6, 0.8).raised(0.7) == Cuts(0.7, 0.8, 0.9)
    assert CUTS.raised(0.35) == Cuts(0.35, 0.4, 0.5, 0.6)


def test_spans_are_the_bands_in_cosines() -> None:
    for cosine in np.linspace(-1, 1, 201):
        inside = [name for name, (low, high) in CUTS.spans().items() if low <= cosine < high]
        assert (inside or ["hidden"]) == [band(CUTS.score(cosine))]
    assert str(CUTS) == "strong from 0.40, likely from 0.20, weak from 0.10"


def test_a_calibration_survives_its_row() -> None:
    calibration = Calibration(picture=CUTS, words=Cuts(0.2, 0.3, 0.5))
    assert Calibration.from_dict(calibration.as_dict()) == calibration
