"""Two pictures beside one another: their facts, where these differ, and how alike the pictures are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.defaultfilters import date, filesizeformat
from django.urls import reverse
from django.utils.functional import cached_property

from gallery.models import ImageItem, QueryPicture, Tag
from gallery.models.querysets import ImageQuerySet
from gallery.pictures.features import CHANGED_COPY_BITS, features_of, main_colours
from gallery.pictures.palettes import Patch, patches
from imagesearch.embeddings.scores import Band, Cuts, band
from imagesearch.errors import ImageSearchError
from imagesearch.images.decode import dhash_distance
from imagesearch.query import Part
from imagesearch.query.query_vector import RateCharge
from imagesearch.vectors.codec import Vector


@dataclass(frozen=True)
class ComparedPicture:
    """One of the two: an image of the library, or a picture that somebody searches with."""

    part: Part
    name: str
    picture: str
    page: str
    aspect: float
    dhash: str
    facts: dict[str, str]
    """What is known of the file; of a query picture, which is kept smaller and without metadata, nothing."""
    tags: tuple[Tag, ...]
    palette: list[Patch]

    @classmethod
    def of_image(cls, item: ImageItem) -> ComparedPicture:
        facts = {
            "File name": item.original_name,
            "Dimensions": f"{item.width:,} × {item.height:,}" if item.width and item.height else "",
            "Format": item.format,
            "Size": filesizeformat(item.size) if item.size else "",
            "Added": date(item.created_at, "j F Y"),
        }
        return cls(
            Part(picture=str(item.pk)),
            str(item),
            item.view_url,
            item.get_absolute_url(),
            item.aspect,
            item.dhash,
            facts,
            tuple(item.tags.all()),
            patches(item.palette),
        )

    @classmethod
    def of_picture(cls, kept: QueryPicture) -> ComparedPicture | None:
        """None of one that has expired meanwhile."""
        looks = features_of(kept)
        if looks is None:
            return None
        picture = reverse("compare_picture", args=[kept.token])
        palette = list(looks.palette)
        return cls(
            Part(picture=kept.token), str(kept), picture, "", looks.aspect, looks.dhash, {}, (), palette
        )

    @property
    def colours(self) -> list[Patch]:
        """Its main colours, each name once, by their shares."""
        return list(main_colours(self.palette).values())


@dataclass(frozen=True)
class Fact:
    text: str
    differs: bool = False
    hex: str = ""


@dataclass(frozen=True)
class FactRow:
    """One fact of both, a list of values for each."""

    label: str
    cells: tuple[list[Fact], list[Fact]]

    @property
    def differs(self) -> bool:
        return any(value.differs for cell in self.cells for value in cell)


@dataclass(frozen=True)
class Similarity:
    """How alike two pictures are to the model; `reason` says why it has no cosine of them."""

    cosine: float | None = None
    cuts: Cuts | None = None
    reason: str = ""

    @property
    def score(self) -> float | None:
        return self.cuts.score(self.cosine) if self.cuts and self.cosine is not None else None

    @property
    def band(self) -> Band | None:
        return None if self.score is None else band(self.score)


@dataclass(frozen=True)
class Comparison:
    a: ComparedPicture
    b: ComparedPicture
    similarity: Similarity

    @property
    def sides(self) -> tuple[ComparedPicture, ComparedPicture]:
        return (self.a, self.b)

    @property
    def bits(self) -> int | None:
        """In how many of 64 bits their hashes differ."""
        return dhash_distance(self.a.dhash, self.b.dhash) if self.a.dhash and self.b.dhash else None

    @property
    def is_copy(self) -> bool:
        return self.bits is not None and self.bits <= CHANGED_COPY_BITS

    @cached_property
    def tags(self) -> list[Tag]:
        """Those that both have."""
        theirs = {tag.key for tag in self.b.tags}
        return [tag for tag in self.a.tags if tag.key in theirs]

    @cached_property
    def colours(self) -> list[Patch]:
        theirs = {patch.name for patch in self.b.colours}
        return [patch for patch in self.a.colours if patch.name in theirs]

    @property
    def rows(self) -> list[FactRow]:
        """The facts of both. A difference is marked where both have the fact."""
        labels = dict.fromkeys([*self.a.facts, *self.b.facts])
        rows = [self._row(label) for label in labels]
        if self.a.tags or self.b.tags:
            both = bool(self.a.page and self.b.page)
            cells = [self._listed([tag.name for tag in side.tags], self.tags, both) for side in self.sides]
            rows.append(FactRow("Tags", (cells[0], cells[1])))
        return [*rows, FactRow("Colours", (self._colours(self.a), self._colours(self.b)))]

    def _row(self, label: str) -> FactRow:
        first, second = (side.facts.get(label, "") for side in self.sides)
        differs = bool(first and second) and first != second and label != "Added"
        return FactRow(label, (self._values(first, differs), self._values(second, differs)))

    @staticmethod
    def _values(text: str, differs: bool) -> list[Fact]:
        return [Fact(text, differs)] if text else []

    @staticmethod
    def _listed(names: Sequence[str], shared: Sequence[Tag], both: bool) -> list[Fact]:
        common = {tag.name for tag in shared}
        return [Fact(name, both and name not in common) for name in names]

    def _colours(self, side: ComparedPicture) -> list[Fact]:
        common = {patch.name for patch in self.colours}
        return [Fact(patch.name, patch.name not in common, patch.hex) for patch in side.colours]


def compare(a: ComparedPicture, b: ComparedPicture, images: ImageQuerySet, charge: RateCharge) -> Comparison:
    """Both beside one another; their likeness is the active model's."""
    return Comparison(a, b, similarity(a, b, images, charge))


def similarity(
    a: ComparedPicture, b: ComparedPicture, images: ImageQuerySet, charge: RateCharge
) -> Similarity:
    try:
        vectors: list[Vector] = [images.part_vector(side.part, charge) for side in (a, b)]
    except ImageSearchError as error:
        return Similarity(reason=str(error))
    calibration = images.calibration()
    return Similarity(float(vectors[0] @ vectors[1]), calibration.picture if calibration else None)
