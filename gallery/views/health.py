"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.models import VectorSpace
from gallery.web.login_required import must_log_in


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 while the database cannot be asked. Under LOGIN_REQUIRED it says nothing else."""
    try:
        connection.ensure_connection()
        space = VectorSpace.current()
    except Error:
        return JsonResponse(
            {"status": "waiting", "reason": _("The database does not respond.")},
            status=503,
            headers={"Retry-After": "5"},
        )
    if must_log_in(AnonymousUser()):
        return JsonResponse({"status": "ready"})
    return JsonResponse({"status": "ready", "model": space.model})
