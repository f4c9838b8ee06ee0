"""What was measured of a model on this gallery, as it is kept in the space's row."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from imagesearch.embeddings.scores import Cuts, Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Rule = Literal["model", "tags", "chance", "few", "alike"]

BANDS = ("strong", "likely", "weak", "random")
"""What shares are counted in, best first; random are any two."""
MIN_MATCHES = 30
"""Fewer say nothing: one more or less would move the share by more than three hundredths."""
ALIKE = 0.02
"""Where 94 of 100 cosines lie within so little, there is nothing to tell apart."""

RULES: dict[Rule, StrPromise] = {
    "model": _("the model's own cuts"),
    "tags": _("placed by the gallery's tags"),
    "chance": _("placed between random pairs and the best match"),
    "few": _("the model's own cuts: there are too few images to measure"),
    "alike": _("the model's own cuts: these images are too similar to each other to measure"),
}


@dataclass(frozen=True)
class RandomPairs:
    """The cosines of random pairs: how like each other two things are that have nothing in common.

    `low` is the 5th percentile, `q90` … `q999` the 90th, 99th and 99.9th.
    """

    count: int
    mean: float
    std: float
    low: float
    median: float
    q90: float
    q99: float
    q999: float

    @classmethod
    def of(cls, cosines: NDArray[np.float32]) -> Self:
        """Of a flat array, which is not empty."""
        quantiles = np.quantile(cosines, (0.05, 0.5, 0.9, 0.99, 0.999))
        figures = (cosines.mean(dtype=np.float64), cosines.std(dtype=np.float64), *quantiles)
        return cls(len(cosines), *(round(float(figure), 4) for figure in figures))

    @property
    def chance(self) -> float:
        """What one in twenty unrelated pairs reaches.

        Among random pairs are some that do belong together, a fiftieth where people sort by fifty tags, so
        that the 99th percentile itself tells of matches. They are all in the upper half; the lower half is
        chance alone, and is mirrored at the median.
        """
        return round(2 * self.median - self.low, 4)

    @property
    def alike(self) -> bool:
        return self.q99 - self.low < ALIKE


@dataclass(frozen=True)
class TagShare:
    """Of so many matches, so many share a tag."""

    matches: int
    sharing: int

    @property
    def value(self) -> float | None:
        return self.sharing / self.matches if self.matches else None

    @property
    def tenths(self) -> int:
        """Rounded down, so that nothing is promised beyond what was measured."""
        return self.sharing * 10 // self.matches


@dataclass(frozen=True)
class KindMeasurement:
    """One kind of question: pictures against pictures, or words against pictures.

    `shares` has all BANDS, or none where there are too few tags to measure by.
    """

    pairs: RandomPairs | None
    cuts: Cuts | None
    rule: Rule
    raised: bool = False
    shares: dict[str, TagShare] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        raised = gettext(", raised above the cosines of random pairs") if self.raised else ""
        return f"{RULES[self.rule]}{raised}"

    @property
    def strong(self) -> TagShare | None:
        """Of the strong matches, where there are enough to speak of."""
        share = self.shares.get("strong")
        return share if share and share.matches >= MIN_MATCHES else None

    @property
    def sentence(self) -> str:
        """Where its bands begin, and why there."""
        return f"{self.cuts or 'no bands'} ({self.reason})"

    @property
    def shared(self) -> str:
        """How many matches in each band share a tag; "" where there are too few tags."""
        found = (f"{share.sharing:,} of {share.matches:,} {name}" for name, share in self.shares.items())
        return gettext("Sharing a tag: %(counts)s.") % {"counts": ", ".join(found)} if self.shares else ""

    def as_figures(self) -> dict[str, Any]:
        """What programs may want to know of it."""
        return {
            "cuts": asdict(self.cuts) if self.cuts else None,
            "strong_share": round(self.strong.value, 4)
            if self.strong and self.strong.value is not None
            else None,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(
            pairs=RandomPairs(**data["pairs"]) if data["pairs"] else None,
            cuts=Cuts(**data["cuts"]) if data["cuts"] else None,
            rule=data["rule"],
            raised=data["raised"],
            # In their own order, which TiDB's JSON does not keep.
            shares={name: TagShare(**data["shares"][name]) for name in BANDS if name in data["shares"]},
        )


@dataclass(frozen=True)
class Measurement:
    """`images` that were searchable, `at` that moment (ISO 8601); `words` is None where none were asked."""

    images: int
    at: str
    picture: KindMeasurement
    words: KindMeasurement | None = None

    @property
    def kinds(self) -> list[tuple[str, KindMeasurement, str]]:
        """For people: each kind of question that was measured, and what its strong matches are worth."""
        found = [(gettext("By picture"), self.picture, self.trust("picture"))]
        return [*found, (gettext("By words"), self.words, self.trust("words"))] if self.words else found

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)

    def of_kind(self, kind: Kind) -> KindMeasurement | None:
        return self.picture if kind == "picture" else self.words

    def trust(self, kind: Kind) -> str:
        """What a strong match has been worth here, in a sentence; "" where that was not measured.

        Tags are incomplete: of two pictures of a cat one may not be tagged so. So the share is the least.
        """
        side = self.of_kind(kind)
        if side is None or side.strong is None:
            return ""
        tenths, (few, many) = side.strong.tenths, TRUST[kind]
        if tenths == 0:
            return str(few)
        # Even where all of a sample share one, the next may not.
        return str(many) % {"count": min(tenths, 9)}

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(
            data["images"],
            data["at"],
            KindMeasurement.from_dict(data["picture"]),
            KindMeasurement.from_dict(data["words"]) if data["words"] else None,
        )


TRUST: dict[Kind, tuple[StrPromise, StrPromise]] = {
    "picture": (
        _("Bands are calibrated on this gallery: fewer than 1 of 10 strong matches share a tag."),
        _("Bands are calibrated on this gallery: at least %(count)s of 10 strong matches share a tag."),
    ),
    "words": (
        _(
            "Bands are calibrated on this gallery: "
            "fewer than 1 of 10 strong matches for a tag's name carry that tag."
        ),
        _(
            "Bands are calibrated on this gallery: "
            "at least %(count)s of 10 strong matches for a tag's name carry that tag."
        ),
    ),
}
"""For few and for many tenths."""
