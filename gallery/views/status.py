"""The state of the gallery: what is searchable, what failed and why, and the button that tries again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from gallery.accounts import permissions
from gallery.ingest import indexing
from gallery.maintenance.status_report import overview
from gallery.models import Embedding, ImageItem
from gallery.models.querysets import ImageQuerySet
from gallery.web.responses import HtmxRequest, fragment_target, vary_on_htmx
from imagesearch.database.ids import read_id

FAILED_PER_PAGE = 50
MAX_INLINE_RETRIES = 20
"""Up to so many are tried while the person waits; more are left to the worker."""


@require_safe
@vary_on_htmx
def status(request: HtmxRequest) -> HttpResponse:
    """The page; for #cards, which asks every two seconds while they move, the figures alone."""
    figures = overview(request.user)
    context = {"overview": figures, "failed": failed_page(request)}
    if fragment_target(request) == "cards":
        stop_polling = not figures.moves
        return render(
            request, "gallery/status/_cards.html", context, status=HTMX_STOP_POLLING if stop_polling else 200
        )
    return render(request, "gallery/status/page.html", context)


def failed_page(request: HttpRequest) -> object:
    """Failed images that this person may retry, newest first."""
    rows = retryable(request).filter(state=ImageItem.State.FAILED)
    return Paginator(rows, FAILED_PER_PAGE).get_page(request.GET.get("page"))


def retryable(request: HttpRequest) -> ImageQuerySet:
    visible = ImageItem.objects.visible_to(request.user)
    if permissions.may_curate(request.user):
        return visible
    return visible.filter(owner=request.user) if request.user.is_authenticated else visible.none()


@require_POST
@permissions.members_only
def retry(request: HttpRequest) -> HttpResponse:
    """Try one failed image again (`image`), or all that this person may retry."""
    failed = retryable(request).filter(state=ImageItem.State.FAILED)
    if chosen := request.POST.get("image", ""):
        failed = failed.filter(pk__in=[pk] if (pk := read_id(chosen)) is not None else [])
    ids = list(failed.values_list("pk", flat=True))
    ImageItem.objects.filter(pk__in=ids).requeue()
    if ids and len(ids) <= MAX_INLINE_RETRIES:
        indexing.embed_on_save(Embedding, ids)
    messages.success(request, retry_result(ids))
    return redirect("status")


def retry_result(ids: list[int]) -> str:
    left = ImageItem.objects.filter(pk__in=ids)
    ready, failed = left.filter(state="ready").count(), left.filter(state="failed").count()
    if not ids:
        return _("There is nothing to retry.")
    waiting = len(ids) - ready - failed
    parts = [
        (ready, _("%(count)d searchable now")),
        (failed, _("%(count)d failed again")),
        (waiting, _("%(count)d queued")),
    ]
    return ", ".join(text % {"count": count} for count, text in parts if count) + "."
