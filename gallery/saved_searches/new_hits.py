"""What a saved search has found since its owner last looked, and what its feed tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from gallery.models import ImageItem, SavedSearch
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import ImageHits
from gallery.search.forms import SearchForm
from gallery.search.results import Results
from gallery.search.state import SearchState
from imagesearch.embeddings.scores import LIKELY
from imagesearch.errors import ImageSearchError
from imagesearch.hits import MAX_ALLOWED
from imagesearch.query import Part
from imagesearch.query.query_vector import RateCharge

MAX_NEW_COUNTED = 99
"""New hits that are counted at most: more of them are “99+”."""
MAX_RANKED = 4 * MAX_NEW_COUNTED
"""New hits that are looked at to count them: near-duplicates of one another count once."""
FEED_LENGTH = 50
FEED_CANDIDATES = MAX_ALLOWED
"""So many of the newest images are asked for a feed: as many as are compared exactly."""


class PaidModel(ImageSearchError):
    """A remote model would have to be asked, which costs money, and nobody is waiting for the answer."""


def local_only(images: ImageQuerySet) -> RateCharge:
    """Only what a local model embeds, or what is remembered."""

    def count(part: Part) -> None:
        if not images.embedder().local:
            raise PaidModel(_("The remote model is used only when somebody opens the search."))

    return count


@dataclass(frozen=True)
class NewHits:
    """How much is new; None where that is not known, as the model would have to be paid, or has no bands."""

    saved: SavedSearch
    count: int | None

    @property
    def label(self) -> str:
        """“3”, “99+”, or "" where there is nothing to tell."""
        if not self.count:
            return ""
        return f"{MAX_NEW_COUNTED}+" if self.count > MAX_NEW_COUNTED else str(self.count)


def form_of(saved: SavedSearch) -> SearchForm:
    return SearchForm(QueryDict(saved.query))


def min_score(form: SearchForm, hits: ImageHits[Any]) -> float | None:
    """The score from which an image is a hit: what the search says, else likely; None without bands."""
    if (chosen := form.wanted.get("min")) is not None:
        return float(chosen)
    return LIKELY if hits.calibration else None


def count_new(saved: SavedSearch, visible: ImageQuerySet) -> NewHits:
    """Hits among the images that can be found since the last look: these alone are ranked."""
    form = form_of(saved)
    images = form.narrow(visible).filter(found_from__gt=saved.seen_at)
    try:
        hits = SearchState.read(form, visible).hits(images, local_only(visible))
        least = min_score(form, hits)
        count = None if least is None else distinct(hits.at_least(least), least, dedupe=form.dedupes)
    except ImageSearchError:  # what is wrong is said where the search is opened
        count = None
    return NewHits(saved, count)


def distinct(hits: ImageHits[Any], least: float, *, dedupe: bool) -> int:
    """How many there are, as the page of results counts them."""
    return Results(hits, least, most=MAX_RANKED, dedupe=dedupe).total


def count_all(searches: list[SavedSearch], visible: ImageQuerySet) -> list[NewHits]:
    """The count of each. One query suffices where no image was added since, which is most of the time."""
    if not searches:
        return []
    newest = visible.order_by("-found_from", "-pk").values_list("found_from", flat=True).first()
    return [
        count_new(saved, visible) if newest and newest > saved.seen_at else NewHits(saved, 0)
        for saved in searches
    ]


def newest_hits(state: SearchState, visible: ImageQuerySet, charge: RateCharge) -> list[ImageItem]:
    """The hits among the newest images, newest first, for a feed. Raises what a search raises."""
    if not state.query.is_searchable:  # all pictures that it sought may have gone
        return []
    form = state.form
    images = form.narrow(visible)
    if (since := _oldest_of_newest(visible)) is not None:
        images = images.filter(found_from__gte=since)
    hits = state.hits(images, charge)
    least = min_score(form, hits)
    matches = hits.matches(FEED_LENGTH) if least is None else hits.at_least(least).matches(FEED_CANDIDATES)
    found = {match.pk: match for match in matches}
    newest = visible.filter(pk__in=list(found)).order_by("-found_from", "-pk")
    ids = list(newest.values_list("pk", flat=True)[:FEED_LENGTH])
    return hits.load([found[pk] for pk in ids])


def _oldest_of_newest(visible: ImageQuerySet) -> datetime | None:
    """Since when the last of the images can be found that a feed looks at; None where there are fewer."""
    dates = visible.order_by("-found_from", "-pk").values_list("found_from", flat=True)
    found: datetime | None = dates[FEED_CANDIDATES - 1 : FEED_CANDIDATES].first()
    return found
