"""A save ends in a vector and in words; a failure loses nothing and says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.utils import timezone

from gallery.ingest import indexing, terms
from gallery.ingest.files import forget
from gallery.ingest.intake import take
from gallery.models import Embedding, ImageItem, Tag, Term, VectorSpace
from imagesearch.embeddings.batches import GREY_SQUARE
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import EmbeddingError, EmbeddingUnavailable, ImageError
from tests.conftest import add, draw
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refuse(monkeypatch: Any) -> Any:
    """A function that has the model answer each picture with this error; None lets it answer again."""
    answer = ColourEmbedder.embed_images
    errors: list[Exception | None] = [None]

    def embed_images(self: ColourEmbedder, images: Any) -> Any:
        if errors[-1] is None or (
            images[0] is GREY_SQUARE and not isinstance(errors[-1], EmbeddingUnavailable)
        ):
            return answer(self, images)
        raise errors[-1]

    monkeypatch.setattr(ColourEmbedder, "embed_images", embed_images)
    return errors.append


def test_taking_a_picture_ends_in_vector_words_and_derived_files() -> None:
    item = add("red", name="Old_Door.png", tags=["Doors"], caption="in Lisbon")
    item.refresh_from_db()
    assert item.state == "ready"
    assert (item.title, item.width, item.height, item.format, item.color) == (
        "Old_Door",
        60,
        40,
        "PNG",
        "red",
    )
    assert item.embedding.vector.shape == (512,)
    assert dict(Term.objects.values_list("term", "weight")) == {"old": 4, "doors": 4, "door": 4, "lisbon": 2}
    assert all(item.file.storage.exists(name) for name in item.files())


def test_a_save_in_the_shell_is_judged_stored_and_embedded() -> None:
    item = ImageItem(file=ContentFile(draw("blue"), name="../../etc/Blue hour.png"))
    item.save()
    item.refresh_from_db()
    assert (item.state, item.title, item.original_name) == ("ready", "Blue hour", "Blue hour.png")
    assert item.file.name == f"originals/{item.sha256[:2]}/{item.sha256}.png"


def test_bytes_that_are_no_picture_never_become_a_row() -> None:
    with pytest.raises(ImageError):
        ImageItem(file=ContentFile(b"%PDF-1.7", name="x.jpg")).save()
    assert not ImageItem.objects.exists()


def test_a_changed_picture_is_embedded_again() -> None:
    item = add("red")
    before = item.embedding.vector
    item.file = ContentFile(draw("blue"), name="other.png")
    item.save()
    item = ImageItem.objects.get()
    assert (item.state, item.color) == ("ready", "blue")
    assert not np.allclose(item.embedding.vector, before)


def test_a_save_that_leaves_the_picture_alone_embeds_nothing(refuse: Any) -> None:
    item = add("red")
    refuse(AssertionError("embedded again"))
    item.title = "A new title"
    item.save()
    item.refresh_from_db()
    assert item.state == "ready"
    assert Term.objects.filter(image=item, term="new").exists()


def test_the_same_bytes_are_one_image() -> None:
    first, second = take(draw("red"), name="a.png"), take(draw("red"), name="b.png")
    assert (first.created, second.created) == (True, False)
    assert first.item == second.item


def test_a_stale_copy_of_a_row_does_not_undo_what_the_worker_wrote() -> None:
    item = add("red")
    assert item.state == "pending"  # this copy is older than its embedding
    item.caption = "Seen from the harbour"
    item.save()
    assert ImageItem.objects.get().state == "ready"


def test_a_copy_from_before_the_picture_was_fetched_does_not_lose_it(httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/door.png").respond_with_data(draw("red"))
    item = ImageItem.objects.create(image_uri=httpserver.url_for("/door.png"))
    item.caption = "in Lisbon"
    item.save()
    item.refresh_from_db()
    assert (item.state, item.title, item.caption) == ("ready", "door", "in Lisbon")
    assert item.sha256
    assert item.file.storage.exists(item.file.name)


def test_a_picture_that_is_here_already_replaces_none_and_costs_no_vector() -> None:
    add("red")
    item = ImageItem.objects.get(pk=add("blue").pk)
    item.file = ContentFile(draw("red"), name="x.png")
    with pytest.raises(IntegrityError):
        item.save()
    assert ImageItem.objects.get(pk=item.pk).state == "ready"
    assert Embedding.objects.filter(pk=item.pk).exists()


def test_a_failing_model_leaves_the_row_with_its_reason_and_its_words(refuse: Any) -> None:
    refuse(EmbeddingError("The model does not like this."))
    item = add("red", name="door.png")
    item.refresh_from_db()
    assert (item.state, item.reason, item.next_try_at) == ("failed", "The model does not like this.", None)
    assert [hit.pk for hit in ImageItem.objects.search("door")[:5]] == [item.pk]
    refuse(None)
    assert indexing.index(retry_all=True).ready == [item.pk]
    item.refresh_from_db()
    assert (item.state, item.reason) == ("ready", "")


def test_a_model_that_is_away_is_asked_again_ever_more_seldom(refuse: Any) -> None:
    refuse(EmbeddingUnavailable("The server is away.", retry_after=120))
    item = add("red")
    item.refresh_from_db()
    assert item.next_try_at > timezone.now() + timedelta(seconds=100)  # type: ignore[operator]
    assert indexing.index().ready == []  # not due yet
    ImageItem.objects.update(next_try_at=timezone.now())
    refuse(None)
    assert indexing.index().ready == [item.pk]


def test_a_row_that_another_process_holds_is_left_to_it() -> None:
    item = add("red")
    ImageItem.objects.update(state="pending", lease_until=timezone.now() + timedelta(minutes=1))
    assert indexing.index([item.pk]).ready == []
    ImageItem.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # that process died
    assert indexing.index().ready == [item.pk]


def test_a_vector_is_not_stored_for_a_picture_that_changed_meanwhile() -> None:
    item = add("red")
    ImageItem.objects.update(state="pending")
    lease = indexing.new_lease()
    (claimed,) = indexing.claim([item.pk], lease)
    ImageItem.objects.update(sha256="0" * 64)
    assert indexing.store([(claimed, np.ones(512, np.float32))], lease, VectorSpace.current()) == []


def test_bulk_created_rows_are_embedded() -> None:
    made = ImageItem.objects.bulk_create(
        [ImageItem(file=ContentFile(draw(color), name=f"{color}.png")) for color in ("red", "blue")]
    )
    assert len(made) == 2  # without their keys on TiDB, which gives none back
    assert set(Embedding.objects.values_list("pk", flat=True)) == set(
        ImageItem.objects.values_list("pk", flat=True)
    )
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"ready"}


def test_addresses_are_fetched_and_a_picture_that_is_here_says_so(httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/1.png").respond_with_data(draw("red"), content_type="image/png")
    httpserver.expect_request("/2.png").respond_with_data(draw("blue"), content_type="image/png")
    httpserver.expect_request("/again.png").respond_with_data(draw("red"), content_type="image/png")
    httpserver.expect_request("/missing.png").respond_with_data(b"", status=404)
    paths = ["/1.png", "/2.png", "/again.png", "/missing.png"]
    ImageItem.objects.bulk_create([ImageItem(image_uri=httpserver.url_for(path)) for path in paths])
    items = list(ImageItem.objects.order_by("id"))
    assert [item.state for item in items] == ["ready", "ready", "failed", "failed"]
    assert items[0].title == "1"
    assert f"same as #{items[0].pk}" in items[2].reason
    assert "404" in items[3].reason


def test_another_address_is_another_picture(httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/red.png").respond_with_data(draw("red"))
    httpserver.expect_request("/blue.png").respond_with_data(draw("blue"))
    pk = ImageItem.objects.create(image_uri=httpserver.url_for("/red.png")).pk
    item = ImageItem.objects.get(pk=pk)
    assert item.color == "red"
    item.image_uri = httpserver.url_for("/blue.png")
    item.save()
    assert ImageItem.objects.get(pk=pk).color == "blue"


def test_a_missing_file_is_said_and_the_row_stays() -> None:
    item = add("red")
    item.file.storage.delete(item.file.name)
    ImageItem.objects.update(state="pending")
    assert "file missing" in indexing.index().failed[item.pk]


def test_deleting_forgets_vector_words_and_files() -> None:
    item = add("red", tags=["door"])
    names, storage = item.files(), item.file.storage
    item.delete()
    assert not any(storage.exists(name) for name in names)
    assert not Embedding.objects.exists()
    assert not Term.objects.exists()


def test_a_picture_that_comes_again_while_it_is_deleted_keeps_its_files(monkeypatch: Any) -> None:
    late: list[Any] = []
    monkeypatch.setattr("gallery.ingest.signals.forget", lambda *what: late.append(what))
    add("red").delete()
    named = Tag.named
    monkeypatch.setattr(Tag, "named", lambda names: forget(*late[0]) or named(names))
    item = add("red")
    assert all(item.file.storage.exists(name) for name in item.files())


def test_tags_and_their_new_names_reach_the_word_index() -> None:
    item = add("red", name="x.png")
    item.tags.set(Tag.named(["harbour"]))
    assert Term.objects.filter(image=item, term="harbour").exists()
    Tag.objects.get().delete()
    tag = Tag.named(["boats"])[0]
    item.tags.add(tag)
    tag.name = "Ships"
    tag.save()
    assert set(Term.objects.values_list("term", flat=True)) == {"x", "ships", "ship"}


def test_the_worker_mode_leaves_the_row_pending(settings: Any) -> None:
    settings.EMBED_ON_SAVE = "worker"
    item = add("red")
    item.refresh_from_db()
    assert item.state == "pending"
    assert indexing.index().ready == [item.pk]


def test_remote_models_are_left_to_the_worker_by_default(settings: Any, monkeypatch: Any) -> None:
    settings.EMBED_ON_SAVE = "auto"
    assert indexing.inline()
    monkeypatch.setattr(type(get_embedder()), "local", False)
    assert not indexing.inline()


def test_words_that_change_while_they_are_written_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process tags the image after its words were read, and was done before they are written."""
    item, late = add("red"), Tag.objects.create(name="late")
    compared, changed = terms.compared_terms, []  # type: ignore[var-annotated]

    def overtaken(*asked: Any) -> Any:
        read = list(compared(*asked))
        if not changed:
            changed.append(ImageItem.tags.through.objects.create(imageitem=item, tag=late))
        return read

    ImageItem.objects.update(title="anew")
    monkeypatch.setattr(terms, "compared_terms", overtaken)
    terms.refresh_terms([item.pk])
    assert {"anew", "late"} <= set(Term.objects.values_list("term", flat=True))
