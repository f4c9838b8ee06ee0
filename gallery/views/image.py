"""One image: the picture, its facts, what is like it, and its place in the list it was opened from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from gallery.accounts import permissions
from gallery.curation import sharing
from gallery.curation.editing import RowGone
from gallery.curation.forms import EditForm
from gallery.curation.moderation import HELD, moderate
from gallery.models import ImageItem, VectorSpace
from gallery.models.querysets import ImageQuerySet
from gallery.pictures.palettes import patches
from gallery.search.forms import ListForm, SearchForm
from gallery.search.results import Results
from gallery.search.state import SearchState
from gallery.views.search import charge
from gallery.web.responses import HtmxRequest, fragment_target, vary_on_htmx
from imagesearch.database.transactions import atomically
from imagesearch.errors import ImageSearchError, QueryError
from imagesearch.network.addresses import without_secrets

SIMILAR_PER_PAGE = 18


@dataclass(frozen=True)
class ListPosition:
    """An image's place in a list: the images beside it, and the way back to the list."""

    back_label: str
    back_url: str
    query: str
    previous: int | None = None
    next: int | None = None
    number: int = 0
    total: int = 0


class SourceLink(NamedTuple):
    """An address as text, and the link to it; "" where the text is not all of it."""

    text: str
    href: str


def item_or_404(request: HttpRequest, pk: int) -> ImageItem:
    images = ImageItem.objects.visible_to(request.user).select_related("owner").prefetch_related("tags")
    return get_object_or_404(images, pk=pk)


def item_or_gone(request: HttpRequest, pk: int) -> ImageItem:
    """The image that is to be changed. Raises RowGone."""
    try:
        return item_or_404(request, pk)
    except Http404 as error:
        raise RowGone from error


@require_safe
@vary_on_htmx
@gzip_page
def image(request: HtmxRequest, pk: int) -> HttpResponse:
    item = item_or_404(request, pk)
    context = facts(request, item) | similar_context(request, item) | list_context(request, item)
    return render(request, "gallery/image/page.html", context)


def facts(request: HttpRequest, item: ImageItem, form: EditForm | None = None) -> dict[str, Any]:
    may_edit = permissions.may_edit(request.user, item)
    return {
        "item": item,
        "model": VectorSpace.current().model,
        "palette": patches(item.palette),
        "may_edit": may_edit,
        "may_moderate": permissions.may_curate(request.user),
        "may_delete": permissions.may_delete(request.user, item),
        "source": source(request, item),
        "may_see_original": permissions.may_see_original(request.user, item),
        "edit_form": form or (edit_form(request, item) if may_edit else None),
    }


def source(request: HttpRequest, item: ImageItem) -> SourceLink | None:
    """The address that the picture came from: all of it for owner and curators, else without secrets."""
    public = without_secrets(item.image_uri)
    if not public:
        return None
    shown = item.image_uri if permissions.may_see_original(request.user, item) else public
    return SourceLink(shown, shown if shown == item.image_uri else "")


def edit_form(request: HttpRequest, item: ImageItem, data: QueryDict | None = None) -> EditForm:
    """Its visibility can be changed only by those who may."""
    form = EditForm(data, instance=item)
    if not permissions.may_change_visibility(request.user, item):
        form.fields["visibility"].disabled = True
        form.fields["visibility"].help_text = HELD
    return form


def similar_context(request: HttpRequest, item: ImageItem, page: int = 1) -> dict[str, Any]:
    """The images most like this one: so many a page, none that is not even weakly alike."""
    try:
        results = Results(item.similar(request.user), most=page * SIMILAR_PER_PAGE + 1)  # type: ignore[arg-type]
    except QueryError as error:
        return {"similar": [], "no_similar_reason": str(error)}
    similar = results.hits.load(results.matches[(page - 1) * SIMILAR_PER_PAGE : page * SIMILAR_PER_PAGE])
    more = page + 1 if results.total > page * SIMILAR_PER_PAGE else None
    return {
        "similar": similar,
        "next_similar_page": more,
        "no_similar_reason": _("No similar images were found."),
    }


