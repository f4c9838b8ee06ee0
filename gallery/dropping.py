"""Which filter to drop when a search has no hits, and how many there would be."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from gallery.asked import Asked
from gallery.forms import COLOURS, ORIENTATIONS, STATES, SearchForm
from gallery.querysets import ImageQuerySet

LABELS = dict(COLOURS) | dict(ORIENTATIONS) | dict(STATES)


@dataclass(frozen=True)
class Drop:
    """A filter, the search without it, and how many hits that has."""

    label: str
    href: str
    count: int


def drops(asked: Asked, visible: ImageQuerySet) -> list[Drop]:
    """Each filter without which there are hits, the most first; then all of them where no single one does.

    The query has been embedded: only the rows are asked again, once for each filter.
    """
    form = asked.form
    single = [_drop(label, link, asked, visible) for label, link in _choices(form)]
    found = sorted((drop for drop in single if drop.count), key=lambda drop: -drop.count)
    if found or len(single) < 2:
        return found
    everything = _drop("all filters", form.link(**dict.fromkeys(form.FILTERS)), asked, visible)
    return [everything] if everything.count else []


def _choices(form: SearchForm) -> list[tuple[str, str]]:
    """(what the filter is called, the search without it)."""
    wanted = form.wanted
    tags = wanted.get("tag", [])
    found = [(f"tag “{tag}”", form.link(tag=[other for other in tags if other != tag])) for tag in tags]
    for name in ("color", "orientation", "state"):
        if value := wanted.get(name):
            found.append((str(LABELS[value]).lower(), form.link(**{name: None})))
    if wanted.get("min"):
        found.append((f"match at least {wanted['min']:.2f}", form.link(min=None)))
    return found


def _drop(label: str, link: str, asked: Asked, visible: ImageQuerySet) -> Drop:
    form = SearchForm(QueryDict(link[1:]))
    results = Asked(form, asked.chips).results(form.narrow(visible))
    return Drop(label, link, results.total)
