"""What cosines with a query are worth: one score for any number of parts, from what is sought.

One sought part alone is scored by the cuts of its kind. Cosines of several parts are not comparable: words
and pictures have other means and spreads, and a mean of vectors has a third. So all of them are standardised
on one cohort, a fixed sample of the gallery's vectors:

1. Each sought part's cuts become z-values: (cut − mean) / deviation of its cosines with the cohort. Their
   mean, by weight, is the query's ladder. The z-value of a cosine with the query's own vector is placed on
   it: .35, .50 and .70 at the cuts, above strong 1 − .3 exp(−(z − strong) / 1.5), below weak on the line from
   weak to likely.
2. What is not wanted is not in the vector. With d the largest of λ max(z, 0) over these parts,
   λ = .4 × weight and at most .6, y = z − d is standardised on the same cohort and placed on the same ladder.
   What would be shown without them stays shown (at least .35), what would be hidden stays hidden.
3. A copy of a sought picture scores .80 to 1, whatever else is asked: a cosine of at least
   strong + .5 (top − strong), or nearly the same dHash and a cosine that is at least likely.

Without a cohort, or on one whose vectors are nearly all alike, the score is the mean, by weight, of the
parts' own scores. Models without cuts have no ladder: the score is the cosine, less λ deviation max(z, 0),
and that of a copy its cosine with the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from imagesearch.embeddings.scores import LIKELY, STRONG, WEAK, Calibration, Cuts
from imagesearch.query.query_vector import EmbeddedQuery, WeightedPart

Numbers = NDArray[np.float64]

MIN_COHORT = 50
MIN_DEVIATION = 0.01
"""Of cosines: below it the vectors are nearly all alike, and a z-value says nothing."""
UNWANTED, MAX_UNWANTED = 0.4, 0.6
"""λ of an unwanted part of weight 1, and of any."""
WORDS_Z = 3.0
"""The z-value of an unwanted text for images that have it in their title or tags."""
TAIL = 1.5
COPY = 0.8
COPY_SHARE = 0.5
SAME = 0.999
"""The cosine of the same picture, for models without cuts."""
ALIKE = 0.9
"""The cosine from which a hash can tell a copy, for models without cuts."""
MAX_HIDDEN = WEAK - 0.001


def is_composed(query: EmbeddedQuery) -> bool:
    """Whether several vectors, or anything that is not wanted, make its score."""
    parts = query.weighted_parts
    return sum(part.vector is not None for part in parts) > 1 or any(part.part.against for part in parts)


class Spread(NamedTuple):
    """How cosines with a vector are spread over the cohort."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, cosines: Numbers) -> Self:
        return cls(float(cosines.mean()), float(cosines.std()))

    def z(self, cosines: Numbers) -> Numbers:
        return (cosines - self.mean) / self.deviation


class Ladder(NamedTuple):
    """The z-values at which a hit becomes weak, likely and strong."""

    weak: float
    likely: float
    strong: float

    def scores(self, z: Numbers) -> Numbers:
        rising = np.interp(z, self, (WEAK, LIKELY, STRONG))
        below = WEAK + (LIKELY - WEAK) * (z - self.weak) / (self.likely - self.weak)
        above = 1 - (1 - STRONG) * np.exp(-np.maximum(z - self.strong, 0) / TAIL)
        return np.where(z < self.weak, np.maximum(below, 0.0), np.where(z > self.strong, above, rising))


class Scores(NamedTuple):
    """Of n rows: what they are sorted by, best first, with what is not wanted and without it, all (n,)."""

    scores: Numbers
    sought: Numbers
    order: Numbers
    """Sorts rows of one score."""


