"""The library: all images that a person may see, filtered and ordered, as deep as they scroll."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django_htmx.http import replace_url

from gallery.models import ImageItem
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import MAX_PAGES_SHOWN, PAGE_SIZE
from gallery.samples.marker import under_way
from gallery.search import filters
from gallery.search.forms import ListForm
from gallery.web import concurrent_requests
from gallery.web.responses import HtmxRequest, fragment_target, vary_on_htmx


@dataclass(frozen=True)
class ListPage:
    """The part of the list that an answer shows, and the links that lead on from it."""

    items: list[ImageItem]
    load_more_url: str = ""
    next_url: str = ""


@require_safe
@vary_on_htmx
@gzip_page
@concurrent_requests.long_pages_in_turn
def library(request: HtmxRequest) -> HttpResponse:
    """The page down to `upto`; for the list's end (#more) the tiles of page `upto` alone."""
    form = ListForm(request.GET)
    visible = ImageItem.objects.visible_to(request.user)
    images = form.narrow(visible)
    if fragment_target(request) == "more":
        context = {"form": form, "pagination": next_page(form, images), "fragment": True}
        response = render(request, "gallery/library/_tiles.html", context)
        return replace_url(response, form.link(after=form.begins_behind, upto=form.upto_page))
    context = {
        "form": form,
        "pagination": first_pages(form, images),
        "total": images.count(),
        "filters": filters.filters(
            form, filters.newest_ids(images), with_hidden=request.user.is_authenticated
        ),
        "sort_menu": filters.orders(form),
        "eager_images": 4,
        "samples_coming": under_way(),
    }
    empty = not context["total"] and form.origin == ""
    return render(request, "gallery/library/empty.html" if empty else "gallery/library/page.html", context)


def first_pages(form: ListForm, images: ImageQuerySet) -> ListPage:
    """The pages 1 … `upto`, counted from behind `after`."""
    start = form.mark("after", images)
    rows = form.order.beyond(images, start) if start else form.order.sort(images)
    return list_page(form, rows, form.upto_page * PAGE_SIZE)


def next_page(form: ListForm, images: ImageQuerySet) -> ListPage:
    """The page behind `last`; where that is no place in this list, the one that its number gives."""
    last = form.mark("last", images)
    if last:
        return list_page(form, form.order.beyond(images, last), PAGE_SIZE)
    all_of_them = first_pages(form, images)
    return replace(all_of_them, items=all_of_them.items[(form.upto_page - 1) * PAGE_SIZE :])


def list_page(form: ListForm, rows: ImageQuerySet, most: int) -> ListPage:
    items = list(rows[: most + 1])
    if len(items) <= most:
        return ListPage(items)
    items.pop()
    last = form.behind(items[-1])
    deeper = {"after": form.begins_behind, "upto": form.upto_page + 1, "last": last}
    more = form.link(**deeper) if form.upto_page < MAX_PAGES_SHOWN else ""
    return ListPage(items, more, form.link(after=last))
