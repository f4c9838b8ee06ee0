"""Who may do what: one table, role × action, over every address of the gallery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, get_resolver

from gallery.models import ApiToken, ImageItem, SavedSearch
from gallery.search import query_pictures
from imagesearch.embeddings.registry import get_embedder
from imagesearch.query import Picture
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)

ROLES = ("anonymous", "member", "uploader", "curator", "staff")


class Action(NamedTuple):
    """One thing to do at an address, and the status that each role gets, in the order of ROLES."""

    url: str
    do: Callable[[Client, ImageItem], Any]
    statuses: tuple[int, int, int, int, int]


def get(path: str) -> Callable[[Client, ImageItem], Any]:
    return lambda client, item: client.get(at(path, item))


def post(path: str, **fields: Any) -> Callable[[Client, ImageItem], Any]:
    return lambda client, item: client.post(
        at(path, item), {name: given() if callable(given) else given for name, given in fields.items()}
    )


def patch(path: str, **fields: Any) -> Callable[[Client, ImageItem], Any]:
    return lambda client, item: client.patch(at(path, item), fields, content_type="application/json")


def at(path: str, item: ImageItem) -> str:
    saved = SavedSearch.objects.first()
    theirs = {"somebodys": saved.pk, "feed": saved.token} if saved else {}
    return path.format(pk=item.pk, sha8=(item.sha256 or "")[:8], like=item.pk, **theirs)


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("new.png", draw("purple", mark=99))


FOUND, MOVED, NO, GONE, KEY = 200, 302, 403, 404, 401
LOGIN = -MOVED  # moved to the login page
EVERYBODY = (200,) * 5

# A public image of somebody else.
ACTIONS = [
    Action("library", get("/"), EVERYBODY),
    Action("image", get("/image/{pk}/"), EVERYBODY),
    Action("image_similar", get("/image/{pk}/similar/"), (MOVED,) * 5),
    Action(
        "image_edit",
        post("/image/{pk}/edit/", title="Mine now", visibility="public"),
        (NO, NO, NO, MOVED, MOVED),
    ),
    Action("image_delete", post("/image/{pk}/delete/"), (NO, NO, NO, MOVED, MOVED)),
    Action(
        "image_moderation",
        post("/image/{pk}/moderation/", moderation="blocked"),
        (NO, NO, NO, MOVED, MOVED),
    ),
    Action("search", get("/search/?q=red"), EVERYBODY),
    Action("suggest", get("/search/suggest?q=re"), EVERYBODY),
    Action("search_picture", post("/search/picture", picture=upload), (303,) * 5),
    Action("query_picture", lambda client, item: client.get(f"/search/picture/{searched()}"), EVERYBODY),
    Action("search_save", get("/search/save?q=red"), (LOGIN, NO, FOUND, FOUND, FOUND)),
    Action("search_save", post("/search/save", query="q=red"), (LOGIN, NO, MOVED, MOVED, MOVED)),
    Action("searches", get("/searches/"), (LOGIN, NO, FOUND, FOUND, FOUND)),
    Action("saved_new", get("/searches/new"), (LOGIN, NO, FOUND, FOUND, FOUND)),
    Action("saved_open", get("/searches/{somebodys}/"), (LOGIN, NO, GONE, GONE, GONE)),
    Action("saved_rename", post("/searches/{somebodys}/rename", name="x"), (LOGIN, NO, GONE, GONE, GONE)),
    Action("saved_delete", post("/searches/{somebodys}/delete"), (LOGIN, NO, GONE, GONE, GONE)),
    Action("saved_renew", post("/searches/{somebodys}/renew"), (LOGIN, NO, GONE, GONE, GONE)),
    Action("saved_feed", get("/searches/{feed}.json"), EVERYBODY),
    Action("compare", get("/compare/?a={pk}&b={pk}"), EVERYBODY),
    Action("compare_picture", lambda client, item: client.get(f"/compare/picture/{searched()}"), EVERYBODY),
    Action("add", get("/add/"), (LOGIN, NO, FOUND, FOUND, FOUND)),
    Action("add", post("/add/", image=upload), (LOGIN, NO, MOVED, MOVED, MOVED)),
    Action("status", get("/status/"), EVERYBODY),
    Action("status_retry", post("/status/retry/"), (LOGIN, MOVED, MOVED, MOVED, MOVED)),
    Action("theme", post("/theme/", theme="dark"), (MOVED,) * 5),
    Action("scores", post("/scores/", scores="rings"), (MOVED,) * 5),
    Action("account", get("/account/"), (LOGIN, FOUND, FOUND, FOUND, FOUND)),
    Action("account", post("/account/", display_name="Jane"), (LOGIN, MOVED, MOVED, MOVED, MOVED)),
    Action("account_password", post("/account/password/", old_password="x"), (LOGIN, 422, 422, 422, 422)),
    Action("login", get("/login/"), (FOUND, MOVED, MOVED, MOVED, MOVED)),
    Action("logout", post("/logout/"), (MOVED,) * 5),
    Action("media", get("/media/{pk}-{sha8}.t"), EVERYBODY),
    Action("media", get("/media/{pk}-{sha8}.v"), EVERYBODY),
    Action("media", get("/media/{pk}-{sha8}.o"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("healthz_live", get("/healthz/live"), EVERYBODY),
    Action("healthz_ready", get("/healthz/ready"), EVERYBODY),
    Action("api_images", get("/api/images"), EVERYBODY),
    Action("api_images", post("/api/images", image=upload), (KEY, NO, 201, 201, 201)),
    Action("api_image", get("/api/images/{pk}"), EVERYBODY),
    Action("api_image", patch("/api/images/{pk}", title="Mine now"), (KEY, NO, NO, FOUND, FOUND)),
    Action("api_similar", get("/api/images/{pk}/similar"), EVERYBODY),
    Action("api_search", get("/api/search?q=red"), EVERYBODY),
    Action("api_search", post("/api/search", image=upload), EVERYBODY),
    Action("api_status", get("/api/status"), EVERYBODY),
    Action("api_openapi", get("/api/openapi.json"), EVERYBODY),
]

# The same, hidden: it is there for curators alone, and nowhere a way to tell.
HIDDEN = [
    Action("image", get("/image/{pk}/"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("image_similar", get("/image/{pk}/similar/"), (GONE, GONE, GONE, MOVED, MOVED)),
    Action("image_edit", post("/image/{pk}/edit/", visibility="public"), (GONE, GONE, GONE, MOVED, MOVED)),
    Action("image_delete", post("/image/{pk}/delete/"), (GONE, GONE, GONE, MOVED, MOVED)),
    Action(
        "image_moderation",
        post("/image/{pk}/moderation/", moderation="approved"),
        (GONE, GONE, GONE, MOVED, MOVED),
    ),
    Action("search", get("/search/?like={like}"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("compare", get("/compare/?a={pk}&b={pk}"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("media", get("/media/{pk}-{sha8}.t"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("media", get("/media/{pk}-{sha8}.v"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("media", get("/media/{pk}-{sha8}.o"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("api_image", get("/api/images/{pk}"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("api_image", patch("/api/images/{pk}", title="Mine now"), (KEY, GONE, GONE, FOUND, FOUND)),
    Action("api_similar", get("/api/images/{pk}/similar"), (GONE, GONE, GONE, FOUND, FOUND)),
    Action("api_search", get("/api/search?like={like}"), (GONE, GONE, GONE, FOUND, FOUND)),
]

# A hidden image of one's own; only those who can be an owner.
OWN = {
    "image": (get("/image/{pk}/"), FOUND),
    "image_edit": (post("/image/{pk}/edit/", title="Better", visibility="public"), MOVED),
    "image_delete": (post("/image/{pk}/delete/"), MOVED),
    "compare": (get("/compare/?a={pk}&b={pk}"), FOUND),
    "media": (get("/media/{pk}-{sha8}.o"), FOUND),
    "api_image": (patch("/api/images/{pk}", title="Better"), FOUND),
}


def searched() -> str:
    return query_pictures.keep(Picture(draw("red")), get_embedder()).token


def client_of(role: str, action: str, curator: User, staff: User) -> Client:
    """The role's browser, or for the API its token."""
    if role == "anonymous":
        return Client()
    user = {"curator": curator, "staff": staff}.get(role) or User.objects.create_user(role)
    if role == "uploader":
        user.user_permissions.add(Permission.objects.get(codename="add_imageitem"))
    if action.startswith("api_"):
        return Client(headers={"Authorization": f"Bearer {ApiToken.issue(user)}"})
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def away(settings: Any) -> None:
    """Not asked from the machine that it runs on."""
    settings.OPEN_UPLOADS = False


