"""Whom an API request speaks for: the owner of its token, or nobody."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from gallery.accounts.permissions import client_network
from gallery.models import ApiToken
from gallery.web.rate_limits import counter
from imagesearch.errors import ImageSearchError

log = logging.getLogger(__name__)

MAX_UNKNOWN_TOKENS = 30
"""Unknown tokens a minute from one address that are answered 401; more are answered 429.

A known one is taken even then: nobody else behind the same address is shut out, and a token is too long to be
found by guessing.
"""
LAST_USED_INTERVAL = timedelta(minutes=1)
PROXY_SCHEMES = {"basic", "digest", "negotiate", "ntlm"}
"""Logins that a proxy in front asks for and passes on; none of them is about this gallery."""


class TokenRefused(ImageSearchError):
    """No token where one is needed, or one that is not known."""

    code = "token_refused"
    status = 401

    def __init__(self, message: str) -> None:
        hint = _("`manage.py api_token USER` creates a token.")
        super().__init__(f"{message} {hint}")


def sent_token(request: HttpRequest) -> str:
    """The token that came along; "" for none. Raises TokenRefused for a scheme that carries no token of ours.

    X-API-Token goes before Authorization, which may be taken by the login of a proxy.
    """
    if token := request.headers.get("X-API-Token", "").strip():
        return token
    scheme, __, token = request.headers.get("Authorization", "").strip().partition(" ")
    if not scheme or scheme.lower() in PROXY_SCHEMES:
        return ""
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    raise TokenRefused(_("Send the token as “Authorization: Bearer …” or “X-API-Token: …”."))


def authenticate_or_anonymous(request: HttpRequest) -> User | AnonymousUser:
    """As `person`, for addresses that browsers ask too: a proxy may send them an Authorization of its own."""
    try:
        return authenticate(request)
    except TokenRefused:
        return AnonymousUser()


def authenticate(request: HttpRequest) -> User | AnonymousUser:
    """Raises TokenRefused, RateLimitExceeded for an unknown token; no token at all is anonymous."""
    token = sent_token(request)
    if not token:
        return AnonymousUser()
    found = ApiToken.objects.select_related("user").filter(sha256=ApiToken.digest(token)).first()
    if found is None or not found.user.is_active:
        network = client_network(request)
        counter.count("tokens", network, MAX_UNKNOWN_TOKENS, what=_("requests with an unknown token"))
        log.warning("Request with an unknown API token from %s.", network)
        raise TokenRefused(_("This token is not valid."))
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > LAST_USED_INTERVAL:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user
