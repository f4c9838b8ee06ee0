"""Suggestions while somebody types, for the list under the field."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from gallery.models import ImageItem
from gallery.search.autocomplete import Completions, complete
from gallery.search.state import ADDRESS
from gallery.web import rate_limits
from gallery.web.responses import wants_json


@require_safe
@never_cache
@vary_on_headers("Accept")
def suggest(request: HttpRequest) -> HttpResponse:
    """The entries for the words typed so far (`q`), as a fragment or as JSON; nothing is embedded."""
    rate_limits.count_suggestions(request)
    text = request.GET.get("q", "")
    if ADDRESS.fullmatch(text.strip()):  # it is not searched as words
        found = Completions(suggestions=[], unknown_words=[])
    else:
        found = complete(text, ImageItem.objects.visible_to(request.user))
    if wants_json(request):
        return JsonResponse(found.as_dict())
    return render(request, "gallery/layout/_suggestions.html", {"autocomplete": found})
