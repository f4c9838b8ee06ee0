"""Where bands begin follows from pairs, by a rule one can follow in one's head."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from gallery.calibration.cuts import TagEvidence, choose_cuts, measure_kind
from gallery.models.measurements import KindMeasurement, Measurement, RandomPairs, TagShare
from imagesearch.embeddings.scores import Cuts

OWN = Cuts(0.4, 0.6, 0.8)


def pairs(low: float, median: float, q99: float = 1.0) -> RandomPairs:
    return RandomPairs(1000, median, 0.1, low, median, q99, q99, q99)


def evidence(*parts: tuple[float, int, int]) -> TagEvidence:
    """Of (cosine, how many pairs have it, how many of them share a tag)."""
    cosines = np.concatenate([np.full(count, cosine) for cosine, count, _ in parts])
    sharing = np.concatenate([np.arange(count) < right for _, count, right in parts])
    return TagEvidence(cosines.astype(np.float32), sharing)


# --- random pairs ---------------------------------------------------------------------------------


def test_pairs_are_described_by_their_quantiles() -> None:
    found = RandomPairs.of(np.linspace(0, 1, 1001, dtype=np.float32))
    assert (found.count, found.mean, found.low, found.median) == (1001, 0.5, 0.05, 0.5)
    assert (found.q90, found.q99, found.q999) == (0.9, 0.99, 0.999)


def test_chance_is_read_off_the_lower_half_so_that_matches_do_not_count() -> None:
    unrelated = np.linspace(-0.1, 0.1, 201, dtype=np.float32)
    alone = RandomPairs.of(unrelated)
    among_matches = RandomPairs.of(np.append(unrelated, np.full(10, 0.9, np.float32)))
    assert alone.chance == pytest.approx(0.09, abs=0.001)
    assert among_matches.q99 == pytest.approx(0.9)
    assert among_matches.chance == pytest.approx(alone.chance, abs=0.015)


# --- the rule --------------------------------------------------------------------------------------


def test_a_models_own_cuts_are_kept_where_chance_stays_below_them() -> None:
    assert choose_cuts(pairs(low=-0.2, median=0.1), OWN, 1.0, None) == (OWN, "model", False)  # chance .4


def test_where_chance_reaches_weak_all_cuts_give_way_and_keep_their_proportion() -> None:
    """Of 20 pairs one reaches .7: from there to 1 is half the way that it was from .4 to 1."""
    cuts, rule, raised = choose_cuts(pairs(low=0.3, median=0.5), OWN, 1.0, None)
    assert (cuts, rule, raised) == (Cuts(0.7, 0.8, 0.9), "model", True)


def test_a_model_without_cuts_gets_them_between_random_pairs_and_the_best() -> None:
    assert choose_cuts(pairs(low=-0.1, median=0.0), None, 1.0, None)[:2] == (OWN, "chance")
    # CLIP's words: unrelated ones at .20, the best at .30
    assert choose_cuts(pairs(low=0.17, median=0.2, q99=0.3), None, 0.3, None)[:2] == (
        Cuts(0.24, 0.26, 0.28, 0.3),
        "chance",
    )


def test_pairs_below_zero_count_as_zero_because_a_score_begins_there() -> None:
    assert choose_cuts(pairs(low=-0.4, median=-0.2), None, 1.0, None)[0] == OWN


def test_images_that_are_all_alike_move_nothing() -> None:
    alike = pairs(low=0.985, median=0.99)
    assert choose_cuts(alike, OWN, 1.0, None) == (OWN, "alike", False)
    assert choose_cuts(alike, None, 1.0, None) == (None, "alike", False)
    # and where chance alone reaches the top there is no room for bands
    assert choose_cuts(pairs(low=0.3, median=0.65), OWN, 1.0, None) == (OWN, "alike", False)


def test_tags_place_cuts_where_enough_pairs_share_one() -> None:
    """Chance is 98 of 400, about a fourth; so strong needs .85 of the pairs, likely .62, weak .40."""
    found = evidence((0.9, 50, 50), (0.8, 50, 20), (0.7, 50, 20), (0.6, 100, 8), (0.1, 150, 0))
    # shares from the top: 50/50, 70/100, 90/150, 98/250, 98/400
    cuts = found.place(1.0)
    assert cuts == Cuts(0.7, 0.8, 0.9)
    assert choose_cuts(pairs(low=-0.1, median=0.0), None, 1.0, found) == (cuts, "tags", False)
    assert choose_cuts(pairs(low=-0.1, median=0.0), OWN, 1.0, found)[1] == "model"


@pytest.mark.parametrize(
    "found",
    [
        evidence((0.9, 29, 29), (0.1, 500, 0)),  # too few to be a share of anything
        evidence((0.9, 50, 20), (0.1, 500, 0)),  # no place from which on four of five share a tag
        evidence((0.9, 50, 50), (0.1, 500, 0)),  # all three cuts would be one
    ],
    ids=["too few", "too seldom", "no steps"],
)
def test_tags_that_cannot_place_them_leave_it_to_random_pairs(found: TagEvidence) -> None:
    assert found.place(1.0) is None
    assert choose_cuts(pairs(low=-0.1, median=0.0), None, 1.0, found)[:2] == (OWN, "chance")


def test_equal_cosines_fall_on_one_side_of_a_cut() -> None:
    """The first 40 of the 80 at .8 share a tag: a cut among them would look better than it is."""
    found = evidence((0.9, 40, 40), (0.8, 80, 40), (0.5, 100, 20), (0.1, 200, 0))
    cuts = found.place(1.0)
    assert cuts
    assert (cuts.strong, cuts.likely) == (0.9, 0.8)


def test_bands_are_worth_what_shares_a_tag_in_them() -> None:
    found = evidence((0.9, 40, 30), (0.8, 10, 10), (0.6, 20, 5), (0.4, 10, 1), (0.1, 20, 0))
    assert found.shares(OWN) == {
        "strong": TagShare(50, 40),
        "likely": TagShare(20, 5),
        "weak": TagShare(10, 1),
        "random": TagShare(100, 46),
    }
    assert found.shares(None) == {}


def test_too_few_images_leave_the_models_cuts_and_say_so() -> None:
    cosines = np.linspace(0.5, 1, 45, dtype=np.float32)
    side = measure_kind(cosines, OWN, 1.0, None, None, enough=False)
    assert (side.cuts, side.rule, side.shares) == (OWN, "few", {})
    assert "too few images" in side.reason
    assert measure_kind(cosines[:0], None, 1.0, None, None, enough=False).pairs is None


# --- what is said ----------------------------------------------------------------------------------


def measured(matches: int, sharing: int) -> Measurement:
    side = KindMeasurement(pairs(0, 0), OWN, "model", shares={"strong": TagShare(matches, sharing)})
    return Measurement(500, "2025-03-01T12:00:00+00:00", side, side)


@pytest.mark.parametrize(
    ("matches", "sharing", "share"),
    [
        (30, 27, "at least 9 of 10"),
        (30, 26, "at least 8 of 10"),  # .87: never rounded up
        (400, 400, "at least 9 of 10"),  # of the next ten, one may not
        (30, 2, "fewer than 1 of 10"),
    ],
)
def test_the_sentence_never_promises_more_than_was_measured(matches: int, sharing: int, share: str) -> None:
    found = measured(matches, sharing)
    assert (
        found.trust("picture") == f"Bands are calibrated on this gallery: {share} strong matches share a tag."
    )
    assert f"{share} strong matches for a tag's name carry that tag" in found.trust("words")


def test_fewer_than_thirty_strong_matches_say_nothing() -> None:
    assert measured(29, 29).trust("picture") == ""
    assert Measurement(500, "2025-03-01T12:00:00+00:00", measured(0, 0).picture).trust("words") == ""


def test_what_was_measured_survives_its_row() -> None:
    found = measured(30, 27)
    kept: dict[str, Any] = json.loads(json.dumps(found.as_dict()))
    assert Measurement.from_dict(kept) == found
    without = Measurement(
        3, found.at, measure_kind(np.zeros(0, np.float32), None, 1.0, None, None, enough=False)
    )
    assert Measurement.from_dict(json.loads(json.dumps(without.as_dict()))) == without
