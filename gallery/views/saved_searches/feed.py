"""The feed of a saved search, for anybody who has its address: JSON Feed 1.1 (jsonfeed.org)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gallery.models import ImageItem, SavedSearch
from gallery.saved_searches import new_hits, saving
from gallery.saved_searches.signed_links import signed
from gallery.search.state import SearchState
from gallery.web import rate_limits
from gallery.web.public_address import absolute


@login_not_required
@require_safe
@cache_control(private=True, max_age=300)
def feed(request: HttpRequest, token: str) -> JsonResponse:
    """The hits that its owner may see, newest first; without an owner, those that anybody may see."""
    alive = Q(owner=None) | Q(owner__is_active=True)
    saved = SavedSearch.objects.select_related("owner").filter(alive, token=token).first()
    if saved is None:
        raise Http404
    visible = ImageItem.objects.visible_to(saved.owner).prefetch_related("tags")
    state = SearchState.read(new_hits.form_of(saved), visible)
    hits = new_hits.newest_hits(state, visible, rate_limits.charge(request, visible.embedder()))
    described = saving.described(state.form)
    # A search is named after its pictures where nobody names it: after one that is hidden now, too.
    name = described if state.lost else saved.name
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{name} · Gallery",
        "description": _("Images that match %(search)s, newest first.") % {"search": described},
        "home_page_url": absolute(request, saved.get_absolute_url()),
        "feed_url": absolute(request, saved.feed),
        "items": [entry(request, saved, item) for item in hits],
    }
    return JsonResponse(body, content_type="application/feed+json")


def entry(request: HttpRequest, saved: SavedSearch, item: Any) -> dict[str, Any]:
    """One hit; `_gallery` is ours, as the format allows."""
    page = absolute(request, item.get_absolute_url())
    return {
        "id": page,
        "url": page,
        "title": str(item),
        "content_text": item.caption or str(item),
        "image": absolute(request, signed(item.view_url, saved)),
        "date_published": (item.found_from or item.created_at).isoformat(),
        "tags": [tag.name for tag in item.tags.all()],
        "_gallery": {
            "score": item.score,
            "band": item.band,
            "thumbnail": absolute(request, signed(item.tile_url, saved)),
        },
    }
