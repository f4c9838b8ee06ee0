"""A query as a value: parts for and against, each words or a picture, with a crop and a weight.

It is read from a URL, a form, JSON or Python, and written back to a URL; what was written reads as the same
query. Nothing here embeds: query_vector.py makes one vector of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from django.utils.translation import gettext as _

from imagesearch.database.ids import read_id
from imagesearch.errors import QueryError
from imagesearch.query.pictures import Crop as Crop
from imagesearch.query.pictures import Picture as Picture

MAX_PARTS = 12
MAX_WEIGHT = 10.0
MAX_KEY_LENGTH = 40
KEY = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_KEY_LENGTH}}}")


class RepeatedParams(Protocol):
    """Parameters that may be repeated, as Django's QueryDict has them."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class Part:
    """Words or a picture, for or against. A picture is a Picture, or the key of one that is kept.

    The key is an image's id or a query picture's token.
    """

    words: str = ""
    picture: str | Picture = ""
    crop: Crop | None = None
    weight: float = 1.0
    against: bool = False

    def __post_init__(self) -> None:
        """Normalizes the values. Raises QueryError unless it is either words or a picture."""
        words = " ".join(storable(self.words).split())
        object.__setattr__(self, "words", words)
        if bool(words) == bool(self.picture):
            raise QueryError(_("A part of a query is either words or a picture."))
        if isinstance(self.picture, str) and not _may_be_key(self.picture) and not words:
            raise QueryError(
                _("“%(key)s” is not a valid image id or picture token.")
                % {"key": self.picture[:MAX_KEY_LENGTH]}
            )
        if not 0 < self.weight <= MAX_WEIGHT:  # (nan is refused too)
            raise QueryError(_bad_weight(f"{self.weight:g}"))
        if self.pk is not None:
            object.__setattr__(self, "picture", str(self.pk))  # 07 is 7
        object.__setattr__(self, "weight", max(round(self.weight, 2), 0.01))
        if self.crop and (words or self.crop.is_whole):
            object.__setattr__(self, "crop", None)

    @property
    def key(self) -> str:
        """The id or token of a kept picture; "" of words, and of a picture in memory."""
        return self.picture if isinstance(self.picture, str) else ""

    @property
    def pk(self) -> int | None:
        """The id of a stored row; None of a token."""
        return read_id(self.key)

    @property
    def order(self) -> tuple[bool, bool]:
        """Where it stands in a query: words before pictures, what is sought before what is not."""
        return (not self.words, self.against)


