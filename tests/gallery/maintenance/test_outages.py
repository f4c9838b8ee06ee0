"""The database goes away: a plain 503 that asks nothing of it, and nothing that was added is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from gallery.ingest import indexing, intake
from gallery.models import Embedding, ImageItem, Term
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import fields

pytestmark = pytest.mark.django_db

REFUSED = OperationalError(2003, "Can't connect to server")
LOST = OperationalError(2013, "Lost connection to server during query")
DEADLOCK = OperationalError(1213, "Deadlock found")


@contextmanager
def failing(error: Exception) -> Iterator[None]:
    """Within, every statement fails."""

    def refuse(*_: Any) -> Any:
        raise error

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize("error", [REFUSED, LOST, InterfaceError(0, "")])
@pytest.mark.parametrize("path", ["/", "/search/?q=red", "/image/1/", "/status/"])
def test_pages_answer_503_and_come_back_by_themselves(client: Client, path: str, error: Exception) -> None:
    with failing(error):
        response = client.get(path)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "temporarily unavailable" in response.content.decode()
    assert 'http-equiv="refresh"' in response.content.decode()
    assert client.get("/").status_code == 200


def test_a_session_that_cannot_be_kept_is_503_too(client: Client, uploader: Any) -> None:
    """The middleware's own statement, after the view has answered."""
    client.force_login(uploader)

    def refuse_writing(execute: Any, sql: str, *rest: Any) -> Any:
        if "django_session" in sql and not sql.startswith("SELECT"):
            raise REFUSED
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse_writing):
        client.raise_request_exception = False
        response = client.post("/logout/")
    assert response.status_code == 503
    assert "Retry-After" in response.headers


def test_the_api_says_so_in_json(client: Client) -> None:
    with failing(REFUSED):
        response = client.get("/api/images")
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "database_away"


def test_a_fragment_leaves_the_page_as_it_is(client: Client) -> None:
    with failing(REFUSED):
        response = client.get("/", headers={"HX-Request": "true"})
    assert response.status_code == 503
    assert response.headers["HX-Retarget"] == "#message"
    assert "<html" not in response.content.decode()


def test_rivals_that_never_part_are_told_to_try_again(client: Client) -> None:
    with failing(DEADLOCK):
        response = client.get("/api/images")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "database_busy")


def test_a_fault_of_ours_stays_a_500(client: Client) -> None:
    client.raise_request_exception = False
    with failing(OperationalError(1105, "unknown")):
        assert client.get("/api/images").status_code == 500


def test_readiness_follows_the_database_and_liveness_does_not(client: Client) -> None:
    with failing(REFUSED):
        ready = client.get("/healthz/ready")
        assert client.get("/healthz/live").status_code == 200
    assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
    assert client.get("/healthz/ready").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_commit_whose_answer_was_lost_is_not_added_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server stores the row, then the connection breaks before it says so."""
    commit, lost = connection._commit, []  # type: ignore[attr-defined, var-annotated]

    def losing() -> None:
        commit()
        if not lost and ImageItem.objects.exists():
            lost.append(1)
            raise LOST

    monkeypatch.setattr(connection, "_commit", losing)
    taken = intake.take(draw("red"), name="red.png", tags=["warm"])

    assert lost
    assert taken.created
    item = ImageItem.objects.get()
    assert (item.pk, item.state) == (taken.item.pk, "ready")
    assert Embedding.objects.count() == 1
    assert Term.objects.filter(term="warm").exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_searchable_lacks_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away between the vector and the words."""

    def refuse_terms(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT" in sql and "gallery_term" in sql:
            raise LOST
        return execute(sql, *rest)

    monkeypatch.setattr("imagesearch.database.transactions.PAUSES", (0.0,))
    with connection.execute_wrapper(refuse_terms):
        item = add("red", tags=["warm"])
    assert ImageItem.objects.get().state == "pending"
    indexing.index([item.pk])
    ImageItem.objects.update(lease_until=None)
    indexing.index([item.pk])
    assert ImageItem.objects.get().state == "ready"
    assert Term.objects.filter(term="warm").exists()


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_while_adding_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    left = [DEADLOCK, DEADLOCK]

    def deadlocking(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT INTO" in sql and "gallery_imageitem" in sql and left:
            raise left.pop()
        return execute(sql, *rest)

    with connection.execute_wrapper(deadlocking):
        item = add("red", tags=["warm"])
    assert left == []
    assert ImageItem.objects.get().pk == item.pk
    assert item.tags.count() == 1


@contextmanager
def once(monkeypatch: pytest.MonkeyPatch, when: str) -> Iterator[list[str]]:
    """Within, the first transaction with a statement like this is taken back at its COMMIT; yields which."""
    seen: list[str] = []
    taken: list[str] = []
    commit = connection._commit  # type: ignore[attr-defined]

    def watching(execute: Any, sql: str, *rest: Any) -> Any:
        if when in sql:
            seen.append(sql)
        return execute(sql, *rest)

    def refusing() -> None:
        if seen and not taken:
            taken.append(seen[-1])
            raise OperationalError(8028, "Information schema is changed")
        commit()

    monkeypatch.setattr(connection, "_commit", refusing)
    with connection.execute_wrapper(watching):
        yield taken


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_was_taken_back_is_done_again(
    client: Client, staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = add("red")
    client.force_login(staff)
    with once(monkeypatch, "DELETE FROM") as taken:
        response = client.post(f"/image/{item.pk}/delete/")
    assert taken
    assert response.status_code == 302
    assert not ImageItem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_new_address_that_was_taken_back_is_fetched_all_the_same(
    client: Client, staff: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The second try still knows that the address is another, and forgets the old picture."""
    settings.EMBED_ON_SAVE = "worker"
    item = add("red", image_uri="https://pictures.example/old.png")
    indexing.index([item.pk])
    client.force_login(staff)
    address = "https://pictures.example/new.png"
    with once(monkeypatch, f"UPDATE {connection.ops.quote_name('gallery_imageitem')}") as taken:
        answer = client.post(f"/admin/gallery/imageitem/{item.pk}/change/", fields(image_uri=address))
    assert taken
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    changed = ImageItem.objects.get()
    assert (changed.image_uri, changed.sha256, changed.state) == (address, None, "pending")
    assert not Embedding.objects.exists()
