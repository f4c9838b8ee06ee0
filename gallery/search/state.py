"""The state of a search as the query bar shows it: each part is a chip, with its picture if that exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self, cast

from django.urls import reverse
from django.utils.functional import cached_property

from gallery.models import ImageItem, QueryPicture
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import ImageHits
from gallery.models.secrets import new_token
from gallery.pictures.features import features_of
from gallery.search.explanations import Example, Hit
from gallery.search.forms import SearchForm
from gallery.search.results import Results
from gallery.search.timings import timed
from imagesearch.query import Crop, Part, Query
from imagesearch.query.pictures import WHOLE
from imagesearch.query.query import MAX_PARTS
from imagesearch.query.query_vector import RateCharge, no_charge

FULL = Crop(0, 0, WHOLE, WHOLE)
HIT_PLACEHOLDER = new_token()  # which no link of anybody's has in it

ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


class CropSide(NamedTuple):
    """One number of a crop: its name, how people call it, and its per cent of the picture's side."""

    name: str
    label: str
    per_cent: str


@dataclass(frozen=True)
class Chip:
    """One part of a query. Its picture is an image of the library or a query picture, or it is lost."""

    part: Part
    without: str
    """The address of the same search without it, usable on any page."""
    item: ImageItem | None = None
    picture: QueryPicture | None = None

    @property
    def lost(self) -> Literal["", "expired", "gone"]:
        """Whether its picture can be searched with no longer: a query picture, or one of the library."""
        if self.part.words or self.item or self.picture:
            return ""
        return "expired" if self.part.pk is None else "gone"

    @property
    def name(self) -> str:
        return str(self.item or self.picture or self.part.words or f"Picture {self.lost}")

    @property
    def label(self) -> str:
        """“Part of Wood duck”, “on water”, “Less like Mallard”."""
        if self.part.words:
            return f"not {self.name}" if self.part.against else self.name
        part_of = f"Part of {self.name}" if self.part.crop and not self.lost else self.name
        return f"Less like {part_of}" if self.part.against and not self.lost else part_of

    @property
    def role(self) -> str:
        """What removing it takes away: a picture, words, less like, not."""
        if self.part.words:
            return "not" if self.part.against else "words"
        return "less like" if self.part.against else "picture"

    @property
    def thumbnail(self) -> str:
        if self.item:
            return self.item.tile_url
        return reverse("query_picture", args=[self.picture.token]) if self.picture else ""

    @property
    def crop(self) -> Crop:
        """The part of the picture that counts; all of it by default."""
        return self.part.crop or FULL

    @property
    def sides(self) -> list[CropSide]:
        """The same for the fields of the composer."""
        crop = self.crop
        return [
            CropSide("x", "Left", f"{crop.x / 10:g}"),
            CropSide("y", "Top", f"{crop.y / 10:g}"),
            CropSide("width", "Width", f"{crop.width / 10:g}"),
            CropSide("height", "Height", f"{crop.height / 10:g}"),
        ]

    @property
    def inset(self) -> str:
        """The same as CSS has it: how far it is from top, right, bottom and left."""
        crop = self.crop
        ends = (crop.y, WHOLE - crop.x - crop.width, WHOLE - crop.y - crop.height, crop.x)
        return " ".join(f"{end / 10:g}%" for end in ends)

    @property
    def aspect(self) -> float:
        """Width by height of the whole picture."""
        if self.picture:
            looks = features_of(self.picture)
            return looks.aspect if looks else 1.0
        return self.item.aspect if self.item else 1.0

    @property
    def backdrop(self) -> str:
        return self.item.backdrop if self.item else "#888"


def _without(form: SearchForm, part: Part) -> str:
    """The query (“?…”) without this part; of the filters alone where nothing would be left to look for."""
    rest = form.query.without(part)
    return form.link_to(rest if rest.is_searchable else Query()).removesuffix("?")


