"""Whom an API request speaks for: the owner of its Bearer token, or nobody."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils import timezone

from gallery.models import ApiToken
from imagesearch.errors import ImageSearchError

NOTED_EVERY = timedelta(minutes=1)


class TokenRefused(ImageSearchError):
    """No token where one is needed, or one that is not known."""

    code = "token_refused"
    status = 401


def person(request: HttpRequest) -> User | AnonymousUser:
    """Raises TokenRefused for an unknown token; no token at all is anonymous."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return AnonymousUser()
    found = (
        ApiToken.objects.select_related("user").filter(sha256=ApiToken.digest(token.strip())).first()
        if kind.lower() == "bearer"
        else None
    )
    if found is None or not found.user.is_active:
        raise TokenRefused(
            "This token is not known. `manage.py api_token USER` prints a new one; "
            "send it as “Authorization: Bearer TOKEN”."
        )
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > NOTED_EVERY:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user
