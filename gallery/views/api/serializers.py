"""Images as JSON, and what a program says of an image as it is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from gallery.models import ImageItem
from gallery.text.descriptions import (
    DescriptionRefused,
    clean_caption,
    clean_tags,
    clean_title,
    refuse_many_tags,
)
from gallery.views.api.base import BadRequest
from gallery.web.public_address import absolute


def image_as_json(request: HttpRequest, item: ImageItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "title": item.title,
        "caption": item.caption,
        "tags": [tag.name for tag in item.tags.all()],
        "sha256": item.sha256,
        "width": item.width,
        "height": item.height,
        "format": item.format,
        "damage": item.damage,
        "state": item.state,
        "visibility": item.visibility,
        "url": absolute(request, item.view_url) if item.sha256 else None,
        "thumbnail": absolute(request, item.tile_url) if item.sha256 else None,
        "created_at": item.created_at.isoformat(),
    }


def clean_all_tags(names: list[str]) -> list[str]:
    """Raises DescriptionRefused."""
    tags = clean_tags(names)
    refuse_many_tags(len(tags))
    return tags


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "title": clean_title,
    "caption": clean_caption,
    "tags": clean_all_tags,
}


def clean_description(sent: dict[str, Any]) -> dict[str, Any]:
    """Title, caption and list of tags, as far as they were sent, as they are stored. Raises BadRequest."""
    cleaned: dict[str, Any] = {}
    for name, value in sent.items():
        try:
            cleaned[name] = CLEANERS[name](value)
        except DescriptionRefused as error:
            raise BadRequest(f"{name}: {error}") from error
    return cleaned
