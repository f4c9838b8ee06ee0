"""Adding images: one file or address a request, so that each has its own progress and its own answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gallery.accounts import permissions
from gallery.ingest import intake
from gallery.ingest.intake import IntakeAnswer
from gallery.models import ImageItem
from gallery.search.forms import AddForm
from gallery.web import concurrent_requests, rate_limits
from gallery.web.responses import wants_json, with_retry_after
from imagesearch.errors import ImageError, ImageSearchError

TABS = ("files", "urls")


@require_http_methods(["GET", "HEAD", "POST"])
@permissions.adders_only
def add(request: HttpRequest) -> HttpResponse:
    """The page; a POST adds what it carries and answers as JSON to the page's script, else with a page."""
    if request.method != "POST":
        return page(request)
    rate_limits.require_one_file(request)
    form = AddForm(request.POST, request.FILES)
    if wants_json(request):
        seen = one(request, form)
        return JsonResponse(as_json(seen), status=201 if seen.created else 200)
    addresses = form.addresses
    if len(addresses) > 1:
        return page(request, outcomes=[outcome(request, form, url) for url in addresses], tab="urls")
    try:
        seen = one(request, form)
    except ImageSearchError as error:
        return page(request, error=error, form=form, tab="urls" if addresses else "files")
    messages.success(request, outcome_of(seen))
    return redirect(seen.href)


def outcome_of(seen: IntakeAnswer) -> str:
    if not seen.created:
        return _("This picture is already in the gallery. Nothing was added.")
    if seen.awaits_approval:
        return _("Added. The image becomes visible when a curator approves it.")
    return _("Added.") if seen.visible else _("Added. The image is hidden; log in as admin to publish it.")


def page(
    request: HttpRequest, *, error: ImageSearchError | None = None, tab: str = "", **context: Any
) -> HttpResponse:
    asked = request.GET.get("from", "")
    context |= {"error": error, "tab": tab or (asked if asked in TABS else TABS[0])}
    response = render(
        request, "gallery/add/page.html", {"form": AddForm()} | context, status=error.status if error else 200
    )
    return with_retry_after(response, error)


def one(request: HttpRequest, form: AddForm) -> IntakeAnswer:
    """Add the file, or the picture behind the first address. Raises ImageSearchError of many kinds."""
    fields: dict[str, Any] = {"owner": permissions.owner_for(request), "tags": form.labels}
    if form.file:
        with concurrent_requests.upload(request):
            taken = intake.take(form.file, name=form.file.name or "", **fields)
    elif form.addresses:
        fetched = concurrent_requests.fetch(request, form.addresses[0])
        with concurrent_requests.upload(request):
            taken = intake.take(fetched.content, name=fetched.name, image_uri=form.addresses[0], **fields)
    else:
        raise ImageError(_("No picture was sent. Choose a file, or enter an address."))
    return intake.show(taken, request.user)


def outcome(request: HttpRequest, form: AddForm, url: str) -> dict[str, Any]:
    """What became of one address of many."""
    try:
        return {"url": url, "seen": one(request, form.only(url))}
    except ImageSearchError as error:
        return {"url": url, "error": error}


def as_json(seen: IntakeAnswer) -> dict[str, Any]:
    item: ImageItem = seen.item
    return {
        "kind": "added" if seen.created else "here",
        "title": str(item),
        "state": item.state,
        "reason": item.reason,
        "href": seen.href,
        "thumbnail": seen.thumbnail,
    }
