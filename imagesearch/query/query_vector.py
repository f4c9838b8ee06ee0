"""One vector of a query of many parts: the mean of those that are sought.

Let v_i be the unit vectors of the parts that are sought and a_i = weight / (strong − weak), the cuts being
those of the part's kind, so that words, whose cosines hardly move, count for as much as pictures. The query
is the unit vector of Σ a_i v_i; a cosine with it is a weighted sum of cosines with the parts. What is not
wanted is not in the vector: scale.py takes it from the score. One part alone is searched as it is.
"""

from __future__ import annotations

import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

import numpy as np
from django.utils.translation import gettext as _

from imagesearch.embeddings.base import Embedder, Reading, Vocabulary
from imagesearch.embeddings.embed import image_vectors, reading_vector
from imagesearch.embeddings.scores import STRONG, Calibration, Kind
from imagesearch.errors import EmbeddingError, QueryError
from imagesearch.images.decode import dhash
from imagesearch.query.pictures import Crop, Picture
from imagesearch.query.query import Part, Query
from imagesearch.vectors.codec import Vector

MAX_TEXT_LENGTH = 500
NOTHING_READ = Reading((), ())

MAX_BY_FAMILY = STRONG - 0.001
"""A hit for the family of a word that the model does not know is at most likely."""
OPPOSITE = 0.05  # of the length that identical parts would have


class SkipEmbedding(Exception):
    """Raised by a RateCharge: the search goes on without the vector of this part."""


RateCharge = Callable[[Part], None]
"""Called before a part is embedded; may refuse it by raising an error, or SkipEmbedding."""


def no_charge(part: Part) -> None:
    """Embedding costs nothing."""


VectorLookup = Callable[[Part, RateCharge], Vector]
"""The vector of a part whose picture is kept, by its key and crop. Raises QueryError where there is none."""


@dataclass(frozen=True, eq=False)
class WeightedPart:
    """One part of a query: cos(query, x) = Σ share · cos(vector, x) over the parts that are sought.

    `vector` (512,) is None, and `share` 0, where only the word index can answer, or nothing; a part that is
    not wanted has a vector and no share. No hit scores more than `max_score` by this part.
    """

    part: Part
    kind: Kind
    vector: Vector | None = None
    share: float = 0.0
    reading: Reading = NOTHING_READ
    max_score: float = 1.0


@dataclass(frozen=True)
class EmbeddedQuery:
    """A query as the search needs it. `vector` (512,) is None where only the word index can answer."""

    kind: Kind
    vector: Vector | None
    text: str = ""
    reading: Reading = NOTHING_READ
    weighted_parts: tuple[WeightedPart, ...] = ()

    @property
    def voices(self) -> tuple[WeightedPart, ...]:
        """Deprecated name of `weighted_parts`, kept for one version."""
        warnings.warn(
            "voices is now weighted_parts; this name goes in 0.3.", DeprecationWarning, stacklevel=2
        )
        return self.weighted_parts


Key = tuple[str, str]
Value = TypeVar("Value")


