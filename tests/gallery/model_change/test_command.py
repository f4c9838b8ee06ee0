"""The command that changes the model, and what pages tell of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.ingest import model_change
from gallery.models import Embedding, VectorSpace
from tests.conftest import add
from tests.gallery.support.model_changes import (
    NEW,
    OLD,
    Damaged,
    ThirdEmbedder,
    answering,
    begun,
    finish,
    run,
)

pytestmark = pytest.mark.django_db(transaction=True)


# --- the command ----------------------------------------------------------------------------------


def test_a_third_model_asks_before_it_takes_the_place_of_the_one_that_stands_by(monkeypatch: Any) -> None:
    add("red")
    run(NEW)
    third = ThirdEmbedder.name
    assert "Add --yes" in run(third)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    printed = run(third)
    assert f"1 vectors of {OLD} are deleted first" in printed
    assert "Nothing was changed." in printed
    assert Embedding.objects.count() == 1
    run(third, "--yes")
    assert answering() == third
    assert Embedding.objects.get().vector[0] > 0.8
    assert set(VectorSpace.objects.values_list("model", flat=True)) == {NEW, third}


def test_a_second_change_waits_until_the_first_is_done_or_cancelled() -> None:
    add("red")
    run(NEW, "--background")
    assert f"A change to {NEW} is in progress." in run(ThirdEmbedder.name, "--yes")
    assert "is cancelled" in run("--cancel")
    assert "No change of model is under way." in run("--cancel")
    run(ThirdEmbedder.name, "--yes")
    assert answering() == ThirdEmbedder.name


def test_without_a_name_it_tells_which_models_have_vectors() -> None:
    add("red")
    assert run() == f"{OLD} answers: 1 of 1 images\n"
    run(NEW, "--background")
    assert f"{NEW} is being filled: 0 of 1 images" in run()
    run(NEW)
    assert run() == f"{NEW} answers: 1 of 1 images\n{OLD} stands by: 1 of 1 images\n"


def test_a_model_that_cannot_be_loaded_changes_nothing() -> None:
    add("red")
    assert "Its files are damaged." in run(Damaged.name)
    assert "no embedding model" in run("nonsense")
    assert model_change.under_way() is None


def test_the_model_that_answers_already_changes_nothing() -> None:
    add("red")
    assert "nothing to do" in run(OLD)
    assert VectorSpace.objects.count() == 1


# --- the pages ------------------------------------------------------------------------------------


def test_the_status_shows_how_far_a_change_is_and_asks_again_until_it_is_over(client: Client) -> None:
    for mark in range(10):
        add("red", mark=mark)
    add("blue", visibility="hidden")
    filling = begun()
    filling.step()
    filling.step()
    htmx = {"HX-Request": "true", "HX-Target": "cards"}
    page = client.get("/status/").content.decode()
    assert "of 10 images" in page  # what is hidden is not counted
    assert f"From <code>{OLD}</code> to <code>{NEW}</code>" in page
    assert client.get("/status/", headers=htmx).status_code == 200
    change = client.get("/api/status").json()["change"]
    assert change == {"from": OLD, "to": NEW, "done": 8, "total": 10}
    finish(filling)
    assert "Change of model" not in client.get("/status/").content.decode()
    assert client.get("/status/", headers=htmx).status_code == 286
    assert client.get("/api/status").json()["change"] is None


def test_the_admin_says_what_each_space_is_for(client: Client, staff: User) -> None:
    add("red")
    run(NEW, "--background")
    client.force_login(staff)
    page = client.get("/admin/gallery/vectorspace/").content.decode()
    assert "Active: used for searches" in page
    assert "Being filled: used when complete" in page
