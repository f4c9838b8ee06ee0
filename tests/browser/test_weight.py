"""What a page weighs: the first view on a phone stays small, with pictures as heavy as photos."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from io import BytesIO
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.contrib.auth.models import User
from PIL import Image
from playwright.sync_api import Page, Response

from gallery.ingest.intake import prepare
from gallery.models import ImageItem
from tests.browser.conftest import PHONE
from tests.browser.driver import log_in
from tests.browser.filling import add_together
from tests.browser.stock import Stock

PICTURES = 60
MAX_REQUESTS, MAX_BYTES = 24, 350_000
HEADERS = 450
MAX_SCRIPT, MAX_STYLE = 31_000, 11_500
MAX_OWN_SCRIPT, MAX_OWN_STYLE = 6_000, 3_000
SCREENS = (
    "/image/{pk}/",
    "/compare/?a={pk}&b={other}",
    "/add/",
    "/status/",
    "/searches/",
    "/account/",
    "/admin/gallery/imageitem/{pk}/change/",
)


def clouds(size: int) -> Image.Image:
    """Structures of every size, as photos have them: cut into tiles they weigh 17 KB, photos 14."""
    random = np.random.default_rng(1)
    sheet = np.zeros((size, size, 3), np.float32)
    for power in range(2, 10):
        grain = random.normal(0, 0.66**power, (3, 2**power, 2**power)).astype(np.float32)
        layers = [Image.fromarray(band).resize((size, size), Image.Resampling.BICUBIC) for band in grain]
        sheet += np.stack(layers, axis=2)  # type: ignore[arg-type]
    return Image.fromarray(np.clip(128 + 210 * sheet, 0, 255).astype(np.uint8))


def fill_photos() -> None:
    sky = clouds(1400)
    arrivals = []
    for number in range(PICTURES):
        width, height = [(600, 400), (400, 600), (540, 400)][number % 3]
        left, top = 13 * number, 11 * number
        buffer = BytesIO()
        sky.crop((left, top, left + width, top + height)).save(buffer, "JPEG", quality=88)
        arrivals.append(prepare(buffer.getvalue(), name=f"photo {number}.jpg"))
    add_together(arrivals)


def weight(response: Response) -> int:
    """Bytes on the wire, as the real server sends them: text compressed, by WhiteNoise or by the view."""
    body = response.body()
    is_text = not response.headers["content-type"].startswith("image/webp")
    return HEADERS + len(gzip.compress(body) if is_text else body)


@pytest.mark.parametrize("path", ["/", "/search/?q=white&min=0", "/search/?q=white&like={pk}&min=0"])
def test_a_phone_s_first_view_is_light(new_page: Callable[..., Page], stock: Stock, path: str) -> None:
    newest = stock.put("photos", fill_photos)[0]
    page = new_page(viewport=PHONE, device_scale_factor=3, has_touch=True, is_mobile=True)
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))

    page.goto(path.format(pk=newest.pk), wait_until="networkidle")

    assert page.locator(".tile img").count() == 48
    assert len(answers) <= MAX_REQUESTS
    assert sum(map(weight, answers)) <= MAX_BYTES


def loaded(page: Page, path: str) -> dict[str, int]:
    """Compressed bytes of each script ("script /its/path") and style ("stylesheet /its/path") of a page."""
    files: dict[str, int] = {}

    def note(response: Response) -> None:
        kind = response.request.resource_type
        if kind in {"script", "stylesheet"} and response.status == 200:
            files[f"{kind} {urlsplit(response.url).path}"] = len(gzip.compress(response.body()))

    page.on("response", note)
    page.goto(path, wait_until="networkidle")
    page.remove_listener("response", note)
    return files


def total(files: dict[str, int], kind: str) -> int:
    return sum(size for name, size in files.items() if name.startswith(kind))


@pytest.mark.parametrize("path", ["/", "/search/?like={pk}"])
def test_scripts_and_styles_are_small_where_most_is_needed(
    page: Page, six: dict[str, ImageItem], path: str
) -> None:
    """The composer of the search is open, and every script of it is there."""
    files = loaded(page, path.format(pk=six["Poppy"].pk))
    assert 0 < total(files, "script") <= MAX_SCRIPT, files
    assert 0 < total(files, "stylesheet") <= MAX_STYLE, files


def test_other_screens_load_little_of_their_own(page: Page, six: dict[str, ImageItem], staff: User) -> None:
    page.route("**/*", lambda route: route.continue_())  # so nothing comes from the browser's cache
    common = loaded(page, "/")
    log_in(page, "staff")
    ids = {"pk": six["Poppy"].pk, "other": six["Lake"].pk}
    for screen in SCREENS:
        files = loaded(page, screen.format(**ids))
        own = {name: size for name, size in files.items() if name not in common and "/admin/" not in name}
        assert total(own, "script") <= MAX_OWN_SCRIPT, own
        assert 0 < total(own, "stylesheet") <= MAX_OWN_STYLE, (screen, files)
