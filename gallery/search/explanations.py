"""Why an image is among the hits: what each part of the query adds, words, tags, colours, and near copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Self

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from gallery.models import ImageItem, QueryPicture, Tag, WordIndexState
from gallery.models.ranking import ImageHits
from gallery.pictures.features import CHANGED_COPY_BITS, features_of, main_colours
from gallery.pictures.palettes import Patch, patches
from gallery.search.contributions import Contribution, contributions
from gallery.text.words import SoughtWord, WordRules
from imagesearch.hits import Match
from imagesearch.images.decode import dhash_distance
from imagesearch.vectors.codec import Vector

WAYS = {
    ("picture", "picture"): _("its look"),
    ("words", "picture"): _("what it shows"),
    ("words", "words"): _("its title, tags or file name"),
}


@dataclass(frozen=True)
class Example:
    """A picture of the query: its key, name, and what can be shared with it."""

    key: str
    name: str
    dhash: str = ""
    tags: tuple[Tag, ...] = ()
    colours: frozenset[str] = frozenset()
    against: bool = False

    @classmethod
    def of_image(cls, item: ImageItem) -> Self:
        colours = frozenset(main_colours(patches(item.palette)))
        return cls(str(item.pk), str(item), item.dhash, tuple(item.tags.all()), colours)

    @classmethod
    def of_picture(cls, kept: QueryPicture) -> Self:
        looks = features_of(kept)
        if looks is None:
            return cls(kept.token, str(kept))
        return cls(kept.token, str(kept), looks.dhash, colours=frozenset(main_colours(looks.palette)))


@dataclass(frozen=True)
class Hit:
    """One image that answers, and why."""

    item: ImageItem
    ways: str
    cosine: float | None
    contributions: list[Contribution]
    places: list[str]
    tags: list[Tag]
    colours: list[Patch]
    copy_of: tuple[str, int] | None
    copies: int = 0
    more: str = ""
    less: str = ""
    compare: str = ""

    @property
    def colour_names(self) -> str:
        return ", ".join(patch.name for patch in self.colours)


class Explanation:
    """Explains hits of one search. `examples` are its pictures; what is shared is so with those sought."""

    def __init__(self, hits: ImageHits[ImageItem], examples: Sequence[Example] = ()) -> None:
        self.hits = hits
        self.examples = [example for example in examples if not example.against]
        self.names = {example.key: example.name for example in examples}

    @cached_property
    def rules(self) -> WordRules:
        return WordIndexState.current(self.hits.queryset.db).rules

    @cached_property
    def sought(self) -> list[SoughtWord]:
        """The words that are sought."""
        text = self.hits.embedded_query.text
        return self.rules.sought(text) if text else []

    @cached_property
    def tag_keys(self) -> frozenset[str]:
        return frozenset(tag.key for example in self.examples for tag in example.tags)

    @cached_property
    def colours(self) -> frozenset[str]:
        return frozenset().union(*(example.colours for example in self.examples))

    def explain(self, pairs: Iterable[tuple[ImageItem, Match]]) -> list[Hit]:
        """One Hit for each (image, match); their vectors are read in one go where several parts are asked."""
        pairs = list(pairs)
        measured = [match.pk for _, match in pairs if match.distance is not None]
        vectors = self.hits.vectors(measured) if len(self.hits.scale.parts) > 1 else {}
        return [self.why(item, match, vectors) for item, match in pairs]

    def why(self, item: ImageItem, match: Match, vectors: Mapping[int, Vector]) -> Hit:
        kind = self.hits.embedded_query.kind
        return Hit(
            item,
            " and ".join(str(WAYS[kind, way]) for way in match.found_by),
            None if match.distance is None else 1 - match.distance,
            contributions(self.hits, match, vectors.get(match.pk), self.names, self.hits.embedded_query.text),
            self.places(item) if "words" in match.found_by else [],
            [tag for tag in item.tags.all() if self.is_shared(tag)],
            self.shared_colours(item),
            self.copy_of(item),
        )

    def is_shared(self, tag: Tag) -> bool:
        return tag.key in self.tag_keys or bool(self.sought and self.found_in(tag.name))

    def places(self, item: ImageItem) -> list[str]:
        """Where the words stood: “pond” in its title and tags."""
        texts = {
            "title": [item.title],
            "tags": [tag.name for tag in item.tags.all()],
            "caption": [item.caption],
            "file name": [item.original_name],
        }
        found: dict[str, list[str]] = {}
        for place, some in texts.items():
            for word in dict.fromkeys(word for text in some for word in self.found_in(text)):
                found.setdefault(word, []).append(place)
        names = dict.fromkeys(name for word in self.sought for name in (word.text, word.terms[0][0]))
        return [f"“{name}” in its {' and '.join(found[name])}" for name in names if name in found]

    def found_in(self, text: str) -> list[str]:
        """The words that are sought and stand in this text; of a run of characters in part, the pairs."""
        terms = self.rules.terms(text)
        found: list[str] = []
        for run, group in groupby(self.sought, key=attrgetter("text")):
            words = list(group)
            here = [word for word in words if word.stands_among(terms)]
            found += [run] if len(here) == len(words) else [word.terms[0][0] for word in here]
        return found

    def shared_colours(self, item: ImageItem) -> list[Patch]:
        if not self.colours:
            return []
        main = main_colours(patches(item.palette))
        return [patch for name, patch in main.items() if name in self.colours]

    def copy_of(self, item: ImageItem) -> tuple[str, int] | None:
        """The example that it is a near copy of, and in how many of 64 dHash bits they differ."""
        if not item.dhash:
            return None
        hashed = (example for example in self.examples if example.dhash)
        found = ((example.name, dhash_distance(item.dhash, example.dhash)) for example in hashed)
        return min(
            (one for one in found if one[1] <= CHANGED_COPY_BITS), key=lambda one: one[1], default=None
        )
