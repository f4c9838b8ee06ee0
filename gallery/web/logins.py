"""Logging in: guesses of passwords are counted and refused by django-axes, and logged."""

from __future__ import annotations

import ipaddress
import logging
from datetime import timedelta
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessLog
from django.conf import settings
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import ngettext

from gallery.accounts.permissions import client_network
from gallery.web.responses import HtmxRequest, error_response

log = logging.getLogger(__name__)

PER_ADDRESS = 5
"""Times LOGIN_FAILURES: failures from one address for all accounts together; a household has one address."""
PER_ACCOUNT = 20
"""Times LOGIN_FAILURES: failures for one account from all addresses together."""
KNOWN_ADDRESS_AGE = timedelta(days=90)
"""So long an address from which somebody logged in is known for the account."""
MAX_LOGIN_LENGTH = 150
"""Characters, as in Django's own users."""
MAX_LOGGED_NAME = 40
"""Characters of a name in a line of the log."""


class Backend(AxesStandaloneBackend):  # type: ignore[misc]
    """Refuses a login that is locked out; without a request, as in a shell, nothing is locked out."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        if request is not None:
            super().authenticate(request, **credentials)


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts failures in the database: for account and address together, for each address, each account.

    The last two limits are looser. The account's does not hold for addresses that are known for it: else
    guesses from many addresses would lock out its owner for as long as they go on.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """As axes compares it with LOGIN_FAILURES."""
        both, address, account = map(failures, self.get_user_attempts(request, credentials))
        if account >= PER_ACCOUNT and is_known(request, get_client_username(request, credentials)):
            account = 0
        return max(both, address // PER_ADDRESS, account // PER_ACCOUNT)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forget the failures of this account from this address, and no others: a guesser may have both."""
        both, _, _ = self.filter_user_attempts(request, credentials)
        count, _ = both.delete()
        return int(count)

    def user_login_failed(self, sender: Any, credentials: Any, request: Any = None, **kwargs: Any) -> None:
        if request is None:
            return
        super().user_login_failed(sender, credentials, request, **kwargs)
        name = get_client_username(request, credentials)
        what = "is refused after too many failures" if request.axes_locked_out else "failed"
        log.warning("A login as %s from %s %s.", for_log(name), request.axes_ip_address, what)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        super().user_logged_in(sender, request, user, **kwargs)
        AccessLog.objects.filter(attempt_time__lt=timezone.now() - KNOWN_ADDRESS_AGE).delete()
        log.info("%s logged in from %s.", for_log(user.get_username()), request.axes_ip_address)


def failures(attempts: QuerySet[Any]) -> int:
    return attempts.aggregate(count=Sum("failures_since_start"))["count"] or 0


def is_known(request: Any, name: str | None) -> bool:
    """Whether somebody has logged in to this account from this address."""
    since = timezone.now() - KNOWN_ADDRESS_AGE
    known = AccessLog.objects.filter(username=name, ip_address=request.axes_ip_address)
    return bool(known.filter(attempt_time__gte=since).exists())


def for_log(name: str | None) -> str:
    """A name that a stranger typed, for a line of the log: short, and without line breaks."""
    return ascii((name or "")[:MAX_LOGGED_NAME])


# --- what django-axes asks for; imagesearch/settings.py names these functions ---------------------


def client_ip(request: HttpRequest) -> str | None:
    """The client's address; of IPv6 the first of its /64."""
    address = client_network(request).partition("/")[0]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def client_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that was typed, as much of it as an account's name can have; TiDB refuses longer ones."""
    name = (credentials or request.POST).get("username") or ""
    return str(name)[:MAX_LOGIN_LENGTH]


def failure_limit(request: HttpRequest, credentials: Any) -> int:
    return int(settings.LOGIN_FAILURES)


def cool_off(request: HttpRequest | None) -> timedelta:
    return timedelta(minutes=settings.LOGIN_LOCKOUT_MINUTES)


def locked_out(request: HtmxRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """The answer while a login is locked out: 429, as a page of the gallery or as JSON."""
    minutes = settings.LOGIN_LOCKOUT_MINUTES
    sentence = ngettext(
        "Too many failed logins, so this one was not checked. Wait %(minutes)d minute, then log in again.",
        "Too many failed logins, so this one was not checked. Wait %(minutes)d minutes, then log in again.",
        minutes,
    ) % {"minutes": minutes}
    answer = error_response(request, 429, "too_many_logins", sentence)
    answer.headers["Retry-After"] = str(60 * minutes)
    return answer