def storable(text: str) -> str:
    """What URLs and databases can hold of it: neither NUL nor half of a surrogate pair, which JSON brings."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _may_be_key(text: str) -> bool:
    return bool(KEY.fullmatch(text)) and text.rstrip("0123456789") not in NAMES  # crop=q2:… is about words


def key_of(picture: Any) -> str | Picture:
    """A Picture as it is; of an id, a token or a saved row, the key."""
    return picture if isinstance(picture, Picture) else str(getattr(picture, "pk", picture))


@dataclass(frozen=True)
class Query:
    """Parts, in their order. `Query().words("on water").more(item, crop=Crop(…)).less(other)`.

    At most MAX_PARTS, and each kept picture and the same words once. Raises QueryError.
    """

    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(sorted(self.parts, key=lambda part: part.order)))
        if len(self.parts) > MAX_PARTS:
            raise QueryError(_too_many(len(self.parts)))
        said = [(part.words, part.key) for part in self.parts if part.words or part.key]
        if twice := next(
            (words or f"Picture {key}" for words, key in said if said.count((words, key)) > 1), ""
        ):
            raise QueryError(
                _("“%(part)s” appears twice in this query. Keep one of the two.")
                % {"part": twice[:MAX_KEY_LENGTH]}
            )

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    @property
    def is_searchable(self) -> bool:
        """Whether any part is sought: with parts against alone, nothing can be found."""
        return any(not part.against for part in self.parts)

    @property
    def text(self) -> str:
        """The words that are sought, for the word index."""
        return " ".join(part.words for part in self.parts if part.words and not part.against)

    # --- made of one another -------------------------------------------------------------------

    def _with(self, *parts: Part) -> Self:
        return replace(self, parts=(*self.parts, *parts))

    def words(self, text: str, weight: float = 1.0) -> Self:
        return self._with(Part(words=text, weight=weight))

    def but_not(self, text: str, weight: float = 1.0) -> Self:
        return self._with(Part(words=text, weight=weight, against=True))

    def more(self, picture: Any, crop: Crop | None = None, weight: float = 1.0) -> Self:
        """More like this: a Picture, an image of the library or its id, or a query picture's token."""
        return self._with(Part(picture=key_of(picture), crop=crop, weight=weight))

    def less(self, picture: Any, crop: Crop | None = None, weight: float = 1.0) -> Self:
        return self._with(Part(picture=key_of(picture), crop=crop, weight=weight, against=True))

    def without(self, *parts: Part) -> Self:
        return replace(self, parts=tuple(part for part in self.parts if part not in parts))

    def cropped(self, part: Part, crop: Crop | None) -> Self:
        """The same with another part of that picture."""
        return replace(
            self, parts=tuple(replace(each, crop=crop) if each is part else each for each in self.parts)
        )

    def replace_words(self, text: str) -> Self:
        """The same pictures with these words instead."""
        pictures = replace(self, parts=tuple(part for part in self.parts if not part.words or part.against))
        return pictures.words(text) if text.split() else pictures

    # --- URLs ----------------------------------------------------------------------------------

    def params(self) -> list[tuple[str, str]]:
        """(name, value) pairs of a URL. Raises QueryError for a picture that is only in memory."""
        pairs: list[tuple[str, str]] = []
        about: list[tuple[str, str]] = []
        counts: dict[str, int] = {}
        for part in self.parts:
            name = _name(part)
            counts[name] = counts.get(name, 0) + 1
            if not part.words and not part.key:
                raise QueryError(
                    _("A picture in memory has no URL. Store it first, then search by its token.")
                )
            key = part.key or numbered(name, counts[name])
            pairs.append((name, part.words or part.key))
            if part.crop:
                about.append(("crop", f"{key}:{part.crop}"))
            if part.weight != 1:
                about.append(("weight", f"{key}:{part.weight:g}"))
        return pairs + sorted(about)

    @classmethod
    def from_params(cls, params: RepeatedParams, *, strict: bool = False) -> Self:
        """The query of URL or form parameters, without invalid parts. Raises QueryError if `strict`."""
        crops = dict(_pairs(params.getlist("crop"), strict))
        weights = dict(_pairs(params.getlist("weight"), strict))
        query = cls()
        used: set[str] = set()
        for name in NAMES:
            number = 0
            for value in params.getlist(name):
                if not storable(value).strip():
                    continue
                number += 1
                key = value.strip() if name in ("like", "less") else numbered(name, number)
                used.add(key)
                try:
                    query = query._with(_part(name, value.strip(), crops.get(key), weights.get(key), strict))
                except QueryError:
                    if strict:
                        raise
        if strict and (lost := ({*crops, *weights} - used)):
            raise QueryError(
                _("“%(part)s”, named by crop or weight, is not a part of this query.")
                % {"part": min(lost)[:MAX_KEY_LENGTH]}
            )
        return query

    # --- JSON ----------------------------------------------------------------------------------

    def as_json(self) -> list[dict[str, Any]]:
        """Its parts as {"words"} or {"picture"}, with crop, weight and against if not the default.

        Raises QueryError for a picture that is only in memory.
        """
        found = []
        for part in self.parts:
            if not part.words and not part.key:
                raise QueryError(_("A picture in memory cannot be written as JSON. Store it first."))
            plain: dict[str, Any] = {"words": part.words} if part.words else {"picture": part.key}
            if part.crop:
                plain["crop"] = [part.crop.x, part.crop.y, part.crop.width, part.crop.height]
            if part.weight != 1:
                plain["weight"] = part.weight
            if part.against:
                plain["against"] = True
            found.append(plain)
        return found

    @classmethod
    def from_json(cls, parts: Any, fetch: Callable[[str], Picture] | None = None) -> Self:
        """Raises QueryError, naming the invalid part. With `fetch` a picture may be a {"url"}."""
        if not isinstance(parts, list):
            raise QueryError(_("The parts of a query must be a list of objects."))
        if len(parts) > MAX_PARTS:
            raise QueryError(_too_many(len(parts)))
        return cls(tuple(_plain_part(number, part, fetch) for number, part in enumerate(parts, start=1)))


