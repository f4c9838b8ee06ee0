"""What is done to many images at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.admin import actions
from gallery.models import Embedding, ImageItem, Tag, Term
from imagesearch.embeddings.registry import get_embedder
from tests.conftest import add
from tests.gallery.admin.admin_pages import (
    IMAGES,
    TAGS,
    act,
    files,
    make_rows,
    refuse,
    said,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_few_images_are_re_embedded_at_once(admin: Client, monkeypatch: Any) -> None:
    red, green = add("red"), add("green")
    Embedding.objects.all().update(vector=get_vector("blue"))
    answer = act(admin, "reembed", red)
    assert said(answer) == ["1 image was re-embedded."]
    assert red.similar()[:1] == [green]
    assert Embedding.objects.get(pk=red.pk).vector[0] > 0.8


def get_vector(color: str) -> Any:
    from imagesearch.embeddings.embed import text_vector

    return text_vector(get_embedder(), color)


def test_many_images_are_left_to_the_worker_and_keep_their_vectors(admin: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(actions, "MAX_INLINE", 1)
    red, green = add("red"), add("green")
    answer = act(admin, "reembed", red, green)
    assert said(answer) == ["2 images were queued for the worker (manage.py embed_images --watch)."]
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"pending"}
    assert Embedding.objects.count() == 2


def test_a_remote_models_images_are_left_to_the_worker(admin: Client, settings: Any) -> None:
    red = add("red")
    settings.EMBED_ON_SAVE = "worker"
    assert "queued for the worker" in said(act(admin, "reembed", red))[0]


def test_retry_takes_the_failed_ones_alone_and_tells_what_failed_again(
    admin: Client, monkeypatch: Any
) -> None:
    red, green = add("red"), add("green")
    assert said(act(admin, "retry_failed", red, green)) == ["None of the selected images has failed."]
    ImageItem.objects.filter(pk=red.pk).update(state="failed", attempts=3)
    assert said(act(admin, "retry_failed", red, green)) == ["1 image was re-embedded."]
    ImageItem.objects.filter(pk=red.pk).update(state="failed", attempts=3)
    refuse(monkeypatch, "Too red for me.")
    assert said(act(admin, "retry_failed", red, green)) == ["1 image was not embedded: Too red for me."]
    red.refresh_from_db()
    assert (red.state, red.attempts, red.reason) == ("failed", 1, "Too red for me.")


@pytest.mark.parametrize(
    ("action", "field", "before", "after"),
    [
        ("hide", "visibility", "public", "hidden"),
        ("publish", "visibility", "hidden", "public"),
        ("approve", "moderation", "pending", "approved"),
        ("block", "moderation", "approved", "blocked"),
    ],
)
def test_who_may_see_images_is_changed_and_noted(
    admin: Client, action: str, field: str, before: str, after: str
) -> None:
    first, second = add("red", **{field: before}), add("green", **{field: after})
    assert said(act(admin, action, first, second)) == [f"1 image is now {after}."]
    assert set(ImageItem.objects.values_list(field, flat=True)) == {after}
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(first.pk)], (
        "in the history of what changed"
    )
    assert said(act(admin, action, first)) == [f"All selected images were already {after}."]


def test_an_action_on_all_images_obeys_the_filters(admin: Client) -> None:
    items = [add("red", tags=["x"]), add("green", tags=["x"]), add("blue")]
    act(admin, "hide", items[0], address=f"{IMAGES}?tag=x", select_across="1")
    assert list(ImageItem.objects.order_by("pk").values_list("visibility", flat=True)) == [
        "hidden",
        "hidden",
        "public",
    ]


def test_tags_are_asked_for_then_added_and_found(admin: Client) -> None:
    red, green, blue = add("red"), add("green", tags=["Sea"]), add("blue")
    page = act(admin, "add_tags", red, green)
    assert "Add tags to 2 images" in page.content.decode()
    answer = admin.post(
        IMAGES,
        {
            **dict.fromkeys(()),
            "action": "add_tags",
            "_selected_action": [red.pk, green.pk],
            "names": "sea,  Old  Harbours ,",
        },
        follow=True,
    )
    assert said(answer) == ["2 images are now tagged “Old Harbours”, “Sea”."]
    assert [tag.name for tag in red.tags.all()] == ["Old Harbours", "Sea"]
    assert not blue.tags.exists()
    assert set(Term.objects.filter(term="harbour").values_list("image_id", flat=True)) == {red.pk, green.pk}


def test_tags_are_removed_from_the_chosen_images_only(admin: Client) -> None:
    red, green = add("red", tags=["Sea"]), add("green", tags=["Sea"])
    assert "Current tags: Sea" in act(admin, "remove_tags", red).content.decode()
    answer = admin.post(
        IMAGES, {"action": "remove_tags", "_selected_action": [red.pk], "names": "SEA"}, follow=True
    )
    assert said(answer) == ["Removed “Sea” from 1 image."]
    assert list(Term.objects.filter(term="sea").values_list("image_id", flat=True)) == [green.pk]


def test_of_very_many_changed_images_the_history_says_nothing(admin: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(actions, "MAX_LOGGED", 1)
    assert said(act(admin, "hide", add("red"), add("green"))) == ["2 images are now hidden."]
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("pk", ["x", "-1", "²", "9" * 40])
def test_an_action_on_what_is_no_row_is_a_bad_request(admin: Client, pk: str) -> None:
    for address in (IMAGES, TAGS):
        data = {"action": "delete_selected", "_selected_action": [pk], "index": "0"}
        assert admin.post(address, data).status_code == 400
    assert admin.get(f"{IMAGES}{pk}/change/").status_code == 302
    assert admin.get(f"{IMAGES}add/", {"tags": pk, "owner": pk}).status_code == 200


@pytest.mark.parametrize("names", [" , ", "x" * 65])
def test_tags_that_are_none_are_refused_at_the_field(admin: Client, names: str) -> None:
    red = add("red")
    page = admin.post(IMAGES, {"action": "add_tags", "_selected_action": [red.pk], "names": names})
    assert page.status_code == 200
    assert page.context["form"].errors["names"]
    assert not Tag.objects.exists()


def test_too_many_images_are_not_tagged_at_once(admin: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(actions, "MAX_TAGGED", 1)
    answer = act(admin, "add_tags", add("red"), add("green"))
    assert said(answer)[0].startswith("At most 1 images can be tagged at once.")


def test_deleting_names_the_images_and_takes_vectors_terms_and_files_along(admin: Client) -> None:
    red, green = add("red", tags=["x"]), add("green")
    with CaptureQueriesContext(connection) as captured:
        page = act(admin, "delete_selected", red)
    assert "Are you sure" in page.content.decode()
    assert not any("gallery_embedding" in query["sql"] for query in captured), (
        "vectors are not loaded to be listed"
    )
    admin.post(IMAGES, {"action": "delete_selected", "_selected_action": [red.pk], "post": "yes"})
    assert list(ImageItem.objects.all()) == [green]
    assert not Term.objects.filter(image=red.pk).exists()
    assert not Embedding.objects.filter(pk=red.pk).exists()
    assert {path.name.partition(".")[0] for path in files()} == {green.sha256}


def test_more_images_than_a_form_has_fields_can_be_deleted(admin: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    make_rows(30, moderation="pending")
    kept = add("red")
    page = act(
        admin,
        "delete_selected",
        kept,
        address=f"{IMAGES}?moderation__exact=pending",
        select_across="1",
    )
    assert "30 images will be deleted" in page.content.decode()
    assert page.content.decode().count('name="_selected_action"') == 1
    sent = {"action": "delete_selected", "_selected_action": [kept.pk], "select_across": "1", "post": "yes"}
    admin.post(f"{IMAGES}?moderation__exact=pending", sent)
    assert list(ImageItem.objects.all()) == [kept]
