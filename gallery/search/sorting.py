"""The orders of a list: what comes behind a row, what before it, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from gallery.models import ImageItem
from gallery.models.sort_keys import outdated
from gallery.text.sort_keys import SORT_KEY_VERSION
from imagesearch.colours.palette import NAMES

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from gallery.models.querysets import ImageQuerySet


@dataclass(frozen=True)
class Order:
    """One sort key, and the id after it in the same direction, so that no two rows stand in one place."""

    code: str
    """What cursors name it by."""
    label: StrPromise
    key: Combinable
    descending: bool = False
    by_words: bool = False
    """Whether the key is made of words, which not everybody who sees an image may read."""
    by_date: bool = False
    """Whether the key is the date, which is another one for each owner."""

    def placed(self, images: ImageQuerySet) -> Any:  # with the annotation
        """The images with their `place`."""
        if self.by_date:
            return images.placed_by_date(self.key)
        return images.annotate(place=images.only_of_readable(self.key) if self.by_words else self.key)

    def sort(self, images: ImageQuerySet, *, back: bool = False) -> ImageQuerySet:
        """The images with their `place`, in this order, or from its end when `back`."""
        sign = "-" if self.descending != back else ""
        ordered: ImageQuerySet = self.placed(images).order_by(f"{sign}place", f"{sign}pk")
        return ordered

    def beyond(self, images: ImageQuerySet, mark: tuple[object, int], *, back: bool = False) -> ImageQuerySet:
        """The images behind a mark; those before it, the nearest first, when `back`."""
        place, pk = mark
        side = "lt" if self.descending != back else "gt"
        behind = Q(**{f"place__{side}": place}) | Q(place=place, **{f"pk__{side}": pk})
        # The first condition follows from the second, but is one that an index can answer.
        return self.sort(images, back=back).filter(**{f"place__{side}e": place}).filter(behind)

    def mark(self, images: ImageQuerySet, pk: int | None) -> tuple[object, int] | None:
        """Where an image stands; None where it is not (any more) among these."""
        found = self.placed(images.filter(pk=pk)).values_list("place", "pk").first() if pk else None
        return found and (found[0], found[1])


_rainbow = Case(
    *(When(color=name, then=Value(place)) for place, name in enumerate(NAMES)),
    default=Value(len(NAMES)),
    output_field=IntegerField(),
)

ORDERS = {
    "new": Order("new", _("Newest first"), F("created_at"), descending=True, by_date=True),
    "old": Order("old", _("Oldest first"), F("created_at"), by_date=True),
    "name": Order(f"name.{SORT_KEY_VERSION}", _("Name, A to Z"), F("sort_key"), by_words=True),
    "size": Order("size", _("Largest file"), Coalesce("size", 0), descending=True),
    "colour": Order("colour", _("Colour"), _rainbow),
}
BY_LETTERS = Order("name", ORDERS["name"].label, Lower("title"), by_words=True)
"""By name as earlier versions sorted: while sort keys are rebuilt, and behind cursors of that time."""


def order_named(name: str, cursor: str | None) -> Order:
    """The order of this name for a list that begins behind a cursor of the order `cursor`.

    A list that was begun by letters is continued so; else images would be repeated or left out when the sort
    keys are complete.
    """
    if name != "name":
        return ORDERS[name]
    rebuilding = cursor is None and outdated(ImageItem.objects.all()).exists()
    return BY_LETTERS if rebuilding or cursor == BY_LETTERS.code else ORDERS[name]
