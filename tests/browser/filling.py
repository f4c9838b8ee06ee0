"""The libraries that the tests browse: six pictures, two that are alike, and one so long that it scrolls."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from gallery.ingest import indexing
from gallery.ingest.intake import PreparedImage, prepare, take
from gallery.ingest.intake import add as add_row
from tests.conftest import RGB, add, draw

SIX = {
    "Poppy": ("red", (60, 40), ["flower"]),
    "Meadow": ("green", (60, 40), ["land"]),
    "Lake": ("blue", (60, 40), ["land", "water"]),
    "Lemon": ("yellow", (50, 50), ["fruit"]),
    "Heather": ("purple", (40, 60), ["flower", "land"]),
    "Snow": ("white", (40, 60), ["water"]),
}
"""Title → colour, size, tags. For the word “red” Poppy is strong, Lemon and Heather likely, Snow weak."""

SHAPES = [(60, 40), (40, 60), (50, 50), (90, 40)]
LONG = 240
PAGE = 48


def fill_six() -> None:
    for title, (color, size, tags) in SIX.items():
        add(color, size=size, title=title, tags=tags, name=f"{color}.png")


def fill_long() -> None:
    """Pictures of all colours and several shapes, so that rows are real rows."""
    arrivals = []
    for mark in range(LONG):
        color = list(RGB)[mark % len(RGB)]
        content = draw(color, SHAPES[mark % 4], mark)
        arrivals.append(prepare(content, name="x.png", title=f"{color.title()} {mark}"))
    add_together(arrivals)


def add_together(arrivals: list[PreparedImage]) -> None:
    """Rows one by one, vectors in batches, as an import does it."""
    ids = [add_row(arrival).item.pk for arrival in arrivals]
    indexing.index_saved(ids, [arrival.photo for arrival in arrivals])


def add_twins() -> None:
    """The same red picture in two sizes, with something to see on it."""
    for size in ((90, 60), (180, 120)):
        image = Image.new("RGB", size, RGB["red"])
        drawing = ImageDraw.Draw(image)
        width, height = size
        for column, row in ((1, 1), (3, 0), (5, 2), (6, 4), (2, 5), (7, 6), (0, 3), (4, 6)):
            corner = (column * width // 9, row * height // 8)
            drawing.rectangle((*corner, corner[0] + width // 9, corner[1] + height // 8), fill=(180, 0, 0))
        buffer = BytesIO()
        image.save(buffer, "PNG")
        take(buffer.getvalue(), name=f"twin {width}.png")
