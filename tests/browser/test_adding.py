"""The Add page in the browser: a row, a progress and an outcome for each picture."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.conftest import Watch
from tests.browser.driver import File, drop
from tests.conftest import add, draw


def files(*contents: tuple[str, bytes]) -> list[Any]:
    return [File(*content).payload for content in contents]


def row(page: Page, name: str) -> Any:
    return page.locator("#rows li", has_text=name)


def test_many_files_each_get_their_outcome(page: Page, watch: Watch) -> None:
    watch.expect("422")
    add("red", title="The old door")
    page.goto("/add/")
    page.fill("#tags", "shop, autumn")
    page.set_input_files(
        "#choose", files(("new.png", draw("blue")), ("again.png", draw("red")), ("bad.png", b"%PDF-1.7"))
    )
    expect(row(page, "new.png")).to_contain_text("Added")
    expect(row(page, "again.png")).to_contain_text("Already here")
    expect(row(page, "again.png").get_by_role("link", name="The old door")).to_be_visible()
    expect(row(page, "bad.png")).to_contain_text("This is a PDF")
    expect(page.locator("#totals")).to_contain_text("1 added")
    expect(page.locator("#rows li").first).to_contain_text("bad.png")  # what needs an eye comes first
    assert [tag.name for tag in ImageItem.objects.get(title="new").tags.all()] == ["autumn", "shop"]


def test_files_dropped_on_the_page_are_added(page: Page) -> None:
    page.goto("/add/")
    drop(page, "add", File("dropped.png", draw("blue")))
    expect(row(page, "dropped.png")).to_contain_text("Added")


def test_a_file_dropped_on_add_elsewhere_is_added_there(page: Page) -> None:
    page.goto("/")
    drop(page, "add", File("dropped.png", draw("blue")))
    expect(page.locator("#message")).to_contain_text("1 added")
    assert ImageItem.objects.get().title == "dropped"


def test_addresses_are_fetched_one_by_one(page: Page, httpserver: Any, settings: Any, watch: Watch) -> None:
    watch.expect("422")
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/blue.png").respond_with_data(draw("blue"))
    httpserver.expect_request("/gone.png").respond_with_data(b"", status=404)
    page.goto("/add/?from=urls")
    page.fill("#urls", "\n".join(map(httpserver.url_for, ["/blue.png", "/gone.png"])))
    page.locator("#addresses button").click()
    expect(row(page, "/blue.png")).to_contain_text("Added")
    expect(row(page, "/gone.png")).to_contain_text("404")


def test_a_server_that_is_away_is_asked_again(page: Page, watch: Watch) -> None:
    watch.expect("503")
    page.goto("/add/")
    page.route(
        "**/add/", lambda route: route.fulfill(status=503, json={"error": {"code": "x", "message": "Away."}})
    )
    page.set_input_files("#choose", files(("boat.png", draw("blue"))))
    expect(row(page, "boat.png")).to_contain_text("Away.")
    page.unroute("**/add/")
    row(page, "boat.png").get_by_role("button", name="Try again").click()
    expect(row(page, "boat.png")).to_contain_text("Added")


def test_an_upload_can_be_paused_and_cancelled(page: Page) -> None:
    page.goto("/add/")
    page.locator("#totals").evaluate("element => (element.hidden = false)")
    page.evaluate("document.getElementById('upload').hidden = false")
    page.locator("#pause").evaluate("button => (button.hidden = false)")
    page.locator("#pause").click()
    page.set_input_files("#choose", files(("one.png", draw("red")), ("two.png", draw("blue"))))
    expect(page.locator("#totals")).to_contain_text("Paused")
    row(page, "one.png").get_by_role("button", name="Cancel").click()
    page.locator("#pause").click()
    expect(row(page, "two.png")).to_contain_text("Added")
    assert [item.title for item in ImageItem.objects.all()] == ["two"]


def test_a_file_above_the_limit_is_refused_before_it_is_sent(page: Page, settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 50_000
    page.goto("/add/")
    page.set_input_files("#choose", files(("large.png", b"x" * 60_000)))
    expect(row(page, "large.png")).to_contain_text("at most")


def test_a_person_who_may_not_add_is_sent_to_the_login(page: Page, settings: Any, uploader: Any) -> None:
    settings.OPEN_UPLOADS = False
    page.goto("/add/")
    page.fill("#id_username", "uploader")
    page.fill("#id_password", "x")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Add images")).to_be_visible()
