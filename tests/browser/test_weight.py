"""What a page weighs: the first view on a phone stays small, with pictures as heavy as photos."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Response

from gallery.ingest import indexing
from gallery.ingest.intake import take
from gallery.models import ImageItem
from tests.browser.conftest import PHONE
from tests.browser.stock import Stock

PICTURES = 60
MOST_REQUESTS, MOST_BYTES = 24, 350_000
HEADERS = 450
MOST_SCRIPT, MOST_STYLE = 30_000, 10_000


def clouds(size: int) -> Image.Image:
    """Structures of every size, as photos have them: cut into tiles they weigh 17 KB, photos 14."""
    random = np.random.default_rng(1)
    sheet = np.zeros((size, size, 3), np.float32)
    for power in range(2, 10):
        grain = random.normal(0, 0.66**power, (3, 2**power, 2**power)).astype(np.float32)
        layers = [Image.fromarray(band).resize((size, size), Image.Resampling.BICUBIC) for band in grain]
        sheet += np.stack(layers, axis=2)
    return Image.fromarray(np.clip(128 + 210 * sheet, 0, 255).astype(np.uint8))


def fill_photos() -> None:
    sky = clouds(1400)
    with indexing.postponed() as waiting:
        for number in range(PICTURES):
            width, height = [(600, 400), (400, 600), (540, 400)][number % 3]
            left, top = 13 * number, 11 * number
            buffer = BytesIO()
            sky.crop((left, top, left + width, top + height)).save(buffer, "JPEG", quality=88)
            take(buffer.getvalue(), name=f"photo {number}.jpg")
    indexing.index(waiting.pictures)


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
    assert len(answers) <= MOST_REQUESTS
    assert sum(map(weight, answers)) <= MOST_BYTES


@pytest.mark.usefixtures("six")
def test_scripts_and_styles_are_small_where_most_is_needed(page: Page, six: dict[str, ImageItem]) -> None:
    """The composer is open, and every script of it is there."""
    files: dict[str, int] = {}

    def note(response: Response) -> None:
        if (kind := response.request.resource_type) in {"script", "stylesheet"}:
            files[f"{kind} {response.url}"] = len(gzip.compress(response.body()))

    page.on("response", note)
    page.goto(f"/search/?like={six['Poppy'].pk}", wait_until="networkidle")

    assert sum(size for name, size in files.items() if name.startswith("script")) <= MOST_SCRIPT, files
    assert sum(size for name, size in files.items() if name.startswith("style")) <= MOST_STYLE, files
