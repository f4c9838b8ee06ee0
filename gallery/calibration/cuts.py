"""Pairs of things as evidence of where bands begin: the rule for cuts, and what they are worth by tags.

The rule, for pictures against pictures and for words against pictures alike:

1. The model's own measured cuts are kept: somebody has measured them on more than these pictures.
2. A model without any gets them from the tags, where there are enough: strong begins where four of five
   pairs share a tag, likely where half do, weak where one of five does (each beyond chance). To share a tag
   is what people here mean by alike.
3. Without tags they lie at .4, .6 and .8 of the way from the median of random pairs to the highest cosine
   that occurs: 1 for pictures, for words the 99.9th percentile. There the default model's cuts were found
   to lie: on its 456 test photos this gives .42, .61 and .81 for its measured .40, .60 and .80.
4. Wherever they came from, weak must lie above what one in twenty unrelated pairs reaches (Pairs.chance):
   else each search would end in a band of chance. Where it does not, it is raised to there, and the distances
   to the top shrink alike.

Fewer than 50 images, or images that are all alike, tell nothing of this; there the model's cuts stay.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gallery.models.measurements import ALIKE, MIN_MATCHES, KindMeasurement, RandomPairs, Rule, TagShare
from imagesearch.embeddings.scores import Cuts

Cosines = NDArray[np.float32]

TARGETS = (0.2, 0.5, 0.8)  # of the pairs from weak, likely and strong on share a tag, beyond chance
GAP = 0.01  # the least distance of two cuts


class TagEvidence(NamedTuple):
    """Two flat arrays of one length: cosines of pairs, and which pairs share a tag."""

    cosines: Cosines
    sharing: NDArray[np.bool_]

    def place(self, top: float) -> Cuts | None:
        """The cuts from which on enough of the pairs share a tag; None where these tags cannot place them."""
        if not len(self.cosines):
            return None
        order = np.argsort(-self.cosines, kind="stable")
        cosines, counts = self.cosines[order], np.arange(1, len(order) + 1)
        shares = np.cumsum(self.sharing[order]) / counts
        chance = float(shares[-1])
        # Equal cosines fall on one side of a cut; and a share of a few pairs is none.
        possible = np.append(cosines[1:] < cosines[:-1], True) & (counts >= MIN_MATCHES)
        found: list[float] = []
        for target in TARGETS:
            places = np.flatnonzero(possible & (shares >= chance + target * (1 - chance)))
            if not len(places):
                return None
            found.append(round(float(cosines[places[-1]]), 4))
        steps = np.diff([0.0, *found, top])
        weak, likely, strong = found
        return Cuts(weak, likely, strong, top) if (steps >= GAP).all() else None

    def shares(self, cuts: Cuts | None) -> dict[str, TagShare]:
        """How many of the matches in each band share a tag, and of all pairs."""
        if cuts is None or not len(self.cosines):
            return {}
        found: dict[str, TagShare] = {
            name: self._share((self.cosines >= low) & (self.cosines < high))
            for name, (low, high) in cuts.spans().items()
        }
        return {**found, "random": self._share(np.ones(len(self.cosines), bool))}

    def _share(self, chosen: NDArray[np.bool_]) -> TagShare:
        return TagShare(int(chosen.sum()), int((chosen & self.sharing).sum()))


def measure_kind(
    cosines: Cosines,
    own: Cuts | None,
    top: float | None,
    placing: TagEvidence | None,
    measuring: TagEvidence | None,
    *,
    enough: bool,
) -> KindMeasurement:
    """The cuts that follow from random pairs and from tags, and what they are worth.

    `top` is the highest cosine there can be, None where only the pairs can tell. `placing` and `measuring`
    are of different pictures where the first places cuts: a rule is not measured by what it was made from.
    """
    pairs = RandomPairs.of(cosines) if len(cosines) else None
    chosen_cuts: tuple[Cuts | None, Rule, bool] = (own, "few", False)
    if enough and pairs:
        chosen_cuts = choose_cuts(pairs, own, top or pairs.q999, placing)
    return KindMeasurement(pairs, *chosen_cuts, measuring.shares(chosen_cuts[0]) if measuring else {})


def choose_cuts(
    pairs: RandomPairs, own: Cuts | None, top: float, placing: TagEvidence | None
) -> tuple[Cuts | None, Rule, bool]:
    """Cuts, what they came from, and whether chance has raised them: the rule above."""
    if pairs.alike or top - max(pairs.median, 0.0) < ALIKE:
        return own, "alike", False
    rule: Rule
    if own:
        cuts, rule = own, "model"
    elif placing and (placed := placing.place(top)):
        cuts, rule = placed, "tags"
    else:
        cuts, rule = Cuts.between(pairs.median, top), "chance"
    if cuts.weak >= pairs.chance:
        return cuts, rule, False
    if cuts.top - pairs.chance < ALIKE:
        return own, "alike", False
    return cuts.raised(pairs.chance), rule, True
