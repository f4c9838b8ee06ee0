"""The libraries that the tests browse: six pictures with names, and one that is long enough to scroll."""

from __future__ import annotations

from gallery import indexing
from tests.conftest import RGB, add

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
    with indexing.postponed() as waiting:
        for mark in range(LONG):
            color = list(RGB)[mark % len(RGB)]
            add(color, mark=mark, size=SHAPES[mark % 4], title=f"{color.title()} {mark}", name="x.png")
    indexing.index(waiting.pictures)
    indexing.refresh_terms(waiting.words)
