"""The status page: figures for all, reasons and another try for those who may mend."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import ImageItem
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_tells_what_is_searchable_and_by_which_model(client: Client) -> None:
    add("red")
    add("blue")
    ImageItem.objects.filter(color="blue").update(state="failed", reason="The server was away.")
    text = client.get("/status/").content.decode()
    for part in ("of 2 images", "tests.support.embedder.ColourEmbedder", "searched exactly", "this machine"):
        assert part in text
    assert "The server was away." not in text  # reasons are for those who can do something about them


def test_search_times_are_those_of_real_searches(client: Client) -> None:
    add("red")
    client.get("/search/?q=red")
    assert client.get("/api/status").json()["search"]["searches"] >= 1


def test_the_figures_are_asked_again_while_something_waits_and_no_longer(client: Client) -> None:
    add("red")
    htmx = {"HX-Request": "true", "HX-Target": "cards"}
    ImageItem.objects.update(state="pending")
    assert b'hx-trigger="every 2s"' in client.get("/status/").content
    assert client.get("/status/", headers=htmx).status_code == 200
    ImageItem.objects.update(state="ready")
    assert b"every 2s" not in client.get("/status/").content
    assert client.get("/status/", headers=htmx).status_code == 286


def test_a_curator_sees_reasons_and_tries_again(client: Client, curator: User) -> None:
    mended, lost = add("red"), add("blue")
    lost.file.storage.delete(lost.file.name)
    ImageItem.objects.update(state="failed", reason="The server was away.")
    client.force_login(curator)
    assert client.get("/status/").content.count(b"The server was away.") == 2
    answer = client.post("/status/retry/", follow=True).content
    assert b"1 searchable now, 1 failed again." in answer
    assert ImageItem.objects.get(pk=mended.pk).state == "ready"
    assert b"file missing" in answer


def test_one_image_alone_is_tried_again(client: Client, curator: User) -> None:
    first, second = add("red"), add("blue")
    ImageItem.objects.update(state="failed")
    client.force_login(curator)
    client.post("/status/retry/", {"image": first.pk})
    assert ImageItem.objects.get(pk=first.pk).state == "ready"
    assert ImageItem.objects.get(pk=second.pk).state == "failed"


def test_uploaders_mend_what_is_theirs(client: Client, uploader: User) -> None:
    own, other = add("red", owner=uploader), add("blue")
    ImageItem.objects.update(state="failed", reason="Away.")
    client.force_login(uploader)
    assert client.get("/status/").content.count(b"Away.") == 1
    client.post("/status/retry/", {"image": other.pk})
    client.post("/status/retry/")
    states = dict(ImageItem.objects.values_list("pk", "state"))
    assert states == {own.pk: "ready", other.pk: "failed"}


def test_nonsense_is_nothing(client: Client, curator: User) -> None:
    client.force_login(curator)
    for value in ("x", "99", "-1", "9" * 40, "9" * 5000):
        assert b"nothing to retry" in client.post("/status/retry/", {"image": value}, follow=True).content


def test_many_are_left_to_the_worker(client: Client, curator: User, monkeypatch: Any) -> None:
    from gallery.views import status

    monkeypatch.setattr(status, "MAX_INLINE_RETRIES", 1)
    for mark in range(2):
        add("red", mark=mark)
    ImageItem.objects.update(state="failed")
    client.force_login(curator)
    assert b"2 queued." in client.post("/status/retry/", follow=True).content