@require_safe
@vary_on_htmx
def similar(request: HtmxRequest, pk: int) -> HttpResponse:
    """The next images of the strip; as a page, they are a search like any other."""
    item = item_or_404(request, pk)
    if not fragment_target(request):
        return redirect(f"{reverse('search')}?like={item.pk}")
    page = request.GET.get("page", "")
    number = min(int(page), 50) if page.isdecimal() and len(page) < 4 and int(page) else 1
    return render(
        request, "gallery/image/_more_similar.html", {"item": item, **similar_context(request, item, number)}
    )


@require_POST
def edit(request: HtmxRequest, pk: int) -> HttpResponse:
    """Save what was changed in the form; 422 where that is refused, 409 where others changed the same."""
    item = item_or_gone(request, pk)
    permissions.require_edit(request.user, item)
    form = edit_form(request, item, request.POST)
    if form.is_valid() and form.is_saved(request.user):
        if not fragment_target(request):
            return redirect(item)
        response = render(request, "gallery/image/_facts.html", facts(request, item_or_404(request, pk)))
        return trigger_client_event(response, "gallery:say", {"value": _("Saved.")})
    unchanged = item_or_gone(request, pk)
    context, status = facts(request, unchanged, form), 409 if form.has_conflicts else 422
    if fragment_target(request):
        return render(request, "gallery/image/_facts.html", context, status=status)
    context |= similar_context(request, unchanged) | list_context(request, unchanged)
    return render(request, "gallery/image/page.html", context, status=status)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    item = item_or_gone(request, pk)
    if not permissions.may_delete(request.user, item):
        raise PermissionDenied(HELD if item.held else _("Only its owner and curators may delete this image."))
    name = str(item)
    sharing.delete(item, request.user)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": name})
    return redirect("library")


@require_POST
def moderation(request: HttpRequest, pk: int) -> HttpResponse:
    """Block an image, so that only curators see it, or approve it."""
    item = item_or_404(request, pk)
    if not permissions.may_curate(request.user):
        raise PermissionDenied(_("Only curators may block or approve images."))
    given = request.POST.get("moderation", "")
    if given not in ("blocked", "approved"):
        raise ImageSearchError(_("“moderation” must be “blocked” or “approved”."))
    atomically(lambda: moderate(item, request.user, given), repeatable=True)
    done = _("“%(name)s” was blocked.") if given == "blocked" else _("“%(name)s” was approved.")
    messages.success(request, done % {"name": item})
    return redirect(item)


def list_context(request: HtmxRequest, item: ImageItem) -> dict[str, Any]:
    """Its place in the list that the URL carries along: a search, or the library as filtered and ordered."""
    images = ImageItem.objects.visible_to(request.user)
    form = SearchForm(request.GET)
    if not form.query:
        return {"list_position": library_position(ListForm(request.GET), images, item)}
    state = SearchState.read(form, images)
    return {"search": state, "list_position": search_position(request, state, images, item)}


def library_position(form: ListForm, visible: ImageQuerySet, item: ImageItem) -> ListPosition:
    images, href = form.narrow(visible), reverse("library") + form.origin
    mark = form.order.mark(visible, item.pk)
    if mark is None:
        return ListPosition(_("Library"), href, form.origin)
    before, behind = (form.order.beyond(images, mark, back=back) for back in (True, False))
    return ListPosition(
        _("Library"),
        href,
        form.origin,
        before.values_list("pk", flat=True).first(),
        behind.values_list("pk", flat=True).first(),
        before.count() + 1,
        images.count(),
    )


def search_position(
    request: HtmxRequest, state: SearchState, visible: ImageQuerySet, item: ImageItem
) -> ListPosition:
    form = state.form
    href = reverse("search") + form.link()
    try:
        ids = state.results(form.narrow(visible), charge(request, visible)).ids
    except ImageSearchError:  # the picture is what was asked for; the list is a convenience
        ids = []
    if item.pk not in ids:
        return ListPosition(_("Search"), href, form.origin)
    at = ids.index(item.pk)
    following = ids[at + 1] if at + 1 < len(ids) else None
    return ListPosition(
        _("Search"), href, form.origin, ids[at - 1] if at else None, following, at + 1, len(ids)
    )
