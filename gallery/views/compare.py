"""Two pictures compared: images of the library, or what somebody searches with."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gallery.models import ImageItem, QueryPicture
from gallery.models.querysets import ImageQuerySet
from gallery.pictures import comparison
from gallery.pictures.comparison import ComparedPicture
from gallery.web import rate_limits
from imagesearch.database.ids import read_id


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """The pictures `a` and `b`, each an image's id or a query picture's token."""
    visible = ImageItem.objects.visible_to(request.user).prefetch_related("tags")
    a, b = (side_or_404(request.GET.get(name, ""), visible) for name in ("a", "b"))
    found = comparison.compare(a, b, visible, rate_limits.charge(request, visible.embedder()))
    return render(request, "gallery/compare/page.html", {"comparison": found})


def side_or_404(key: str, visible: ImageQuerySet) -> ComparedPicture:
    if (pk := read_id(key)) is not None:
        if item := visible.exclude(file="").filter(pk=pk).first():
            return ComparedPicture.of_image(item)
    elif (kept := QueryPicture.find(key)) and (side := ComparedPicture.of_picture(kept)):
        return side
    raise Http404


@require_safe
@cache_control(private=True, no_store=True)
def picture(request: HttpRequest, token: str) -> HttpResponseBase:
    """A query picture in the size it is kept in, for anybody who has its token."""
    kept = QueryPicture.find(token)
    try:
        file = kept and kept.file.open("rb")
    except FileNotFoundError:  # it expires at this very moment
        file = None
    if file is None:
        raise Http404
    return FileResponse(file, content_type="image/webp")
