"""Which filter to drop when a search has no hits, and how many there would be without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.http import QueryDict
from django.utils.translation import gettext as _

from gallery.models import ImageItem
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import ImageHits
from gallery.search.forms import COLOURS, ORIENTATIONS, STATES, SearchForm
from gallery.search.results import Results

MAX_TRIED = 6
"""Filters that are left out one by one: each is a search."""
LABELS = dict(COLOURS) | dict(ORIENTATIONS) | dict(STATES)


@dataclass(frozen=True)
class RelaxedFilter:
    """A filter, the search without it, and how many hits that has."""

    label: str
    href: str
    count: int


def relaxations(results: Results, form: SearchForm, visible: ImageQuerySet) -> list[RelaxedFilter]:
    """Each filter without which there are hits, the most first; then all of them where no single one does.

    The rows alone are asked again, once for each filter; nothing is embedded, and copies are counted too.
    """
    choices = _choices(form)
    single = [_relaxed(label, link, results, visible) for label, link in choices[:MAX_TRIED]]
    found = sorted((drop for drop in single if drop.count), key=lambda drop: -drop.count)
    if found or len(choices) < 2:
        return found
    everything = _relaxed(_("all filters"), form.link(**dict.fromkeys(form.FILTERS)), results, visible)
    return [everything] if everything.count else []


def _choices(form: SearchForm) -> list[tuple[str, str]]:
    """(what the filter is called, the search without it)."""
    wanted = form.wanted
    tags = wanted.get("tag", [])
    found = [
        (_("tag “%(tag)s”") % {"tag": tag}, form.link(tag=[other for other in tags if other != tag]))
        for tag in tags
    ]
    for name in ("color", "orientation", "state"):
        if value := wanted.get(name):
            found.append((str(LABELS[value]).lower(), form.link(**{name: None})))
    if wanted.get("min"):
        found.append((_("score of at least %(score).2f") % {"score": wanted["min"]}, form.link(min=None)))
    return found


def _relaxed(label: str, link: str, results: Results, visible: ImageQuerySet) -> RelaxedFilter:
    form = SearchForm(QueryDict(link[1:]))
    hits = form.narrow(visible).answer(results.hits.embedded_query, results.hits.exclude)
    return RelaxedFilter(
        label, link, Results(cast("ImageHits[ImageItem]", hits), form.wanted.get("min")).total
    )
