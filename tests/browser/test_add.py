"""The Add page: for each picture a row, a progress and an outcome; what went wrong is tried again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from gallery.models import ImageItem
from imagesearch.errors import EmbeddingUnavailable
from tests.browser.conftest import Watch
from tests.browser.driver import File, drop, log_in
from tests.conftest import add, draw
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.usefixtures("site")


def choose(page: Page, *files: File) -> None:
    page.set_input_files("#choose", [file.payload for file in files])


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Pictures").get_by_role("listitem").filter(has_text=name)


class Gate:
    """Uploads wait before it until it opens."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[Route] = []
        self._open = False
        page.route("**/add/", self._arrive)

    def _arrive(self, route: Route) -> None:
        if self._open:
            route.continue_()
        else:
            self.waiting.append(route)

    def open(self) -> None:
        self._open = True
        for route in self.waiting:
            route.continue_()


def boats(count: int) -> list[File]:
    return [File(f"boat {number}.png", draw("blue", mark=number)) for number in range(count)]


def test_each_of_many_files_gets_its_own_outcome(page: Page, watch: Watch) -> None:
    watch.expect("status of 422")
    add("red", title="The old door")
    page.goto("/add/")
    pdf = File("scan.png", b"%PDF-1.7\n%...")
    choose(page, File("new.png", draw("green")), File("again.png", draw("red")), pdf)

    expect(row(page, "new.png")).to_contain_text("Added")
    expect(row(page, "again.png")).to_contain_text("Already here")
    expect(row(page, "again.png").get_by_role("link", name="The old door")).to_be_visible()
    expect(row(page, "scan.png")).to_contain_text("Refused")
    expect(row(page, "scan.png")).to_contain_text("This is a PDF")
    totals = page.get_by_role("group", name="Totals").get_by_role("listitem")
    expect(totals).to_have_text(["1 added", "1 already here", "1 refused"])
    expect(row(page, "").first).to_contain_text("scan.png")  # what needs an eye stands first

    row(page, "new.png").get_by_role("link", name="View").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("new")
    expect(page.get_by_text("Searchable", exact=False).first).to_be_visible()


def test_many_files_are_sent_a_few_at_a_time(page: Page) -> None:
    page.goto("/add/")
    gate = Gate(page)
    choose(page, *boats(7))
    expect(page.get_by_text("Waiting", exact=True)).to_have_count(4)
    expect(page.get_by_role("group", name="Totals")).to_contain_text("7 to go")
    assert len(gate.waiting) == 3

    gate.open()

    expect(page.get_by_role("group", name="Totals")).to_contain_text("7 added")
    assert ImageItem.objects.count() == 7