def _too_many(count: int) -> str:
    return _("This query has %(count)s parts; at most %(most)s are allowed.") % {
        "count": count,
        "most": MAX_PARTS,
    }


NAMES = {"q": ("words", False), "not": ("words", True), "like": ("picture", False), "less": ("picture", True)}
"""The parameters of a URL that are parts: what each holds, and whether it is against."""
PARAMETERS = (*NAMES, "crop", "weight")


def _name(part: Part) -> str:
    kind = "words" if part.words else "picture"
    return next(name for name, meaning in NAMES.items() if meaning == (kind, part.against))


def numbered(name: str, number: int) -> str:
    """How crop and weight name words, which have no key: q, q2, q3 …"""
    return name if number == 1 else f"{name}{number}"


def _pairs(values: Iterable[str], strict: bool) -> Iterator[tuple[str, str]]:
    for value in values:
        key, colon, said = value.partition(":")
        if colon and key:
            yield key, said
        elif strict:
            raise QueryError(_("“%(value)s” is not valid; write KEY:VALUE.") % {"value": value[:60]})


def _part(name: str, value: str, crop: str | None, weight: str | None, strict: bool) -> Part:
    kind, against = NAMES[name]
    about: dict[str, Any] = {kind: value}
    for what, said, read in (("crop", crop, Crop.parse), ("weight", weight, _weight)):
        try:
            if said is not None:
                about[what] = read(said)
        except QueryError:
            if strict:
                raise
    return Part(against=against, **about)


def _weight(said: Any) -> float:
    try:
        weight = float(said)
    except (TypeError, ValueError, OverflowError):
        weight = math.nan
    if isinstance(said, bool) or not 0 < weight <= MAX_WEIGHT:
        raise QueryError(_bad_weight(str(said)[:20]))
    return weight


def _bad_weight(value: str) -> str:
    return _("“%(value)s” is not a weight; it must be a number above 0 and at most %(most)g.") % {
        "value": value,
        "most": MAX_WEIGHT,
    }


def _plain_part(number: int, plain: Any, fetch: Callable[[str], Picture] | None) -> Part:
    try:
        return _read_plain(plain, fetch)
    except QueryError as error:
        raise QueryError(_("Part %(number)s: %(error)s") % {"number": number, "error": error}) from error


def _read_plain(plain: Any, fetch: Callable[[str], Picture] | None) -> Part:
    if not isinstance(plain, Mapping):
        raise QueryError(_("it must be an object."))
    known = {"words", "picture", "crop", "weight", "against"} | ({"url"} if fetch else set())
    if unknown := sorted(set(map(str, plain)) - known):
        raise QueryError(
            _("“%(name)s” is unknown; a part takes %(known)s.")
            % {"name": unknown[0][:40], "known": ", ".join(sorted(known))}
        )
    words, crop = plain.get("words", ""), plain.get("crop")
    picture: Any = plain.get("picture", "")
    if isinstance(picture, int) and not isinstance(picture, bool):
        picture = str(picture)
    if not all(isinstance(value, str) for value in (words, picture, plain.get("url", ""))):
        raise QueryError(_("words, picture and url must be strings."))
    if fetch and (url := plain.get("url")):
        if words or picture:
            raise QueryError(_("it has both a url and words or a picture; make two parts of it."))
        picture = fetch(url)
    against = plain.get("against", False)
    if not isinstance(against, bool):
        raise QueryError(_("against must be true or false."))
    box = None if crop is None else _box(crop)
    return Part(words, picture, box, _weight(plain.get("weight", 1)), against)


def _box(crop: Any) -> Crop:
    if not isinstance(crop, list) or len(crop) != 4 or any(type(side) is not int for side in crop):
        raise QueryError(_("crop must be a list of x, y, width and height in thousandths."))
    return Crop(*crop)