def somebodys(**fields: Any) -> ImageItem:
    return add("red", owner=User.objects.create_user("somebody"), **fields)


def test_every_address_is_in_the_table() -> None:
    names = {
        pattern.name
        for pattern in get_resolver("gallery.urls").url_patterns
        if isinstance(pattern, URLPattern)
    }
    assert {action.url for action in ACTIONS} == names
    about_one = {
        name
        for name in names
        if (name and name.split("_")[0] in {"image", "media"}) or name in {"api_image", "api_similar"}
    }
    assert about_one <= {action.url for action in HIDDEN}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.url)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says(
    role: str, action: Action, away: None, curator: User, staff: User
) -> None:
    check_the_table(role, action, curator, staff)


def check_the_table(role: str, action: Action, curator: User, staff: User) -> None:
    item = somebodys()
    SavedSearch.objects.create(owner=item.owner, name="Theirs", query="q=red")
    response = action.do(client_of(role, action.url, curator, staff), item)
    expected = action.statuses[ROLES.index(role)]
    assert response.status_code == abs(expected)
    if expected == LOGIN:
        assert response["Location"].startswith("/login/")


# Without an account, where all must log in; every other address asks for a login.
OPEN_TO_ALL = {
    "login": FOUND,
    "theme": MOVED,
    "scores": MOVED,
    "healthz_live": FOUND,
    "healthz_ready": FOUND,
    "saved_feed": FOUND,
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.url)
def test_where_all_must_log_in_nothing_is_there_without_an_account(action: Action, settings: Any) -> None:
    settings.LOGIN_REQUIRED, settings.HOST = True, "127.0.0.1"
    item = somebodys()
    SavedSearch.objects.create(owner=item.owner, name="Theirs", query="q=red")
    client = Client(SERVER_NAME="127.0.0.1")  # not at home either
    response = action.do(client, item)
    if action.url.startswith("api_"):
        assert response.status_code == KEY
        assert response["WWW-Authenticate"] == "Bearer"
        assert response.json()["error"]["code"] == "token_refused"
    elif action.url in OPEN_TO_ALL:
        assert response.status_code == OPEN_TO_ALL[action.url]
        assert "/login/" not in response.headers.get("Location", "")
    else:
        assert response.status_code == MOVED
        assert response["Location"].startswith("/login/")
        assert "no-store" in response["Cache-Control"]
    assert ImageItem.objects.get() == item


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.url)
@pytest.mark.parametrize("role", ["uploader", "staff"])
def test_where_all_must_log_in_those_who_have_may_what_they_may(
    role: str, action: Action, away: None, settings: Any, curator: User, staff: User
) -> None:
    settings.LOGIN_REQUIRED = True
    check_the_table(role, action, curator, staff)