class QueryScale:
    """The scale of one query. `cohort` (m, 512) is a fixed sample of the vectors that are searched."""

    def __init__(
        self, query: EmbeddedQuery, calibration: Calibration | None, cohort: NDArray[np.float32] | None
    ) -> None:
        self.calibration = calibration
        self.parts = [part for part in query.weighted_parts if part.vector is not None]
        self.sought = [part for part in self.parts if not part.part.against]
        self.weights = np.array([part.part.weight for part in self.sought])
        self._spreads: dict[int, Spread] = {}
        cosines = _cosines(cohort, query, self.parts)
        if cosines is not None:
            self._spreads = {number: Spread.of(each) for number, each in enumerate(cosines)}
            if min(spread.deviation for spread in self._spreads.values()) < MIN_DEVIATION:
                self._spreads = {}
        self.ladder = self._ladder() if calibration and self._spreads else None
        self._after = self._after_unwanted(cosines) if cosines is not None and self._spreads else None

    @property
    def whole(self) -> Spread | None:
        """The spread of cosines with the query's own vector."""
        return self._spreads.get(0)

    def spread(self, part: WeightedPart) -> Spread | None:
        """The spread of cosines with one part."""
        number = next(number for number, each in enumerate(self.parts, start=1) if each is part)
        return self._spreads.get(number)

    def cuts_of(self, part: WeightedPart) -> Cuts | None:
        return self.calibration.cuts(part.kind) if self.calibration else None

    @property
    def cuts(self) -> Cuts | None:
        """The cosines with the query's vector at which a hit becomes weak, likely and strong."""
        if self.calibration is None:
            return None
        if len(self.sought) < 2:
            return self.calibration.cuts(self.sought[0].kind if self.sought else "words")
        if self.ladder and self.whole:
            values = [self.whole.mean + self.whole.deviation * z for z in self.ladder]
        else:
            kinds = [(part.share, self.calibration.cuts(part.kind)) for part in self.sought]
            values = [
                sum(share * getattr(cuts, name) for share, cuts in kinds)
                for name in ("weak", "likely", "strong")
            ]
        weak, likely, strong = values
        return Cuts(weak, likely, strong, max(1.0, strong + MIN_DEVIATION))

    def scores(
        self,
        whole: Numbers,
        parts: Sequence[Numbers],
        copies: Numbers | None = None,
        named: Numbers | None = None,
    ) -> Scores:
        """Of n rows, by their cosines with the query's vector (n,) and with each of `self.parts` (n,).

        `copies` (n,) are the numbers, from 1, of the sought part whose dHash they nearly share, else 0;
        `named` (n,) are the weights of an unwanted text that stands in their title or tags, else 0.
        """
        sought = self._sought_scores(whole, parts)
        costs = self._costs(parts, named)
        scores, order = sought, whole
        if costs is not None:
            scores, order = self._lowered(whole, sought, costs)
        cap = sum(self.weights * [part.max_score for part in self.sought]) / sum(self.weights)
        if cap < 1:
            sought, scores = np.minimum(sought, cap), np.minimum(scores, cap)
        copied = self._copy_scores(parts, copies)
        return Scores(np.maximum(scores, copied), np.maximum(sought, copied), order)

    @property
    def copy_cosine(self) -> float:
        """The cosine from which a hash can tell a copy of a picture."""
        return self.calibration.picture.likely if self.calibration else ALIKE

    def best_unseen(self, whole: float) -> float:
        """The best score that a row can have whose cosine with the query's vector is at most `whole`."""
        cosine = np.array([whole])
        if self.ladder is None and self.calibration and len(self.sought) > 1:
            return 1.0
        alone = len(self.sought) == 1  # of several, the score comes from the whole
        unlike = np.full(1, -1.0)
        parts = [cosine if alone and not part.part.against else unlike for part in self.parts]
        return float(self.scores(cosine, parts).scores[0])

    # --- how -----------------------------------------------------------------------------------

    def _ladder(self) -> Ladder:
        assert self.calibration
        steps = []
        for part in self.sought:
            cuts, spread = self.calibration.cuts(part.kind), self.spread(part)
            assert spread
            steps.append(spread.z(np.array([cuts.weak, cuts.likely, cuts.strong])))
        weak, likely, strong = np.average(steps, axis=0, weights=self.weights)
        return Ladder(float(weak), float(likely), float(strong))

    def _sought_scores(self, whole: Numbers, parts: Sequence[Numbers]) -> Numbers:
        if self.calibration is None:
            return whole
        if len(self.sought) > 1 and self.ladder and self.whole:
            return self.ladder.scores(self.whole.z(whole))
        own = [
            self.calibration.cuts(part.kind).scores(cosines)
            for part, cosines in zip(self.parts, parts, strict=True)
            if not part.part.against
        ]
        return np.average(own, axis=0, weights=self.weights)

    def _costs(self, parts: Sequence[Numbers], named: Numbers | None) -> Numbers | None:
        """(n,): d of the module's formula; None where nothing is unwanted."""
        costs = [
            strength(part.part.weight) * self._unlikeness(part, cosines)
            for part, cosines in zip(self.parts, parts, strict=True)
            if part.part.against
        ]
        if named is not None and named.any():
            unlikeness = WORDS_Z if self._spreads else 1 - WEAK
            costs.append(np.minimum(UNWANTED * named, MAX_UNWANTED) * unlikeness)
        return np.max(costs, axis=0) if costs else None

    def _unlikeness(self, part: WeightedPart, cosines: Numbers) -> Numbers:
        """How much a row is like what is not wanted: in z, without a cohort as a score above weak."""
        if spread := self.spread(part):
            return np.maximum(spread.z(cosines), 0.0)
        cuts = self.cuts_of(part)
        return np.maximum((cuts.scores(cosines) if cuts else cosines) - WEAK, 0.0)

    def _after_unwanted(self, cosines: Numbers) -> Spread | None:
        """The spread of y over the cohort."""
        assert self.whole
        costs = self._costs(list(cosines[1:]), None)
        return Spread.of(self.whole.z(cosines[0]) - costs) if costs is not None else None

    def _lowered(self, whole: Numbers, sought: Numbers, costs: Numbers) -> tuple[Numbers, Numbers]:
        """The scores with what is not wanted, and the order of equal ones."""
        if self.whole and self.ladder:
            y = self.whole.z(whole) - costs
            after = self._after or Spread(0.0, 1.0)
            scores = self.ladder.scores(after.z(y))
            return reordered(sought, scores), y
        if self.calibration:
            return reordered(sought, np.maximum(sought - costs, 0.0)), sought - costs
        deviation = self.whole.deviation if self.whole else 1.0
        return whole - deviation * costs, whole

    def _copy_scores(self, parts: Sequence[Numbers], copies: Numbers | None) -> Numbers:
        """(n,): .80 to 1 of copies of a sought picture, -inf of all others; without cuts their cosines."""
        found = np.full(len(parts[0]) if parts else 0, -np.inf)
        cuts = self.calibration.picture if self.calibration else None
        least = cuts.strong + COPY_SHARE * (cuts.top - cuts.strong) if cuts else SAME
        for number, (part, cosines) in enumerate(zip(self.parts, parts, strict=True), start=1):
            if part.part.against or part.kind != "picture":
                continue
            alike = (copies == number) if copies is not None else np.zeros(len(found), np.bool_)
            if cuts is None:
                found = np.maximum(found, np.where(alike | (cosines >= SAME), cosines, -np.inf))
                continue
            near = COPY + (1 - COPY) * (cosines - least) / max(1 - least, MIN_DEVIATION)
            found = np.maximum(found, np.where(cosines >= least, np.minimum(near, 1.0), -np.inf))
            found = np.maximum(found, np.where(alike & (cosines >= cuts.likely), COPY, -np.inf))
        return found


def strength(weight: float) -> float:
    """λ of an unwanted part of this weight."""
    return min(UNWANTED * weight, MAX_UNWANTED)


def reordered(sought: Numbers, scores: Numbers) -> Numbers:
    """The scores, none of which hides what `sought` shows, or shows what it hides."""
    return np.where(sought >= WEAK, np.maximum(scores, WEAK + 0.01 * scores), np.minimum(scores, MAX_HIDDEN))


def _cosines(
    cohort: NDArray[np.float32] | None, query: EmbeddedQuery, parts: Sequence[WeightedPart]
) -> Numbers | None:
    """(1 + parts, m): of the query's vector and of each part with the cohort; None without enough of one."""
    if cohort is None or len(cohort) < MIN_COHORT or query.vector is None:
        return None
    vectors = [query.vector, *(part.vector for part in parts if part.vector is not None)]
    # One by one: for a product of two matrices BLAS wakes all its threads, which costs more than it saves.
    return np.array([cohort @ vector for vector in vectors], np.float64)
