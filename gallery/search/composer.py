"""What the composer's form sends, as the parameters of a search.

A form cannot write `crop=KEY:x,y,w,h`, so it sends `crop_of=KEY` and, in per cent of the picture's sides,
`crop_x`, `crop_y`, `crop_width`, `crop_height`. It always sends `min`, and as `min_usual` what holds without.
"""

from __future__ import annotations

import math

from django.http import QueryDict

from imagesearch.query import Crop
from imagesearch.query.pictures import MIN_SIDE, WHOLE

SIDES = ("x", "y", "width", "height")
FORM_FIELDS = ("crop_of", *(f"crop_{side}" for side in SIDES), "min_usual")


def is_composed(sent: QueryDict) -> bool:
    """Whether the composer's form sent this."""
    return any(name in sent for name in FORM_FIELDS)


def composed(sent: QueryDict) -> QueryDict:
    """The search that the form asks for; any other parameters as they are."""
    if not is_composed(sent):
        return sent
    search = sent.copy()
    if key := sent.get("crop_of", ""):
        others = [crop for crop in sent.getlist("crop") if crop.partition(":")[0] != key]
        search.setlist("crop", [*others, f"{key}:{crop_from(sent)}"])
    if number(sent.get("min", "")) == number(sent.get("min_usual", "")):
        search.pop("min", None)
    if sent.getlist("dedupe")[-1:] == ["1"]:  # the box is ticked; what is sent before it holds without
        search.pop("dedupe")
    for name in FORM_FIELDS:
        search.pop(name, None)
    return search


def crop_from(sent: QueryDict) -> Crop:
    """The part of the picture, moved and shrunk into it where its numbers lead out of it."""
    x, y, width, height = (thousandths(sent.get(f"crop_{side}", "")) for side in SIDES)
    left, top = (min(corner or 0, WHOLE - MIN_SIDE) for corner in (x, y))
    wide, high = (max(WHOLE if side is None else side, MIN_SIDE) for side in (width, height))
    return Crop(left, top, min(wide, WHOLE - left), min(high, WHOLE - top))


def thousandths(per_cent: str) -> int | None:
    """Of “12.5”: 125. None where it is no number."""
    value = number(per_cent)
    return None if value is None else round(min(max(value, 0), 100) * 10)


def number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
