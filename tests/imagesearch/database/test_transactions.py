"""A transaction is tried again as a whole, and what it sets off happens once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from imagesearch.database import transactions
from imagesearch.database.transactions import after_commit, atomically, is_away
from tests.conftest import add
from tests.points.models import Board

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PAUSES", (0.0, 0.0, 0.0))


def failing(times: int, error: Exception) -> Callable[[], str]:
    """Work that writes a row, then fails so many times before it succeeds."""
    left = [error] * times

    def work() -> str:
        Board.objects.create()
        if left:
            raise left.pop()
        return "done"

    return work


@pytest.mark.parametrize("code", [1205, 1213, 8002, 8022, 8028, 9007])
def test_what_the_database_took_back_is_done_again(code: int) -> None:
    assert atomically(failing(3, OperationalError(code, "try again"))) == "done"
    assert Board.objects.count() == 1


def test_after_the_last_try_the_error_is_shown_and_nothing_is_left() -> None:
    with pytest.raises(OperationalError):
        atomically(failing(4, OperationalError(1213, "deadlock")))
    assert Board.objects.count() == 0


@pytest.mark.parametrize("code", [2006, 2013, 9005])
def test_an_unknown_outcome_is_repeated_only_where_that_does_no_harm(code: int) -> None:
    with pytest.raises(OperationalError):
        atomically(failing(1, OperationalError(code, "gone away")))
    assert atomically(failing(1, OperationalError(code, "gone away")), repeatable=True) == "done"
    assert Board.objects.count() == 1


@pytest.mark.parametrize(
    "error", [IntegrityError(1062, "twice"), OperationalError(1105, "no vector"), OperationalError("locked")]
)
def test_an_answer_is_no_fault_and_is_not_asked_for_twice(error: Exception) -> None:
    with pytest.raises(type(error)):
        atomically(failing(1, error), repeatable=True)


def test_what_follows_a_commit_happens_once() -> None:
    rung: list[str] = []
    fails = failing(2, OperationalError(1213, "deadlock"))

    def work() -> None:
        transaction.on_commit(lambda: rung.append("bell"))
        fails()

    atomically(work)
    assert rung == ["bell"]


def test_an_error_after_the_commit_does_not_repeat_the_work() -> None:
    def bell() -> None:
        raise OperationalError(1213, "of another transaction")

    def work() -> None:
        Board.objects.create()
        transaction.on_commit(bell)

    with pytest.raises(OperationalError):
        atomically(work, repeatable=True)
    assert Board.objects.count() == 1


def test_within_another_transaction_only_its_beginner_tries_again() -> None:
    inner = failing(1, OperationalError(1213, "deadlock"))
    tries: list[int] = []

    def outer() -> str:
        tries.append(1)
        return atomically(inner)

    assert atomically(outer) == "done"
    assert len(tries) == 2
    assert Board.objects.count() == 1


def test_a_database_that_is_away_is_told_from_one_that_answers() -> None:
    assert is_away(OperationalError(2003, "refused"))
    assert is_away(InterfaceError(0, ""))
    assert not is_away(OperationalError(1213, "deadlock"))
    assert not is_away(OperationalError("unable to open database file"))
    assert not is_away(ValueError(2003))


def test_it_waits_for_the_commit() -> None:
    done: list[int] = []
    with transaction.atomic():
        after_commit(done.append, 1)
        assert done == []
    assert done == [1]


def break_down(*_: object) -> None:
    raise RuntimeError("out of order")


@pytest.mark.parametrize("act", [break_down, partial(break_down, 1)])
def test_what_breaks_is_logged_and_nothing_else(act: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        after_commit(act)  # type: ignore[arg-type]
    assert "out of order" in caplog.text


def test_a_picture_stays_added_when_its_indexing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gallery.ingest.indexing.index", break_down)
    assert add("red").state == "pending"
