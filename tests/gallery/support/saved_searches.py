"""What tests of saved searches do again and again: log in, save, read the badges and the feed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gallery.models import ImageItem, SavedSearch
from tests.conftest import draw


def logged_in(user: User, settings: Any) -> Client:
    """Away from the machine that the gallery runs on."""
    settings.OPEN_UPLOADS = False
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def save(client: Client, query: str = "q=red", name: str = "") -> Any:
    return client.post("/search/save", {"query": query, "name": name})


def only() -> SavedSearch:
    return SavedSearch.objects.get()


def news(client: Client, on: str = "list") -> str:
    return text(client.get(f"/searches/new?on={on}"))


def drop(client: Client, color: str = "red") -> str:
    """Search with a picture; its token."""
    picture = SimpleUploadedFile("mine.png", draw(color, mark=7))
    address: str = client.post("/search/picture", {"picture": picture})["Location"]
    return address.rpartition("like=")[2]


def whose(client: Client) -> tuple[list[SavedSearch], Any]:
    owner = User.objects.get(pk=client.session["_auth_user_id"])
    return list(SavedSearch.objects.filter(owner=owner)), ImageItem.objects.visible_to(owner)


def read(saved: SavedSearch, client: Client | None = None) -> Any:
    answer = (client or Client()).get(saved.feed)
    assert answer["Content-Type"] == "application/feed+json"
    return answer.json()
