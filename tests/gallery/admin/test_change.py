"""One image: its page, its words, another picture for it; and who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import Embedding, ImageItem, VectorSpace
from imagesearch.network.http import Fetched
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import (
    IMAGES,
    TAGS,
    act,
    change_url,
    fields,
    files,
    helper,
    listed,
    refuse,
    said,
    upload,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_of_an_image_shows_it_its_facts_and_its_neighbours(admin: Client) -> None:
    red, other, _ = add("red"), add("red", mark=7, title="Nearly the same"), add("blue")
    page = admin.get(change_url(red))
    text = page.content.decode()
    for shown in (
        red.view_url,
        red.sha256,
        red.dhash,
        "60 × 40 px",
        "#dc1e1e",
        "Searchable",
        VectorSpace.current().model,
    ):
        assert shown in text
    assert page.context["similar"][0] == other
    assert f'href="{change_url(other)}"' in text
    assert "1.00 strong" in text


def test_the_page_of_an_image_without_a_vector_says_so(admin: Client, monkeypatch: Any) -> None:
    refuse(monkeypatch, "The model is ill.")
    item = add("red")
    page = admin.get(change_url(item))
    assert "The model is ill." in page.content.decode()
    assert page.context["no_similar_reason"]


def test_saving_words_keeps_the_picture_and_its_state(admin: Client, staff: User) -> None:
    item = add("red", owner=staff)
    vector = Embedding.objects.get().vector
    admin.post(change_url(item), fields(title="Gate", caption="At noon", owner=staff.pk))
    item.refresh_from_db()
    assert (item.title, item.caption, item.state, item.owner) == ("Gate", "At noon", "ready", staff)
    assert (Embedding.objects.get().vector == vector).all()
    assert listed(admin.get(IMAGES, {"q": "gate noon"})) == ["Gate"]


def test_saving_words_does_not_undo_what_the_worker_writes_meanwhile(admin: Client, monkeypatch: Any) -> None:
    from gallery.admin.forms import ImageForm

    item = add("red")
    ImageItem.objects.update(state="pending")
    real = ImageForm.clean

    def clean(self: ImageForm) -> None:
        ImageItem.objects.update(state="ready")
        real(self)

    monkeypatch.setattr(ImageForm, "clean", clean)
    admin.post(change_url(item), fields(title="Gate"))
    assert ImageItem.objects.get().state == "ready"


def test_a_replaced_file_takes_hash_vector_and_files_with_it(admin: Client) -> None:
    item, green = add("red", title="Door"), add("green")
    old = item.sha256
    admin.post(change_url(item), fields(title="Door", picture=upload(draw("green", mark=3), "leaf.png")))
    item.refresh_from_db()
    assert (item.title, item.original_name, item.color, item.state) == ("Door", "leaf.png", "green", "ready")
    assert item.similar()[:1] == [green]
    assert green.similar()[0].score > 0.99  # type: ignore[operator]
    assert old not in {path.name.partition(".")[0] for path in files()}


def test_a_replaced_file_that_the_model_refuses_has_no_vector_of_the_old_picture(
    admin: Client, monkeypatch: Any
) -> None:
    item = add("red")
    refuse(monkeypatch, "The model is ill.")
    admin.post(change_url(item), fields(picture=upload(draw("green"))))
    assert not Embedding.objects.exists()
    assert ImageItem.objects.get().state == "failed"


def test_the_same_file_again_gives_back_one_that_was_lost(admin: Client) -> None:
    item = add("red")
    item.file.storage.delete(item.file.name)
    act(admin, "reembed", item)
    assert ImageItem.objects.get().reason.startswith("file missing")
    admin.post(change_url(item), fields(title="red", picture=upload(draw("red"))))
    assert ImageItem.objects.get().state == "ready"
    assert item.file.storage.exists(item.file.name)


def test_a_changed_address_is_fetched_anew(admin: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("imagesearch.network.http.fetch", lambda url: Fetched(draw("blue"), url, "sea.png"))
    item = add("red", image_uri="https://pictures.example/a.png")
    admin.post(change_url(item), fields(title="Sea", image_uri="https://pictures.example/b.png"))
    item.refresh_from_db()
    assert (item.color, item.state, item.image_uri) == ("blue", "ready", "https://pictures.example/b.png")
    assert {path.name.partition(".")[0] for path in files()} == {item.sha256}


def test_a_file_and_a_new_address_at_once_are_too_much(admin: Client) -> None:
    item = add("red")
    page = admin.post(
        change_url(item), fields(picture=upload(draw("green")), image_uri="https://a.example/b.png")
    )
    assert set(page.context["adminform"].form.errors) == {"image_uri"}


def test_a_curator_of_the_staff_works_on_images_and_tags_alone(curating: Client) -> None:
    item = add("red", visibility="hidden", moderation="blocked")
    assert curating.get(change_url(item)).status_code == 200
    assert said(act(curating, "publish", item)) == ["1 image is now public."]
    assert curating.get(TAGS).status_code == 200
    for closed in ("gallery/apitoken/", "gallery/querypicture/", "gallery/vectorspace/", "auth/user/"):
        assert curating.get(f"/admin/{closed}").status_code == 403


def test_a_curator_adds_images_in_their_own_name(curating: Client, curator: User) -> None:
    assert 'name="owner"' not in curating.get(f"{IMAGES}add/").content.decode(), "they may not look up users"
    curating.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert ImageItem.objects.get().owner == curator


def test_the_admin_shows_staff_what_they_may_see_and_no_more(client: Client) -> None:
    public, hidden = add("red", tags=["open"]), add("green", visibility="hidden", tags=["closed"])
    client.force_login(helper("view_imageitem", "view_tag"))
    page = client.get(IMAGES)
    assert listed(page) == ["red"]
    assert "closed" not in page.content.decode()
    assert client.get(change_url(hidden)).status_code == 302
    assert [tag.name for tag in client.get(TAGS).context["cl"].result_list] == ["open"]
    answer = client.get(
        "/admin/autocomplete/", {"app_label": "gallery", "model_name": "imageitem", "field_name": "tags"}
    )
    assert [result["text"] for result in answer.json()["results"]] == ["open"]
    seen = client.get(change_url(public)).content.decode()
    assert 'name="title"' not in seen
    assert "Download the original" not in seen


def test_who_may_only_look_cannot_act(client: Client) -> None:
    item = add("red")
    client.force_login(helper("view_imageitem"))
    act(client, "hide", item)
    assert client.post(change_url(item), fields(title="Mine")).status_code == 403
    item.refresh_from_db()
    assert (item.visibility, item.title) == ("public", "red")
