"""Tags are counted and merged; tokens, query pictures and vector spaces are looked after."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gallery.models import ApiToken, QueryPicture, SavedSearch, Tag, Term, VectorSpace
from tests.conftest import add
from tests.gallery.admin.admin_pages import IMAGES, TAGS, act, helper, listed, said

pytestmark = pytest.mark.django_db(transaction=True)


def test_tags_are_listed_with_the_number_of_their_images(admin: Client) -> None:
    add("red", tags=["Doors", "Old"])
    add("green", tags=["Old"])
    tags = {tag.name: tag.images_count for tag in admin.get(TAGS).context["cl"].result_list}
    assert tags == {"Doors": 1, "Old": 2}
    assert [tag.name for tag in admin.get(TAGS, {"q": " ÖLD"}).context["cl"].result_list] == ["Old"]


def test_a_tag_may_not_take_the_name_of_another(admin: Client) -> None:
    _, old = Tag.named(["Doors"])[0], Tag.named(["Old"])[0]
    address = reverse("admin:gallery_tag_change", args=[old.pk])
    assert (
        "select both in the list and use the action “Merge”"
        in admin.post(address, {"name": " DOORS"}).content.decode()
    )
    assert "consists of accents only" in admin.post(address, {"name": "\u0301"}).content.decode()
    assert admin.post(address, {"name": "  OLD  things "}).status_code == 302
    assert Tag.objects.get(pk=old.pk).name == "OLD things"


def test_merged_tags_keep_every_image_once(admin: Client) -> None:
    red, green, blue = (
        add("red", tags=["Door"]),
        add("green", tags=["Door", "Gate"]),
        add("blue", tags=["Gate"]),
    )
    door, gate = Tag.objects.order_by("key")
    page = act(admin, "merge_tags", door, gate, address=TAGS)
    assert "Door (2)" in page.content.decode()
    data = {"action": "merge_tags", "_selected_action": [door.pk, gate.pk], "keeper": gate.pk}
    assert said(admin.post(TAGS, data, follow=True)) == ["2 images are now tagged “Gate”."]
    assert set(gate.images.all()) == {red, green, blue}
    assert list(Tag.objects.all()) == [gate]
    assert not Term.objects.filter(term="door").exists()


def test_one_tag_alone_cannot_be_merged(admin: Client) -> None:
    assert said(act(admin, "merge_tags", *Tag.named(["Door"]), address=TAGS))[0].startswith(
        "Select two or more tags"
    )


def test_a_deleted_tag_is_found_no_more(admin: Client) -> None:
    add("red", tags=["Harbour"])
    tag = Tag.objects.get()
    admin.post(reverse("admin:gallery_tag_delete", args=[tag.pk]), {"post": "yes"})
    assert not Tag.objects.exists()
    assert not Term.objects.filter(term="harbour").exists()


def test_a_token_is_shown_once_and_revoked_by_deleting(admin: Client, curator: User) -> None:
    answer = admin.post("/admin/gallery/apitoken/add/", {"user": curator.pk}, follow=True)
    token = ApiToken.objects.get()
    shown = next(
        word
        for word in said(answer)[0].replace("<", " ").replace(">", " ").split()
        if word.startswith("img_")
    )
    assert ApiToken.digest(shown) == token.sha256
    assert token.user == curator
    assert shown not in admin.get("/admin/gallery/apitoken/").content.decode()
    act(admin, "delete_selected", token, address="/admin/gallery/apitoken/", post="yes")
    assert not ApiToken.objects.exists()


def test_only_superusers_deal_in_the_tokens_of_others(client: Client, staff: User) -> None:
    ApiToken.issue(staff)
    person = helper("add_apitoken", "view_apitoken", "delete_apitoken")
    client.force_login(person)
    assert listed(client.get("/admin/gallery/apitoken/")) == []
    refused = client.post("/admin/gallery/apitoken/add/", {"user": staff.pk})
    assert refused.context["adminform"].form.errors["user"]
    client.post("/admin/gallery/apitoken/add/", {"user": person.pk})
    assert ApiToken.objects.filter(user=person).count() == 1


def test_a_query_picture_is_forgotten_with_its_file(admin: Client) -> None:
    kept = QueryPicture(sha256="0" * 64, name="mine.png", expires_at=timezone.now())
    kept.file.save("x.webp", ContentFile(b"x"))
    assert kept.token not in admin.get(f"/admin/gallery/querypicture/{kept.pk}/change/").content.decode()
    admin.post(f"/admin/gallery/querypicture/{kept.pk}/delete/", {"post": "yes"})
    assert not QueryPicture.objects.exists()
    assert not kept.file.storage.exists(kept.file.name)


def test_saved_searches_can_be_read_and_deleted(admin: Client, staff: User) -> None:
    saved = SavedSearch.objects.create(owner=staff, name="Ducks", query="q=duck")
    assert "Ducks" in admin.get("/admin/gallery/savedsearch/").content.decode()
    page = admin.get(f"/admin/gallery/savedsearch/{saved.pk}/change/").content.decode()
    assert "q=duck" in page
    assert saved.token not in page
    assert admin.get("/admin/gallery/savedsearch/add/").status_code == 403
    admin.post(f"/admin/gallery/savedsearch/{saved.pk}/delete/", {"post": "yes"})
    assert not SavedSearch.objects.exists()


def test_vector_spaces_can_be_read_and_say_which_answers(admin: Client) -> None:
    space = VectorSpace.current()
    VectorSpace.objects.create(model="older/model", active=False)
    page = admin.get("/admin/gallery/vectorspace/").content.decode()
    assert "Active: used for searches" in page
    assert "No; its vectors are kept" in page
    assert admin.get("/admin/gallery/vectorspace/add/").status_code == 403
    assert admin.post(f"/admin/gallery/vectorspace/{space.pk}/delete/", {"post": "yes"}).status_code == 403


def test_every_page_of_the_admin_opens(admin: Client, staff: User) -> None:
    item = add("red", tags=["x"])
    ApiToken.issue(staff)
    for address in (
        "/admin/",
        IMAGES,
        f"{IMAGES}add/",
        f"{IMAGES}?_facets=True&all=",
        f"{IMAGES}{item.pk}/history/",
        f"{IMAGES}{item.pk}/delete/",
        TAGS,
        f"{TAGS}add/",
        "/admin/gallery/apitoken/",
        f"/admin/gallery/apitoken/{ApiToken.objects.get().pk}/change/",
        "/admin/gallery/querypicture/",
        "/admin/auth/user/",
        "/admin/auth/group/",
    ):
        assert admin.get(address).status_code == 200, address
