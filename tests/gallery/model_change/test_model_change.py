"""Another model fills the second table while the first answers; then it answers, alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from gallery.ingest import indexing, model_change
from gallery.ingest.model_change import TableFilling
from gallery.maintenance import worker
from gallery.maintenance.consistency import check
from gallery.models import Embedding, ImageItem, SecondEmbedding, VectorSpace
from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import EmbeddingError, EmbeddingUnavailable
from imagesearch.jobs.graceful_stop import Stop
from tests.conftest import add, draw
from tests.gallery.support.model_changes import (
    NEW,
    OLD,
    ThirdEmbedder,
    answering,
    begun,
    fail_on_red,
    finish,
    opposite,
    run,
    vectors,
)
from tests.support.embedder import ColourEmbedder, OppositeEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


# --- filling and switching ------------------------------------------------------------------------


def test_a_change_fills_the_second_table_and_then_the_new_model_answers() -> None:
    red, blue = add("red"), add("blue")
    printed = run(NEW)
    assert f"From {OLD} to {NEW}." in printed
    assert f"{NEW} answers now." in printed
    assert answering() == NEW
    assert opposite(red.pk)
    assert ImageItem.objects.search("red")[:1] == [red]
    assert blue.similar()[:2] == [red]


def test_the_old_model_answers_until_all_is_done() -> None:
    items = [add("red", mark=number) for number in range(20)]
    filling = begun()
    for _ in range(3):
        assert filling.step()
        assert answering() == OLD
        assert len(ImageItem.objects.search("red")[:50]) == 20
    assert 0 < SecondEmbedding.objects.count() < 20
    finish(filling)
    assert answering() == NEW
    assert set(vectors(SecondEmbedding)) == {item.pk for item in items}


def test_changing_back_embeds_only_what_is_new(monkeypatch: Any) -> None:
    add("red")
    run(NEW)
    late = add("blue")
    assert not Embedding.objects.filter(pk=late.pk).exists()
    embedded: list[int] = []
    embed = ColourEmbedder.embed_images

    def counted(self: ColourEmbedder, images: Any) -> Matrix:
        embedded.append(len(images))
        return embed(self, images)

    monkeypatch.setattr(ColourEmbedder, "embed_images", counted)
    run(OLD)
    assert answering() == OLD
    assert embedded == [1]
    assert ImageItem.objects.search("blue")[:1] == [late]


def test_a_picture_that_comes_during_a_change_is_in_both_tables() -> None:
    add("red")
    filling = begun()
    filling.step()
    late = add("blue")
    finish(filling)
    assert opposite(late.pk)
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"ready"}


def test_a_picture_that_comes_just_before_the_switch_waits_for_the_new_model() -> None:
    add("red")
    filling = begun()
    filling.fill(list(ImageItem.objects.values_list("pk", flat=True)))
    late = add("blue")
    model_change.switch(filling.space)
    late.refresh_from_db()
    assert (answering(), late.state) == (NEW, "pending")
    assert indexing.index().ready == [late.pk]
    assert opposite(late.pk)


def test_a_picture_that_changes_leaves_no_vector_of_the_old_one(monkeypatch: Any) -> None:
    """It changes while the new model embeds the old picture, and again afterwards."""
    item = add("red")
    filling = begun()
    embed, changed = OppositeEmbedder.embed_images, [False]

    def embed_images(self: OppositeEmbedder, images: Any) -> Matrix:
        if not changed[0]:
            changed[0] = True
            change(item, "blue")
        return embed(self, images)

    monkeypatch.setattr(OppositeEmbedder, "embed_images", embed_images)
    filling.fill([item.pk])
    assert not SecondEmbedding.objects.exists()
    finish(filling)
    assert opposite(item.pk)
    change(item, "green")
    assert not Embedding.objects.exists()  # the new model's is there already, the old one's is not yet
    assert SecondEmbedding.objects.get().vector[1] < -0.8


def change(item: ImageItem, color: str) -> None:
    item = ImageItem.objects.get(pk=item.pk)
    item.file = ContentFile(draw(color), name=f"{color}.png")
    item.save()


def test_what_the_old_model_is_at_during_the_switch_is_not_stored(monkeypatch: Any) -> None:
    """The model changes while a batch is being embedded: after the claim, before the vectors are stored."""
    item = add("red")
    ImageItem.objects.update(state="pending")
    Embedding.objects.all().delete()
    embed = ColourEmbedder.embed_images

    def embed_images(self: ColourEmbedder, images: Any) -> Matrix:
        if answering() == OLD:
            finish(begun())
        return embed(self, images)

    monkeypatch.setattr(ColourEmbedder, "embed_images", embed_images)
    assert indexing.index([item.pk]).ready == []
    item.refresh_from_db()
    assert (answering(), item.state, item.lease_until) == (NEW, "pending", None)
    assert not Embedding.objects.exists()


def test_one_question_is_asked_of_one_model_though_it_changes_in_between() -> None:
    red, _ = add("red"), add("blue")
    images = ImageItem.objects.visible_to(None)
    question = images.embedder()
    run(NEW)
    assert question.name == OLD
    hits = images.filter(pk__gt=0).search("red")
    assert hits.location.model is Embedding
    assert hits.calibration is not None
    assert hits[:1] == [red]
    assert hits[0].distance < 0.1  # type: ignore[operator]
    assert ImageItem.objects.search("red").location.model is SecondEmbedding


def test_what_the_new_model_refuses_stops_nothing_and_is_said(monkeypatch: Any) -> None:
    red, _ = add("red"), add("blue")
    fail_on_red(monkeypatch, EmbeddingError("This is too red."))
    printed = run(NEW)
    assert answering() == NEW
    assert f"Image {red.pk}: This is too red." in printed
    assert dict(ImageItem.objects.values_list("color", "state")) == {"red": "failed", "blue": "ready"}


def test_a_model_that_is_away_is_no_refusal(monkeypatch: Any) -> None:
    add("red")

    def embed_images(self: OppositeEmbedder, images: Any) -> Matrix:
        raise EmbeddingUnavailable("The server is away.")

    with monkeypatch.context() as patched:
        patched.setattr(OppositeEmbedder, "embed_images", embed_images)
        assert "The server is away." in run(NEW)
        assert (answering(), model_change.under_way().model) == (OLD, NEW)  # type: ignore[union-attr]
    assert f"{NEW} answers now." in run(NEW)


def test_who_is_away_for_a_moment_leaves_nobody_out(monkeypatch: Any) -> None:
    """One answer among failures that pass makes no refusals of them."""
    blue, red = add("blue"), add("red")
    filling = begun()
    with monkeypatch.context() as patched:
        fail_on_red(patched, EmbeddingUnavailable("Too many at once."))
        with pytest.raises(EmbeddingUnavailable):
            filling.fill([blue.pk, red.pk])
    assert filling.refused == {}
    finish(filling)
    assert set(vectors(SecondEmbedding)) == {blue.pk, red.pk}


def test_a_slow_deletion_never_reaches_the_table_that_answers_meanwhile() -> None:
    """Between two batches, another process completes a change into the very table that is being cleared."""
    for mark in range(2):
        add("red", mark=mark)
    run(NEW)
    third, batch, raced = get_embedder(ThirdEmbedder.name), model_change.BATCH, []  # type: ignore[var-annotated]

    def overtaken(count: int) -> None:
        if not raced:
            raced.append(count)
            model_change.BATCH = batch
            finish_with(model_change.begin(get_embedder(OLD)))

    def finish_with(space: VectorSpace) -> None:
        filling = TableFilling(space)
        finish(filling)

    model_change.BATCH = 1
    try:
        with pytest.raises(model_change.ChangeUnderWay):
            model_change.begin(third, overtaken)
    finally:
        model_change.BATCH = batch
    assert answering() == OLD
    assert len(vectors(VectorSpace.current().vectors)) == 2


def test_a_switch_that_is_killed_before_it_has_settled_is_made_good_by_the_worker(monkeypatch: Any) -> None:
    item = add("red")
    filling = begun()
    filling.fill([item.pk])
    late = add("blue")
    with monkeypatch.context() as patched:
        patched.setattr(model_change, "settle", lambda: None)
        model_change.switch(filling.space)
    assert (answering(), ImageItem.objects.get(pk=late.pk).state) == (
        NEW,
        "ready",
    )  # with the old vector alone
    working = worker.Worker(Stop())
    working.step()
    assert ImageItem.objects.get(pk=late.pk).state == "pending"
    indexing.index([late.pk])
    assert opposite(late.pk)
    assert VectorSpace.current().lease_until is None


def test_what_the_old_model_could_not_embed_is_tried_with_the_new_one() -> None:
    item = add("red")
    Embedding.objects.all().delete()
    ImageItem.objects.update(state="failed", reason="Too red.", next_try_at=None)
    run(NEW)
    item.refresh_from_db()
    assert item.state == "ready"
    assert SecondEmbedding.objects.filter(pk=item.pk).exists()


def test_a_deleted_image_leaves_both_tables_and_so_does_a_lost_file() -> None:
    gone, lost, _ = add("red"), add("blue"), add("green")
    run(NEW)
    run(OLD)
    gone.delete()
    lost.file.storage.delete(lost.file.name)
    assert {finding.kind for finding in check(fix=True)} >= {"images whose own file is missing"}
    assert (
        set(vectors(Embedding))
        == set(vectors(SecondEmbedding))
        == set(ImageItem.objects.ready().values_list("pk", flat=True))
    )
    assert Embedding.objects.count() == 1


def test_a_vector_that_only_the_other_model_has_is_no_fault() -> None:
    item = add("red")
    run(NEW)
    ImageItem.objects.update(state="failed", reason="Too red.", next_try_at=None)
    SecondEmbedding.objects.all().delete()
    assert check(fix=True) == []
    assert Embedding.objects.filter(pk=item.pk).exists()


# --- one process at a time ------------------------------------------------------------------------


@pytest.mark.slow
def test_a_killed_filling_is_gone_on_with_when_its_lease_is_over() -> None:
    items = [add("red", mark=number) for number in range(20)]
    dead, next_one = begun(), TableFilling(model_change.under_way())  # type: ignore[arg-type]
    dead.step()
    dead.step()
    assert not next_one.hold()
    VectorSpace.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert next_one.hold()
    finish(next_one)
    assert next_one.looked_at == 12  # of 20, for 8 were there
    assert set(vectors(SecondEmbedding)) == {item.pk for item in items}


def test_two_that_fill_at_once_double_nothing() -> None:
    item = add("red")
    first, second = begun(), TableFilling(model_change.under_way())  # type: ignore[arg-type]
    first.fill([item.pk])
    second.fill([item.pk])
    assert SecondEmbedding.objects.count() == 1


def test_a_filling_that_is_no_longer_wanted_stores_nothing() -> None:
    item = add("red")
    filling = begun()
    assert model_change.cancel() == filling.space
    filling.fill([item.pk])
    assert not SecondEmbedding.objects.exists()
    model_change.switch(filling.space)
    assert answering() == OLD


def test_the_worker_goes_on_with_a_change_when_it_is_idle() -> None:
    items = [add("red", mark=number) for number in range(10)]
    assert "Begun." in run(NEW, "--background")
    admin = worker.Worker(Stop())
    late = add("blue")
    ImageItem.objects.filter(pk=late.pk).update(
        state="pending", created_at=timezone.now() - timedelta(hours=1)
    )
    assert admin.step()  # what is due comes first
    assert SecondEmbedding.objects.count() == 0
    while admin.step():
        pass
    assert answering() == NEW
    assert set(vectors(SecondEmbedding)) == {late.pk, *(item.pk for item in items)}


def test_the_worker_leaves_a_change_to_the_process_that_is_at_it() -> None:
    add("red")
    begun()
    assert not worker.Worker(Stop()).step()
    assert not SecondEmbedding.objects.exists()


def test_a_new_model_that_is_away_does_not_keep_the_worker_from_its_work(monkeypatch: Any) -> None:
    item = add("red")
    run(NEW, "--background")

    def embed_images(self: OppositeEmbedder, images: Any) -> Matrix:
        raise EmbeddingUnavailable("The server is away.")

    monkeypatch.setattr(OppositeEmbedder, "embed_images", embed_images)
    admin = worker.Worker(Stop())
    while admin.step():
        pass
    ImageItem.objects.update(state="pending", created_at=timezone.now() - timedelta(hours=1))
    assert admin.step()
    item.refresh_from_db()
    assert item.state == "ready"