def test_each_upload_shows_its_own_progress(page: Page) -> None:
    page.goto("/add/")
    gate = Gate(page)
    choose(page, *boats(1))

    expect(row(page, "boat 0").get_by_role("progressbar", name="boat 0.png")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Whole upload")).to_be_visible()

    gate.open()
    expect(row(page, "boat 0")).to_contain_text("Added")
    expect(row(page, "boat 0").get_by_role("progressbar")).to_have_count(0)


def test_tags_are_given_to_all(page: Page) -> None:
    page.goto("/add/")
    page.get_by_label("Tags for all").fill("shop, autumn")
    choose(page, *boats(2))

    expect(page.get_by_role("group", name="Totals")).to_contain_text("2 added")
    for item in ImageItem.objects.all():
        assert {tag.name for tag in item.tags.all()} == {"shop", "autumn"}


def test_a_folder_is_added_with_its_pictures_alone(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    (folder / "beach").mkdir(parents=True)
    (folder / "beach" / "sea.png").write_bytes(draw("blue"))
    (folder / "hut.png").write_bytes(draw("red"))
    (folder / "notes.txt").write_text("Buy milk")
    (folder / ".thumb.png").write_bytes(draw("green"))
    page.goto("/add/")
    page.set_input_files("#choose-folder", folder)

    expect(row(page, "holiday/beach/sea.png")).to_contain_text("Added")
    expect(row(page, "holiday/hut.png")).to_contain_text("Added")
    assert {item.title for item in ImageItem.objects.all()} == {"sea", "hut"}


def test_files_dropped_on_the_page_are_added_in_its_rows(page: Page) -> None:
    page.goto("/add/")
    drop(page, "add", *boats(2))

    expect(row(page, "boat 0")).to_contain_text("Added")
    expect(row(page, "boat 1")).to_contain_text("Added")


def test_addresses_are_fetched_each_with_its_outcome(page: Page, elsewhere: Any, watch: Watch) -> None:
    watch.expect("status of 422")
    elsewhere.expect_request("/sea.png").respond_with_data(draw("blue"), content_type="image/png")
    elsewhere.expect_request("/gone.png").respond_with_data("", status=404)
    page.goto("/add/")
    page.get_by_role("link", name="Addresses").click()
    addresses = [elsewhere.url_for(path) for path in ("/sea.png", "/gone.png", "/sea.png")]
    page.get_by_label("Addresses of pictures").fill("\n".join(addresses))
    page.get_by_label("Tags for all").fill("sea")
    page.get_by_role("button", name="Add").click()

    expect(row(page, "/sea.png")).to_have_count(1)  # given twice
    expect(row(page, "/sea.png")).to_contain_text("Added")
    expect(row(page, "/gone.png")).to_contain_text("404")
    item = ImageItem.objects.get()
    assert item.image_uri == addresses[0]
    assert [tag.name for tag in item.tags.all()] == ["sea"]


def test_an_upload_is_cancelled(page: Page) -> None:
    page.goto("/add/")
    gate = Gate(page)
    choose(page, *boats(4))
    page.get_by_role("button", name="Cancel boat 3.png").click()
    expect(row(page, "boat 3")).to_have_count(0)

    gate.open()

    expect(page.get_by_role("group", name="Totals")).to_contain_text("3 added")
    assert not ImageItem.objects.filter(title="boat 3").exists()


def test_a_pause_holds_what_has_not_begun(page: Page) -> None:
    page.goto("/add/")
    gate = Gate(page)
    choose(page, *boats(5))
    expect(page.get_by_text("Waiting", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Pause").click()
    gate.open()
    expect(page.get_by_role("group", name="Totals")).to_contain_text("3 added")
    expect(page.get_by_text("Paused")).to_be_visible()
    expect(page.get_by_text("Waiting", exact=True)).to_have_count(2)

    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("group", name="Totals")).to_contain_text("5 added")


def away(route: Route) -> None:
    route.abort()


def busy(route: Route) -> None:
    error = {"code": "storage_unavailable", "message": "The storage does not work now. Try again later."}
    route.fulfill(status=503, json={"error": error})


@pytest.mark.parametrize(
    ("fault", "sentence", "line"),
    [
        (away, "The gallery does not answer.", "ERR_FAILED"),
        (busy, "The storage does not work now.", "status of 503"),
    ],
)
def test_what_the_server_could_not_take_is_tried_again(
    page: Page, watch: Watch, fault: Callable[[Route], None], sentence: str, line: str
) -> None:
    watch.expect(line)
    page.goto("/add/")
    page.route("**/add/", fault)
    choose(page, *boats(3))
    for number in range(3):
        expect(row(page, f"boat {number}")).to_contain_text(sentence)
    page.unroute("**/add/")

    row(page, "boat 0").get_by_role("button", name="Try again boat 0.png").click()
    expect(row(page, "boat 0")).to_contain_text("Added")
    page.get_by_role("group", name="Totals").get_by_role("button", name="Try again").click()

    expect(page.get_by_role("group", name="Totals")).to_contain_text("3 added")


def test_a_file_above_the_limit_is_refused_without_being_sent(page: Page, settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 50_000
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.goto("/add/")
    choose(page, File("large.png", b"x" * 60_000))

    expect(row(page, "large.png")).to_contain_text("Refused")
    expect(row(page, "large.png")).to_contain_text("at most")
    assert not posts
    page.get_by_role("button", name="Dismiss large.png").click()
    expect(row(page, "large.png")).to_have_count(0)


def test_a_picture_that_the_model_could_not_take_is_kept(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: Any) -> Any:
        raise EmbeddingUnavailable("The model's server does not answer.")

    monkeypatch.setattr(ColourEmbedder, "embed_images", unavailable)
    page.goto("/add/")
    choose(page, *boats(1))

    expect(row(page, "boat 0")).to_contain_text("Added, but not searchable yet")
    expect(row(page, "boat 0")).to_contain_text("The model's server does not answer.")


def test_a_picture_that_is_hidden_from_the_person_looks_added(page: Page) -> None:
    add("blue", title="Secret", visibility="hidden")
    page.goto("/add/")
    choose(page, File("sea.png", draw("blue")))

    expect(row(page, "sea.png")).to_contain_text("Added")
    expect(page.get_by_text("Secret")).to_have_count(0)
    expect(row(page, "sea.png").locator("img")).to_have_attribute("src", re.compile("^blob:"))


def test_leaving_while_uploads_run_is_asked_about(page: Page) -> None:
    page.goto("/add/")
    Gate(page)
    choose(page, *boats(1))
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Status").first.click(no_wait_after=True)

    expect(row(page, "boat 0")).to_be_visible()
    assert asked == ["beforeunload"]


def test_whoever_must_log_in_comes_back_to_the_page(page: Page, settings: Any, uploader: Any) -> None:
    settings.OPEN_UPLOADS = False
    page.goto("/add/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    log_in(page, "uploader", path="/add/", then="**/add/")
    choose(page, *boats(1))

    expect(row(page, "boat 0")).to_contain_text("Added")
    assert ImageItem.objects.get().owner == uploader


def test_what_a_busy_gallery_puts_off_is_sent_again_by_itself(page: Page, watch: Watch) -> None:
    watch.expect("status of 429", "status of 503")
    answers = iter([(429, "2"), (503, "1")])

    def refuse(route: Route) -> None:
        try:
            status, seconds = next(answers)
        except StopIteration:
            route.continue_()
            return
        route.fulfill(
            status=status,
            headers={"Retry-After": seconds, "Content-Type": "application/json"},
            body='{"error": {"code": "server_busy", "message": "Busy."}}',
        )

    page.clock.install()
    page.goto("/add/")
    page.route("**/add/", refuse)
    choose(page, *boats(1))
    state = row(page, "boat 0.png")
    for seconds in (2, 1):
        expect(state).to_contain_text("Waiting")
        page.clock.run_for(1000 * seconds)
    expect(state).to_contain_text("Added")
    assert ImageItem.objects.count() == 1
