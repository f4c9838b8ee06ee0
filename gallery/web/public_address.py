"""The gallery under its public address: scheme, path and absolute links come from PUBLIC_URL."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from imagesearch.network import public_url

Handler = Callable[[HttpRequest], HttpResponse]


def absolute(request: HttpRequest, path: str) -> str:
    """The whole address of a path of this gallery (with its prefix, as `reverse` gives it).

    With PUBLIC_URL it depends on nothing that the request says.
    """
    public = public_url.parse(settings.PUBLIC_URL)
    return public.origin + path if public else request.build_absolute_uri(path)


def listening_url() -> str:
    """The address to print at start: the public one, else where the server listens."""
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    return f"{settings.PUBLIC_URL or f'http://{host}:{settings.PORT}'}/"


def as_public_url(get_response: Handler) -> Handler:
    """Give each request the scheme of PUBLIC_URL, and take away its path where the proxy has not.

    So no header of the proxy decides about secure cookies and the CSRF check, and the proxy may strip the
    prefix or pass it on. `request.path` has the prefix once in either case, `request.path_info` never.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if public := public_url.parse(settings.PUBLIC_URL):
            request.META["wsgi.url_scheme"] = public.scheme
            if public.prefix and f"{request.path_info}/".startswith(f"{public.prefix}/"):
                request.path_info = request.path_info[len(public.prefix) :] or "/"
                request.path = public.prefix + request.path_info
        return get_response(request)

    return middleware
