"""What every answer carries, what is refused unread, and how an error becomes a page."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin

from gallery.accounts.permissions import comes_from_silent_proxy, comes_from_unknown_proxy
from gallery.server.bodies import DISK_FULL, NOT_STORED, REFUSED, TOO_MANY, most_bytes
from imagesearch.database.transactions import number, sqlite_code
from imagesearch.errors import ImageSearchError
from imagesearch.images import storage
from imagesearch.outages import LATER, SOON, outage

log = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]

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
TOO_MANY_UPLOADS = (
    "Too many uploads arrive at the same time, and this one was not kept. Try again in a moment."
)


def security_headers(get_response: Handler) -> Handler:
    """A strict content policy and no sniffing, on static files and errors too; and when to try again."""

    def middleware(request: HttpRequest) -> HttpResponse:
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

    def middleware(request: HttpRequest) -> HttpResponse:
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

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        refused = request.META.get(REFUSED)
        if not refused and length.isdecimal() and int(length) <= most_bytes():
            return get_response(request)
        if refused in {DISK_FULL, NOT_STORED}:
            error = storage.full() if refused == DISK_FULL else storage.unavailable("its temporary folder")
            return explain(request, error.status, error.code, str(error))
        if refused == TOO_MANY:
            response = explain(request, 503, "too_many_uploads", TOO_MANY_UPLOADS)
            response.headers["Retry-After"] = str(SOON)
            return response
        most = settings.MAX_IMAGE_BYTES
        sentence = (
            f"This upload is too large: one picture may have {most:,} bytes ({most / 2**20:.3g} MB). "
            "Save it smaller and try again."
        )
        return explain(request, 413, "image_too_large", sentence)

    return middleware


class explain_errors(MiddlewareMixin):  # noqa: N801  (named as the functions beside it)
    """Errors with a sentence become an answer with that sentence; nobody but us sees anything else."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ImageSearchError):
            response = with_retry_after(explain(request, error.status, error.code, str(error)), error)
            if error.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        if isinstance(error, PermissionDenied):
            return explain(request, 403, "forbidden", str(error) or "You may not do this.")
        if isinstance(error, Http404) and wants_json(request):
            return explain(request, 404, "not_found", "There is no such thing here.")
        return unavailable(request, error)


def with_retry_after(response: HttpResponse, error: ImageSearchError | None) -> HttpResponse:
    """The response says when asking again may help, where the error knows."""
    if wait := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(math.ceil(wait))
    return response


def wants_json(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/") or request.headers.get("Accept", "").startswith(
        "application/json"
    )


def unavailable(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """503 or 507 where database or disk fail, with a page that asks nothing of the database; else None."""
    found = outage(error)
    if error is None or found is None:
        return None
    # Of a database's error only the number is read; the disk's own words name the file.
    detail = error if isinstance(error, OSError) else number(error) or sqlite_code(error)
    status, code, sentence, retry_after = found
    log.warning("%s %s is answered %d (%s): %s.", request.method, request.path, status, code, detail)
    response = plain(request, status, code, sentence)
    response.headers["Retry-After"] = str(retry_after)
    return response


def plain(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    """The error as `explain` gives it, by templates that know neither person nor database."""
    if wants_json(request):
        return JsonResponse({"error": {"code": code, "message": sentence}}, status=status)
    if request.headers.get("HX-Request") == "true":
        return to_messages(
            HttpResponse(
                render_to_string("gallery/errors/_toast.html", {"sentence": sentence}), status=status
            )
        )
    context = {
        "sentence": sentence,
        "again": SOON if status == 503 and request.method == "GET" else None,
    }
    return HttpResponse(render_to_string("gallery/errors/unavailable.html", context), status=status)


def to_messages(response: HttpResponse) -> HttpResponse:
    """Whatever htmx asked for, the sentence belongs among the page's messages."""
    response["HX-Retarget"], response["HX-Reswap"] = "#message", "innerHTML"
    return response


def explain(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    """The error as JSON, as a fragment for htmx, or as a page, whichever was asked for."""
    if wants_json(request):
        return JsonResponse({"error": {"code": code, "message": sentence}}, status=status)
    if not hasattr(request, "user"):  # refused before anybody asked who it is
        request.user = AnonymousUser()
    fragment = request.headers.get("HX-Request") == "true"
    template = "gallery/errors/_toast.html" if fragment else "gallery/errors/page.html"
    response = render(
        request, template, {"status": status, "code": code, "sentence": sentence}, status=status
    )
    return to_messages(response) if fragment else response
