"""What views and middleware answer with: which kind of answer a request wants, and errors of each kind."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget

from imagesearch.database.transactions import number, sqlite_code
from imagesearch.errors import ImageSearchError
from imagesearch.outages import SOON, outage

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise
    from django_htmx.middleware import HtmxDetails

log = logging.getLogger(__name__)

MESSAGES = "#message"
"""The element of every page that shows messages."""


class HtmxRequest(HttpRequest):
    """A request after `HtmxMiddleware`, which is the first one in settings.MIDDLEWARE. For type checkers."""

    htmx: HtmxDetails


vary_on_htmx = vary_on_headers("HX-Request", "HX-Target")
"""Without it a browser may show a cached fragment as a page when somebody goes back."""


def fragment_target(request: HtmxRequest) -> str:
    """The id of the element that the answer replaces; "" where a whole page is wanted."""
    if not request.htmx or request.htmx.history_restore_request:
        return ""
    return request.htmx.target or ""


def wants_json(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return request.path_info.startswith("/api/") or accepted.startswith("application/json")


def json_error(status: int, code: str, message: StrPromise | str) -> JsonResponse:
    """The body of every error that a program gets, as gallery/openapi.json describes it."""
    return JsonResponse({"error": {"code": code, "message": str(message)}}, status=status)


def error_response(request: HtmxRequest, status: int, code: str, message: StrPromise | str) -> HttpResponse:
    """The error as JSON, as a fragment for htmx, or as a page, whichever the request wants."""
    if not hasattr(request, "user"):  # refused before AuthenticationMiddleware
        request.user = AnonymousUser()
    context = {"status": status, "code": code, "sentence": message}
    if wants_json(request):
        response: HttpResponse = json_error(status, code, message)
    elif request.htmx:
        response = to_messages(render(request, "gallery/errors/_toast.html", context, status=status))
    else:
        response = render(request, "gallery/errors/page.html", context, status=status)
    return vary_on_kind(response)


def static_error_response(
    request: HtmxRequest, status: int, code: str, message: StrPromise | str
) -> HttpResponse:
    """The same by templates that need no database: for outages, and for what no view has caught."""
    retry_in = SOON if status == 503 and request.method == "GET" else None
    if wants_json(request):
        response: HttpResponse = json_error(status, code, message)
    elif request.htmx:
        html = render_to_string("gallery/errors/_toast.html", {"sentence": message})
        response = to_messages(HttpResponse(html, status=status))
    else:
        html = render_to_string("gallery/errors/unavailable.html", {"sentence": message, "again": retry_in})
        response = HttpResponse(html, status=status)
    return vary_on_kind(response)


def outage_response(request: HtmxRequest, error: BaseException | None) -> HttpResponse | None:
    """503 or 507 where database or disk fail; None for any other error."""
    found = outage(error)
    if error is None or found is None:
        return None
    # Of a database's error only the number is read; the disk's own words name the file.
    detail = error if isinstance(error, OSError) else number(error) or sqlite_code(error)
    status, code, message, retry_after = found
    log.warning("%s %s is answered %d (%s): %s.", request.method, request.path, status, code, detail)
    response = static_error_response(request, status, code, gettext(message))
    response.headers["Retry-After"] = str(retry_after)
    return response


def with_retry_after(response: HttpResponse, error: ImageSearchError | None) -> HttpResponse:
    """The response says when asking again may help, where the error knows."""
    if wait := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(math.ceil(wait))
    return response


def to_messages(response: HttpResponse) -> HttpResponse:
    """Show the response among the page's messages, not in the element that htmx wanted to replace."""
    return reswap(retarget(response, MESSAGES), "innerHTML")


def vary_on_kind(response: HttpResponse) -> HttpResponse:
    """One address answers an error as JSON, as a fragment and as a page: caches must tell these apart."""
    patch_vary_headers(response, ("Accept", "HX-Request"))
    return response
