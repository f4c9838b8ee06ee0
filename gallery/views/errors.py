"""What is shown where there is nothing, and when something broke."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from gallery.middleware import explain, plain, unavailable, wants_json

BROKEN = (
    "Something broke on our side. What you had added is safe. Try again; if it stays so, whoever runs this "
    "gallery finds the reason in its log."
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django could not read: too many fields or files, a broken form, a wrong Host."""
    if not wants_json(request):
        return defaults.bad_request(request, exception)
    sentence = "This request cannot be read. Send a form with at most one file, as the description says."
    return JsonResponse({"error": {"code": "bad_request", "message": sentence}}, status=400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return explain(
        request,
        404,
        "not_found",
        "There is nothing at this address: it was deleted, or it is not for you to see.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """What no view explained; errors of middleware (the session's, say) pass here alone."""
    return unavailable(request, sys.exception()) or plain(request, 500, "server_error", BROKEN)
