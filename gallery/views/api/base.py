"""What every address of the API has: its methods, its token, and the images that the token shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from gallery.models import ImageItem
from gallery.web import api_auth
from gallery.web.login_required import must_log_in
from gallery.web.responses import json_error
from imagesearch.errors import ImageSearchError

View = Callable[..., HttpResponse]


class BadRequest(ImageSearchError):
    """A parameter that makes no sense; for programs it is refused where a page would leave it out."""

    code = "bad_request"


def api_view(*methods: str) -> Callable[[View], View]:
    """An address of the API: no session, no cookie, no CSRF; the person is the token's, or nobody.

    Under LOGIN_REQUIRED each request needs a token.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @never_cache
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                allowed = ", ".join(methods)
                refusal = json_error(
                    405,
                    "method_not_allowed",
                    _("Use one of these methods: %(methods)s.") % {"methods": allowed},
                )
                refusal["Allow"] = allowed
                return refusal
            request.user = api_auth.authenticate(request)
            if must_log_in(request.user):
                raise api_auth.TokenRefused(_("This gallery requires a token."))
            return view(request, *args, **kwargs)

        return login_not_required(wrapped)

    return decorate


def require_token(request: HttpRequest, message: str) -> None:
    """Raises TokenRefused where the request comes without a token."""
    if not request.user.is_authenticated:
        raise api_auth.TokenRefused(message)


def validated(form: forms.Form) -> Any:
    """The form, all of whose fields make sense. Raises BadRequest."""
    if not form.is_valid():
        raise BadRequest(
            " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        )
    return form


def visible_images(request: HttpRequest) -> Any:
    return ImageItem.objects.visible_to(request.user).prefetch_related("tags")


def image_or_404(request: HttpRequest, pk: int) -> ImageItem:
    item: ImageItem | None = visible_images(request).filter(pk=pk).first()
    if item is None:
        raise Http404
    return item
