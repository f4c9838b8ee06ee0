"""The colours in tests/support/colour_files.py are those that the browser here shows."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Page

from imagesearch.formats import file_types
from tests.support.colour_files import CHROMIUM, FILES

MEAN = """
async ([type, base64]) => {
  const image = new Image();
  image.src = `data:image/${type};base64,${base64}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const sums = [0, 0, 0];
  for (let at = 0; at < data.length; at += 4) for (const n of [0, 1, 2]) sums[n] += data[at + n];
  return sums.map((sum) => sum / (data.length / 4));
}
"""


@pytest.mark.parametrize("name", FILES)
def test_the_browser_shows_what_was_noted(page: Page, name: str) -> None:
    data = FILES[name]()
    kind = (file_types.picture_format(data) or "").lower()
    seen = page.evaluate(MEAN, [kind, base64.b64encode(data).decode()])
    assert max(abs(a - b) for a, b in zip(seen, CHROMIUM[name], strict=True)) <= 4
