"""The pictures themselves: two derived ones for those who may see the image, the original for its keepers."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from gallery.access import may_see_original
from gallery.models import ImageItem
from imagesearch.storage import derived_name

PUBLIC = "public, max-age=300"
PRIVATE = "private, no-store"


@require_safe
def media(request: HttpRequest, pk: int, sha8: str, kind: str) -> HttpResponseBase:
    item = ImageItem.objects.visible_to(request.user).filter(pk=pk, sha256__startswith=sha8).first()
    if item is None or (kind == "o" and not may_see_original(request.user, item)):
        raise Http404
    public = kind != "o" and item.visibility == "public" and item.moderation == "approved"
    etag = quote_etag(f"{item.sha256}.{kind}")
    response = get_conditional_response(request, etag=etag) or _answer(item, kind)
    response.headers["Cache-Control"] = PUBLIC if public else PRIVATE
    response.headers["ETag"] = etag
    if not public:
        patch_vary_headers(response, ["Cookie"])
    return response


def _answer(item: ImageItem, kind: str) -> HttpResponse | FileResponse:
    name = item.file.name or "" if kind == "o" else derived_name(item.sha256 or "", kind)
    if settings.MEDIA_REDIRECT and kind != "o":
        return HttpResponseRedirect(default_storage.url(name))
    try:
        file = default_storage.open(name)
    except FileNotFoundError as error:
        raise Http404("The file is missing.") from error
    if kind != "o":
        return FileResponse(file, content_type="image/webp")
    return FileResponse(file, as_attachment=True, filename=item.original_name or name.rpartition("/")[2])
