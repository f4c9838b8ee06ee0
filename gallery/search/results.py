"""A search's hits as people read them: in bands, with counts, reasons, and what is left out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby

from django.template.defaultfilters import truncatechars
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gallery.models import ImageItem
from gallery.models.querysets import ImageFacts
from gallery.models.ranking import MAX_HITS, ImageHits
from gallery.pictures import near_duplicates
from gallery.search.explanations import Example, Explanation, Hit
from imagesearch.embeddings.scores import LIKELY, STRONG, WEAK, Cuts
from imagesearch.hits import MAX_FETCHED, Match

BANDS = {"strong": (STRONG, 1.0), "likely": (LIKELY, STRONG), "weak": (WEAK, LIKELY), "hidden": (0.0, WEAK)}
LABELS = {
    "strong": gettext_lazy("Strong"),
    "likely": gettext_lazy("Likely"),
    "weak": gettext_lazy("Weak"),
    "hidden": gettext_lazy("Weaker"),
    "all": gettext_lazy("Nearest first"),
}
FAINT = 0.1
"""Below it a score says no more than none."""
BARS = 26
STEPS = 100


def default_min_score(calibrated: bool) -> float:
    """The lowest score that is shown where none is asked for."""
    return WEAK if calibrated else 0.0


@dataclass
class HitGroup:
    """The hits of one band that an answer shows; `begins` unless an answer before has shown its heading.

    `key` is a band's name; "all" where there are none; "below" of what is weaker than the lowest score.
    """

    key: str
    count: int
    lowest: float
    hits: list[Hit] = field(default_factory=list)
    begins: bool = True
    eager_images: int = 0
    load_more_url: str = ""

    @property
    def label(self) -> str:
        return (
            _("Below %(score).2f") % {"score": self.lowest} if self.key == "below" else str(LABELS[self.key])
        )

    @property
    def summary(self) -> str:
        """“7 at 0.70 and above”."""
        if self.key == "all":
            return f"{self.count:,}"
        if self.key == "below":
            counts = {"shown": f"{len(self.hits):,}", "count": f"{self.count:,}"}
            return _("the nearest %(shown)s of %(count)s") % counts
        low, high = BANDS[self.key]
        values = {"count": f"{self.count:,}", "low": max(low, self.lowest), "high": high}
        if self.key == "strong":
            return _("%(count)s at %(low).2f and above") % values
        return _("%(count)s between %(low).2f and %(high).2f") % values


@dataclass(frozen=True)
class Histogram:
    """How the scores of what was compared are spread over 0…1, and how many reach each hundredth."""

    heights: list[int]
    """BARS of them, in per cent, by the root: far most of a gallery has nothing to do with a query."""
    reaching: list[int]
    """STEPS + 1 counts: how many score at least 0, 0.01, … 1."""
    lowest: float

    @property
    def bars(self) -> list[tuple[int, bool]]:
        """(height in per cent, whether it is shown) of each."""
        return [(height, (at + 0.5) / BARS >= self.lowest) for at, height in enumerate(self.heights)]

    @classmethod
    def of(cls, scores: Sequence[float], lowest: float) -> Histogram:
        heights, steps = [0] * BARS, [0] * (STEPS + 1)
        for score in scores:
            heights[min(max(int(score * BARS), 0), BARS - 1)] += 1
            steps[min(max(int(score * STEPS + 1e-9), 0), STEPS)] += 1
        highest = max(heights[1:], default=0) or 1  # the first one may outgrow all others, and is cut off
        shares = [round(100 * math.sqrt(min(height / highest, 1))) for height in heights]
        return cls(shares, list(accumulate(reversed(steps)))[::-1], lowest)


class Results:
    """The answer to a search, down to a score. Without calibration there are no bands and no lowest score.

    With `dedupe`, what nearly repeats an earlier hit is left out and counted.
    """

    def __init__(
        self,
        hits: ImageHits[ImageItem],
        lowest: float | None = None,
        examples: Sequence[Example] = (),
        most: int = MAX_HITS,
        dedupe: bool = False,
    ) -> None:
        self.hits = hits
        self.explanation = Explanation(hits, examples)
        self.calibrated = hits.calibration is not None
        self.lowest = default_min_score(self.calibrated) if lowest is None else lowest
        self.most = most
        self.found = hits.matches(most)
        self.repeats = self._repeats() if dedupe else {}
        self.distinct = [match for match in self.found if match.pk not in self.repeats]
        self.matches = [match for match in self.distinct if self._shown(match)]

    def _shown(self, match: Match) -> bool:
        return match.score is None or match.score >= self.lowest or not (self.calibrated or self.lowest)

    @cached_property
    def facts(self) -> dict[int, ImageFacts]:
        images = self.hits.queryset
        return images.facts([match.pk for match in self.found])  # type: ignore[attr-defined, no-any-return]

    def _repeats(self) -> dict[int, int]:
        hashes = {pk: facts.dhash for pk, facts in self.facts.items()}
        return near_duplicates.find_repeats([match.pk for match in self.found], hashes, self.hits.vectors)

    @cached_property
    def copies(self) -> Counter[int]:
        """How many near-duplicates of each image are left out."""
        return Counter(self.repeats.values())

    @property
    def duplicates(self) -> int:
        """How many images that would be shown are left out as near-duplicates of another."""
        return sum(self._shown(match) for match in self.found if match.pk in self.repeats)

    def key(self, match: Match) -> str:
        return self.hits.band(match.score) or "all"

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.key(match) for match in self.matches)

    @cached_property
    def colours(self) -> Counter[str]:
        """How many of the hits have each colour."""
        return Counter(self.facts[pk].color for pk in self.ids if pk in self.facts)

    @cached_property
    def orientations(self) -> Counter[str]:
        return Counter(self.facts[pk].orientation for pk in self.ids if pk in self.facts)

    @cached_property
    def histogram(self) -> Histogram:
        scores = [match.score for match in self.distinct if match.score is not None]
        return Histogram.of(scores, self.lowest)

    @property
    def ids(self) -> list[int]:
        return [match.pk for match in self.matches]

    @property
    def total(self) -> int:
        return len(self.matches)

    @property
    def compared(self) -> int:
        """How many images were looked at, each near-duplicate once."""
        return len(self.distinct)

    @property
    def compared_with(self) -> str:
        """“ of 456 images”, as it follows a count of those that reach a score."""
        if self.complete:
            text = ngettext(" of %(count)s image", " of %(count)s images", self.compared)
        else:
            text = ngettext(
                " of the nearest %(count)s image", " of the nearest %(count)s images", self.compared
            )
        return text % {"count": f"{self.compared:,}"}

    @property
    def weaker(self) -> int:
        """How many were compared and lie below the line."""
        return len(self.distinct) - len(self.matches)

    @property
    def complete(self) -> bool:
        """Whether everything that could answer has been counted."""
        return len(self.found) < self.most

    @property
    def best(self) -> float | None:
        return max((match.score for match in self.found if match.score is not None), default=None)

    @property
    def no_strong(self) -> bool:
        """Whether no hit reaches the band “likely”, which the page then says."""
        return self.calibrated and (self.best or 0.0) < LIKELY

    @property
    def sentence(self) -> str:
        """“18 images: 7 strong, 4 likely, 7 weak”."""
        more = "" if self.complete or self.weaker else "+"
        text = ngettext("%(count)s image", "%(count)s images", self.total)
        images = text % {"count": f"{self.total:,}{more}"}
        bands = ", ".join(
            f"{self.counts[key]} {str(LABELS[key]).lower()}" for key in BANDS if self.counts[key]
        )
        return f"{images}: {bands}" if bands else images

    def groups(self, start: int, stop: int) -> list[HitGroup]:
        """The hits start … stop - 1, loaded, band by band."""
        shown = self.matches[start:stop]
        hits = {hit.item.pk: hit for hit in self.load(shown)}
        groups = []
        for key, matches in groupby(shown, self.key):
            these = [hits[match.pk] for match in matches if match.pk in hits]
            groups.append(HitGroup(key, self.counts[key], self.lowest, these))
        if start and groups:
            groups[0].begins = self.key(self.matches[start - 1]) != groups[0].key
        return groups

    def below(self, most: int) -> HitGroup:
        """The nearest of what is weaker than the lowest score, as far as there is any likeness."""
        weaker = [match for match in self.distinct if not self._shown(match)]
        matches = [match for match in weaker if (match.score or 0.0) >= FAINT][:most]
        return HitGroup("below", self.weaker, self.lowest, self.load(matches))

    def load(self, matches: Sequence[Match]) -> list[Hit]:
        """The rows of these matches, in their order, and why they are there."""
        rows = {item.pk: item for item in self.hits.load(matches)}
        pairs = [(rows[match.pk], match) for match in matches if match.pk in rows]
        return [replace(hit, copies=self.copies[hit.item.pk]) for hit in self.explanation.explain(pairs)]

    @property
    def cuts(self) -> Cuts | None:
        return self.hits.cuts

    @property
    def shows_family(self) -> bool:
        """Whether all that is sought is a family in place of a word, for which no hit is strong."""
        return all(part.max_score < 1 for part in self.hits.scale.sought)

    @property
    def doubt(self) -> str:
        """What of the query could not be answered as asked, in sentences; "" where all of it was."""
        found = (self._about_sought_words(), *self._about_exclusions(), self._about_depth())
        return " ".join(str(each) for each in found if each)

    def _about_depth(self) -> str:
        text = _("Only the %(count)s images nearest to this search were compared; others may fit as well.")
        return text % {"count": f"{MAX_FETCHED:,}"} if self.hits.is_cut_short else ""

    def _about_sought_words(self) -> str:
        query = self.hits.embedded_query
        sought = [each for each in query.weighted_parts if each.part.words and not each.part.against]
        unsure = [word for each in sought for word in each.reading.unsure]
        words = quoted(unsure)
        if any(each.vector is not None for each in sought):
            text = _("The model is unsure of %(words)s; titles, tags and file names are searched for it.")
            return text % {"words": words} if unsure else ""
        if not sought:
            return ""
        if unsure and query.reading.offers and not self.total:
            return ""  # the offers say it, and the page that no image has the words
        if unsure:
            text = _("The model is unsure of %(words)s, so only titles, tags and file names were searched.")
            return f"{text % {'words': words}}{self._ranked_by_picture() or self._about_gaps()}"
        embedder = self.hits.queryset.embedder()
        if not embedder.embeds_text:
            text = _("This model does not support words, so only titles, tags and file names were searched.")
        elif any(embedder.read(each.part.words).sure for each in sought):
            return _("Matching titles, tags and file names; press Enter to search by meaning.")
        else:  # an emoji, or words such as “an”
            text = _("The model cannot use %(words)s, so only titles, tags and file names were searched.")
            text %= {"words": quoted(each.part.words for each in sought)}
        return f"{text}{self._ranked_by_picture()}"

    def _about_gaps(self) -> str:
        """A further sentence where no other word can be offered: what the model does not know at all."""
        gaps = self.hits.queryset.embedder().gaps
        said = gaps and not self.hits.embedded_query.reading.offers
        return _(" It does not know %(gaps)s.") % {"gaps": gaps} if said else ""

    def _ranked_by_picture(self) -> str:
        """A further sentence where the query has a picture too."""
        has_picture = self.hits.embedded_query.vector is not None
        text = _(
            " Images are ranked by the picture, and higher with these words in their title, tags or name."
        )
        return text if has_picture else ""

    def _about_exclusions(self) -> list[str]:
        """What is excluded less than it says: words that the model is unsure of, or all without a vector."""
        query = self.hits.embedded_query
        excluded = [each for each in query.weighted_parts if each.part.against]
        if query.vector is None:
            return [_("Exclusions apply to search by meaning.")] if excluded else []
        text = _(
            "The model is unsure of “%(words)s”, so only images with it in their title or tags rank lower."
        )
        unsure = [each for each in excluded if each.reading.unsure and each.vector is None]
        return [text % {"words": each.part.words} for each in unsure]


def quoted(words: Iterable[str]) -> str:
    """“red” and “old car”, each cut to a length that can be read in a sentence."""
    return _(" and ").join(f"“{truncatechars(word, 80)}”" for word in words)