@dataclass(frozen=True)
class SearchState:
    """The search of a request. A part whose picture no longer exists stays a chip, but is not searched."""

    form: SearchForm
    chips: tuple[Chip, ...] = ()

    @classmethod
    def read(cls, form: SearchForm, images: ImageQuerySet) -> Self:
        """`images` are those that the person may see."""
        query = form.query
        address = reverse("search")
        ids = [part.pk for part in query if part.pk is not None]
        items = images.filter(file__gt="").in_bulk(ids) if ids else {}
        chips = []
        for part in query:
            picture = QueryPicture.find(part.key) if part.key and part.pk is None else None
            item = items.get(part.pk) if part.pk is not None else None
            chips.append(Chip(part, address + _without(form, part), item, picture))
        return cls(form, tuple(chips))

    @cached_property
    def query(self) -> Query:
        """All that can be searched."""
        return Query(
            tuple(
                chip.part
                for chip in self.chips
                if not chip.lost and not (self.address and chip.part.words and not chip.part.against)
            )
        )

    def __bool__(self) -> bool:
        return bool(self.query)

    @property
    def words(self) -> str:
        return self.form.query.text

    @property
    def address(self) -> str:
        """A web address in place of words. It is not searched as words: a POST searches with its picture."""
        words = self.words.strip()
        return words if ADDRESS.fullmatch(words) else ""

    @property
    def pictures(self) -> list[Chip]:
        """As the bar shows them: what is sought, then what is not."""
        return [chip for chip in self.chips if not chip.part.words]

    @property
    def sought(self) -> list[Chip]:
        return [chip for chip in self.pictures if not chip.part.against and not chip.lost]

    @property
    def lead(self) -> Chip | None:
        """The picture whose part can be chosen: the first that is sought."""
        return next(iter(self.sought), None)

    @property
    def is_gone(self) -> bool:
        """Whether an image that is not here is all that it asks."""
        return len(self.chips) == 1 and self.chips[0].lost == "gone"

    @property
    def lost(self) -> list[Chip]:
        return [chip for chip in self.chips if chip.lost]

    @property
    def in_order(self) -> list[Chip]:
        """Pictures, words, and last what is not sought."""
        return sorted(self.chips, key=lambda chip: (chip.part.against, bool(chip.part.words)))

    @property
    def refining(self) -> bool:
        """Whether the composer is open: as somebody chose, else where there are pictures."""
        return self.chose_to_refine or (self.has_pictures and "refine" not in self.form.wanted)

    @property
    def has_pictures(self) -> bool:
        return any(not chip.lost for chip in self.pictures)

    @property
    def is_composed(self) -> bool:
        """Whether more than one part is sought."""
        return sum(not chip.part.against and not chip.lost for chip in self.chips) > 1

    @property
    def chose_to_refine(self) -> bool:
        return bool(self.form.wanted.get("refine") == "1")

    @property
    def refine_link(self) -> str:
        return self.form.link(refine="1")

    @property
    def close_link(self) -> str:
        """With the composer closed, which it is by itself where there are no pictures."""
        return self.form.link(refine="0" if self.has_pictures else None)

    @property
    def whole_link(self) -> str:
        """With all of the picture whose part is chosen."""
        return self.form.link_to(self.form.query.cropped(self.lead.part, None)) if self.lead else ""

    @property
    def before_words(self) -> list[Chip]:
        """What stands in the bar beside a field for the words that are sought."""
        return [chip for chip in self.in_order if chip.part.against or not chip.part.words]

    @property
    def examples_besides_lead(self) -> list[Chip]:
        """More pictures like those that are sought."""
        return [chip for chip in self.pictures if not chip.part.against and chip is not self.lead]

    @property
    def unwanted(self) -> list[Chip]:
        return [chip for chip in self.chips if chip.part.against]

    @property
    def label(self) -> str:
        """“Wood duck + on water − Mallard”; words alone as they are."""
        said = ""
        for chip in self.in_order:
            if not chip.lost:
                name = f"“{chip.name}”" if chip.part.words and len(self.query.parts) > 1 else chip.name
                said += f"{' − ' if chip.part.against else ' + ' if said else ''}{name}"
        return said

    @property
    def heading(self) -> str:
        """“Like Wood duck” where that is all; else the label."""
        return f"Like {self.label}" if self.lead and len(self.query.parts) == 1 else self.label

    @property
    def thumbnail(self) -> str:
        return self.lead.thumbnail if self.lead else ""

    def with_picture(self, token: str, role: str) -> Query:
        """The query with this picture too: as one more example, one against, or in place of the examples."""
        if role == "less":
            return self.query.less(token)
        kept = self.query if role == "like" else self.query.without(*(chip.part for chip in self.sought))
        return kept.more(token)

    @property
    def examples(self) -> list[Example]:
        """The pictures of the query, for the Why of each hit; of one that is not sought the name will do."""
        named = (chip for chip in self.unwanted if not chip.part.words)
        found = [Example(chip.part.key, chip.name, against=True) for chip in named]
        for chip in self.sought:
            if chip.item:
                found.append(Example.of_image(chip.item))
            elif chip.picture:
                found.append(Example.of_picture(chip.picture))
        return found

    def hits(self, images: ImageQuerySet, charge: RateCharge = no_charge) -> ImageHits[ImageItem]:
        """Ask these images. Raises QueryError, EmbeddingError, ModelError, and what `charge` raises."""
        return cast("ImageHits[ImageItem]", images.search(self.query, charge, literal=self.form.is_literal))

    def results(self, images: ImageQuerySet, charge: RateCharge = no_charge) -> Results:
        """Likewise, as people read the hits."""
        with timed():
            lowest = self.form.wanted.get("min")
            return Results(self.hits(images, charge), lowest, self.examples, dedupe=self.form.dedupes)

    @cached_property
    def _link_templates(self) -> tuple[str, str, str]:
        """The links of any hit, HIT_PLACEHOLDER in place of its id: written once, as a page has 48 hits."""
        query = self.form.query
        if len(query.parts) >= MAX_PARTS:
            return "", "", ""
        beside = f"{reverse('compare')}?a={self.lead.part.key}&b={HIT_PLACEHOLDER}" if self.lead else ""
        return (
            self.form.link_to(query.more(HIT_PLACEHOLDER)),
            self.form.link_to(query.less(HIT_PLACEHOLDER)),
            beside,
        )

    def with_links(self, hit: Hit) -> Hit:
        """The hit with its links: more like it, less like it, and beside the picture that was asked."""
        more, less, compare = (
            link.replace(HIT_PLACEHOLDER, str(hit.item.pk)) for link in self._link_templates
        )
        return replace(hit, more=more, less=less, compare=compare)
