"""One image for programs: read it, and change it without overwriting what others changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from gallery.accounts import permissions
from gallery.curation import editing
from gallery.curation.editing import Edit
from gallery.models import ImageItem
from gallery.text.descriptions import DescriptionRefused
from gallery.text.tag_lists import unique_tags
from gallery.views.api.base import BadRequest, api_view, image_or_404, require_token
from gallery.views.api.serializers import clean_description, image_as_json
from imagesearch.errors import ImageSearchError

JSON_TYPES = ("application/json", "application/merge-patch+json")


class PreconditionFailed(ImageSearchError):
    """The image is not, or no longer, the one that the request's If-Match or If-None-Match names."""

    code = "precondition_failed"
    status = 412


class UnsupportedMediaType(ImageSearchError):
    """A body of another content type."""

    code = "unsupported_media_type"
    status = 415


@api_view("GET", "HEAD", "PATCH")
def image(request: HttpRequest, pk: int) -> HttpResponse:
    return patch(request, pk) if request.method == "PATCH" else read(request, image_or_404(request, pk))


def read(request: HttpRequest, item: ImageItem) -> HttpResponse:
    """The image with its ETag; 304 where If-None-Match names that, 412 where If-Match names others."""
    response = with_etag(request, item)
    check_precondition(request, response["ETag"])
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def with_etag(request: HttpRequest, item: ImageItem) -> JsonResponse:
    """The image as JSON; its ETag changes with every fact in it."""
    response = JsonResponse(image_as_json(request, item))
    response["ETag"] = f'"{sha256(response.content).hexdigest()[:32]}"'
    return response


def check_precondition(request: HttpRequest, etag: str) -> None:
    """Raises PreconditionFailed for another ETag (RFC 9110, 13.1), BadRequest for what is no ETag."""
    sent = request.headers.get("If-Match")
    if sent is not None and not parse_etags(sent.strip()):
        raise BadRequest(_("If-Match: must be “*” or ETags in double quotes, as GET sends them."))
    answer = get_conditional_response(request, etag=etag)
    if answer is not None and answer.status_code == PreconditionFailed.status:
        raise PreconditionFailed(
            _(
                "This image has changed; its ETag is now %(etag)s. Nothing was saved. Read it again and "
                "repeat your change."
            )
            % {"etag": etag}
        )


def patch(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the fields that the body names; 412 where the image is not as If-Match says."""
    require_token(request, _("Changing an image requires a token."))
    item = image_or_404(request, pk)
    refuse_editing(request, item)
    edit = edit_of(item, fields_of(request))

    def check(now: ImageItem) -> None:
        refuse_editing(request, now)
        check_precondition(request, with_etag(request, now)["ETag"])

    try:
        # With If-Match once only: where a COMMIT's answer was lost, a second try would find its own change.
        editing.save(pk, edit, request.user, check=check, repeatable="If-Match" not in request.headers)
    except DescriptionRefused as error:
        raise BadRequest(f"tags: {error}") from error
    return with_etag(request, image_or_404(request, pk))


def refuse_editing(request: HttpRequest, item: ImageItem) -> None:
    permissions.require_edit(request.user, item)


def edit_of(item: ImageItem, sent: dict[str, Any]) -> Edit:
    """What was sent as an edit; only what differs from the image is held against the limits."""
    values = {
        name: value
        for name, value in sent.items()
        if name != "tags" and editing.mark(name, value) != editing.mark(name, getattr(item, name))
    }
    values |= clean_description({name: values[name] for name in ("title", "caption") if name in values})
    if "tags" not in sent:
        return Edit(values)
    new, __ = editing.tag_changes([tag.name for tag in item.tags.all()], sent["tags"])
    clean_description({"tags": new})
    return Edit(values, tags=tuple(unique_tags(sent["tags"])))


def fields_of(request: HttpRequest) -> dict[str, Any]:
    """The body's fields, each of its type. Raises BadRequest, UnsupportedMediaType."""
    if request.content_type not in JSON_TYPES:
        raise UnsupportedMediaType(
            _("Send the changes as JSON, with “Content-Type: %(type)s”.") % {"type": JSON_TYPES[0]}
        )
    try:
        sent = json.loads(request.body, object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:
        raise BadRequest(_("Request body is not valid JSON: %(error)s.") % {"error": error}) from error
    if not isinstance(sent, dict):
        raise BadRequest(_("The body must be an object, such as {“title”: “Boat”, “tags”: [“sea”]}."))
    for name, value in sent.items():
        if name not in FIELD_TYPES:
            raise BadRequest(
                _("%(name)s: cannot be changed. These fields can be changed: %(fields)s.")
                % {"name": name[:40], "fields": ", ".join(FIELD_TYPES)}
            )
        fits, type_name = FIELD_TYPES[name]
        if not fits(value):
            raise BadRequest(_("%(name)s: must be %(type)s.") % {"name": name, "type": type_name})
    return sent


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise BadRequest(_("%(name)s: appears twice.") % {"name": name[:40]})
        fields[name] = value
    return fields


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


FIELD_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "title": (is_text, "a string"),
    "caption": (is_text, "a string"),
    "tags": (is_list_of_texts, "a list of strings"),
    "visibility": (
        lambda value: is_text(value) and value in ImageItem.Visibility.values,
        f"one of {', '.join(ImageItem.Visibility.values)}",
    ),
}
"""The fields that can be changed: whether a value fits, and what does."""
