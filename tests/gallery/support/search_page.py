"""How tests ask the search page, and read its answer."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

TYPING = {"HX-Request": "true", "HX-Target": "found", "HX-Trigger": "q"}
SCROLLING = {"HX-Request": "true", "HX-Target": "more"}
DROPPED = {"HX-Request": "true", "HX-Target": "message"}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def bands(response: Any) -> dict[str, list[str]]:
    """The titles of each band that is shown, in their order."""
    return {group.key: [hit.item.title for hit in group.hits] for group in response.context["bands"]}


def send(client: Client, content: bytes, name: str = "query.png", **fields: Any) -> Any:
    picture = SimpleUploadedFile(name, content)
    headers = fields.pop("headers", {})
    return client.post("/search/picture", {"picture": picture, **fields}, headers=headers)
