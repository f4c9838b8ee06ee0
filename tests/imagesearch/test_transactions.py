"""What happens after a commit cannot take back what was committed."""

from __future__ import annotations

import logging
from functools import partial

import pytest
from django.db import transaction

from imagesearch.transactions import after_commit
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)


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
    monkeypatch.setattr("gallery.indexing.index", break_down)
    assert add("red").state == "pending"
