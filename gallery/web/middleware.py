"""Headers of every response, bodies that are refused unread, and errors that become responses."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from gallery.accounts.permissions import comes_from_silent_proxy, comes_from_unknown_proxy
from gallery.server.bodies import DISK_FULL, NOT_STORED, REFUSED, TOO_MANY, max_body_bytes
from gallery.web.responses import (
    HtmxRequest,
    error_response,
    outage_response,
    wants_json,
    with_retry_after,
)
from imagesearch.errors import ImageSearchError
from imagesearch.images import storage
from imagesearch.outages import LATER, SOON

log = logging.getLogger(__name__)

Handler = Callable[[HtmxRequest], HttpResponse]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",  # each tile carries its aspect ratio and colour
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
TOO_MANY_UPLOADS = _(
    "Too many uploads are arriving at the same time, and this one was not saved. Try again in a moment."
)


def security_headers(get_response: Handler) -> Handler:
    """A strict content policy and no sniffing, on static files and errors too; and when to try again."""

    def middleware(request: HtmxRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        if response.status_code in (503, 507):  # whichever view said so
            response.headers.setdefault("Retry-After", str(LATER))
        return response

    return middleware


def warn_of_proxy(get_response: Handler) -> Handler:
    """Log once what is wrong with the proxy in front: all its visitors would share one rate limit."""
    warned = False

    def middleware(request: HtmxRequest) -> HttpResponse:
        nonlocal warned
        warning = "" if warned else proxy_warning(request)
        if warning:
            warned = True
            log.warning(
                "%s All who come through it share one limit on searches and logins. See docs/deployment.md.",
                warning,
            )
        return get_response(request)

    return middleware


def proxy_warning(request: HttpRequest) -> str:
    address = request.META.get("REMOTE_ADDR")
    if comes_from_unknown_proxy(request):
        return (
            f"{address} sends X-Forwarded-For or Forwarded, as proxies do, and TRUSTED_PROXIES does not name "
            "it. If it is your proxy, set TRUSTED_PROXIES to its address or network."
        )
    if comes_from_silent_proxy(request):
        return f"{address}, which TRUSTED_PROXIES names, sent a request without X-Forwarded-For."
    return ""


def refuse_oversized(get_response: Handler) -> Handler:
    """Refuse a body above the limit before anything reads it (the CSRF check would parse it whole).

    Where the web server could not keep a body, say why.
    """

    def middleware(request: HtmxRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        refused = request.META.get(REFUSED)
        if not refused and length.isdecimal() and int(length) <= max_body_bytes():
            return get_response(request)
        if refused in {DISK_FULL, NOT_STORED}:
            error = storage.full() if refused == DISK_FULL else storage.unavailable("its temporary folder")
            return error_response(request, error.status, error.code, str(error))
        if refused == TOO_MANY:
            response = error_response(request, 503, "too_many_uploads", TOO_MANY_UPLOADS)
            response.headers["Retry-After"] = str(SOON)
            return response
        limit = settings.MAX_IMAGE_BYTES
        sentence = _(
            "This upload is too large: a picture may have at most %(bytes)s bytes (%(megabytes)s MB). "
            "Save it smaller and try again."
        ) % {"bytes": f"{limit:,}", "megabytes": f"{limit / 2**20:.3g}"}
        return error_response(request, 413, "image_too_large", str(sentence))

    return middleware


class explain_errors(MiddlewareMixin):  # noqa: N801  (named as the functions beside it)
    """Errors with a sentence become an answer with that sentence; nobody but us sees anything else."""

    def process_exception(self, request: HtmxRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ImageSearchError):
            response = with_retry_after(error_response(request, error.status, error.code, str(error)), error)
            if error.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        if isinstance(error, PermissionDenied):
            return error_response(
                request, 403, "forbidden", str(error) or _("You do not have permission to do this.")
            )
        if isinstance(error, Http404) and wants_json(request):
            return error_response(
                request,
                404,
                "not_found",
                _("Not found: it does not exist, or you do not have permission to see it."),
            )
        return outage_response(request, error)
