"""How many slow requests run at once, in all and for each client, so that threads are left for pages.

Uploads, fetches of addresses and very long pages keep a server thread for long. A request beyond the limits
waits for a moment, and is then answered with 429 or 503 and Retry-After. Counted in this process's memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.accounts.permissions import client_network
from gallery.web.responses import HtmxRequest
from imagesearch.concurrency import turns as core_turns
from imagesearch.concurrency.turns import ConcurrencyLimiter, LimitReached
from imagesearch.errors import ImageSearchError
from imagesearch.network import http
from imagesearch.network.http import Fetched

THREADS_FOR_PAGES = 3
"""Of the server's threads, so many are kept from slow requests."""
MAX_WAIT_SECONDS = {"uploads": 10.0, "fetches": 2.0, "long pages": 2.0}
"""Seconds that a request waits for its turn. Uploads wait in threads of their own."""
KINDS = {
    "uploads": gettext_lazy("uploads"),
    "fetches": gettext_lazy("downloads of addresses"),
    "long pages": gettext_lazy("long pages"),
    "slow requests": gettext_lazy("slow requests"),
}
"""What a message calls each kind of request."""
MAX_WAITING = 1
"""Requests that wait at a time: each keeps a thread from answering others."""
RETRY_AFTER = 2
LONG_LIST_PAGES = 5
"""Pages of 48 images; who asks for more of them at once waits for others who do."""

turns = ConcurrencyLimiter()


class ServerBusy(ImageSearchError):
    """Others keep the server busy with slow requests; asking again in `retry_after` seconds helps."""

    code = "server_busy"
    status = 503
    retry_after = RETRY_AFTER


class ClientBusy(ServerBusy):
    """The client's own slow requests reach the limit for one client."""

    code = "too_many_at_once"
    status = 429


@contextmanager
def upload(request: HttpRequest) -> Iterator[None]:
    """Within, an upload is decoded and stored. Raises ServerBusy."""
    with (
        _slow(request, "uploads", settings.UPLOADS_AT_ONCE, settings.UPLOADS_PER_CLIENT),
        core_turns.uploading(),
    ):
        yield


def fetch(request: HttpRequest, url: str) -> Fetched:
    """The content of the address that a client names. Raises ServerBusy, FetchError."""
    with _slow(request, "fetches", settings.FETCHES_AT_ONCE, settings.FETCHES_PER_CLIENT):
        return http.fetch(url)


def long_pages_in_turn(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A list that goes down to the page `upto`. One client gets its very long ones one by one."""

    @wraps(view)
    def wrapped(request: HtmxRequest) -> HttpResponse:
        upto = request.GET.get("upto", "")
        if request.htmx or not re.fullmatch(r"[0-9]{1,20}", upto) or int(upto) <= LONG_LIST_PAGES:
            return view(request)
        with _slow(request, "long pages", settings.LONG_PAGES_AT_ONCE, 1):
            return view(request)

    return wrapped


@contextmanager
def _slow(request: HttpRequest, kind: str, limit: int, max_per_client: int) -> Iterator[None]:
    own = (kind, client(request))
    limits: dict[Hashable, int] = {
        own: max_per_client,
        kind: limit,
        "slow requests": max(1, settings.WEB_THREADS - THREADS_FOR_PAGES),
    }
    with ExitStack() as stack:
        try:
            stack.enter_context(turns.turn(limits, timeout=MAX_WAIT_SECONDS[kind], max_waiting=MAX_WAITING))
        except LimitReached as error:
            if error.full == own:
                raise ClientBusy(
                    _("At most %(limit)d of your %(kind)s run at once. Try again in %(seconds)d seconds.")
                    % {"limit": max_per_client, "kind": KINDS[kind], "seconds": RETRY_AFTER}
                ) from error
            raise ServerBusy(
                _("The server is busy with other %(kind)s. Try again in %(seconds)d seconds.")
                % {"kind": KINDS[str(error.full)], "seconds": RETRY_AFTER}
            ) from error
        yield


def client(request: HttpRequest) -> str:
    """Who a request counts for: the person who is logged in, else the network that it comes from."""
    return f"user {request.user.pk}" if request.user.is_authenticated else client_network(request)