@pytest.mark.parametrize("action", HIDDEN, ids=lambda action: action.url)
@pytest.mark.parametrize("role", ROLES)
def test_what_is_hidden_is_nowhere(role: str, action: Action, away: None, curator: User, staff: User) -> None:
    item = somebodys(visibility="hidden")
    response = action.do(client_of(role, action.url, curator, staff), item)
    expected = action.statuses[ROLES.index(role)]
    assert response.status_code == abs(expected)


@pytest.mark.parametrize("url", OWN)
def test_uploaders_look_after_what_is_theirs(url: str, uploader: User) -> None:
    item = add("red", owner=uploader, visibility="hidden")
    client = Client(headers={"Authorization": f"Bearer {ApiToken.issue(uploader)}"})
    client.force_login(uploader)
    do, status = OWN[url]
    assert do(client, item).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search/?q=secret",
        "/search/?q=red",
        "/status/",
        "/image/{pk}/",
        "/api/images",
        "/api/search?q=secret",
    ],
)
def test_no_page_tells_of_a_hidden_image(path: str) -> None:
    seen = add("red", mark=1, name="seen.png")
    hidden = somebodys(mark=2, name="secret-name.png", tags=["secret-tag"], visibility="hidden")
    text = Client().get(at(path, seen)).content.decode()
    for trace in ("secret-name", "secret-tag", hidden.sha256[:8], f"/image/{hidden.pk}/"):
        assert trace not in text


def test_on_ones_own_machine_anybody_adds_and_it_belongs_to_admin(settings: Any) -> None:
    settings.HOST, settings.ALLOWED_HOSTS = "127.0.0.1", ["*"]
    admin = User.objects.create_superuser("admin", password="x")
    at_home = Client(SERVER_NAME="127.0.0.1")
    assert at_home.post("/add/", {"image": upload()}).status_code == 302
    assert ImageItem.objects.get().owner == admin
    assert Client(SERVER_NAME="pictures.example").post("/add/", {"image": upload()}).status_code == 302
    assert ImageItem.objects.count() == 1


def test_changes_need_the_token_of_the_form(curator: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(curator)
    item = somebodys()
    for path in (
        f"/image/{item.pk}/edit/",
        f"/image/{item.pk}/delete/",
        f"/image/{item.pk}/moderation/",
        "/add/",
        "/search/picture",
        "/status/retry/",
        "/theme/",
        "/scores/",
        "/search/save",
        "/searches/1/rename",
        "/searches/1/delete",
        "/searches/1/renew",
        "/account/",
        "/account/password/",
    ):
        assert client.post(path).status_code == 403


def test_reading_changes_nothing(curator: User) -> None:
    client = Client()
    client.force_login(curator)
    item = somebodys()
    for path in (
        f"/image/{item.pk}/edit/",
        f"/image/{item.pk}/delete/",
        f"/image/{item.pk}/moderation/",
        "/status/retry/",
        "/theme/",
        "/scores/",
        "/searches/1/rename",
        "/searches/1/delete",
        "/searches/1/renew",
    ):
        assert client.get(path).status_code == 405
    assert client.get("/search/picture")["Location"] == "/search/"
