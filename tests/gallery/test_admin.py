"""The admin: curators find, judge, tag, hide and mend images; nothing that is sent breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery import admin_actions, admin_lists, indexing
from gallery.models import ApiToken, Embedding, ImageItem, QueryPicture, Tag, Term, VectorSpace
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import EmbeddingError, FetchError
from imagesearch.http import Fetched
from tests.conftest import add, draw
from tests.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)

IMAGES = "/admin/gallery/imageitem/"
TAGS = "/admin/gallery/tag/"


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A superuser's browser."""
    client.force_login(staff)
    return client


@pytest.fixture
def curating(client: Client, curator: User) -> Client:
    """The browser of a curator who is staff."""
    User.objects.filter(pk=curator.pk).update(is_staff=True)
    client.force_login(curator)
    return client


def helper(*permissions: str) -> User:
    """Somebody of the staff who may do just this."""
    user = User.objects.create_user("helper", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def refuse(monkeypatch: Any, sentence: str) -> None:
    """Have the model answer every picture with this sentence."""

    def embed_images(self: ColourEmbedder, images: Any) -> Any:
        raise EmbeddingError(sentence)

    monkeypatch.setattr(ColourEmbedder, "embed_images", embed_images)


def change_url(item: ImageItem) -> str:
    return reverse("admin:gallery_imageitem_change", args=[item.pk])


def upload(content: bytes, name: str = "new.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def fields(**given: Any) -> dict[str, Any]:
    return {
        "title": "",
        "caption": "",
        "image_uri": "",
        "owner": "",
        "visibility": "public",
        "moderation": "approved",
        **given,
    }


def act(client: Client, action: str, *items: Any, address: str = IMAGES, **more: Any) -> Any:
    """Run an action on these rows, as the list's form sends it."""
    data = {"action": action, "_selected_action": [item.pk for item in items], "index": "0", **more}
    return client.post(address, data, follow=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def listed(response: Any) -> list[str]:
    return [str(item) for item in response.context["cl"].result_list]


def make_rows(count: int, **given: Any) -> None:
    """Rows without pictures, not rung for."""
    with indexing.postponed():
        ImageItem.objects.bulk_create(
            [ImageItem(sha256=f"{n:064}", title=f"n{n}", **given) for n in range(count)]
        )


def files() -> Iterator[Any]:
    from django.conf import settings

    return (path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())


# --- the list ------------------------------------------------------------------------------------


def test_the_list_shows_thumbnail_tags_and_states_in_words(desk: Client) -> None:
    item = add("red", name="door.png", tags=["Doors"])
    page = desk.get(IMAGES).content.decode()
    for shown in (item.tile_url, "door", "Doors", "Searchable", "Public", "Approved", "60 × 40"):
        assert shown in page


def test_the_list_costs_the_same_queries_however_long_it_is(desk: Client, staff: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get(IMAGES)
        return len(captured)

    add("red", tags=["a"], owner=staff)
    few = queries()
    for mark in range(1, 12):
        add("red", mark=mark, tags=["a", f"b{mark}"], owner=staff)
    assert queries() == few


def test_the_list_counts_no_farther_than_its_horizon(desk: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(admin_lists, "LOOK_AHEAD", 60)
    make_rows(170)
    first = desk.get(IMAGES)
    assert "60+ images" in first.content.decode()
    assert first.context["cl"].result_count == 61
    assert len(listed(desk.get(IMAGES, {"p": 4}))) == 20, "the last page is reached all the same"
    assert "170 images" in desk.get(IMAGES, {"p": 4}).content.decode()


@pytest.mark.parametrize("page", ["0", "5", "x", "-1", "9" * 40, "²"])
def test_a_page_that_does_not_exist_leads_back_to_the_list(desk: Client, page: str) -> None:
    make_rows(60)
    assert desk.get(IMAGES, {"p": page}, follow=True).status_code == 200


def test_search_finds_images_that_have_all_the_words(desk: Client) -> None:
    add("red", name="a.png", title="Old door in Lisbon")
    add("green", name="b.png", title="Old tree", tags=["Crème"])
    add("blue", name="old_sea.png", title="Waves")
    assert sorted(listed(desk.get(IMAGES, {"q": "old"}))) == ["Old door in Lisbon", "Old tree", "Waves"]
    assert listed(desk.get(IMAGES, {"q": "LISBON doors"})) == ["Old door in Lisbon"]
    assert listed(desk.get(IMAGES, {"q": "creme old"})) == ["Old tree"]
    assert listed(desk.get(IMAGES, {"q": "old moon"})) == []
    assert listed(desk.get(IMAGES, {"q": "the"})) == []


def test_filters_narrow_by_state_visibility_moderation_colour_and_tag(desk: Client) -> None:
    red = add("red", tags=["Été"])
    add("green", visibility="hidden")
    blue = add("blue", moderation="pending")
    ImageItem.objects.filter(pk=blue.pk).update(state="failed", reason="The model is ill.")
    assert listed(desk.get(IMAGES, {"state__exact": "failed"})) == ["blue"]
    assert listed(desk.get(IMAGES, {"visibility__exact": "hidden"})) == ["green"]
    assert listed(desk.get(IMAGES, {"moderation__exact": "pending"})) == ["blue"]
    assert listed(desk.get(IMAGES, {"color": "green"})) == ["green"]
    assert listed(desk.get(IMAGES, {"tag": " ete "})) == [str(red)]
    assert listed(desk.get(IMAGES, {"tag": "winter"})) == []
    assert "The model is ill." in desk.get(IMAGES).content.decode()


def test_the_tag_filter_keeps_the_other_filters(desk: Client) -> None:
    page = desk.get(IMAGES, {"state__exact": "ready", "p": "1"}).content.decode()
    assert '<input type="hidden" name="state__exact" value="ready">' in page
    assert '<input type="hidden" name="p"' not in page


def test_the_first_page_leads_to_what_needs_attention(desk: Client) -> None:
    add("red")
    ImageItem.objects.filter(pk=add("blue").pk).update(state="failed")
    figures = {figure.label: (figure.number, figure.url) for figure in desk.get("/admin/").context["figures"]}
    assert figures["Images"] == (2, IMAGES)
    assert figures["Failed"] == (1, f"{IMAGES}?state__exact=failed")


# --- actions -------------------------------------------------------------------------------------


def test_a_few_images_are_embedded_anew_at_once(desk: Client, monkeypatch: Any) -> None:
    red, green = add("red"), add("green")
    Embedding.objects.all().update(vector=get_vector("blue"))
    answer = act(desk, "embed_anew", red)
    assert said(answer) == ["1 image is embedded anew."]
    assert red.similar()[:1] == [green]
    assert Embedding.objects.get(pk=red.pk).vector[0] > 0.8


def get_vector(color: str) -> Any:
    from imagesearch.embeddings.embed import text_vector

    return text_vector(get_embedder(), color)


def test_many_images_are_left_to_the_worker_and_keep_their_vectors(desk: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(admin_actions, "MOST_INLINE", 1)
    red, green = add("red"), add("green")
    answer = act(desk, "embed_anew", red, green)
    assert said(answer) == ["2 images are queued for the worker (manage.py embed_images --watch)."]
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"pending"}
    assert Embedding.objects.count() == 2


def test_a_remote_models_images_are_left_to_the_worker(desk: Client, settings: Any) -> None:
    red = add("red")
    settings.EMBED_ON_SAVE = "worker"
    assert "queued for the worker" in said(act(desk, "embed_anew", red))[0]


def test_retry_takes_the_failed_ones_alone_and_tells_what_failed_again(
    desk: Client, monkeypatch: Any
) -> None:
    red, green = add("red"), add("green")
    assert said(act(desk, "retry_failed", red, green)) == ["None of the chosen images has failed."]
    ImageItem.objects.filter(pk=red.pk).update(state="failed", attempts=3)
    assert said(act(desk, "retry_failed", red, green)) == ["1 image is embedded anew."]
    ImageItem.objects.filter(pk=red.pk).update(state="failed", attempts=3)
    refuse(monkeypatch, "Too red for me.")
    assert said(act(desk, "retry_failed", red, green)) == ["1 image is not embedded: Too red for me."]
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
    desk: Client, action: str, field: str, before: str, after: str
) -> None:
    first, second = add("red", **{field: before}), add("green", **{field: after})
    assert said(act(desk, action, first, second)) == [f"1 image is {after} now."]
    assert set(ImageItem.objects.values_list(field, flat=True)) == {after}
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(first.pk)], (
        "in the history of what changed"
    )
    assert said(act(desk, action, first)) == [f"All chosen images were {after} before."]


def test_an_action_on_all_images_obeys_the_filters(desk: Client) -> None:
    items = [add("red", tags=["x"]), add("green", tags=["x"]), add("blue")]
    act(desk, "hide", items[0], address=f"{IMAGES}?tag=x", select_across="1")
    assert list(ImageItem.objects.order_by("pk").values_list("visibility", flat=True)) == [
        "hidden",
        "hidden",
        "public",
    ]


def test_tags_are_asked_for_then_added_and_found(desk: Client) -> None:
    red, green, blue = add("red"), add("green", tags=["Sea"]), add("blue")
    page = act(desk, "add_tags", red, green)
    assert "Put tags on 2 images" in page.content.decode()
    answer = desk.post(
        IMAGES,
        {
            **dict.fromkeys(()),
            "action": "add_tags",
            "_selected_action": [red.pk, green.pk],
            "names": "sea,  Old  Harbours ,",
        },
        follow=True,
    )
    assert said(answer) == ["2 images are tagged “Old Harbours”, “Sea” now."]
    assert [tag.name for tag in red.tags.all()] == ["Old Harbours", "Sea"]
    assert not blue.tags.exists()
    assert set(Term.objects.filter(term="harbour").values_list("image_id", flat=True)) == {red.pk, green.pk}


def test_tags_are_removed_from_the_chosen_images_only(desk: Client) -> None:
    red, green = add("red", tags=["Sea"]), add("green", tags=["Sea"])
    assert "On them now: Sea" in act(desk, "remove_tags", red).content.decode()
    answer = desk.post(
        IMAGES, {"action": "remove_tags", "_selected_action": [red.pk], "names": "SEA"}, follow=True
    )
    assert said(answer) == ["1 image is no longer tagged “Sea”."]
    assert list(Term.objects.filter(term="sea").values_list("image_id", flat=True)) == [green.pk]


@pytest.mark.parametrize("names", [" , ", "x" * 65])
def test_tags_that_are_none_are_refused_at_the_field(desk: Client, names: str) -> None:
    red = add("red")
    page = desk.post(IMAGES, {"action": "add_tags", "_selected_action": [red.pk], "names": names})
    assert page.status_code == 200
    assert page.context["form"].errors["names"]
    assert not Tag.objects.exists()


def test_too_many_images_are_not_tagged_at_once(desk: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(admin_actions, "MOST_TAGGED", 1)
    answer = act(desk, "add_tags", add("red"), add("green"))
    assert said(answer)[0].startswith("At most 1 images can be tagged at once.")


def test_deleting_names_the_images_and_takes_vectors_terms_and_files_along(desk: Client) -> None:
    red, green = add("red", tags=["x"]), add("green")
    with CaptureQueriesContext(connection) as captured:
        page = act(desk, "delete_selected", red)
    assert "Are you sure" in page.content.decode()
    assert not any("gallery_embedding" in query["sql"] for query in captured), (
        "vectors are not loaded to be listed"
    )
    desk.post(IMAGES, {"action": "delete_selected", "_selected_action": [red.pk], "post": "yes"})
    assert list(ImageItem.objects.all()) == [green]
    assert not Term.objects.filter(image=red.pk).exists()
    assert not Embedding.objects.filter(pk=red.pk).exists()
    assert {path.name.partition(".")[0] for path in files()} == {green.sha256}


def test_more_images_than_a_form_has_fields_can_be_deleted(desk: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    make_rows(30, moderation="pending")
    kept = add("red")
    page = act(
        desk, "delete_selected", kept, address=f"{IMAGES}?moderation__exact=pending", select_across="1"
    )
    assert "30 images will be deleted" in page.content.decode()
    assert page.content.decode().count('name="_selected_action"') == 1
    sent = {"action": "delete_selected", "_selected_action": [kept.pk], "select_across": "1", "post": "yes"}
    desk.post(f"{IMAGES}?moderation__exact=pending", sent)
    assert list(ImageItem.objects.all()) == [kept]


# --- adding --------------------------------------------------------------------------------------


def test_an_added_file_is_stored_and_embedded_and_belongs_to_who_added_it(desk: Client, staff: User) -> None:
    tag = Tag.named(["Doors"])[0]
    answer = desk.post(
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
    assert set(Term.objects.values_list("term", flat=True)) == {"old", "door"}
    assert len(said(answer)) == 1


def test_judging_and_storing_happen_before_any_transaction(desk: Client, monkeypatch: Any) -> None:
    from gallery import admin_forms

    seen: list[bool] = []
    for name in ("decode", "store_original"):
        real = getattr(admin_forms, name)

        def watched(*args: Any, real: Any = real) -> Any:
            seen.append(connection.in_atomic_block)
            return real(*args)

        monkeypatch.setattr(admin_forms, name, watched)
    desk.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert seen == [False, False]
    assert ImageItem.objects.exists()


def test_neither_a_file_nor_an_address_is_an_error_at_the_field(desk: Client) -> None:
    page = desk.post(f"{IMAGES}add/", fields(title="Nothing"))
    assert page.context["adminform"].form.errors == {
        "picture": ["Choose a file, or give an address that the picture is fetched from."]
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
    desk: Client, name: str, content: bytes
) -> None:
    page = desk.post(f"{IMAGES}add/", fields(picture=upload(content, name)))
    assert page.status_code == 200
    assert page.context["adminform"].form.errors["picture"]
    assert not ImageItem.objects.exists()
    assert list(files()) == []


def test_a_file_too_large_by_its_pixels_is_refused_at_the_field(desk: Client, settings: Any) -> None:
    settings.MAX_IMAGE_PIXELS = 2399
    page = desk.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert "2,400 pixels" in page.content.decode()


def test_a_file_beside_another_error_is_not_kept(desk: Client) -> None:
    page = desk.post(f"{IMAGES}add/", fields(picture=upload(draw("red")), title="x" * 201))
    assert set(page.context["adminform"].form.errors) == {"title"}
    assert list(files()) == []


def test_a_picture_that_is_here_already_is_an_error_with_a_link(desk: Client) -> None:
    here = add("red", title="The <red> one")
    page = desk.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))))
    assert f'is here already: <a href="{change_url(here)}">The &lt;red&gt; one</a>' in page.content.decode()
    assert ImageItem.objects.count() == 1


def test_of_a_picture_that_is_hidden_from_them_people_learn_nothing(client: Client) -> None:
    add("red", title="Secret", visibility="hidden")
    client.force_login(helper("add_imageitem", "view_imageitem"))
    page = client.post(f"{IMAGES}add/", fields(picture=upload(draw("red")))).content.decode()
    assert "This picture is here already, where you may not see it." in page
    assert "Secret" not in page


def test_the_same_picture_added_twice_at_one_moment_is_kept_once(desk: Client, monkeypatch: Any) -> None:
    from gallery.admin_forms import ImageForm

    real = ImageForm.store_picture

    def beaten(self: ImageForm, photo: Any) -> None:
        add("red")
        real(self, photo)

    monkeypatch.setattr(ImageForm, "store_picture", beaten)
    answer = desk.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))), follow=True)
    assert said(answer) == ["Nothing was saved: at the same moment this very picture was added otherwise."]
    assert ImageItem.objects.count() == 1


