"""What a hand does that Playwright has no word for: dragging files in, and pasting."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from playwright.sync_api import FilePayload, JSHandle, Page, expect

from tests.support.timing import wait_until


@dataclass(frozen=True)
class File:
    """A file as it lies on somebody's desktop."""

    name: str
    content: bytes
    type: str = "image/png"

    @property
    def payload(self) -> FilePayload:
        """As Playwright's file inputs take it."""
        return {"name": self.name, "mimeType": self.type, "buffer": self.content}

    @property
    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "type": self.type, "base64": base64.b64encode(self.content).decode()}


LOAD = """
({ files, data }) => {
  const transfer = new DataTransfer();
  for (const { name, type, base64 } of files)
    transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
  for (const [type, text] of Object.entries(data)) transfer.setData(type, text);
  return transfer;
}
"""
DRAG = """
(transfer) => document.body.dispatchEvent(
  new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer: transfer }))
"""
DROP = """
([transfer, selector]) => {
  const target = document.querySelector(selector);
  for (const kind of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}
"""
COPY = """
async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const picture = new Blob([bytes], { type: "image/png" });
  await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}
"""


def load(page: Page, *files: File, **data: str) -> JSHandle:
    """What is being dragged: files, and data by their type."""
    return page.evaluate_handle(LOAD, {"files": [file.as_json for file in files], "data": data})


def drag(page: Page, *files: File) -> None:
    """Files are dragged over the page, and held there, of which a browser tells again and again."""
    transfer = load(page, *files)
    opened = page.locator("dialog#drop[open]")

    def is_open() -> bool:
        page.evaluate(DRAG, transfer)
        return opened.count() > 0

    wait_until(is_open)


def drop(page: Page, where: str, *files: File, **data: str) -> None:
    """Files, or data by their type, are dropped on the overlay's target: search or add."""
    transfer = load(page, *files, **data)
    page.evaluate(DRAG, transfer)
    page.evaluate(DROP, [transfer, f"[data-drop={where}]"])


def paste(page: Page, content: bytes | str) -> None:
    """A PNG or a text goes to the clipboard, and from there to wherever the focus is."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if isinstance(content, bytes):
        page.evaluate(COPY, base64.b64encode(content).decode())
    else:
        page.evaluate("(text) => navigator.clipboard.writeText(text)", content)
    page.keyboard.press("Control+V")


def stop_the_clock(page: Page) -> None:
    """Nothing on the pages to come happens by the passing of time; before the first `goto`."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def choose_picture(page: Page, file: File) -> None:
    """By the query bar's picture button."""
    page.get_by_label("Search with a picture").first.click()
    page.set_input_files("#picture-file", file.payload)


def log_in(page: Page, name: str, path: str = "/login/", then: str = "**/") -> None:
    """As one of the people of tests/conftest.py, whose password is x; `path` leads to the login."""
    page.goto(path)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill("x")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(then)


def edit_image(page: Page, pk: int, title: str, tags: str) -> None:
    """In the form on the image's page."""
    page.goto(f"/image/{pk}/")
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("textbox", name="Tags").fill(tags)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def titles(page: Page, wanted: list[str]) -> None:
    """Wait until the tiles of the list are exactly these, in this order."""
    images = page.locator("#grid .tile img, #results .tile img")
    expect(images).to_have_count(len(wanted))
    for image, title in zip(images.all(), wanted, strict=True):
        expect(image).to_have_attribute("alt", title)


def best(page: Page, title: str) -> None:
    """Wait until this is the first of the results."""
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", title)
