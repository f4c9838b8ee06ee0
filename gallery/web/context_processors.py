"""What the frame around every page shows: places, counts, what this person may do, and how it looks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from gallery.accounts import permissions
from gallery.models import ImageItem, SavedSearch
from gallery.saved_searches import saving
from gallery.search.forms import SearchForm
from gallery.web.login_required import must_log_in

THEMES = ("light", "dark")
SCORES = ("rings", "numbers")
"""What a tile shows of its score: the ring of its band alone, or the number too."""
SEARCH_PAGES = {"search", "search_picture", "compare"}
MAX_SAVED_SHOWN = 10
"""Saved searches that the navigation shows; all of them are on a page of their own."""

HTMX_CONFIG = json.dumps(
    {
        "allowEval": False,  # the content policy forbids it anyway
        "includeIndicatorStyles": False,  # nor does it let htmx write a <style>
        "historyCacheSize": 0,  # what was hidden meanwhile must not stay in the browser's storage
        "refreshOnHistoryMiss": True,
        "historyRestoreAsHxRequest": False,
        "defaultSettleDelay": 0,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            # Our errors are part of the page.
            {"code": "(400|403|404|409|413|422|429|503|507)", "swap": True},
            {"code": "...", "swap": False, "error": True},
        ],
    },
    separators=(",", ":"),
)


@dataclass(frozen=True)
class NavigationItem:
    """One entry of the main navigation."""

    label: str
    icon: str
    href: str
    current: bool
    separate: bool = False


@dataclass(frozen=True)
class ImageCounts:
    total: int
    ready: int


class PageContext:
    """Worked out when the frame asks for it: a fragment, which has no frame, costs nothing."""

    htmx_config = HTMX_CONFIG

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def theme(self) -> str:
        """The visitor's choice; "" follows the system."""
        theme = self.request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
        return theme if theme in THEMES else ""

    @property
    def scores(self) -> str:
        """The visitor's choice; "" shows numbers on wide screens only, which is up to the style sheet."""
        scores = self.request.COOKIES.get(settings.SCORES_COOKIE_NAME, "")
        return scores if scores in SCORES else ""

    @cached_property
    def login_required(self) -> bool:
        """Whether the visitor must log in first: until then pages have no navigation and no counts."""
        return must_log_in(self.request.user)

    @cached_property
    def may_add(self) -> bool:
        return permissions.may_add(self.request)

    @cached_property
    def counts(self) -> ImageCounts:
        images = ImageItem.objects.visible_to(self.request.user)
        return ImageCounts(**images.aggregate(total=Count("pk"), ready=Count("pk", filter=Q(state="ready"))))

    @property
    def url_name(self) -> str | None:
        """The name of the address that was asked for."""
        match = self.request.resolver_match
        return match.url_name if match else None

    @cached_property
    def saved_searches(self) -> list[SavedSearch]:
        """The first of the person's saved searches by name; of nobody who may not have any."""
        return list(permissions.own_searches(self.request).defer("query")[:MAX_SAVED_SHOWN])

    @cached_property
    def current_saved_search(self) -> SavedSearch | None:
        """The saved search whose results this page shows."""
        if self.url_name != "search" or not self.saved_searches:
            return None
        return saving.current(permissions.own_searches(self.request), SearchForm(self.request.GET))

    @property
    def new_since(self) -> datetime | None:
        """Images found since then are marked among the results."""
        return self.current_saved_search.marked_from if self.current_saved_search else None

    @property
    def login_next(self) -> str:
        """The page that somebody who logs in comes back to."""
        return (
            self.request.get_full_path() if self.request.method == "GET" and self.url_name != "login" else ""
        )

    @property
    def max_image_bytes(self) -> int:
        return int(settings.MAX_IMAGE_BYTES)

    @cached_property
    def navigation(self) -> list[NavigationItem]:
        here = self.url_name
        searched = bool(SearchForm(self.request.GET).query)  # an image that was opened from a search
        places = [
            NavigationItem(
                _("Library"),
                "grid",
                reverse("library"),
                here == "library" or (here == "image" and not searched),
            ),
            NavigationItem(
                _("Search"),
                "search",
                reverse("search"),
                here in SEARCH_PAGES or (here == "image" and searched),
            ),
        ]
        if self.may_add:
            places.append(NavigationItem(_("Add"), "plus", reverse("add"), here == "add"))
        places.append(
            NavigationItem(_("Status"), "pulse", reverse("status"), here == "status", separate=True)
        )
        return places


def page_context(request: HttpRequest) -> dict[str, PageContext]:
    return {"page": PageContext(request)}
