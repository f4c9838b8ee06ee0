"""A search's hits as people read them: in bands, with counts, reasons, and what is left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from gallery.models import ImageItem, Tag
from gallery.querysets import DEPTH, ImageHits
from gallery.words import terms
from imagesearch.querysets import Match
from imagesearch.scores import LIKELY, STRONG, WEAK, Cuts

BANDS = {"strong": (STRONG, 1.0), "likely": (LIKELY, STRONG), "weak": (WEAK, LIKELY), "hidden": (0.0, WEAK)}
LABELS = {"strong": "Strong", "likely": "Likely", "weak": "Weak", "hidden": "Weaker", "all": "Nearest first"}


WAYS = {
    ("picture", "picture"): "its look",
    ("words", "picture"): "what it shows",
    ("words", "words"): "its title, tags or name",
}


@dataclass(frozen=True)
class Hit:
    """One image that answers, and why."""

    item: ImageItem
    ways: str
    cosine: float | None
    tags: list[Tag]


@dataclass
class Group:
    """The hits of one band that an answer shows; `begins` unless an answer before has shown its heading."""

    key: str
    count: int
    lowest: float
    hits: list[Hit] = field(default_factory=list)
    begins: bool = True
    eager: int = 0
    more: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.key]

    @property
    def summary(self) -> str:
        """“7 at 0.70 and above”."""
        if self.key == "all":
            return f"{self.count:,}"
        low, high = BANDS[self.key]
        if self.key == "strong":
            return f"{self.count:,} at {max(low, self.lowest):.2f} and above"
        return f"{self.count:,} between {max(low, self.lowest):.2f} and {high:.2f}"


class Results:
    """The answer to a search, down to a score. Without calibration there are no bands and no lowest score."""

    def __init__(
        self,
        hits: ImageHits[ImageItem],
        lowest: float | None = None,
        sought: str | list[Tag] = "",
        most: int = DEPTH,
    ) -> None:
        self.hits = hits
        self.sought = set(terms(sought if isinstance(sought, str) else " ".join(tag.name for tag in sought)))
        self.calibrated = hits.calibration is not None
        self.lowest = lowest if lowest is not None else (WEAK if self.calibrated else 0.0)
        self.most = most
        self.found = hits.matches(most)
        self.matches = [match for match in self.found if self._shown(match)]

    def _shown(self, match: Match) -> bool:
        return match.score is None or match.score >= self.lowest or not (self.calibrated or self.lowest)

    def key(self, match: Match) -> str:
        return self.hits.band(match.score) or "all"

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.key(match) for match in self.matches)

    @property
    def ids(self) -> list[int]:
        return [match.pk for match in self.matches]

    @property
    def total(self) -> int:
        return len(self.matches)

    @property
    def weaker(self) -> int:
        """How many were compared and lie below the line."""
        return len(self.found) - len(self.matches)

    @property
    def complete(self) -> bool:
        """Whether everything that could answer has been counted."""
        return len(self.found) < self.most

    @property
    def best(self) -> float | None:
        return max((match.score for match in self.found if match.score is not None), default=None)

    @property
    def no_strong(self) -> bool:
        """Nothing reaches likely: worth a word, where scores mean something."""
        return self.calibrated and not (self.counts["strong"] or self.counts["likely"])

    @property
    def sentence(self) -> str:
        """“18 images: 7 strong, 4 likely, 7 weak”."""
        more = "" if self.complete or self.weaker else "+"
        images = f"{self.total:,}{more} image{'' if self.total == 1 else 's'}"
        bands = ", ".join(f"{self.counts[key]} {LABELS[key].lower()}" for key in BANDS if self.counts[key])
        return f"{images}: {bands}" if bands else images

    def groups(self, start: int, stop: int) -> list[Group]:
        """The hits start … stop - 1, loaded, band by band."""
        rows = {item.pk: item for item in self.hits.load(self.matches[start:stop])}
        groups = []
        for key, matches in groupby(self.matches[start:stop], self.key):
            hits = [self.why(rows[match.pk], match) for match in matches if match.pk in rows]
            groups.append(Group(key, self.counts[key], self.lowest, hits))
        if start and groups:
            groups[0].begins = self.key(self.matches[start - 1]) != groups[0].key
        return groups

    def why(self, item: ImageItem, match: Match) -> Hit:
        """What found it, and which of its tags were sought."""
        ways = " and ".join(WAYS[self.hits.question.kind, way] for way in match.found_by)
        cosine = None if match.distance is None else 1 - match.distance
        tags = [tag for tag in item.tags.all() if self.sought.intersection(terms(tag.name))]
        return Hit(item, ways, cosine, tags)

    @property
    def cuts(self) -> Cuts | None:
        return self.hits.calibration.cuts(self.hits.question.kind) if self.hits.calibration else None

    @property
    def doubt(self) -> str:
        """What the model could not make of the words, in a sentence; "" where it knows them."""
        question = self.hits.question
        if question.kind == "picture":
            return ""
        quoted = " and ".join(f"“{word}”" for word in question.reading.unsure)
        if question.vector is None and not quoted and self.hits.queryset.embedder().embeds_text:
            return "So far by the words of titles, tags and names; press Enter to search by meaning too."
        if question.vector is None and not quoted:
            return (
                "This model knows pictures only, so only the words of titles, tags and names were searched."
            )
        if question.vector is None:
            return (
                f"The model is unsure of {quoted}, so only the words of titles, tags and names were searched."
            )
        if not quoted:
            return ""
        is_are = "is a word" if len(question.reading.unsure) == 1 else "are words"
        return f"{quoted} {is_are} that the model is unsure of; the other words count for more."
