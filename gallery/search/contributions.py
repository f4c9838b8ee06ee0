"""What each part of a query adds to the score of a hit: numbers that add up to it, as they are printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from gallery.models.ranking import ImageHits
from imagesearch.hits import Match
from imagesearch.query.query_vector import WeightedPart
from imagesearch.vectors.codec import Vector

HUNDRED = 100


@dataclass(frozen=True)
class Contribution:
    """What one part of the query, or its words in the image's title and tags, says of a hit.

    `adds` is a part of the hit's score, rounded so that all parts add up to the score as it is printed; it is
    below 0 for a part that is not wanted. `score` (0…1) is what the hit would score by this part alone, if it
    is sought and a vector.
    """

    label: str
    about: str
    adds: float
    score: float | None = None
    unwanted: bool = False

    @property
    def per_cent(self) -> int:
        return round(100 * max(self.adds, 0))

    def as_dict(self) -> dict[str, Any]:
        said = {"part": self.label, "about": self.about, "adds": self.adds}
        if self.unwanted:
            return said | {"effect": self.adds}
        return said if self.score is None else said | {"score": self.score}


def contributions(
    hits: ImageHits[Any], match: Match, vector: Vector | None, names: Mapping[str, str], words: str
) -> list[Contribution]:
    """What each part with a vector adds, and last the words, which are `words`. In the query's order.

    `vector` (512,) is the hit's; not needed for a query of one part. `names` are those of pictures by key.
    """
    parts = hits.scale.parts if match.vector_score is not None else []
    if match.vector_score is None or match.sought_score is None or match.score is None:
        cosines: list[float] = []
    elif len(parts) == 1 and match.distance is not None:
        cosines = [1 - match.distance]
    elif vector is None:
        return []
    else:
        cosines = [float(part.vector @ vector) for part in parts if part.vector is not None]
    added = _added(match, parts, [likeness(hits, *pair) for pair in zip(parts, cosines, strict=True)])
    score, by_vector = match.score or 0.0, match.vector_score or 0.0
    named = by_vector - sum(added) if added else 0.0  # of an unwanted text that has no vector
    *rounded, less, by_words = rounded_to(printed(score), [*added, named, score - by_vector])
    found = [
        _contribution(hits, part, cosine, adds, names)
        for part, cosine, adds in zip(parts, cosines, rounded, strict=True)
    ]
    if less:
        unwanted = [each for each in hits.embedded_query.weighted_parts if each.part.against]
        texts = [each.part.words for each in unwanted if each.part.words and each.vector is None]
        found.append(Contribution(_("Not"), ", ".join(texts), less, unwanted=True))
    if "words" in match.found_by:
        found.append(Contribution(_("Words"), words, by_words))
    return found


def _added(match: Match, parts: Sequence[WeightedPart], likenesses: Sequence[float]) -> list[float]:
    """What each part adds to the score by vectors.

    Sought parts share the score without what is not wanted by weight × z; all that is not wanted changes is
    by the part that it costs most.
    """
    if not parts or match.sought_score is None or match.vector_score is None:
        return []
    strengths = [part.part.weight * each for part, each in zip(parts, likenesses, strict=True)]
    sought = [
        0.0 if part.part.against else max(each, 1e-9) for part, each in zip(parts, strengths, strict=True)
    ]
    added = [match.sought_score * each / sum(sought) for each in sought]
    unwanted = [number for number, part in enumerate(parts) if part.part.against]
    if unwanted:
        most = max(unwanted, key=lambda number: strengths[number])
        added[most] = match.vector_score - match.sought_score
    return added


def likeness(hits: ImageHits[Any], part: WeightedPart, cosine: float) -> float:
    """How much a hit is like one part: in z, where there is a cohort, else by its own cuts; at least 0."""
    spread, cuts = hits.scale.spread(part), hits.scale.cuts_of(part)
    if spread:
        return max(float(spread.z(np.array(cosine))), 0.0)
    return max(cuts.score(cosine) if cuts else cosine, 0.0)


def _contribution(
    hits: ImageHits[Any], weighted: WeightedPart, cosine: float, adds: float, names: Mapping[str, str]
) -> Contribution:
    part = weighted.part
    about = part.words or names.get(part.key) or part.key or _("the picture")
    if part.against:
        return Contribution(_("Not") if part.words else _("Less like"), about, adds, unwanted=True)
    label = f"“{part.words}”" if part.words else _("Part of picture") if part.crop else _("Picture")
    cuts = hits.scale.cuts_of(weighted)
    return Contribution(label, about, adds, score=max(0.0, cuts.score(cosine) if cuts else cosine))


def printed(score: float) -> float:
    """The score in hundredths, rounded down: what shows as 0.70 is strong."""
    return math.floor(score * HUNDRED + 1e-9) / HUNDRED


def rounded_to(total: float, numbers: Sequence[float]) -> list[float]:
    """The numbers in hundredths, so that they add up to `total`: by largest remainders."""
    floors = [math.floor(number * HUNDRED + 1e-9) for number in numbers]
    left = round(total * HUNDRED) - sum(floors)
    nearest = sorted(range(len(numbers)), key=lambda at: (floors[at] - numbers[at] * HUNDRED, at))
    for step in range(abs(left)):
        floors[nearest[step % len(nearest)]] += 1 if left > 0 else -1
    return [floor / HUNDRED for floor in floors]
