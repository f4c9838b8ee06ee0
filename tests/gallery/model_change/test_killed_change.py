"""A change of model, killed twice while people search: every answer is one model's, and none is empty."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import connection
from django.utils import timezone

from gallery.models import Embedding, ImageItem, SecondEmbedding, VectorSpace
from tests.conftest import RGB, add
from tests.gallery.ingest.test_killed_import import finish, manage
from tests.support.embedder import ColourEmbedder, OppositeEmbedder
from tests.support.timing import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PICTURES = 200
KILLED_AT = (20, 60)  # vectors of the new model that there are by then
SEARCHERS = 3


class Answer(NamedTuple):
    """What a search for “red” brought: colours, the longest distance, whether scores were calibrated."""

    colors: list[str]
    farthest: float
    calibrated: set[bool]


def this_database() -> str:
    """The address of the database of this test, for other processes."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['TEST_DATABASE_URL'].rpartition('/')[0]}/{name}"


@contextmanager
def searching() -> Iterator[list[list[Answer]]]:
    """Within, threads search without a pause; each thread's answers in their order."""
    over = threading.Event()
    answers: list[list[Answer]] = [[] for _ in range(SEARCHERS)]

    def search(into: list[Answer]) -> None:
        try:
            while not over.is_set():
                found = ImageItem.objects.visible_to(None).search("red")[:5]
                into.append(
                    Answer(
                        [item.color for item in found],
                        max((item.distance or 0.0 for item in found), default=0.0),
                        {item.band is not None for item in found},
                    )
                )
                time.sleep(0.01)
        finally:
            connection.close()

    threads = [threading.Thread(target=search, args=[into]) for into in answers]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def change(data: Path, **options: int) -> subprocess.Popen[str]:
    return manage(data, "change_model", OppositeEmbedder.name, url=this_database(), **options)


def wait_for(process: subprocess.Popen[str], count: int) -> None:
    """Until so many vectors are there, and the process is still at it."""
    wait_until(lambda: process.poll() is not None or SecondEmbedding.objects.count() >= count)
    assert process.poll() is None, process.communicate()[0]


def test_a_change_that_is_killed_twice_mixes_nothing_and_ends(tmp_path: Path) -> None:
    for number in range(PICTURES):
        add(list(RGB)[number % len(RGB)], mark=number)
    late = 0
    with searching() as answers:
        for threshold in KILLED_AT:
            begun = SecondEmbedding.objects.count()
            process = change(tmp_path, rests_after=PICTURES // 3)
            wait_for(process, begun + 1)
            late += add("blue", mark=1000 + late).pk > 0
            wait_for(process, threshold)
            process.kill()
            process.communicate()
            assert VectorSpace.current().model == ColourEmbedder.name
            # Some seconds later: what the dead process held is free. (Until then the next one would wait.)
            VectorSpace.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        before = SecondEmbedding.objects.count()
        assert KILLED_AT[-1] <= before < PICTURES
        assert "answers now" in finish(change(tmp_path))
        wait_until(lambda: all(of_one and of_one[-1].calibrated == {False} for of_one in answers))

    assert VectorSpace.current().model == OppositeEmbedder.name
    assert SecondEmbedding.objects.count() == Embedding.objects.count() == PICTURES + late
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"ready"}
    for heard in answers:
        assert all(answer.colors == ["red"] * 5 for answer in heard)
        assert all(answer.farthest < 0.05 for answer in heard)  # two models mixed are 2 apart
        models = [answer.calibrated for answer in heard]
        assert models[0] == {True}
        assert models[-1] == {False}
        assert models == sorted(models, key=lambda model: model != {True})  # once over, it stays over
    assert "agree." in finish(manage(tmp_path, "check_gallery", url=this_database()))
