"""The pictures themselves: two derived ones for those who may see the image, the original for its keepers."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gallery.accounts.permissions import may_see_original
from gallery.models import ImageItem
from gallery.saved_searches.signed_links import is_signed
from gallery.web import api_auth
from gallery.web.login_required import ask_to_log_in, must_log_in
from gallery.web.responses import HtmxRequest

PUBLIC = "public, max-age=300"
MEMBERS = "private, no-cache"
"""Under LOGIN_REQUIRED: kept by the browser, and shown after asking whether the person is still logged in."""
PRIVATE = "private, no-store"


@login_not_required
@require_safe
def media(request: HtmxRequest, pk: int, sha8: str, kind: str) -> HttpResponseBase:
    """For a person with a session or, as the API gives these addresses, with a token.

    Under LOGIN_REQUIRED the signed address in a feed shows what is public, too.
    """
    user = request.user if request.user.is_authenticated else api_auth.authenticate_or_anonymous(request)
    locked = must_log_in(user)
    if locked and not is_signed(request):
        return ask_to_log_in(request)
    visible = ImageItem.objects.visible_to(None if locked else user)
    item = visible.filter(pk=pk, sha256__startswith=sha8).first()
    if item is None or (kind == "o" and not may_see_original(user, item)):
        raise Http404
    shared = kind != "o" and item.visibility == "public" and item.moderation == "approved"
    etag = quote_etag(f"{item.sha256}.{kind}{item.derived_by if kind != 'o' else ''}")
    response = get_conditional_response(request, etag=etag) or _answer(item, kind)
    open_to_all = MEMBERS if settings.LOGIN_REQUIRED else PUBLIC
    response.headers["Cache-Control"] = open_to_all if shared else PRIVATE
    response.headers["ETag"] = etag
    if not shared or settings.LOGIN_REQUIRED:
        patch_vary_headers(response, ["Cookie", "Authorization", "X-API-Token"])
    return response


def _answer(item: ImageItem, kind: str) -> HttpResponse | FileResponse:
    name = item.file.name or "" if kind == "o" else item.derived_name(kind)
    if settings.MEDIA_REDIRECT and kind != "o":
        return HttpResponseRedirect(default_storage.url(name))
    try:
        file = default_storage.open(name)
    except FileNotFoundError as error:
        raise Http404(_("The file is missing.")) from error
    if kind != "o":
        return FileResponse(file, content_type="image/webp")
    return FileResponse(file, as_attachment=True, filename=item.original_name or name.rpartition("/")[2])
