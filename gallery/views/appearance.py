"""How pages look in this browser: cookies that the server turns into attributes of the page."""

from __future__ import annotations

from collections.abc import Container

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from gallery.web.context_processors import SCORES, THEMES

A_YEAR = 365 * 24 * 3600


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark; anything else follows the system."""
    return _remember(request, settings.THEME_COOKIE_NAME, request.POST.get("theme", ""), THEMES)


@login_not_required
@require_POST
def scores(request: HttpRequest) -> HttpResponse:
    """Rings alone or with numbers on all screens; anything else follows the width of the screen."""
    return _remember(request, settings.SCORES_COOKIE_NAME, request.POST.get("scores", ""), SCORES)


def _remember(request: HttpRequest, cookie: str, choice: str, choices: Container[str]) -> HttpResponse:
    """Keep the choice, or forget the one before, and go back to the page it was made on."""
    back = request.POST.get("next", "")
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = reverse("library")
    response = HttpResponseRedirect(back)
    if choice in choices:
        response.set_cookie(
            cookie,
            choice,
            path=settings.SESSION_COOKIE_PATH,
            max_age=A_YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(cookie, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
    return response