class QueryCache(Generic[Value]):
    """What was made of the last few queries, so that the same query costs one embedding."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of this key; made, outside the lock, where it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = make()
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return value

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


cache: QueryCache[Vector] = QueryCache()
hashes: QueryCache[str] = QueryCache()
"""dHashes of the pictures, and parts of pictures, whose vectors are in `cache`."""


def picture_key(embedder: Embedder, sha256: str, crop: Crop | None = None) -> Key:
    return (embedder.name, f"picture:{sha256}:{crop}" if crop else f"picture:{sha256}")


def reading_key(embedder: Embedder, reading: Reading) -> Key:
    families = "".join(f" #{number}" for number in reading.families)
    return (embedder.name, f"words:{' '.join(reading.sure)}{families}")


def picture_vector(picture: Picture, embedder: Embedder, crop: Crop | None = None) -> Vector:
    """The vector (512,) of a picture or a part of it. Raises ImageError, EmbeddingError."""
    key = picture_key(embedder, picture.sha256, crop)
    return cache.get(key, lambda: _embedded(picture, embedder, crop, key))


def kept_vector(
    part: Part, identity: str, load: Callable[[], Picture], embedder: Embedder, charge: RateCharge
) -> Vector:
    """The vector (512,) of a stored picture, loaded only where it must be embedded.

    `identity` is its hash or another key that changes with the picture. Raises QueryError where its file
    cannot be read, ImageError, EmbeddingError, and what `charge` raises.
    """
    key = picture_key(embedder, identity, part.crop)
    if key not in cache:
        charge(part)
    try:
        return cache.get(key, lambda: _embedded(load(), embedder, part.crop, key))
    except OSError as error:
        raise QueryError(
            _("The file of this picture is temporarily unavailable. Search with another, or without it.")
        ) from error


def _embedded(picture: Picture, embedder: Embedder, crop: Crop | None, key: Key) -> Vector:
    image = crop.of(picture.photo.image) if crop else picture.photo.image
    vector = image_vectors(embedder, [image])[0]
    if isinstance(vector, EmbeddingError):
        raise vector
    hashes.get(key, lambda: dhash(image))
    return vector


def embedded_hash(embedder: Embedder, identity: str, crop: Crop | None) -> str:
    """The dHash of a picture, or of a part of it, that was embedded lately; "" where it is not known."""
    key = picture_key(embedder, identity, crop)
    return hashes.get(key, str) if key in hashes else ""


def no_lookup(part: Part, charge: RateCharge) -> Vector:
    """Raises QueryError: no vector (512,) of a stored picture is known here."""
    raise QueryError(_("There is no stored picture %(key)s.") % {"key": part.key})


def embed_query(
    query: str | Picture | Query,
    embedder: Embedder,
    calibration: Calibration | None = None,
    lookup: VectorLookup = no_lookup,
    charge: RateCharge = no_charge,
    vocabulary: Vocabulary | None = None,
) -> EmbeddedQuery:
    """Embed the query. A plain string always means words.

    Words that the model does not know are read as others with the help of a vocabulary; without one they are
    taken literally. What it is still unsure of stays out of the vector.
    Raises QueryError, ImageError, EmbeddingError, and what `lookup` and `charge` raise.
    """
    parts = as_query(query)
    if not parts.is_searchable:
        raise QueryError(_("This query only excludes. Add words or a picture of what to look for."))
    read = partial(_read, embedder, vocabulary)
    weighted_parts = [_weighted(part, embedder, read, lookup, charge) for part in parts]
    reading = _combined(weighted_parts)
    text = reading.text or parts.text
    kind: Kind = "words" if text else "picture"
    sought = [each for each in weighted_parts if each.vector is not None and not each.part.against]
    if not sought:
        return EmbeddedQuery(kind, None, text, reading, weighted_parts=tuple(weighted_parts))
    used, vector = blend(sought, calibration)
    shares = {id(weighted.part): weighted.share for weighted in used}
    weighted_parts = [
        replace(weighted, share=shares.get(id(weighted.part), 0.0)) for weighted in weighted_parts
    ]
    return EmbeddedQuery(kind, vector, text, reading, tuple(weighted_parts))


def as_query(query: str | Picture | Query) -> Query:
    """Raises QueryError where there is nothing in it, TypeError where it is something else."""
    if isinstance(query, Picture):
        return Query().more(query)
    if not isinstance(query, str | Query):
        raise TypeError(f"Search takes words (str), a Picture or a Query, not {type(query).__name__}.")
    if not (query.strip() if isinstance(query, str) else query):
        raise QueryError(_("There is nothing to search for. Type some words, or use a picture."))
    return Query().words(query) if isinstance(query, str) else query


def _read(embedder: Embedder, vocabulary: Vocabulary | None, part: Part) -> Reading:
    """How the words of a part are read; what is excluded stands for itself alone."""
    if vocabulary is None:
        return embedder.read(part.words)
    return embedder.interpret(part.words, vocabulary, families=not part.against)


def _combined(weighted_parts: Sequence[WeightedPart]) -> Reading:
    """One reading of all words; its text is that of the words that are sought."""
    readings = [weighted.reading for weighted in weighted_parts]
    sought = [weighted for weighted in weighted_parts if weighted.part.words and not weighted.part.against]
    return Reading(
        sure=tuple(word for reading in readings for word in reading.sure),
        unsure=tuple(word for reading in readings for word in reading.unsure),
        text=" ".join(weighted.reading.text or weighted.part.words for weighted in sought),
        read_as=tuple(each for reading in readings for each in reading.read_as),
        offers=tuple(each for reading in readings for each in reading.offers),
    )


def _weighted(
    part: Part,
    embedder: Embedder,
    read: Callable[[Part], Reading],
    lookup: VectorLookup,
    charge: RateCharge,
) -> WeightedPart:
    try:
        if part.words:
            return _weighted_words(part, embedder, read, charge)
        if isinstance(part.picture, Picture):
            picture = part.picture
            vector = kept_vector(part, picture.sha256, lambda: picture, embedder, charge)
            picture.used()
            return WeightedPart(part, "picture", vector)
        return WeightedPart(part, "picture", lookup(part, charge))
    except SkipEmbedding:
        return WeightedPart(part, "words" if part.words else "picture")


def _weighted_words(
    part: Part, embedder: Embedder, read: Callable[[Part], Reading], charge: RateCharge
) -> WeightedPart:
    text = part.words
    if len(text) > MAX_TEXT_LENGTH:
        raise QueryError(
            _("These words have %(count)s characters; at most %(most)s can be searched at once.")
            % {"count": len(text), "most": MAX_TEXT_LENGTH}
        )
    if not embedder.embeds_text:
        return WeightedPart(part, "words")
    reading = read(part)
    if not reading.has_meaning:
        return WeightedPart(part, "words", reading=reading)
    key = reading_key(embedder, reading)
    if key not in cache:
        charge(part)
    vector = cache.get(key, lambda: reading_vector(embedder, reading))
    max_score = MAX_BY_FAMILY if reading.families else 1.0
    return WeightedPart(part, "words", vector, reading=reading, max_score=max_score)


def blend(
    sought: Sequence[WeightedPart], calibration: Calibration | None
) -> tuple[list[WeightedPart], Vector]:
    """The sought parts with their shares, and the query's unit vector (512,). See the module's formula.

    Raises QueryError where they contradict one another.
    """
    if len(sought) == 1 and sought[0].vector is not None:
        return [replace(sought[0], share=1.0)], sought[0].vector
    factors = np.array([each.part.weight * _scale(each.kind, calibration) for each in sought])
    mixed = factors @ np.array([each.vector for each in sought], dtype=np.float64)
    length = float(np.linalg.norm(mixed))
    if length < OPPOSITE * factors.sum():
        raise QueryError(_("These examples are opposites, so nothing is similar to all of them. Remove one."))
    shares = factors / length
    used = [replace(each, share=float(share)) for each, share in zip(sought, shares, strict=True)]
    return used, (mixed / length).astype(np.float32)


def _scale(kind: Kind, calibration: Calibration | None) -> float:
    if calibration is None:
        return 1.0
    cuts = calibration.cuts(kind)
    return 1 / (cuts.strong - cuts.weak)
