"""Lists in the admin that stay quick with a hundred thousand rows: paging, search by words, filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from gallery.accounts.permissions import may_curate
from gallery.models import ImageItem, SavedSearch, Tag, Term, WordIndexState
from gallery.models.terms import having
from imagesearch.colours.palette import NAMES

if TYPE_CHECKING:
    from gallery.accounts.permissions import Person

    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

LOOK_AHEAD = 1_000
"""Rows that a list counts; what lies beyond is "1,000+"."""
MAX_PAGES = 1_000_000
MAX_TAG_SUGGESTIONS = 300


class CappedPaginator(AnyPaginator):
    """Pages without a COUNT over the table: it looks no farther than 1,000 rows, or one past this page."""

    def __init__(self, object_list: Any, per_page: int, *args: Any, page: int = 1, **kwargs: Any) -> None:
        super().__init__(object_list, per_page, *args, **kwargs)
        self.horizon = max(LOOK_AHEAD, min(page, MAX_PAGES) * per_page)

    @cached_property
    def count(self) -> int:
        """Exact up to the horizon; one more than that stands for any number beyond."""
        rows: Any = self.object_list
        return int(rows.order_by()[: self.horizon + 1].count())

    @property
    def total(self) -> str:
        return f"{self.horizon:,}+" if self.count > self.horizon else f"{self.count:,}"


@admin.display(description=_("name"), ordering="sort_key")
def name_column(row: Tag | SavedSearch) -> str:
    """Names in their natural order, which a column of the field itself would not have."""
    return row.name


def page_of(request: HttpRequest) -> int:
    asked = request.GET.get(PAGE_VAR, "")
    return int(asked) if asked.isdecimal() else 1


class ImageChangeList(ChangeList):
    """One more query brings the tags of the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self.result_list.prefetch_related("tags")


def having_words(images: QuerySet[ImageItem], text: str) -> QuerySet[ImageItem]:
    """The images whose title, tags, file name and caption have all these words, by the word index."""
    rules = WordIndexState.current(images.db).rules
    wanted = rules.sought(text)
    if text.strip() and not wanted:
        return images.none()
    for word in wanted:
        images = images.filter(pk__in=Term.objects.filter(having(word, rules)).values("image"))
    return images


def known_tags(user: Person) -> QuerySet[Tag]:
    """The tags that this person may know of: not those that stand on hidden images alone."""
    if may_curate(user):
        return Tag.objects.all()
    images = ImageItem.objects.filter(tags=OuterRef("pk"))
    return Tag.objects.filter(Q(Exists(images.visible_to(user).with_words())) | ~Q(Exists(images)))


class ColourFilter(admin.SimpleListFilter):
    title = _("colour")
    parameter_name = "color"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in NAMES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImageItem]) -> QuerySet[ImageItem]:
        return queryset.filter(color=self.value()) if self.value() else queryset


class TagFilter(admin.ListFilter):
    """A field for one tag's name with suggestions, since the tags themselves are too many for a list."""

    title = _("tag")
    template = "admin/gallery/tag_filter.html"
    parameter_name = "tag"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.value = " ".join((params.pop(self.parameter_name, None) or [""])[-1].split())
        self.names = known_tags(request.user).values_list("name", flat=True)[:MAX_TAG_SUGGESTIONS]
        others = [key for key in request.GET if key not in {self.parameter_name, PAGE_VAR}]
        self.kept = [(key, value) for key in others for value in request.GET.getlist(key)]

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The one link beside the field: back to any tag."""
        yield {
            "selected": not self.value,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("All"),
        }

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[ImageItem]:
        images: QuerySet[ImageItem] = queryset.tagged(self.value) if self.value else queryset
        return images
