"""Search by words, by a picture, or by an image of the library; every part of it lives in the URL."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, replace_url

from gallery.models import ImageItem, QueryPicture
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import MAX_PAGES_SHOWN, PAGE_SIZE
from gallery.pictures.features import features_of
from gallery.search import filters, query_pictures
from gallery.search.composer import composed, is_composed
from gallery.search.forms import PictureForm, SearchForm
from gallery.search.relaxed_filters import relaxations
from gallery.search.results import HitGroup, Results, default_min_score
from gallery.search.state import SearchState
from gallery.search.word_notes import word_notes
from gallery.web import concurrent_requests, rate_limits
from gallery.web.context_processors import PageContext
from gallery.web.public_address import absolute
from gallery.web.responses import HtmxRequest, fragment_target, vary_on_htmx, with_retry_after
from imagesearch.errors import ImageSearchError
from imagesearch.query import Query
from imagesearch.query.query_vector import RateCharge

STARTERS = 12
"""Images that an empty search offers to start from."""
NEAREST_BELOW = 8
"""Images below the line that are shown where none is above it."""


@require_safe
@vary_on_htmx
@gzip_page
@concurrent_requests.long_pages_in_turn
def search(request: HtmxRequest) -> HttpResponse:
    """The page; while the query changes what was found (#found); for the results' end (#more) one page."""
    form = SearchForm(composed(request.GET))
    if is_composed(request.GET) and not fragment_target(request):
        return see_other(reverse("search") + form.link())
    visible = ImageItem.objects.visible_to(request.user).prefetch_related("tags")
    state = SearchState.read(form, visible)
    if state.is_gone and not PageContext(request).current_saved_search:  # that one says what is gone
        raise Http404
    try:
        results = state.results(form.narrow(visible), charge(request, visible)) if state else None
    except ImageSearchError as error:
        if fragment_target(request) == "more":
            raise  # the results that are shown stay as they are; the middleware says why no more follow
        return answer(request, state, visible, error=error)
    return answer(request, state, visible, results=results)


def see_other(address: str) -> HttpResponse:
    response = redirect(address)
    response.status_code = 303
    return response


def charge(request: HtmxRequest, images: ImageQuerySet) -> RateCharge:
    """Somebody types where the field for words asks by itself."""
    typing = fragment_target(request) == "found" and request.htmx.trigger == "q"
    return rate_limits.charge(request, images.embedder(), typing=typing)


def answer(
    request: HtmxRequest,
    state: SearchState,
    visible: ImageQuerySet,
    *,
    results: Results | None = None,
    error: ImageSearchError | None = None,
) -> HttpResponse:
    form, part = state.form, fragment_target(request)
    context: dict[str, Any] = {
        "form": form,
        "search": state,
        "results": results,
        "error": error,
        "fragment": bool(part),
        "is_search_page": True,
    }
    if results:
        context |= hit_context(state, results, only_last=part == "more")
    if not state:
        context["start_images"] = list(visible.ready()[:STARTERS])
    if part != "more":
        context |= filter_context(request, state, visible, results)
    template = {"found": "gallery/search/_content.html", "more": "gallery/search/_more_hits.html"}.get(
        part, "gallery/search/page.html"
    )
    response = render(request, template, context, status=error.status if error else 200)
    if part in {"found", "more"} and not error:
        shown_pages = {name: form.wanted.get(name) for name in ("page", "upto")}
        response = replace_url(response, form.link(**shown_pages))
    return with_retry_after(response, error)


def filter_context(
    request: HtmxRequest, state: SearchState, visible: ImageQuerySet, results: Results | None
) -> dict[str, Any]:
    """What stands around the hits: filters with counts, and what to do where there are none."""
    form, lowest = state.form, default_min_score(visible.calibration() is not None)
    context: dict[str, Any] = {
        "default_min_score": lowest,
        "min_score": form.wanted.get("min", lowest),
        "model_is_local": visible.embedder().local,
        "filters": filters.filters(
            form,
            visible.readable(results.ids) if results else filters.newest_ids(visible),
            with_hidden=request.user.is_authenticated,
            results=results,
        ),
    }
    if results:
        context["word_notes"] = word_notes(form, results)
        context["reliability"] = trust(visible, results)
        if results.calibrated and not state.refining:
            context["min_score_menu"] = filters.strengths(form)
        if not results.total:
            context["relaxed_filters"] = relaxations(results, form, visible) if form.filters() else []
            context["below_threshold"] = with_links(state, results.below(NEAREST_BELOW))
    return context


def trust(visible: ImageQuerySet, results: Results) -> str:
    """What a strong match is worth here; "" of words and pictures together, which nobody measured."""
    kinds = {weighted.kind for weighted in results.hits.embedded_query.weighted_parts}
    return visible.space().trust(kinds.pop()) if len(kinds) == 1 else ""


def hit_context(state: SearchState, results: Results, *, only_last: bool) -> dict[str, Any]:
    """The bands of the pages that the URL names, and the links to the next ones."""
    form = state.form
    last = max(form.upto_page, form.first_page)
    first = last if only_last else form.first_page
    groups = results.groups((first - 1) * PAGE_SIZE, last * PAGE_SIZE)
    for group in groups:
        with_links(state, group)
    follows = results.total > last * PAGE_SIZE and last < MAX_PAGES_SHOWN
    more = form.link(page=form.wanted.get("page"), upto=last + 1) if follows else ""
    if groups:
        groups[-1].load_more_url = more
        groups[0].eager_images = 4
    onward = form.link(page=last + 1) if follows else ""
    return {
        "bands": groups,
        "pagination": {"load_more_url": more, "next_url": onward},
        "show_weaker_url": form.link(min=0.0),
    }


def with_links(state: SearchState, group: HitGroup) -> HitGroup:
    """The band, each hit of it with its links."""
    group.hits = [state.with_links(hit) for hit in group.hits]
    return group


@require_http_methods(["GET", "HEAD", "POST"])
def picture(request: HtmxRequest) -> HttpResponse:
    """Keep the picture that somebody searches with, and lead to the search. Errors appear in place."""
    if request.method != "POST":  # a refusal was shown under this address, and is asked for again
        return redirect("search")
    visible = ImageItem.objects.visible_to(request.user)
    state = SearchState.read(SearchForm(request.POST), visible)
    form = PictureForm(request.POST, request.FILES)
    try:
        if own := own_image_key(request, form.address):
            return redirect_to_query(request, state, state.with_picture(own, form.role_name))
        rate_limits.count_picture_search(request)
        source = form.source(partial(concurrent_requests.fetch, request), rate_limits.decode_memory(request))
        kept = query_pictures.keep(source, visible.embedder())
        query = state.with_picture(kept.token, form.role_name)
    except ImageSearchError as error:
        return render_refusal(request, state, error)
    return redirect_to_query(request, state, query)


def redirect_to_query(request: HtmxRequest, state: SearchState, query: Query) -> HttpResponse:
    """Lead to the search for this query."""
    address = reverse("search") + state.form.link_to(query)
    if fragment_target(request):
        return HttpResponseClientRedirect(address)
    return see_other(address)


def own_image_key(request: HttpRequest, url: str) -> str:
    """The key of the image of this gallery whose page or file this is; it needs no fetch. Else ""."""
    try:
        parts = urlsplit(url.strip())
        own_hosts = (request.get_host(), urlsplit(absolute(request, "/")).netloc)
        if parts.scheme not in ("http", "https") or parts.netloc not in own_hosts:
            return ""
        match = resolve("/" + parts.path.removeprefix(get_script_prefix()).lstrip("/"))
    except (ValueError, Resolver404):
        return ""
    return str(match.kwargs["pk"]) if match.url_name in ("image", "media") else ""


def render_refusal(request: HtmxRequest, state: SearchState, error: ImageSearchError) -> HttpResponse:
    if not fragment_target(request):
        return answer(request, state, ImageItem.objects.visible_to(request.user), error=error)
    response = render(request, "gallery/errors/_toast.html", {"sentence": str(error)}, status=error.status)
    return with_retry_after(response, error)


@require_safe
@cache_control(private=True, no_store=True)
def query_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The thumbnail of a query picture, for anybody who has its token."""
    kept = QueryPicture.find(token)
    looks = features_of(kept) if kept else None
    if looks is None:
        raise Http404(_("This picture has expired."))
    return HttpResponse(looks.tile, content_type="image/webp")
