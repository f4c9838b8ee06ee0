"""The filter menus: for each choice, the link that makes it or takes it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from gallery.models import Tag
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import MAX_HITS
from gallery.search.forms import COLOURS, ORIENTATIONS, STATES, FilterForm, ListForm
from gallery.search.results import Results
from gallery.search.sorting import ORDERS
from gallery.text.folding import tag_key
from imagesearch.embeddings.scores import LIKELY, STRONG

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

MAX_MENU_TAGS = 24
MAX_COUNTED = 2 * MAX_HITS
SWATCHES = {
    "red": "#d93a34",
    "orange": "#f0862d",
    "yellow": "#f2cc3d",
    "green": "#4f9d4a",
    "teal": "#2f9e98",
    "blue": "#3b6fd1",
    "purple": "#7a4fb5",
    "pink": "#e58fb0",
    "brown": "#7d5636",
    "black": "#1d1d1f",
    "grey": "#8f9296",
    "white": "#f7f7f5",
}


@dataclass(frozen=True)
class Choice:
    """One entry of a menu. `hint` is a count, `swatch` the colour that it stands for."""

    label: str
    href: str
    chosen: bool = False
    hint: str = ""
    swatch: str = ""


@dataclass(frozen=True)
class Menu:
    label: str
    choices: list[Choice]
    default: str = ""

    @property
    def chosen(self) -> str:
        return ", ".join(choice.label for choice in self.choices if choice.chosen)

    @property
    def on(self) -> bool:
        """Whether something else than the default is chosen."""
        return self.chosen != self.default


@dataclass(frozen=True)
class Filters:
    """All that narrows a list, and the way back to all of it."""

    form: FilterForm
    colours: list[Choice]
    menus: list[Menu]
    tags: Any  # a Menu, counted only where it is shown

    @property
    def clear(self) -> str:
        """The link without any filter; "" where there is none to clear."""
        return self.form.link(**dict.fromkeys(self.form.FILTERS)) if self.form.filters() else ""


def choices_of(
    form: FilterForm,
    name: str,
    choices: Sequence[tuple[str, StrPromise | str]],
    counts: Mapping[str, str] | None = None,
) -> list[Choice]:
    """Choices of which one holds, with their counts if given; choosing it again takes it back."""
    now = form.wanted.get(name)
    return [
        Choice(
            str(label),
            form.link(**{name: None if value == now else value}),
            value == now,
            _hint(counts, value),
        )
        for value, label in choices
    ]


def _hint(counts: Mapping[str, str] | None, value: str) -> str:
    return "" if counts is None else counts.get(value, "0")


def filters(
    form: FilterForm, images: Iterable[int], *, with_hidden: bool, results: Results | None = None
) -> Filters:
    """The filters of a list whose ids, or the first of them, are `images`; with the counts of a search."""
    states = STATES if with_hidden else STATES[:-1]
    complete = results is None or results.complete
    plus = "" if complete else "+"
    counted = [
        {name: f"{count:,}{plus}" for name, count in counts.items()}
        for counts in ((results.colours, results.orientations) if results else ())
    ]
    in_colours, in_orientations = counted or (None, None)
    colours = [
        replace(choice, swatch=SWATCHES[choice.label.lower()])
        for choice in choices_of(form, "color", COLOURS, in_colours)
    ]
    menus = [
        Menu(_("Orientation"), choices_of(form, "orientation", ORIENTATIONS, in_orientations)),
        Menu(_("State"), choices_of(form, "state", states)),
    ]
    return Filters(form, colours, menus, SimpleLazyObject(lambda: tags(form, list(images), complete)))


def newest_ids(images: ImageQuerySet) -> Iterable[int]:
    """The ids that tags are counted among, and one more. (Among 100,000 images it took 250 ms.)"""
    return images.with_words().order_by("-created_at", "-pk").values_list("pk", flat=True)[: MAX_COUNTED + 1]


def tags(form: FilterForm, ids: list[int], complete: bool) -> Menu:
    """The tags used most among these images; several may be chosen, and all must hold."""
    chosen = form.wanted.get("tag", [])
    keys = {tag_key(name) for name in chosen}
    used = (
        Tag.objects.filter(images__in=ids[:MAX_COUNTED])
        .annotate(count=Count("images"))
        .order_by("-count", "sort_key", "key")
    )
    plus = "" if complete and len(ids) <= MAX_COUNTED else "+"
    more = [
        Choice(tag.name, form.link(tag=[*chosen, tag.name]), hint=f"{tag.count:,}{plus}")
        for tag in used[:MAX_MENU_TAGS]
        if tag.key not in keys
    ]
    taken = [
        Choice(name, form.link(tag=[other for other in chosen if other != name]), True) for name in chosen
    ]
    return Menu(_("Tag"), taken + more)


def orders(form: ListForm) -> Menu:
    now = form.wanted.get("sort", "new")
    return Menu(
        _("Sort"),
        [
            Choice(str(order.label), form.link(sort=None if name == "new" else name), name == now)
            for name, order in ORDERS.items()
        ],
    )


def strengths(form: FilterForm) -> Menu:
    """How good a match must be. The cuts are the same under every calibrated model."""
    now = form.wanted.get("min")
    steps = [
        (STRONG, _("Strong only")),
        (LIKELY, _("Likely and better")),
        (None, _("Weak and better")),
        (0.0, _("All images")),
    ]
    choices = [Choice(label, form.link(min=value), value == now) for value, label in steps]
    label = _("%(score).2f and better") % {"score": now} if now else _("Match")
    return Menu(label, choices, default=_("Weak and better"))
