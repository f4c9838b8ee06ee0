"""Light, dark, or as the system has it: a cookie that the server turns into an attribute of the page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from gallery.web.context_processors import THEMES

A_YEAR = 365 * 24 * 3600


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the choice and go back to the page it was made on."""
    back = request.POST.get("next", "")
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = reverse("library")
    response = HttpResponseRedirect(back)
    choice = request.POST.get("theme")
    if choice in THEMES:
        response.set_cookie(
            settings.THEME_COOKIE_NAME,
            choice,
            path=settings.SESSION_COOKIE_PATH,
            max_age=A_YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(settings.THEME_COOKIE_NAME, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
    return response
