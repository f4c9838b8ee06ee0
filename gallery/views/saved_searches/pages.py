"""Saved searches: save, list, open, rename and delete them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gallery.accounts import permissions
from gallery.models import ImageItem, SavedSearch
from gallery.models.querysets import ImageQuerySet
from gallery.saved_searches import new_hits, saving
from gallery.saved_searches.saving import NotSaved
from gallery.search.forms import SearchForm
from gallery.search.state import SearchState
from gallery.web.context_processors import MAX_SAVED_SHOWN


@dataclass(frozen=True)
class SavedSearchRow:
    """One of the list: what it asks, and what was wrong with the name that it was to get."""

    saved: SavedSearch
    summary: str
    typed: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        return self.typed or self.saved.name


def own_or_404(request: HttpRequest, pk: int) -> SavedSearch:
    return get_object_or_404(permissions.own_searches(request), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@permissions.savers_only
def save(request: HttpRequest) -> HttpResponse:
    """Save the search `query` under `name`; a GET, or what is refused, is a page with the form."""
    owner, visible = permissions.saver(request), ImageItem.objects.visible_to(request.user)
    if request.method != "POST":
        form = SearchForm(request.GET)
        return save_page(request, form, SearchState.read(form, visible).label)
    form, name = SearchForm(QueryDict(request.POST.get("query", ""))), request.POST.get("name", "")
    try:
        saved = saving.save(owner, form, name, visible, timezone.now())
    except NotSaved as error:
        return save_page(request, form, name, error)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    return redirect(saved)


def save_page(
    request: HttpRequest, form: SearchForm, name: str, error: NotSaved | None = None
) -> HttpResponse:
    context = {"form": form, "name": name, "summary": saving.described(form), "error": error}
    return render(request, "gallery/saved_searches/save.html", context, status=error.status if error else 200)


@require_safe
@permissions.savers_only
def searches(request: HttpRequest) -> HttpResponse:
    return list_page(request)


def list_page(request: HttpRequest, wrong: SavedSearchRow | None = None) -> HttpResponse:
    """The person's saved searches by name; `wrong` is one whose new name was refused."""
    own = permissions.own_searches(request)
    rows = [SavedSearchRow(saved, saving.described(new_hits.form_of(saved))) for saved in own]
    if wrong:
        rows = [wrong if row.saved.pk == wrong.saved.pk else row for row in rows]
    return render(request, "gallery/saved_searches/page.html", {"rows": rows}, status=422 if wrong else 200)


@never_cache
@require_safe
@permissions.savers_only
def open_saved(request: HttpRequest, pk: int) -> HttpResponse:
    """To its results; what was new is marked there, and counts as seen from now on."""
    saved = own_or_404(request, pk)
    if is_opened_by_person(request) and has_results(saved, ImageItem.objects.visible_to(request.user)):
        require_written(saved.look(timezone.now()))
    return redirect(saved)


def is_opened_by_person(request: HttpRequest) -> bool:
    """Whether somebody opens it: no browser in advance, and no other site with its address as a picture's."""
    ahead = request.headers.get("Sec-Purpose") or request.headers.get("Purpose", "")
    elsewhere = request.headers.get("Sec-Fetch-Site") == "cross-site"
    return request.method == "GET" and "prefetch" not in ahead and not elsewhere


def has_results(saved: SavedSearch, visible: ImageQuerySet) -> bool:
    """Whether there are results to look at: all pictures that it seeks may have gone."""
    return SearchState.read(new_hits.form_of(saved), visible).query.is_searchable


def require_written(written: bool) -> None:
    if not written:
        raise Http404


@require_POST
@permissions.savers_only
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    saved, name = own_or_404(request, pk), request.POST.get("name", "")
    try:
        require_written(saving.rename(saved, name))
    except NotSaved as error:
        return list_page(
            request, SavedSearchRow(saved, saving.described(new_hits.form_of(saved)), name, str(error))
        )
    messages.success(request, _("Renamed to “%(name)s”.") % {"name": saved.name})
    return redirect("searches")


@require_POST
@permissions.savers_only
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete it permanently; its query pictures expire like any others."""
    saved = own_or_404(request, pk)
    SavedSearch.objects.filter(pk=saved.pk).delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": saved.name})
    return redirect("searches")


@require_POST
@permissions.savers_only
def renew_feed(request: HttpRequest, pk: int) -> HttpResponse:
    saved = own_or_404(request, pk)
    require_written(saved.renew())
    text = _("The feed of “%(name)s” has a new address. The old address no longer works.")
    messages.success(request, text % {"name": saved.name})
    return redirect("searches")


@never_cache
@require_safe
@permissions.savers_only
def new_counts(request: HttpRequest) -> HttpResponse:
    """The badges with what is new, for the navigation or (`on=list`) the list; asked once a page is there."""
    own = permissions.own_searches(request)
    on_list = request.GET.get("on") == "list"
    visible = ImageItem.objects.visible_to(request.user)
    found = new_hits.count_all(list(own if on_list else own[:MAX_SAVED_SHOWN]), visible)
    context = {
        "new_counts": [new for new in found if new.label],
        "id_prefixes": ["list"] if on_list else ["rail", "more"],
    }
    return render(request, "gallery/saved_searches/_new_counts.html", context)
