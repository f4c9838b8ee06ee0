"""What is shown where there is nothing, and when something broke."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    DisallowedRedirect,
    RequestDataTooBig,
    TooManyFieldsSent,
)
from django.http import HttpResponse

from gallery.web.responses import (
    HtmxRequest,
    error_response,
    outage_response,
    static_error_response,
    wants_json,
)

SERVER_ERROR = (
    "Something went wrong on the server. What you had added is safe. Try again; if the problem persists, "
    "the gallery's administrator finds the reason in its log."
)


def bad_request(request: HtmxRequest, exception: Exception) -> HttpResponse:
    """A request that Django could not read: too many fields or files, a broken form, a wrong Host."""
    if isinstance(exception, RequestDataTooBig):
        limit = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 2**20:.0f} MB"
        sentence = f"Without its pictures, this request is larger than {limit}, the limit. Nothing was done."
        return static_error_response(request, 413, "body_too_large", sentence)
    if isinstance(exception, TooManyFieldsSent):
        sentence = (
            f"This form has more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields. Nothing was done. "
            "Choose fewer rows at once, or all rows of a list with “Select all”."
        )
    elif isinstance(exception, BadRequest) and str(exception):
        sentence = str(exception)
    elif isinstance(exception, DisallowedHost):
        sentence = "This gallery has another name. Its administrator can add this one to ALLOWED_HOSTS."
    elif isinstance(exception, DisallowedRedirect):
        sentence = "This address is too long. Make the search shorter."
    elif wants_json(request):
        sentence = "This request cannot be read. Send a form with at most one file, as the description says."
    else:
        sentence = "This request cannot be read, so nothing was done. Go back, reload the page and try again."
    return static_error_response(request, 400, "bad_request", sentence)


def not_found(request: HtmxRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(
        request,
        404,
        "not_found",
        "There is nothing at this address: it was deleted, or it is not for you to see.",
    )


def server_error(request: HtmxRequest) -> HttpResponse:
    """What no view explained; errors of middleware (the session's, say) pass here alone."""
    if outage := outage_response(request, sys.exception()):
        return outage
    return static_error_response(request, 500, "server_error", SERVER_ERROR)
