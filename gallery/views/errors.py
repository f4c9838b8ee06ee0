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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.web.responses import (
    HtmxRequest,
    error_response,
    outage_response,
    static_error_response,
    wants_json,
)

SERVER_ERROR = gettext_lazy(
    "Something went wrong on the server. Your images are safe. Try again. If the problem persists, ask the "
    "administrator of this gallery, who finds the reason in the log."
)


def bad_request(request: HtmxRequest, exception: Exception) -> HttpResponse:
    """A request that Django could not read: too many fields or files, a broken form, a wrong Host."""
    if isinstance(exception, RequestDataTooBig):
        sentence = _(
            "Without its files, this request is larger than the limit of %(megabytes)d MB. Nothing was saved."
        ) % {"megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20}
        return static_error_response(request, 413, "body_too_large", sentence)
    if isinstance(exception, TooManyFieldsSent):
        sentence = _(
            "This form has more than %(limit)s fields. Nothing was saved. Choose fewer rows at once, or all "
            "rows of a list with “Select all”."
        ) % {"limit": f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}"}
    elif isinstance(exception, BadRequest) and str(exception):
        sentence = str(exception)
    elif isinstance(exception, DisallowedHost):
        sentence = _(
            "This gallery has another host name. Its administrator can add this one to ALLOWED_HOSTS."
        )
    elif isinstance(exception, DisallowedRedirect):
        sentence = _("This address is too long. Make the search shorter.")
    elif wants_json(request):
        sentence = _("This request is not valid. Send a form with at most one file; see /api/openapi.json.")
    else:
        sentence = _("This request is not valid. Nothing was saved. Go back, reload the page and try again.")
    return static_error_response(request, 400, "bad_request", sentence)


def not_found(request: HtmxRequest, exception: Exception | None = None) -> HttpResponse:
    message = _("Page not found: it was deleted, or you do not have permission to see it.")
    return error_response(request, 404, "not_found", message)


def server_error(request: HtmxRequest) -> HttpResponse:
    """What no view explained; errors of middleware (the session's, say) pass here alone."""
    if outage := outage_response(request, sys.exception()):
        return outage
    return static_error_response(request, 500, "server_error", SERVER_ERROR)
