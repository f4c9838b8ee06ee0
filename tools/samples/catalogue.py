"""The sample gallery: every picture that a new library starts with, drawn and encoded."""

from __future__ import annotations

from io import BytesIO
from itertools import chain, zip_longest

from tools.samples import (
    abstract,
    animals,
    balloons,
    birds,
    buildings,
    coast,
    desert,
    fabrics,
    fields,
    fish,
    flowers,
    fruit_plates,
    hills,
    landmarks,
    leaves,
    letters,
    mountains,
    night_sky,
    sea,
    still_life,
    town,
    woods,
)
from tools.samples.sample import Sample

QUALITY = 74
"""All of them are 7.7 MB, grain and weave included; from 76 on they exceed 8 MB, and look the same."""

_MOTIFS = (
    hills.SAMPLES,
    fruit_plates.SAMPLES,
    coast.SAMPLES + sea.SAMPLES,
    fabrics.SAMPLES,
    buildings.SAMPLES + town.SAMPLES + landmarks.SAMPLES,
    flowers.SAMPLES + leaves.SAMPLES,
    letters.SAMPLES,
    mountains.SAMPLES + desert.SAMPLES,
    abstract.SAMPLES,
    birds.SAMPLES + animals.SAMPLES + fish.SAMPLES,
    still_life.SAMPLES + balloons.SAMPLES,
    woods.SAMPLES + fields.SAMPLES + night_sky.SAMPLES,
)

# One of each motif in turn, so that the library's first page already shows everything.
SAMPLES: tuple[Sample, ...] = tuple(
    sample for sample in chain.from_iterable(zip_longest(*_MOTIFS)) if sample is not None
)


def webp(sample: Sample) -> bytes:
    """The sample drawn and encoded; the same bytes on every run of the same Pillow and numpy."""
    file = BytesIO()
    sample.draw().save(file, "WEBP", quality=QUALITY, method=6)
    return file.getvalue()


def numbered(number: int) -> bytes:
    """`webp` of the sample at this place, for processes that share the work."""
    return webp(SAMPLES[number])


__all__ = ["SAMPLES", "Sample", "numbered", "webp"]
