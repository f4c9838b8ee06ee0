"""An image is added: judged before anything is stored, never twice, never lost to a failing model."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from gallery.models import FurtherOwner, ImageItem, Tag, Term
from imagesearch.errors import FetchError, StorageFull
from imagesearch.network.http import Fetched
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import (
    IMAGES,
    change_url,
    fields,
    files,
    helper,
    refuse,
    said,
    upload,
)
from tests.support.hostile import HOSTILE

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_added_file_is_stored_and_embedded_and_belongs_to_who_added_it(admin: Client, staff: User) -> None:
    tag = Tag.named(["Doors"])[0]
    answer = admin.post(
        f"{IMAGES}add/", fields(picture=upload(draw("red"), "Old door.png"), tags=[tag.pk]), follow=True
    )
    item = ImageItem.objects.get()
    assert (item.title, item.original_name, item.owner, item.state) == (
        "Old door",
        "Old door.png",
        staff,
        "ready",
    )
    assert {path.name for path in files()} == {name.rpartition("/")[2] for name in item.files()}
    assert list(item.tags.all()) == [tag]
    assert set(Term.objects.values_list("term", flat=True)) == {"old", "door", "doors"}
    assert len(said(answer)) == 1


def test_judging_and_storing_happen_before_any_transaction(admin: Client, monkeypatch: Any) -> None:
    from gallery.admin import forms

    seen: list[bool] = []
    for name in ("decode", "store_original"):
        real = getattr(forms, name)

        def watched(*args: Any, real: Any = real) -> Any:
            seen.append(connection.in_atomic_block)
            return real(*args)

        monkeypatch.setattr(forms, name, watched)
    admin.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert seen == [False, False]
    assert ImageItem.objects.exists()


def test_neither_a_file_nor_an_address_is_an_error_at_the_field(admin: Client) -> None:
    page = admin.post(f"{IMAGES}add/", fields(title="Nothing"))
    assert page.context["adminform"].form.errors == {
        "picture": ["Choose a file, or enter the address of a picture."]
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.png", b""),
        ("page.pdf", b"%PDF-1.7\n1 0 obj"),
        ("cut.png", draw("red")[:60]),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("x" * 300 + ".png", b"\x89PNG\r\n\x1a\n"),
        ("null\x00.png", b"GIF89a"),
    ],
)
def test_hostile_files_are_refused_at_the_field_and_leave_nothing(
    admin: Client, name: str, content: bytes
) -> None:
    page = admin.post(f"{IMAGES}add/", fields(picture=upload(content, name)))
    assert page.status_code == 200
    assert page.context["adminform"].form.errors["picture"]
    assert not ImageItem.objects.exists()
    assert list(files()) == []


def test_a_file_too_large_by_its_pixels_is_refused_at_the_field(admin: Client, settings: Any) -> None:
    settings.MAX_IMAGE_PIXELS = 2399
    page = admin.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert "2,400 pixels" in page.content.decode()


def test_a_file_beside_another_error_is_not_kept(admin: Client) -> None:
    page = admin.post(f"{IMAGES}add/", fields(picture=upload(draw("red")), title="x" * 201))
    assert set(page.context["adminform"].form.errors) == {"title"}
    assert list(files()) == []


def test_a_picture_that_is_here_already_is_an_error_with_a_link(admin: Client) -> None:
    here = add("red", title="The <red> one")
    page = admin.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert (
        f'is already in the gallery: <a href="{change_url(here)}">The &lt;red&gt; one</a>'
        in page.content.decode()
    )
    assert ImageItem.objects.count() == 1


def test_of_a_picture_that_is_hidden_from_them_people_learn_nothing(client: Client) -> None:
    hidden = add("red", title="Secret", tags=["secret"], visibility="hidden")
    person = helper("add_imageitem", "view_imageitem")
    client.force_login(person)
    sent = fields(picture=upload(draw("red"), "mine.png"), title="My title")
    page = client.post(f"{IMAGES}add/", sent, follow=True)
    assert [str(further) for further in FurtherOwner.objects.all()] == [f"{person.pk} owns {hidden.pk}"]
    assert "My title" in page.content.decode()
    assert "Secret" not in page.content.decode()
    hidden.refresh_from_db()
    assert (hidden.title, [str(tag) for tag in hidden.tags.all()]) == ("Secret", ["secret"])


def test_a_hidden_picture_replaces_none(admin: Client, client: Client) -> None:
    add("red", title="Secret", visibility="hidden")
    person = helper("add_imageitem", "view_imageitem", "change_imageitem")
    client.force_login(person)
    own = add("blue", owner=person)
    page = client.post(change_url(own), fields(picture=upload(draw("red"))))
    assert "Secret" not in page.content.decode()
    assert page.context["adminform"].form.errors["picture"]
    own.refresh_from_db()
    assert own.color == "blue"


def test_the_same_picture_added_twice_at_one_moment_is_kept_once(admin: Client, monkeypatch: Any) -> None:
    from gallery.admin.forms import ImageForm

    real = ImageForm.store_picture

    def beaten(self: ImageForm, photo: Any) -> None:
        add("red")
        real(self, photo)

    monkeypatch.setattr(ImageForm, "store_picture", beaten)
    answer = admin.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))), follow=True)
    assert said(answer) == ["Nothing was saved: this picture was added by someone else meanwhile."]
    assert ImageItem.objects.count() == 1


def test_an_address_is_fetched_after_the_save(admin: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("imagesearch.network.http.fetch", lambda url: Fetched(draw("blue"), url, "sea.png"))
    admin.post(f"{IMAGES}add/", fields(image_uri="https://pictures.example/sea.png"))
    item = ImageItem.objects.get()
    assert (item.state, item.title, item.color) == ("ready", "sea", "blue")


def test_an_address_that_gives_nothing_leaves_a_failed_row_and_a_warning(
    admin: Client, monkeypatch: Any
) -> None:
    def fetch(url: str) -> Fetched:
        raise FetchError("pictures.example answered 404.")

    monkeypatch.setattr("imagesearch.network.http.fetch", fetch)
    answer = admin.post(f"{IMAGES}add/", fields(image_uri="https://pictures.example/sea.png"), follow=True)
    assert ImageItem.objects.get().state == "failed"
    assert "pictures.example answered 404." in said(answer)[-1]


@pytest.mark.parametrize(
    "address", ["ftp://a.example/x.png", "sea.png", "file:///etc/hostname", "http://u:p@a.example/"]
)
def test_what_is_no_web_address_is_refused_at_the_field(admin: Client, address: str) -> None:
    page = admin.post(f"{IMAGES}add/", fields(image_uri=address))
    assert set(page.context["adminform"].form.errors) == {"image_uri"}
    assert not ImageItem.objects.exists()


def test_a_failing_model_never_costs_the_picture(admin: Client, monkeypatch: Any) -> None:
    refuse(monkeypatch, "The model is ill.")
    answer = admin.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))), follow=True)
    assert (ImageItem.objects.get().state, ImageItem.objects.get().reason) == ("failed", "The model is ill.")
    assert "The model is ill." in said(answer)[-1]


def test_a_full_storage_is_said_and_keeps_nothing(admin: Client, monkeypatch: Any) -> None:
    def full(*args: Any) -> str:
        raise StorageFull("The storage is full, so this file was not kept.")

    monkeypatch.setattr("gallery.admin.forms.store_original", full)
    answer = admin.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert answer.status_code == 507
    assert "The storage is full" in answer.content.decode()
    assert not ImageItem.objects.exists()
    assert list(files()) == []


@pytest.mark.slow
def test_every_hostile_file_that_we_know_is_refused_at_the_field(admin: Client) -> None:
    for name, make in HOSTILE.items():
        page = admin.post(f"{IMAGES}add/", fields(picture=upload(make() or b"", f"{name}.jpg")))
        assert page.status_code == 200, name
        assert page.context["adminform"].form.errors["picture"], name
    assert not ImageItem.objects.exists()
    assert list(files()) == []
