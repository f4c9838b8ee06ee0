"""Forms for the parameters of lists and searches, and for pictures that are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import MAX_PAGES_SHOWN
from gallery.search.cursors import Cursor
from gallery.search.sorting import ORDERS, Order, order_named
from gallery.text.descriptions import clean_tags, refuse_many_tags
from gallery.text.folding import TERM_LENGTH
from gallery.text.tag_lists import split_tags
from imagesearch.colours.palette import NAMES
from imagesearch.database.ids import read_id
from imagesearch.errors import QueryError
from imagesearch.network.http import Fetched
from imagesearch.query import Picture, Query
from imagesearch.query.query import storable

MAX_FILTER_TAGS = 20
"""Tags that must all hold. Each is two tables of a join, and SQLite joins at most 64."""
MAX_ID = 2**63 - 1

COLOURS = [(name, name.title()) for name in NAMES]
ORIENTATIONS = [("landscape", _("Landscape")), ("portrait", _("Portrait")), ("square", _("Square"))]
STATES = [("ready", "Searchable"), ("pending", "Waiting"), ("failed", "Failed"), ("hidden", "Hidden")]


class TagsField(forms.Field):
    """Repeated `tag=…`: a list of names."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        names = [" ".join(storable(name).split())[:TERM_LENGTH] for name in value or []]
        tags = list(dict.fromkeys(filter(None, names)))
        if len(tags) > MAX_FILTER_TAGS:
            raise forms.ValidationError(
                _("%(count)d tags were sent; at most %(limit)d can be combined.")
                % {"count": len(tags), "limit": MAX_FILTER_TAGS}
            )
        return tags


class FilterForm(forms.Form):
    """What narrows a list or a search. Invalid values are ignored, so that no link breaks a page."""

    tag = TagsField(required=False)
    color = forms.ChoiceField(choices=COLOURS, required=False)
    orientation = forms.ChoiceField(choices=ORIENTATIONS, required=False)
    state = forms.ChoiceField(choices=STATES, required=False)
    upto = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID)

    FILTERS: ClassVar[tuple[str, ...]] = ("tag", "color", "orientation", "state")
    POSITION: ClassVar[tuple[str, ...]] = ("upto",)

    @cached_property
    def wanted(self) -> dict[str, Any]:
        """The fields that make sense and say something."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @property
    def upto_page(self) -> int:
        return min(int(self.wanted.get("upto", 1)), MAX_PAGES_SHOWN)

    def narrow(self, images: ImageQuerySet) -> ImageQuerySet:
        for name in self.wanted.get("tag", []):
            images = images.tagged(name)
        if color := self.wanted.get("color"):
            images = images.filter(color=color)
        if orientation := self.wanted.get("orientation"):
            images = images.turned(orientation)
        if state := self.wanted.get("state"):
            images = images.filter(visibility="hidden") if state == "hidden" else images.filter(state=state)
        return images

    def query_params(self) -> list[tuple[str, Any]]:
        """The parameters of the query beside the filters, as (name, value)."""
        return []

    def link(self, **changes: Any) -> str:
        """The query (“?…”) of this list from its beginning, with changes; None leaves a part out."""
        return self._link(self.query_params(), changes)

    def _link(self, query_params: list[tuple[str, Any]], changes: dict[str, Any]) -> str:
        kept = {name: value for name, value in self.wanted.items() if name not in self.POSITION}
        parts = {name: value for name, value in {**kept, **changes}.items() if value not in (None, "", [])}
        parts = {name: f"{value:g}" if isinstance(value, float) else value for name, value in parts.items()}
        return f"?{urlencode([*query_params, *parts.items()], doseq=True, safe=':,')}"

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """All but the position as (name, value), as many as there are hidden fields to write."""
        return self.query_params() + self._pairs([name for name in self.wanted if name not in self.POSITION])

    def filters(self) -> list[tuple[str, Any]]:
        """The filters alone, likewise."""
        return self._pairs([name for name in self.FILTERS if name in self.wanted])

    def _pairs(self, names: list[str]) -> list[tuple[str, Any]]:
        values = {name: self.wanted[name] for name in names}
        return [
            (name, each) for name, value in values.items() for each in (value if name == "tag" else [value])
        ]

    @property
    def origin(self) -> str:
        """The query that tells an image's page which list it was opened from; "" for the plain library."""
        return self.link() if self.link() != "?" else ""


class PlaceField(forms.Field):
    """A place in a list: a cursor, or an image's number, as in older links."""

    def to_python(self, value: Any) -> Cursor | int | None:
        text = str(value or "")
        if not text:
            return None
        if (pk := read_id(text)) is not None:
            return pk
        if (cursor := Cursor.read(text)) is None:
            raise forms.ValidationError(_("This is not a valid cursor. Follow “next” in a response."))
        return cursor