def test_an_address_is_fetched_after_the_save(desk: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("imagesearch.http.fetch", lambda url: Fetched(draw("blue"), url, "sea.png"))
    desk.post(f"{IMAGES}add/", fields(image_uri="https://pictures.example/sea.png"))
    item = ImageItem.objects.get()
    assert (item.state, item.title, item.color) == ("ready", "sea", "blue")


def test_an_address_that_gives_nothing_leaves_a_failed_row_and_a_warning(
    desk: Client, monkeypatch: Any
) -> None:
    def fetch(url: str) -> Fetched:
        raise FetchError("pictures.example answered 404.")

    monkeypatch.setattr("imagesearch.http.fetch", fetch)
    answer = desk.post(f"{IMAGES}add/", fields(image_uri="https://pictures.example/sea.png"), follow=True)
    assert ImageItem.objects.get().state == "failed"
    assert "pictures.example answered 404." in said(answer)[-1]


@pytest.mark.parametrize(
    "address", ["ftp://a.example/x.png", "sea.png", "file:///etc/hostname", "http://u:p@a.example/"]
)
def test_what_is_no_web_address_is_refused_at_the_field(desk: Client, address: str) -> None:
    page = desk.post(f"{IMAGES}add/", fields(image_uri=address))
    assert set(page.context["adminform"].form.errors) == {"image_uri"}
    assert not ImageItem.objects.exists()


def test_a_failing_model_never_costs_the_picture(desk: Client, monkeypatch: Any) -> None:
    refuse(monkeypatch, "The model is ill.")
    answer = desk.post(f"{IMAGES}add/", fields(picture=upload(draw("red"))), follow=True)
    assert (ImageItem.objects.get().state, ImageItem.objects.get().reason) == ("failed", "The model is ill.")
    assert "The model is ill." in said(answer)[-1]


# --- one image -----------------------------------------------------------------------------------


def test_the_page_of_an_image_shows_it_its_facts_and_its_neighbours(desk: Client) -> None:
    red, other, _ = add("red"), add("red", mark=7, title="Nearly the same"), add("blue")
    page = desk.get(change_url(red))
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
    assert page.context["neighbours"][0] == other
    assert f'href="{change_url(other)}"' in text
    assert "1.00 strong" in text


def test_the_page_of_an_image_without_a_vector_says_so(desk: Client, monkeypatch: Any) -> None:
    refuse(monkeypatch, "The model is ill.")
    item = add("red")
    text = desk.get(change_url(item)).content.decode()
    assert "The model is ill." in text
    assert "This picture has no vector yet" in text


def test_saving_words_keeps_the_picture_and_its_state(desk: Client, staff: User) -> None:
    item = add("red", owner=staff)
    vector = Embedding.objects.get().vector
    desk.post(change_url(item), fields(title="Gate", caption="At noon", owner=staff.pk))
    item.refresh_from_db()
    assert (item.title, item.caption, item.state, item.owner) == ("Gate", "At noon", "ready", staff)
    assert (Embedding.objects.get().vector == vector).all()
    assert listed(desk.get(IMAGES, {"q": "gate noon"})) == ["Gate"]


def test_saving_words_does_not_undo_what_the_worker_writes_meanwhile(desk: Client, monkeypatch: Any) -> None:
    from gallery.admin_forms import ImageForm

    item = add("red")
    ImageItem.objects.update(state="pending")
    real = ImageForm.clean

    def clean(self: ImageForm) -> None:
        ImageItem.objects.update(state="ready")
        real(self)

    monkeypatch.setattr(ImageForm, "clean", clean)
    desk.post(change_url(item), fields(title="Gate"))
    assert ImageItem.objects.get().state == "ready"


def test_a_replaced_file_takes_hash_vector_and_files_with_it(desk: Client) -> None:
    item, green = add("red", title="Door"), add("green")
    old = item.sha256
    desk.post(change_url(item), fields(title="Door", picture=upload(draw("green", mark=3), "leaf.png")))
    item.refresh_from_db()
    assert (item.title, item.original_name, item.color, item.state) == ("Door", "leaf.png", "green", "ready")
    assert item.similar()[:1] == [green]
    assert green.similar()[0].score > 0.99
    assert old not in {path.name.partition(".")[0] for path in files()}


def test_a_replaced_file_that_the_model_refuses_has_no_vector_of_the_old_picture(
    desk: Client, monkeypatch: Any
) -> None:
    item = add("red")
    refuse(monkeypatch, "The model is ill.")
    desk.post(change_url(item), fields(picture=upload(draw("green"))))
    assert not Embedding.objects.exists()
    assert ImageItem.objects.get().state == "failed"


def test_the_same_file_again_gives_back_one_that_was_lost(desk: Client) -> None:
    item = add("red")
    item.file.storage.delete(item.file.name)
    act(desk, "embed_anew", item)
    assert ImageItem.objects.get().reason.startswith("file missing")
    desk.post(change_url(item), fields(title="red", picture=upload(draw("red"))))
    assert ImageItem.objects.get().state == "ready"
    assert item.file.storage.exists(item.file.name)


def test_a_changed_address_is_fetched_anew(desk: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("imagesearch.http.fetch", lambda url: Fetched(draw("blue"), url, "sea.png"))
    item = add("red", image_uri="https://pictures.example/a.png")
    desk.post(change_url(item), fields(title="Sea", image_uri="https://pictures.example/b.png"))
    item.refresh_from_db()
    assert (item.color, item.state, item.image_uri) == ("blue", "ready", "https://pictures.example/b.png")
    assert {path.name.partition(".")[0] for path in files()} == {item.sha256}


def test_a_file_and_a_new_address_at_once_are_too_much(desk: Client) -> None:
    item = add("red")
    page = desk.post(
        change_url(item), fields(picture=upload(draw("green")), image_uri="https://a.example/b.png")
    )
    assert set(page.context["adminform"].form.errors) == {"image_uri"}


# --- who may do what -----------------------------------------------------------------------------


def test_a_curator_of_the_staff_works_on_images_and_tags_alone(curating: Client) -> None:
    item = add("red", visibility="hidden", moderation="blocked")
    assert curating.get(change_url(item)).status_code == 200
    assert said(act(curating, "publish", item)) == ["1 image is public now."]
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


# --- tags ----------------------------------------------------------------------------------------


def test_tags_are_listed_with_the_number_of_their_images(desk: Client) -> None:
    add("red", tags=["Doors", "Old"])
    add("green", tags=["Old"])
    tags = {tag.name: tag.images_count for tag in desk.get(TAGS).context["cl"].result_list}
    assert tags == {"Doors": 1, "Old": 2}
    assert [tag.name for tag in desk.get(TAGS, {"q": " ÖLD"}).context["cl"].result_list] == ["Old"]


def test_a_tag_may_not_take_the_name_of_another(desk: Client) -> None:
    _, old = Tag.named(["Doors"])[0], Tag.named(["Old"])[0]
    address = reverse("admin:gallery_tag_change", args=[old.pk])
    assert "choose both in the list and merge them" in desk.post(address, {"name": " DOORS"}).content.decode()
    assert "it takes 1 to 64" in desk.post(address, {"name": "\u0301"}).content.decode()
    assert desk.post(address, {"name": "  OLD  things "}).status_code == 302
    assert Tag.objects.get(pk=old.pk).name == "OLD things"


def test_merged_tags_keep_every_image_once(desk: Client) -> None:
    red, green, blue = (
        add("red", tags=["Door"]),
        add("green", tags=["Door", "Gate"]),
        add("blue", tags=["Gate"]),
    )
    door, gate = Tag.objects.order_by("key")
    page = act(desk, "merge_tags", door, gate, address=TAGS)
    assert "Door (2)" in page.content.decode()
    data = {"action": "merge_tags", "_selected_action": [door.pk, gate.pk], "keeper": gate.pk}
    assert said(desk.post(TAGS, data, follow=True)) == ["2 images are tagged “Gate” instead now."]
    assert set(gate.images.all()) == {red, green, blue}
    assert list(Tag.objects.all()) == [gate]
    assert not Term.objects.filter(term="door").exists()


def test_one_tag_alone_cannot_be_merged(desk: Client) -> None:
    assert said(act(desk, "merge_tags", *Tag.named(["Door"]), address=TAGS))[0].startswith("Choose two tags")


def test_a_deleted_tag_is_found_no_more(desk: Client) -> None:
    add("red", tags=["Harbour"])
    tag = Tag.objects.get()
    desk.post(reverse("admin:gallery_tag_delete", args=[tag.pk]), {"post": "yes"})
    assert not Tag.objects.exists()
    assert not Term.objects.filter(term="harbour").exists()


# --- upkeep --------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_revoked_by_deleting(desk: Client, curator: User) -> None:
    answer = desk.post("/admin/gallery/apitoken/add/", {"user": curator.pk}, follow=True)
    token = ApiToken.objects.get()
    shown = next(
        word
        for word in said(answer)[0].replace("<", " ").replace(">", " ").split()
        if word.startswith("img_")
    )
    assert ApiToken.digest(shown) == token.sha256
    assert token.user == curator
    assert shown not in desk.get("/admin/gallery/apitoken/").content.decode()
    act(desk, "delete_selected", token, address="/admin/gallery/apitoken/", post="yes")
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


def test_a_query_picture_is_forgotten_with_its_file(desk: Client) -> None:
    kept = QueryPicture(sha256="0" * 64, name="mine.png", expires_at=timezone.now())
    kept.file.save("x.webp", ContentFile(b"x"))
    assert kept.token not in desk.get(f"/admin/gallery/querypicture/{kept.pk}/change/").content.decode()
    desk.post(f"/admin/gallery/querypicture/{kept.pk}/delete/", {"post": "yes"})
    assert not QueryPicture.objects.exists()
    assert not kept.file.storage.exists(kept.file.name)


def test_vector_spaces_can_be_read_and_say_which_answers(desk: Client) -> None:
    VectorSpace.objects.create(model="older/model", active=False)
    space = VectorSpace.current()
    page = desk.get("/admin/gallery/vectorspace/").content.decode()
    assert "Active: this one answers" in page
    assert "No longer" in page
    assert desk.get("/admin/gallery/vectorspace/add/").status_code == 403
    assert desk.post(f"/admin/gallery/vectorspace/{space.pk}/delete/", {"post": "yes"}).status_code == 403


def test_every_page_of_the_admin_opens(desk: Client, staff: User) -> None:
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
        assert desk.get(address).status_code == 200, address
