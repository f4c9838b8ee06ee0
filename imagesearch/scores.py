"""Scores: what a cosine means for a person, by the cuts measured for a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Band = Literal["strong", "likely", "weak", "hidden"]
Kind = Literal["picture", "words"]

# Where every model's cuts come to lie on the score, so that a score means the same under any of them.
WEAK, LIKELY, STRONG = 0.35, 0.50, 0.70


def band(score: float) -> Band:
    """The band that a calibrated score lies in."""
    if score >= STRONG:
        return "strong"
    if score >= LIKELY:
        return "likely"
    return "weak" if score >= WEAK else "hidden"


@dataclass(frozen=True)
class Cuts:
    """The cosines at which a match becomes weak, likely and strong, and the highest one that occurs."""

    weak: float
    likely: float
    strong: float
    top: float = 1.0

    def score(self, cosine: float) -> float:
        """The cosine on the common scale 0…1, piecewise linear through the cuts."""
        low, floor = 0.0, 0.0
        for high, ceiling in (
            (self.weak, WEAK),
            (self.likely, LIKELY),
            (self.strong, STRONG),
            (self.top, 1.0),
        ):
            if cosine < high:
                return max(0.0, floor + (ceiling - floor) * (cosine - low) / (high - low))
            low, floor = high, ceiling
        return 1.0


@dataclass(frozen=True)
class Calibration:
    """A model's cuts for picture against picture, and for words against picture."""

    picture: Cuts
    words: Cuts

    def cuts(self, kind: Kind) -> Cuts:
        return self.picture if kind == "picture" else self.words

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(picture=Cuts(**data["picture"]), words=Cuts(**data["words"]))