class ListForm(FilterForm):
    """The library: filters, an order, and where in it the page begins."""

    sort = forms.ChoiceField(choices=[(name, order.label) for name, order in ORDERS.items()], required=False)
    after = PlaceField(required=False)
    last = PlaceField(required=False)

    POSITION: ClassVar[tuple[str, ...]] = ("upto", "after", "last")

    @property
    def sort_name(self) -> str:
        return str(self.wanted.get("sort", "new"))

    @cached_property
    def order(self) -> Order:
        places = (self.wanted.get(name) for name in ("after", "last"))
        return order_named(self.sort_name, next((p.sort for p in places if isinstance(p, Cursor)), None))

    def mark(self, name: str, images: ImageQuerySet) -> tuple[object, int] | None:
        """Where the place “after” or “last” is in this order; None where there is none."""
        place = self.wanted.get(name)
        if not isinstance(place, Cursor):
            return self.order.mark(images, place)
        if place.sort == self.order.code:
            return place.place, place.pk
        of_other_version = place.sort.startswith(f"{self.sort_name}.")
        return self.order.mark(images, place.pk) if of_other_version else None

    def behind(self, item: Any) -> str:
        """The cursor behind a row that this order gave."""
        return Cursor(self.order.code, item.place, item.pk).as_text()

    @property
    def begins_behind(self) -> str | None:
        """The place that the page begins behind, as it was sent."""
        return self.data.get("after") if "after" in self.wanted else None


class SearchForm(FilterForm):
    """A search: a query of many parts, filters, the lowest score, and the first of the pages shown."""

    min = forms.FloatField(required=False, min_value=0, max_value=1)
    dedupe = forms.ChoiceField(choices=[("0", "Show near-duplicates"), ("1", "Hide them")], required=False)
    literal = forms.ChoiceField(choices=[("1", "Words as they are"), ("0", "Words as read")], required=False)
    refine = forms.ChoiceField(choices=[("1", "Composer open"), ("0", "Composer closed")], required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=MAX_PAGES_SHOWN)

    FILTERS: ClassVar[tuple[str, ...]] = (*FilterForm.FILTERS, "min", "dedupe")
    POSITION: ClassVar[tuple[str, ...]] = ("upto", "page")

    @cached_property
    def query(self) -> Query:
        """The query of the request, without invalid parts."""
        return Query.from_params(cast("QueryDict", self.data))

    def query_params(self) -> list[tuple[str, Any]]:
        return self.query.params()

    def link_to(self, query: Query, **changes: Any) -> str:
        """The same search of another query."""
        return self._link(query.params(), changes)

    @property
    def besides_words(self) -> list[tuple[str, Any]]:
        """All but the words and the position: what a form with a field for words carries along."""
        return self.query.replace_words("").params() + self.filters() + self._pairs(self._display_options)

    @property
    def _display_options(self) -> list[str]:
        """What is neither query nor filter: how words are read, and how the page looks."""
        return [name for name in ("literal", "refine") if name in self.wanted]

    @property
    def composed(self) -> list[tuple[str, Any]]:
        """What the composer, which has fields for words, lowest score and duplicates, carries along."""
        return [(name, value) for name, value in self.besides_words if name not in ("min", "dedupe")]

    @property
    def first_page(self) -> int:
        return int(self.wanted.get("page", 1))

    @property
    def is_literal(self) -> bool:
        """Whether words that the model does not know are searched as they are, and not read as others."""
        return bool(self.wanted.get("literal") == "1")

    @property
    def dedupes(self) -> bool:
        """Whether near-duplicates of one another show once."""
        return bool(self.wanted.get("dedupe") != "0")


class PictureForm(forms.Form):
    """A picture to search with: a file, or the address of one; and as what it joins the query."""

    ROLES = (("replace", "In place of the pictures"), ("like", "More like this"), ("less", "Less like this"))

    picture = forms.FileField(required=False, allow_empty_file=True)
    url = forms.CharField(required=False)
    role = forms.ChoiceField(choices=ROLES, required=False)

    @property
    def role_name(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("role") or "replace")

    @property
    def address(self) -> str:
        """The URL, where no file comes with it."""
        self.is_valid()
        return "" if self.cleaned_data.get("picture") else str(self.cleaned_data.get("url") or "")

    def source(self, fetch: Callable[[str], Fetched], max_memory: float | None) -> Picture:
        """The picture, whose decoding may take `max_memory` MiB.

        Raises QueryError where there is none, and what `fetch` raises.
        """
        self.is_valid()
        if file := self.cleaned_data.get("picture"):
            return Picture(file, file.name or "", max_memory=max_memory)
        if self.address:
            fetched = fetch(self.address)
            return Picture(fetched.content, fetched.name, max_memory=max_memory)
        raise QueryError(_("No picture was sent. Choose a file, or enter the address of one."))


class AddForm(forms.Form):
    """One new file, or addresses, one in a line; and tags for all of them."""

    image = forms.FileField(required=False, allow_empty_file=True)
    url = forms.CharField(required=False)
    urls = forms.CharField(required=False)
    tags = forms.CharField(required=False)

    MAX_ADDRESSES = 20

    def cleaned(self, name: str) -> Any:
        return self.cleaned_data.get(name) if self.is_valid() else None

    @property
    def file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned("image")
        return file

    @property
    def addresses(self) -> list[str]:
        lines = f"{self.cleaned('url') or ''}\n{self.cleaned('urls') or ''}".split()
        return list(dict.fromkeys(lines))[: self.MAX_ADDRESSES]

    @property
    def labels(self) -> list[str]:
        """The tags for all. Raises DescriptionRefused."""
        labels = clean_tags(split_tags(self.cleaned("tags") or ""))
        refuse_many_tags(len(labels))
        return labels

    def only(self, url: str) -> AddForm:
        """The same for one of the addresses."""
        return AddForm({"url": url, "tags": self.cleaned("tags")})
