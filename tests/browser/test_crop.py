"""The box around the part of a picture that counts: by pointer, touch, arrow keys and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from gallery.ingest.intake import take
from gallery.models import ImageItem
from tests.browser.conftest import PHONE
from tests.browser.driver import best
from tests.conftest import RGB, add

pytestmark = pytest.mark.usefixtures("flag")


@pytest.fixture
def flag(site: str) -> ImageItem:
    """An image that is red on the left and blue on the right; and a red and a blue one to be found."""
    for color in ("red", "blue"):
        add(color, title=color.title())
    image = Image.new("RGB", (200, 100), RGB["red"])
    image.paste(RGB["blue"], (100, 0, 200, 100))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    item = take(buffer.getvalue(), name="flag.png").item
    item.title = "Flag"
    item.save()
    return item


def crop_in(page: Page, crop: str) -> None:
    """Wait until the address names this part; "" is the whole picture."""
    expect(page).to_have_url(re.compile(rf"crop=\d+:{crop}(&|$)") if crop else re.compile(r"^((?!crop=).)*$"))


def open_flag(page: Page, flag: ImageItem, more: str = "") -> Locator:
    page.goto(f"/search/?like={flag.pk}&min=0{more}")
    box = page.get_by_role("application")
    expect(box).to_be_visible()
    return box


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """A point of the picture, by its shares of width and height, on the screen."""
    frame = page.locator(".cropper").bounding_box()
    assert frame
    return frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*spot(page, *start))
    page.mouse.down()
    page.mouse.move(*spot(page, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    page.mouse.move(*spot(page, *end))
    page.mouse.up()


def crop_of(page: Page) -> list[int]:
    """The address's part in thousandths."""
    found = re.search(r"crop=\d+:([\d,]+)", page.url)
    assert found, page.url
    return [int(number) for number in found[1].split(",")]


def test_a_box_is_drawn_and_what_is_found_follows(page: Page, flag: ImageItem) -> None:
    open_flag(page, flag)
    drag(page, (0.55, 0.1), (0.95, 0.9))

    best(page, "Blue")
    expect(page).to_have_url(re.compile("crop="))
    x, y, width, height = crop_of(page)
    assert [abs(a - b) <= 10 for a, b in zip((x, y, width, height), (550, 100, 400, 800), strict=True)]
    expect(page.locator("#query-chips")).to_contain_text("Part of Flag")
    expect(page.locator("[name=crop_x]")).to_have_value(f"{x / 10:g}")


def test_the_box_is_moved_and_its_corner_pulled(page: Page, flag: ImageItem) -> None:
    open_flag(page, flag, f"&crop={flag.pk}:0,0,400,1000")
    best(page, "Red")

    drag(page, (0.2, 0.5), (0.8, 0.5))
    best(page, "Blue")
    crop_in(page, r"6\d\d,0,\d+,1000")

    corner = page.locator("[data-corner=nw]").bounding_box()
    assert corner
    page.mouse.move(corner["x"] + 12, corner["y"] + 12)
    page.mouse.down()
    page.mouse.move(*spot(page, 0.7, 0.5))
    page.mouse.up()
    crop_in(page, r"[67]\d\d,(49|50)\d,\d+,5[01]\d")


def test_what_is_found_follows_while_the_box_rests_in_the_hand(page: Page, flag: ImageItem) -> None:
    open_flag(page, flag, f"&crop={flag.pk}:0,0,400,1000")
    best(page, "Red")
    page.mouse.move(*spot(page, 0.2, 0.5))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.85, 0.5))
    best(page, "Blue")
    page.keyboard.press("Escape")
    best(page, "Red")
    page.mouse.up()
    crop_in(page, "0,0,400,1000")


def test_handles_are_large_enough_to_be_met(new_page: Callable[..., Page], flag: ImageItem) -> None:
    page = new_page()
    open_flag(page, flag)
    handle = page.locator("[data-corner=se]").bounding_box()
    assert handle
    assert min(handle["width"], handle["height"]) >= 24

    phone = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    open_flag(phone, flag, "&refine=1")
    handle = phone.locator("[data-corner=se]").bounding_box()
    assert handle
    assert min(handle["width"], handle["height"]) >= 44


