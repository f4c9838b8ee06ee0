"""How often one client may search or try an unknown token; counted in this process's memory."""

from __future__ import annotations

import math
import threading
import time
from collections import deque

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest
from django.utils.translation import gettext as _

from gallery.accounts.permissions import client_network, may_add
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import ImageSearchError
from imagesearch.query import Part, Picture
from imagesearch.query.query_vector import RateCharge, SkipEmbedding

WINDOW = 60.0
MAX_CLIENTS = 10_000


class RateLimitExceeded(ImageSearchError):
    """More searches in a minute than are free; `retry_after` says in how many seconds the next one is."""

    code = "too_often"
    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateCounter:
    """Sliding windows of a minute, one for each client."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def count(self, kind: str, client: str, limit: int, *, what: str = "") -> None:
        """Note one more. Raises RateLimitExceeded beyond `limit` a minute."""
        now = time.monotonic()
        with self._lock:
            if len(self._seen) > MAX_CLIENTS:
                self._seen = {key: times for key, times in self._seen.items() if times[-1] > now - WINDOW}
            times = self._seen.setdefault((kind, client), deque())
            while times and times[0] <= now - WINDOW:
                times.popleft()
            if len(times) >= limit:
                wait = math.ceil(times[0] + WINDOW - now)
                message = _("The limit is %(limit)d %(what)s a minute. Try again in %(seconds)d seconds.") % {
                    "limit": limit,
                    "what": what or _("searches"),
                    "seconds": wait,
                }
                raise RateLimitExceeded(message, wait)
            times.append(now)

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()


counter = RateCounter()


def count_picture_search(request: HttpRequest) -> None:
    """Before a picture is embedded, or a remote model asked. Raises RateLimitExceeded; members are free."""
    if not request.user.is_authenticated:
        counter.count("picture", client_network(request), settings.SEARCHES_PER_MINUTE)


def decode_memory(request: HttpRequest) -> int | None:
    """MiB that decoding a picture to search with may take; None where the person may add such pictures."""
    return None if may_add(request) else settings.MAX_SEARCH_DECODE_MB


def count_word_search(request: HttpRequest) -> None:
    """Words are about to be embedded by a local model, which is cheap."""
    if not request.user.is_authenticated:
        counter.count("words", client_network(request), settings.WORD_SEARCHES_PER_MINUTE)


def count_suggestions(request: HttpRequest) -> None:
    """Somebody types, and is helped by the database alone: twice as often as words may be searched."""
    if not request.user.is_authenticated:
        counter.count("suggestions", client_network(request), 2 * settings.WORD_SEARCHES_PER_MINUTE)


def charge(request: HttpRequest, embedder: Embedder, *, typing: bool = False) -> RateCharge:
    """What embedding a part costs who asks; what was asked before costs nothing.

    While somebody types, a remote model, which costs money, is not asked at all.
    """

    def count(part: Part) -> None:
        if isinstance(part.picture, Picture):
            return  # sent along, and counted when it came
        if typing and not embedder.local:
            raise SkipEmbedding
        if embedder.local and part.words:
            count_word_search(request)
        else:
            count_picture_search(request)

    return count


def require_one_file(request: HttpRequest) -> None:
    """Refuse a request that brings more than one file, where just one is taken. Raises TooManyFilesSent."""
    if sum(len(files) for name, files in request.FILES.lists()) > 1:
        raise TooManyFilesSent(_("Send one file in each request."))
