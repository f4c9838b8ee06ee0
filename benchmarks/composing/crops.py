"""Whether a part of a picture finds what the part shows."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from benchmarks.composing.parts import MIN_RIGHT
from benchmarks.composing.printing import head, line, precision
from benchmarks.labelled import Photos, query

COLLAGES = 150


def a_part(photos: Photos) -> None:
    """Each collage is a photo with another, of another label, somewhere on it: 25 to 35 % of its sides."""
    head("A part of a picture (precision at 10)", "collages", "whole", "loose", "part", "photo")
    random, keys = Random(4), sorted(photos.labels)  # noqa: S311
    rows, first = [], Counter[str]()
    for _ in range(min(COLLAGES, len(keys))):
        small, large = random.sample(keys, 2)
        right = {*photos.of_label[photos.labels[small]]} - {small, large}
        if photos.labels[small] == photos.labels[large] or len(right) < MIN_RIGHT:
            continue
        picture, part = collage(photos.files[small], photos.files[large], random)
        found = {
            "whole": in_memory(photos, picture, None),
            "loose": in_memory(photos, picture, loosened(part)),
            "part": in_memory(photos, picture, part),
        }
        first.update(name for name, ids in found.items() if ids[0] == small)
        others = [[pk for pk in ids if pk not in (small, large)] for ids in found.values()]
        others.append(photos.found(query(small), {large}))
        rows.append([precision(ids, right) for ids in others])
    line("its label", len(rows), *map(fmean, zip(*rows, strict=True)))
    line("the small photo itself comes first", len(rows), *(first[name] / len(rows) for name in found))


def collage(small: Path, large: Path, random: Random) -> tuple[bytes, Any]:
    """(PNG, the part of it that is the small photo)."""
    from PIL import Image

    from imagesearch.query import Crop

    with Image.open(large) as below, Image.open(small) as above:
        canvas = below.convert("RGB")
        side = random.uniform(0.25, 0.35)
        scale = side * min(canvas.width / above.width, canvas.height / above.height)
        size = max(1, round(above.width * scale)), max(1, round(above.height * scale))
        left, top = random.randint(0, canvas.width - size[0]), random.randint(0, canvas.height - size[1])
        canvas.paste(above.convert("RGB").resize(size, Image.Resampling.LANCZOS), (left, top))
    buffer = BytesIO()
    canvas.save(buffer, "PNG", compress_level=1)
    across, down = 1000 / canvas.width, 1000 / canvas.height
    return buffer.getvalue(), Crop(
        int(left * across), int(top * down), int(size[0] * across), int(size[1] * down)
    )


def loosened(part: Any) -> Any:
    """The part as a hurried hand draws it: a fifth of its sides more all around, as far as there is any."""
    from imagesearch.query import Crop

    across, down = part.width // 5, part.height // 5
    left, top = max(0, part.x - across), max(0, part.y - down)
    right, bottom = (
        min(1000, part.x + part.width + across), min(1000, part.y + part.height + down)
    )  # fmt: skip
    return Crop(left, top, right - left, bottom - top)


def in_memory(photos: Photos, picture: bytes, part: Any) -> list[int]:
    from imagesearch.query import Picture, Query

    return photos.found(Query().more(Picture(picture), crop=part))
