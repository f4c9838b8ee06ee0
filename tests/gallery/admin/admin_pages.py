"""What the tests of the admin do again and again: fill in forms, run actions, read what is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gallery.models import ImageItem
from imagesearch.errors import EmbeddingError
from tests.gallery.support.vectors import insert
from tests.support.embedder import ColourEmbedder

IMAGES = "/admin/gallery/imageitem/"
TAGS = "/admin/gallery/tag/"


def helper(*permissions: str) -> User:
    """Somebody of the staff who may do just this."""
    user = User.objects.create_user("helper", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def refuse(monkeypatch: Any, sentence: str) -> None:
    """Have the model answer every picture with this sentence."""

    def embed_images(self: ColourEmbedder, images: Any) -> Any:
        raise EmbeddingError(sentence)

    monkeypatch.setattr(ColourEmbedder, "embed_images", embed_images)


def change_url(item: ImageItem) -> str:
    return reverse("admin:gallery_imageitem_change", args=[item.pk])


def upload(content: bytes, name: str = "new.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def fields(**given: Any) -> dict[str, Any]:
    return {
        "title": "",
        "caption": "",
        "image_uri": "",
        "owner": "",
        "visibility": "public",
        "moderation": "approved",
        **given,
    }


def act(client: Client, action: str, *items: Any, address: str = IMAGES, **more: Any) -> Any:
    """Run an action on these rows, as the list's form sends it."""
    data = {"action": action, "_selected_action": [item.pk for item in items], "index": "0", **more}
    return client.post(address, data, follow=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def listed(response: Any) -> list[str]:
    return [str(item) for item in response.context["cl"].result_list]


def make_rows(count: int, **given: Any) -> None:
    """Rows without pictures, which nothing embeds."""
    insert([ImageItem(sha256=f"{n:064}", title=f"n{n}", **given) for n in range(count)])


def files() -> Iterator[Any]:
    return (path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())
