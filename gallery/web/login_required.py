"""LOGIN_REQUIRED: nothing is shown to people without an account, except by views that say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from gallery.web.responses import HtmxRequest, error_response, wants_json

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def must_log_in(user: User | AnonymousUser) -> bool:
    """Whether this person must log in before anything is shown."""
    return bool(settings.LOGIN_REQUIRED) and not user.is_authenticated


class RequireLogin(LoginRequiredMiddleware):
    """Django's middleware, switched on by LOGIN_REQUIRED, with an answer for each kind of client."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not settings.LOGIN_REQUIRED:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]  # Django's own always redirects
        self, request: HtmxRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponse:
        return ask_to_log_in(request)


def ask_to_log_in(request: HtmxRequest) -> HttpResponse:
    """To the login page and back; for htmx the whole page goes there, a script gets 401."""
    response: HttpResponse
    if request.htmx:
        response = HttpResponseClientRedirect(redirect_to_login(shown_page(request)).url)
    elif wants_json(request):
        response = error_response(request, 401, "login_required", _("Log in first, then try again."))
    else:
        safe = request.method in ("GET", "HEAD")
        response = redirect_to_login(request.get_full_path()) if safe else redirect(settings.LOGIN_URL)
    add_never_cache_headers(response)
    return response


def shown_page(request: HtmxRequest) -> str:
    """Path and query of the page from which htmx asks; the library's where it does not say."""
    try:
        shown = urlsplit(request.htmx.current_url or "")
    except ValueError:
        return reverse("library")
    return shown._replace(scheme="", netloc="", fragment="").geturl() or reverse("library")
