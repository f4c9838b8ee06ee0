"""Scores: what a cosine means for a person, by the cuts measured for a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

Band = Literal["strong", "likely", "weak", "hidden"]
Kind = Literal["picture", "words"]

# Where every model's cuts come to lie on the score, so that a score means the same under any of them.
WEAK, LIKELY, STRONG = 0.35, 0.50, 0.70
# Where cuts lie between what unrelated pairs have and the highest there is, if nothing better is known: where
# the default model's cuts for pictures were found to lie (.4, .6 and .8, unrelated pairs at 0).
SHARES = (0.4, 0.6, 0.8)


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

    def scores(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same of many (n,)."""
        return np.interp(
            cosines,
            (0.0, self.weak, self.likely, self.strong, self.top),
            (0.0, WEAK, LIKELY, STRONG, 1.0),
        )

    def __str__(self) -> str:
        return f"strong from {self.strong:.2f}, likely from {self.likely:.2f}, weak from {self.weak:.2f}"

    def spans(self) -> dict[Band, tuple[float, float]]:
        """Each band's cosines, from the first up to but not with the second, best band first."""
        return {
            "strong": (self.strong, float("inf")),
            "likely": (self.likely, self.strong),
            "weak": (self.weak, self.likely),
        }

    @classmethod
    def between(cls, usual: float, top: float) -> Self:
        """Cuts between the cosine that unrelated pairs have and the highest that occurs."""
        low = max(usual, 0.0)  # a score begins at 0
        weak, likely, strong = (round(low + share * (top - low), 4) for share in SHARES)
        return cls(weak, likely, strong, top)

    def raised(self, floor: float) -> Self:
        """The same with weak at `floor`; all distances to the top shrink alike, so that their order stays."""
        shrunk = (self.top - floor) / (self.top - self.weak)
        weak, likely, strong = (
            round(self.top - (self.top - cut) * shrunk, 4) for cut in (self.weak, self.likely, self.strong)
        )
        return type(self)(weak, likely, strong, self.top)


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