def test_a_finger_draws_it_too(new_page: Callable[..., Page], browser: Browser, flag: ImageItem) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    open_flag(page, flag, "&refine=1")
    touch = page.context.new_cdp_session(page)
    steps = [("touchStart", (0.6, 0.2)), ("touchMove", (0.8, 0.5)), ("touchMove", (0.95, 0.9))]
    for kind, point in steps:
        x, y = spot(page, *point)
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    best(page, "Blue")
    crop_in(page, r"[\d,]+")


def test_arrow_keys_move_it_and_with_shift_resize_it(page: Page, flag: ImageItem) -> None:
    box = open_flag(page, flag, f"&crop={flag.pk}:0,0,400,400")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    crop_in(page, "10,10,400,400")

    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    crop_in(page, "10,10,410,390")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-label", re.compile("41 % wide, 39 % high, 1 % from the left"))

    page.get_by_role("button", name="Top left corner").focus()
    page.keyboard.press("ArrowRight")
    crop_in(page, "20,10,400,390")


def test_a_whole_picture_is_cropped_by_keyboard_alone(page: Page, flag: ImageItem) -> None:
    box = open_flag(page, flag)
    box.focus()
    for _ in range(55):
        page.keyboard.press("Shift+ArrowLeft")
    best(page, "Red")
    crop_in(page, "0,0,450,1000")


def test_escape_takes_it_back(page: Page, flag: ImageItem) -> None:
    box = open_flag(page, flag, f"&crop={flag.pk}:0,0,400,400")
    box.focus()
    page.keyboard.press("ArrowRight")
    crop_in(page, "10,0,400,400")
    page.keyboard.press("Escape")
    crop_in(page, "0,0,400,400")

    page.mouse.move(*spot(page, 0.2, 0.2))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.6, 0.2))
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator("[name=crop_x]")).to_have_value("0")


def test_numbers_set_it_at_once(page: Page, flag: ImageItem) -> None:
    open_flag(page, flag)
    page.locator("summary[aria-label='Set the part by numbers']").click()
    page.get_by_label("Left, %").fill("60")
    page.get_by_label("Width, %").fill("40")
    page.keyboard.press("Tab")

    best(page, "Blue")
    crop_in(page, "600,0,400,1000")


def test_the_whole_picture_is_one_link_away(page: Page, flag: ImageItem) -> None:
    open_flag(page, flag)
    expect(page.get_by_role("link", name="Uncrop")).to_be_hidden()
    drag(page, (0.55, 0.1), (0.95, 0.9))
    best(page, "Blue")

    page.get_by_role("link", name="Uncrop").click()

    crop_in(page, "")
    expect(page.locator("#query-chips")).not_to_contain_text("Part of")


def test_back_returns_to_the_former_box(page: Page, flag: ImageItem) -> None:
    open_flag(page, flag)
    drag(page, (0.55, 0.1), (0.95, 0.9))
    best(page, "Blue")
    crop_in(page, r"[\d,]+")
    cropped = page.url
    drag(page, (0.75, 0.5), (0.3, 0.5))
    best(page, "Red")

    page.go_back()
    best(page, "Blue")
    expect(page).to_have_url(cropped)
    expect(page.locator("[name=crop_x]")).to_have_value(f"{crop_of(page)[0] / 10:g}")
    expect(page.get_by_role("application")).to_be_visible()

    page.go_back()
    crop_in(page, "")
    expect(page.locator("[name=crop_width]")).to_have_value("100")
    page.go_forward()
    expect(page).to_have_url(cropped)
    expect(page.locator("[name=crop_x]")).to_have_value(f"{crop_of(page)[0] / 10:g}")
    best(page, "Blue")

    drag(page, (0.75, 0.5), (0.3, 0.5))  # the box that came with the page is as good
    best(page, "Red")
