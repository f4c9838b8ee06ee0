"""The score of a query of several parts, and of what is not wanted, by examples that can be followed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from imagesearch.embeddings.scores import STRONG, WEAK, Calibration, Cuts
from imagesearch.query import Part
from imagesearch.query.query_vector import EmbeddedQuery, WeightedPart, blend
from imagesearch.query.scale import MAX_HIDDEN, MIN_COHORT, Ladder, QueryScale, Scores, strength
from tests.support.rounding import about

CALIBRATION = Calibration(picture=Cuts(0.4, 0.6, 0.8), words=Cuts(0.2, 0.3, 0.4, top=0.5))
A, B, C = np.eye(8, dtype=np.float32)[:3]


def unit(rows: Any) -> Any:
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


COHORT = unit(np.random.RandomState(7).standard_normal((400, 8)))


def part(vector: Any, weight: float = 1.0, against: bool = False, kind: Any = "picture") -> WeightedPart:
    about_it = {"words": f"w{weight}"} if kind == "words" else {"picture": "7"}
    return WeightedPart(Part(**about_it, weight=weight, against=against), kind, vector)  # type: ignore[arg-type]


def query(*parts: WeightedPart, calibration: Calibration | None = CALIBRATION) -> EmbeddedQuery:
    used, vector = blend([each for each in parts if not each.part.against], calibration)
    unwanted = [each for each in parts if each.part.against]
    return EmbeddedQuery("picture", vector, weighted_parts=(*used, *unwanted))


def scored(
    parts: list[WeightedPart],
    rows: Any,
    cohort: Any = COHORT,
    calibration: Calibration | None = CALIBRATION,
    **hints: Any,
) -> Scores:
    """Of rows (n, 8) that are vectors."""
    asked = query(*parts, calibration=calibration)
    scale = QueryScale(asked, calibration, cohort)
    rows = unit(rows).astype(np.float64)
    assert asked.vector is not None
    cosines = [rows @ each.vector.astype(np.float64) for each in scale.parts if each.vector is not None]
    return scale.scores(rows @ asked.vector.astype(np.float64), cosines, **hints)


ROWS = np.random.RandomState(8).standard_normal((200, 8))


# --- the ladder --------------------------------------------------------------------------------------------


def test_the_ladder_has_the_cuts_of_every_model() -> None:
    scores = Ladder(2, 3, 4).scores(np.array([2, 2.5, 3, 3.5, 4, 5.5, 1.0, -9]))
    assert scores == about([0.35, 0.425, 0.5, 0.6, 0.7, 1 - 0.3 / np.e, 0.2, 0.0])


def test_scores_rise_with_the_cosine_and_stay_below_1() -> None:
    scores = Ladder(1, 2, 3).scores(np.linspace(-5, 40, 500))
    assert (np.diff(scores) >= 0).all()
    assert 0 <= scores.min() < scores.max() <= 1


def test_one_sought_part_is_scored_by_the_cuts_of_its_kind() -> None:
    rows = [[c, np.sqrt(1 - c * c), 0, 0, 0, 0, 0, 0] for c in (0.2, 0.4, 0.6, 0.8)]
    assert scored([part(A)], rows).scores == about([0.175, 0.35, 0.5, 0.7])


def test_a_part_twice_is_scored_at_its_cuts_as_alone() -> None:
    rows = [[c, np.sqrt(1 - c * c), 0, 0, 0, 0, 0, 0] for c in (0.4, 0.6, 0.8)]
    assert scored([part(A), part(A)], rows).scores == about([0.35, 0.5, 0.7])


# --- what is not wanted ------------------------------------------------------------------------------------


@pytest.mark.parametrize("unwanted", [[B], [A], [B, C], [-A, B, C]])
@pytest.mark.parametrize("weight", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("cohort", [COHORT, None])
def test_less_like_hides_nothing_and_shows_nothing_else(unwanted: Any, weight: float, cohort: Any) -> None:
    sought = [part(A), part(C, kind="words")]
    before = scored(sought, ROWS, cohort).scores
    after = scored([*sought, *(part(v, weight, against=True) for v in unwanted)], ROWS, cohort).scores
    assert ((after >= WEAK) == (before >= WEAK)).all()
    assert after[before < WEAK].max() <= MAX_HIDDEN


def test_what_is_like_the_unwanted_comes_further_down() -> None:
    rows = [[1, 0, 1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0]]
    assert np.diff(scored([part(A)], rows).scores) == about(0)
    like_b_is_second = scored([part(A), part(B, against=True)], rows)
    assert like_b_is_second.scores[0] > like_b_is_second.scores[1]


def test_several_unwanted_parts_cost_no_more_than_the_largest() -> None:
    rows = [[1, 1, 0, 0, 0, 0, 0, 0]]
    once = scored([part(A), part(B, against=True)], rows).order
    five = scored([part(A), *[part(B, against=True)] * 5], rows).order
    assert once == about(five)


def test_the_weight_of_an_unwanted_part_counts_up_to_a_point() -> None:
    assert [strength(weight) for weight in (0.5, 1, 1.5, 10)] == about([0.2, 0.4, 0.6, 0.6])


def test_an_image_that_is_named_what_is_not_wanted_comes_further_down() -> None:
    rows = [[1, 0, 1, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0, 0, 0]]
    for cohort in (COHORT, None):
        named = scored([part(A)], rows, cohort, named=np.array([0.0, 1.0])).scores
        assert named[0] > named[1] >= WEAK


# --- copies ------------------------------------------------------------------------------------------------


def test_a_copy_stays_a_copy_whatever_else_is_asked() -> None:
    """The cosine of .9 is half way from strong to the highest there is."""
    rows = [[c, np.sqrt(1 - c * c), 0, 0, 0, 0, 0, 0] for c in (1.0, 0.95, 0.9, 0.89)]
    parts = [part(A), part(C, 3.0, kind="words"), part(A, 2.0, against=True)]
    assert scored(parts, rows).scores[:3] == about([1, 0.9, 0.8])
    assert scored(parts, rows).scores[3] < STRONG


def test_nearly_the_same_hash_is_a_copy_where_the_cosine_is_likely() -> None:
    rows = [[c, np.sqrt(1 - c * c), 0, 0, 0, 0, 0, 0] for c in (0.6, 0.59)]
    parts = [part(A), part(C, 3.0, kind="words")]
    scores = scored(parts, rows, copies=np.array([1.0, 1.0])).scores
    assert scores[0] == about(0.8)
    assert scores[1] < STRONG


# --- without a cohort, without cuts ------------------------------------------------------------------------


@pytest.mark.parametrize("cohort", [None, COHORT[: MIN_COHORT - 1], np.tile(unit(A + B + C), (400, 1))])
def test_without_a_cohort_the_score_is_the_mean_of_the_parts(cohort: Any) -> None:
    rows = [[0.8, 0.6, 0, 0, 0, 0, 0, 0]]
    assert scored([part(A), part(B)], rows, cohort).scores == about([(0.7 + 0.5) / 2])
    assert scored([part(A, 3), part(B)], rows, cohort).scores == about([(3 * 0.7 + 0.5) / 4])
    less = scored([part(A), part(B, against=True)], rows, cohort).scores
    assert less == about([0.7 - 0.4 * (0.5 - 0.35)])


def test_a_model_without_cuts_gives_cosines() -> None:
    rows = [[1, 0, 1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0]]
    plain = scored([part(A)], rows, calibration=None).scores
    assert plain == pytest.approx([0.7071] * 2, abs=1e-4)
    less = scored([part(A), part(B, against=True)], rows, calibration=None).scores
    assert less[0] == pytest.approx(0.7071, abs=0.01)
    assert less[1] < less[0] - 0.1


# --- what else could come ----------------------------------------------------------------------------------


@pytest.mark.parametrize("unwanted", [[], [part(B, against=True)]])
@pytest.mark.parametrize("sought", [[part(A)], [part(A), part(C)]])
def test_no_row_further_away_scores_more_than_the_best_unseen(sought: Any, unwanted: Any) -> None:
    asked = query(*sought, *unwanted)
    scale = QueryScale(asked, CALIBRATION, COHORT)
    found = scored([*sought, *unwanted], ROWS)
    whole = unit(ROWS) @ asked.vector
    for number in range(len(ROWS)):
        further = whole <= whole[number]
        assert found.scores[further].max() <= scale.best_unseen(float(whole[number])) + 1e-6


def test_the_cuts_are_cosines_with_the_query() -> None:
    scale = QueryScale(query(part(A), part(C, kind="words")), CALIBRATION, COHORT)
    assert scale.cuts is not None
    assert 0 < scale.cuts.weak < scale.cuts.likely < scale.cuts.strong < scale.cuts.top
    alone = QueryScale(query(part(A), part(B, against=True)), CALIBRATION, COHORT)
    assert alone.cuts == CALIBRATION.picture


def test_a_model_without_cuts_keeps_cosines_below_0_and_knows_copies() -> None:
    rows = [[1, 0, 0, 0, 0, 0, 0, 0], [0.95, 0.3, 0, 0, 0, 0, 0, 0], [-1, 0, -1, 0, 0, 0, 0, 0]]
    parts = [part(A), part(C, 3.0, kind="words")]
    plain = scored(parts, rows, calibration=None).scores
    assert plain[0] == about(1)  # the picture itself
    assert plain[1] < 0.5
    assert plain[2] < -0.8
    alike = scored(parts, rows, calibration=None, copies=np.array([0.0, 1.0, 0.0])).scores
    assert alike[1] > 0.9
