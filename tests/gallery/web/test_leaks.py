"""Small things that must not be told: secrets in addresses, links that run, the spelling of hidden tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from gallery.models import ApiToken, ImageItem, Tag
from imagesearch.errors import AddressRefused
from imagesearch.network.addresses import is_web_address, without_secrets
from tests.conftest import add, draw
from tests.gallery.admin.admin_pages import IMAGES, act, change_url, fields, helper, said

pytestmark = pytest.mark.django_db(transaction=True)

SIGNED = {
    "https://bucket.s3.amazonaws.com/a/red.png?X-Amz-Signature=SECRET": "https://bucket.s3.amazonaws.com/a/red.png",
    "https://x.blob.core.windows.net/a/red.png?sv=1&sig=SECRET": "https://x.blob.core.windows.net/a/red.png",
    "https://example.org/red.png?token=SECRET": "https://example.org/red.png",
    "https://user:SECRET@example.org/red.png": "https://example.org/red.png",
    "https://SECRET@example.org:8443/red.png": "https://example.org:8443/red.png",
    "https://example.org/red.png#access_token=SECRET": "https://example.org/red.png",
    "https://example.org/red.png;jsessionid=SECRET": "https://example.org/red.png",
    "https://example.org?SECRET": "https://example.org",
    "http://[2001:db8::1]:81/red.png?SECRET": "http://[2001:db8::1]:81/red.png",
    "HTTPS://Example.org/Red.png?SECRET": "https://example.org/Red.png",
    "https://example.org/red.png": "https://example.org/red.png",
}
OTHER_SCHEMES = [
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://example.org",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://example.org/x.png",
    "blob:https://example.org/x",
    "//example.org/x.png",
    "/etc/passwd",
    "https:javascript",
    "http://example.org/\u202egnp.exe",
    "x",
]


def browser(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.mark.parametrize("address", SIGNED)
def test_what_is_secret_in_an_address_is_for_owner_and_curators(
    uploader: User, curator: User, address: str
) -> None:
    item = add("red", owner=uploader, image_uri=address)
    assert without_secrets(address) == SIGNED[address]
    for user in (None, User.objects.create_user("member")):
        page = browser(user).get(f"/image/{item.pk}/").content.decode()
        assert "SECRET" not in page
        assert SIGNED[address] in page
        assert (f'href="{SIGNED[address]}"' in page) == (SIGNED[address] == address)
        for path in ("/api/images", f"/api/images/{item.pk}", "/api/search?q=red", "/", "/search/?q=red"):
            assert "SECRET" not in browser(user).get(path).content.decode()
    for user in (uploader, curator):
        assert (
            "SECRET" in browser(user).get(f"/image/{item.pk}/").content.decode() or SIGNED[address] == address
        )


@pytest.mark.parametrize(
    "address", ["https://", "https://[/x", "https://example.org:port/", "", "x", *OTHER_SCHEMES]
)
def test_of_what_is_no_address_nothing_is_shown(address: str) -> None:
    assert without_secrets(address) in {"", "https://example.org/"}


@pytest.mark.parametrize("address", OTHER_SCHEMES)
def test_other_addresses_are_not_stored(address: str) -> None:
    assert not is_web_address(address)
    with pytest.raises(AddressRefused):
        ImageItem.objects.create(image_uri=address)
    with pytest.raises(AddressRefused):
        ImageItem.objects.bulk_create([ImageItem(image_uri=address)])
    with pytest.raises(AddressRefused):
        add("red", image_uri=address)
    item = add("blue")
    item.image_uri = address
    with pytest.raises(AddressRefused):
        item.save()
    assert not ImageItem.objects.exclude(image_uri="").exists()


@pytest.mark.parametrize("address", OTHER_SCHEMES)
def test_one_that_is_stored_already_is_no_link_and_hinders_nothing(staff: User, address: str) -> None:
    item = add("red", owner=staff)
    ImageItem.objects.filter(pk=item.pk).update(image_uri=address)
    for user in (None, staff):
        page = browser(user).get(f"/image/{item.pk}/")
        assert page.status_code == 200
        assert f'href="{address}"' not in page.content.decode()
        assert "javascript:" not in page.content.decode().lower()
    sent = {"title": "Boat", "caption": "", "tags": "", "visibility": "public"}
    assert browser(staff).post(f"/image/{item.pk}/edit/", sent).status_code == 302


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "n/a", "www.example.org"])
def test_a_csv_keeps_the_picture_and_drops_such_an_address(tmp_path: Path, address: str) -> None:
    (tmp_path / "red.png").write_bytes(draw("red"))
    (tmp_path / "list.csv").write_text(f'path,url\nred.png,"{address}"\n')
    call_command("import_images", str(tmp_path / "list.csv"))
    assert ImageItem.objects.get().image_uri == ""


@pytest.mark.parametrize("address", OTHER_SCHEMES)
def test_no_form_takes_such_an_address(staff: User, uploader: User, address: str) -> None:
    token = ApiToken.issue(uploader)
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert 400 <= api.post("/api/images", {"url": address}).status_code < 500
    browser(uploader).post("/add/", {"url": address})
    browser(staff).post(f"{IMAGES}add/", fields(image_uri=address))
    item = add("red")
    browser(staff).post(change_url(item), fields(image_uri=address))
    assert not ImageItem.objects.exclude(image_uri="").exists()


# --- tags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["secretproject", "SecretProject", "sécretproject"])
def test_the_spelling_of_a_hidden_tag_is_not_told(uploader: User, written: str) -> None:
    add("red", tags=["SECRETproject"], visibility="hidden")
    client = browser(uploader)
    page = client.get(f"/?tag={written}").content.decode()
    assert "SECRETproject" not in page
    sent = {"image": SimpleUploadedFile("new.png", draw("blue")), "tags": written}
    client.post("/add/", sent)
    item = ImageItem.objects.get(owner=uploader)
    assert [tag.name for tag in item.tags.all()] == [written]
    for path in (
        f"/image/{item.pk}/",
        "/",
        f"/?tag={written}",
        f"/search/?q={written}",
        "/search/suggest?q=secr",
        "/api/images",
        f"/api/images?tag={written}",
        f"/api/images/{item.pk}",
    ):
        for who in (client, Client()):
            assert "SECRETproject" not in who.get(path).content.decode()


def test_by_an_edit_it_is_not_told_either(uploader: User) -> None:
    add("red", tags=["SECRETproject"], moderation="blocked")
    item = add("blue", owner=uploader)
    sent = {"title": "x", "caption": "", "tags": "secretproject", "visibility": "public"}
    assert browser(uploader).post(f"/image/{item.pk}/edit/", sent).status_code == 302
    token = ApiToken.issue(uploader)
    answer = Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/images/{item.pk}")
    assert answer.json()["tags"] == ["secretproject"]


def test_a_tag_that_everybody_sees_keeps_its_spelling(uploader: User) -> None:
    add("red", tags=["New York"])
    add("blue", tags=["new york"], owner=uploader)
    assert Tag.objects.get().name == "New York"


def test_a_new_spelling_is_found_by_the_same_words(uploader: User) -> None:
    hidden = add("red", tags=["CAFÉ Zentral"], visibility="hidden")
    add("blue", tags=["cafe zentral"], visibility="hidden", owner=uploader)
    assert Tag.objects.get().name == "cafe zentral"
    assert set(hidden.terms.values_list("term", flat=True)) >= {"cafe", "zentral"}
    assert ImageItem.objects.tagged("Café zentral").count() == 2


def test_taking_off_a_hidden_tag_does_not_tell_it() -> None:
    add("red", tags=["SECRETproject"], visibility="hidden")
    person = helper("change_imageitem", "view_imageitem", "view_tag")
    item: Any = add("blue", owner=person)
    answer = act(browser(person), "remove_tags", item, names="secretproject")
    assert not any("SECRETproject" in each for each in said(answer))
