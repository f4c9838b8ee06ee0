"""How a picture looks, apart from its vector: its hash, its main colours, its shape."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from django.core.files.storage import Storage

from gallery.models import QueryPicture
from gallery.pictures.palettes import Patch, patches
from imagesearch.images.decode import decode

CHANGED_COPY_BITS = 10
"""dHash bits of 64 in which a changed copy of a picture differs at most; unrelated ones differ in some 32.

It only words a comparison for people. `NEAR_DUPLICATE_BITS`, by which hits are hidden, is stricter.
"""
MIN_COLOUR_PERCENT = 10  # per cent of a picture that a colour takes to be one of its colours


class PictureFeatures(NamedTuple):
    """What a query picture is shown and compared by. (A row of the library has it in columns and files.)"""

    dhash: str
    palette: tuple[Patch, ...]
    aspect: float
    tile: bytes
    """A small WebP for pages."""


def features_of(kept: QueryPicture) -> PictureFeatures | None:
    """Decoded once, since each page asks for it; None where the file went away meanwhile: it has expired."""
    try:
        return _looks(kept.file.storage, kept.file.name)
    except OSError:
        return None


@lru_cache(maxsize=200)
def _looks(storage: Storage, file: str) -> PictureFeatures:
    """Of the query picture in this file, which nobody writes twice: its name has the token in it."""
    with storage.open(file) as opened:
        photo = decode(opened, file)
    palette = [{"hex": swatch.hex, "share": swatch.share} for swatch in photo.palette()]
    return PictureFeatures(
        photo.dhash(), tuple(patches(palette)), photo.image.width / photo.image.height, photo.tile()
    )


def main_colours(palette: tuple[Patch, ...] | list[Patch]) -> dict[str, Patch]:
    """The colours that take a good part of a picture, each name once, in the palette's order."""
    main: dict[str, Patch] = {}
    for patch in palette:
        if patch.share >= MIN_COLOUR_PERCENT:
            main.setdefault(patch.name, patch)
    return main
