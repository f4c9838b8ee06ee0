"""A hidden picture of one owner, and a second one who adds it, too."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gallery.ingest.intake import take
from gallery.models import ApiToken, ImageItem
from gallery.models.querysets import ImageQuerySet
from tests.conftest import add, draw

SECRET = "zanzibar"


def secret(owner: User, **fields: Any) -> ImageItem:
    """An image of the first owner, all of whose words are secret."""
    return add(
        "red",
        owner=owner,
        name=f"{SECRET}.png",
        title=f"{SECRET} title",
        caption=f"{SECRET} caption",
        tags=[f"{SECRET} tag"],
        image_uri=f"https://{SECRET}.example/red.png",
        **({"visibility": "hidden"} | fields),
    )


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {ApiToken.issue(user)}"})


def upload(name: str = "mine.png", color: str = "red", mark: int = 0) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, draw(color, mark=mark))


def send(client: Client, file: SimpleUploadedFile) -> Any:
    return client.post("/add/", {"image": file}, headers={"Accept": "application/json"})


def shared(first: User, second: User, **fields: Any) -> ImageItem:
    """The secret image, of which the second one is a further owner."""
    item = secret(first, **fields)
    take(draw("red"), name="mine.png", owner=second)
    return item


def seen_by(user: User) -> ImageQuerySet:
    return ImageItem.objects.visible_to(user)
