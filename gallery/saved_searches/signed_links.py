"""Signed links to pictures: what a feed shows can be fetched without an account under LOGIN_REQUIRED."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode

from gallery.models import SavedSearch
from imagesearch.database.ids import read_id

SALT = "gallery.saved_searches.signed_links"


def signed(path: str, saved: SavedSearch) -> str:
    """The path of a picture for the readers of this feed; as it is where nobody must log in.

    It ends with the feed: when the search is deleted, its feed is renewed, or its owner is blocked.
    """
    if not settings.LOGIN_REQUIRED:
        return path
    query = urlencode({"feed": str(saved.pk), "signature": _signature(path.partition("?")[0], saved)})
    return f"{path}{'&' if '?' in path else '?'}{query}"


def is_signed(request: HttpRequest) -> bool:
    """Whether this very path was signed for a feed that there still is."""
    pk = read_id(request.GET.get("feed", ""))
    if pk is None:
        return False
    alive = Q(owner=None) | Q(owner__is_active=True)
    saved = SavedSearch.objects.filter(alive, pk=pk).first()
    expected = _signature(request.path, saved) if saved else ""
    return bool(saved) and constant_time_compare(request.GET.get("signature", ""), expected)


def _signature(path: str, saved: SavedSearch) -> str:
    return salted_hmac(SALT, f"{saved.token} {path}", algorithm="sha256").hexdigest()
