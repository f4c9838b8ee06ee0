"""One vector of a query of many parts, and what a cosine with it means.

Let v_i be the unit vectors of the parts that are sought, v_j of those that are not, and
a = weight / (strong − weak), the cuts being those of the part's kind, so that words, whose cosines hardly
move, count for as much as pictures. Of each side the mean is taken: p = Σ a_i v_i / m and n = Σ a_j v_j / m',
where m and m' are how many parts of one weight the side is worth, (Σ weight)² / Σ weight². The query is the
unit vector of

    p − t n,    t the largest up to ½ with cos(p − t n, p) ≥ 0.8 and |p − t n| ≥ ¼ |p|

so that “less like this” never turns it round, and does as much whether one example is sought or five (as in
Rocchio's relevance feedback, 1971). A cosine with the query is a weighted sum of cosines with the parts; its
cuts are the same sum of theirs, where a strong hit may be weakly like what is not sought, and others less.
One part alone is searched as it is.
"""

from __future__ import annotations

import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from django.utils.translation import gettext as _

from imagesearch.embeddings.base import Embedder, Reading, Vocabulary
from imagesearch.embeddings.embed import image_vectors, reading_vector
from imagesearch.embeddings.scores import Calibration, Cuts, Kind
from imagesearch.errors import EmbeddingError, QueryError
from imagesearch.query.pictures import Crop, Picture
from imagesearch.query.query import Part, Query
from imagesearch.vectors.codec import Vector

MAX_TEXT_LENGTH = 500
NOTHING_READ = Reading((), ())

MAX_STRENGTH = 0.5
MIN_COSINE = 0.8
MIN_LENGTH = 0.25
OPPOSITE = 0.05  # of the length that identical parts would have
MAX_STRONG = 0.95
MIN_CUT = 0.75
"""Of what the parts that are sought ask for, however much weight lies on those that are not: with a picture
to be less like at weight 3, 91 of 456 photos were strong for words, right by .09; now 8, right by .79."""
BELOW_WEAK = {"weak": 1.0, "likely": 0.5, "strong": 0.0, "top": 0.0}
"""How far below weak a hit of each band may be to what is not sought, in widths of its band of weak hits.

What is strongly sought is akin to what is mixed up with it; whatever is weakly so need not be.
"""


class SkipEmbedding(Exception):
    """Raised by a RateCharge: the search goes on without the vector of this part."""


RateCharge = Callable[[Part], None]
"""Called before a part is embedded; may refuse it by raising an error, or SkipEmbedding."""


def no_charge(part: Part) -> None:
    """Embedding costs nothing."""


VectorLookup = Callable[[Part, RateCharge], Vector]
"""The vector of a part whose picture is kept, by its key and crop. Raises QueryError where there is none."""


@dataclass(frozen=True)
class WeightedPart:
    """One part of a query: cos(query, x) = Σ share · cos(vector, x).

    `vector` (512,) is None, and `share` 0, where only the word index can answer, or nothing.
    """

    part: Part
    kind: Kind
    vector: Vector | None = None
    share: float = 0.0
    reading: Reading = NOTHING_READ


@dataclass(frozen=True)
class EmbeddedQuery:
    """A query as the search needs it. `vector` (512,) is None where only the word index can answer.

    `cuts` are those of this query alone; None where its kind's, which the model has, hold.
    """

    kind: Kind
    vector: Vector | None
    text: str = ""
    reading: Reading = NOTHING_READ
    cuts: Cuts | None = None
    weighted_parts: tuple[WeightedPart, ...] = ()

    @property
    def voices(self) -> tuple[WeightedPart, ...]:
        """Deprecated name of `weighted_parts`, kept for one version."""
        warnings.warn(
            "voices is now weighted_parts; this name goes in 0.3.", DeprecationWarning, stacklevel=2
        )
        return self.weighted_parts


class VectorCache:
    """The last few query vectors, so that the same query costs one embedding."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str], make: Callable[[], Vector]) -> Vector:
        """The vector (512,) of this key; made, outside the lock, where it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        vector = make()
        with self._lock:
            self._kept[key] = vector
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return vector

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._kept

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


cache = VectorCache()


def picture_key(embedder: Embedder, sha256: str, crop: Crop | None = None) -> tuple[str, str]:
    return (embedder.name, f"picture:{sha256}:{crop}" if crop else f"picture:{sha256}")


def reading_key(embedder: Embedder, reading: Reading) -> tuple[str, str]:
    families = "".join(f" #{number}" for number in reading.families)
    return (embedder.name, f"words:{' '.join(reading.sure)}{families}")


def picture_vector(picture: Picture, embedder: Embedder, crop: Crop | None = None) -> Vector:
    """The vector (512,) of a picture or a part of it. Raises ImageError, EmbeddingError."""
    key = picture_key(embedder, picture.sha256, crop)
    return cache.get(key, lambda: _embedded(picture, embedder, crop))


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
        return cache.get(key, lambda: _embedded(load(), embedder, part.crop))
    except OSError as error:
        raise QueryError(
            _("The file of this picture is temporarily unavailable. Search with another, or without it.")
        ) from error


def _embedded(picture: Picture, embedder: Embedder, crop: Crop | None) -> Vector:
    image = picture.photo.image
    vector = image_vectors(embedder, [crop.of(image) if crop else image])[0]
    if isinstance(vector, EmbeddingError):
        raise vector
    return vector


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
    used = [weighted for weighted in weighted_parts if weighted.vector is not None]
    if not any(not weighted.part.against for weighted in used):
        return EmbeddedQuery(kind, None, text, reading, weighted_parts=tuple(weighted_parts))
    if len(used) == 1:
        used = [replace(used[0], share=1.0)]
        # The word index is asked too, but what is measured is this one part.
        cuts = calibration.cuts(used[0].kind) if calibration and used[0].kind != kind else None
        vector = used[0].vector
    else:
        used, vector, cuts = blend(used, calibration)
    shares = {id(weighted.part): weighted.share for weighted in used}
    weighted_parts = [
        replace(weighted, share=shares.get(id(weighted.part), 0.0)) for weighted in weighted_parts
    ]
    return EmbeddedQuery(kind, vector, text, reading, cuts, tuple(weighted_parts))


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
    return WeightedPart(part, "words", vector, reading=reading)


def blend(
    weighted_parts: Sequence[WeightedPart], calibration: Calibration | None
) -> tuple[list[WeightedPart], Vector, Cuts | None]:
    """The parts with their shares, the query's unit vector (512,), and its cuts. See the module's formula.

    Raises QueryError where the parts that are sought contradict one another.
    """
    against = np.array([weighted.part.against for weighted in weighted_parts])
    weights = np.array([weighted.part.weight for weighted in weighted_parts])
    factors = weights * [_scale(weighted.kind, calibration) for weighted in weighted_parts]
    for side in (against, ~against):
        factors[side] /= effective_count(weights[side])
    vectors = np.array([weighted.vector for weighted in weighted_parts], dtype=np.float64)
    sought = factors[~against] @ vectors[~against]
    if np.linalg.norm(sought) < OPPOSITE * factors[~against].sum():
        raise QueryError(_("These examples are opposites, so nothing is similar to all of them. Remove one."))
    unwanted = factors[against] @ vectors[against]
    strength = subtraction_strength(sought, unwanted)
    mixed = sought - strength * unwanted
    length = float(np.linalg.norm(mixed))
    shares = np.where(against, -strength, 1.0) * factors / length
    used = [
        replace(weighted, share=float(share)) for weighted, share in zip(weighted_parts, shares, strict=True)
    ]
    return used, (mixed / length).astype(np.float32), _cuts(used, calibration)


def _scale(kind: Kind, calibration: Calibration | None) -> float:
    if calibration is None:
        return 1.0
    cuts = calibration.cuts(kind)
    return 1 / (cuts.strong - cuts.weak)


def effective_count(weights: np.ndarray) -> float:
    """How many parts of equal weight these weights (n,) are worth: two and a faint one about 2.

    Source: Kish, "Survey Sampling", 1965 (effective sample size).
    """
    return float(weights.sum() ** 2 / np.square(weights).sum()) if len(weights) else 1.0


def subtraction_strength(sought: np.ndarray, unwanted: np.ndarray) -> float:
    """The formula's t, to the millionth, for p and n (512,): the conditions hold up to some t."""
    length = float(np.linalg.norm(sought))

    def holds(strength: float) -> bool:
        mixed = sought - strength * unwanted
        left = float(np.linalg.norm(mixed))
        return left >= MIN_LENGTH * length and float(mixed @ sought) >= MIN_COSINE * left * length

    if holds(MAX_STRENGTH):
        return MAX_STRENGTH
    low, high = 0.0, MAX_STRENGTH
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _cuts(weighted_parts: Sequence[WeightedPart], calibration: Calibration | None) -> Cuts | None:
    """Cosines with the query at which each part that is sought has its cut, and the others stay below weak.

    Examples that differ leave room for a sum above 1; all cuts then shrink together.
    """
    if calibration is None:
        return None
    calibrated = [(weighted.share, calibration.cuts(weighted.kind)) for weighted in weighted_parts]

    def total(name: str) -> float:
        sought = sum(share * getattr(cuts, name) for share, cuts in calibrated if share > 0)
        unwanted = sum(
            share * (cuts.weak - BELOW_WEAK[name] * (cuts.likely - cuts.weak))
            for share, cuts in calibrated
            if share < 0
        )
        return float(max(sought + unwanted, MIN_CUT * sought))

    weak, likely, strong, top = (total(name) for name in ("weak", "likely", "strong", "top"))
    shrink = min(1.0, MAX_STRONG / strong) if strong > 0 else 1.0
    weak = max(weak * shrink, 0.01)
    likely = max(likely * shrink, weak + 0.01)
    strong = max(strong * shrink, likely + 0.01)
    return Cuts(weak, likely, strong, min(max(top * shrink, strong + 0.01), 1.0))
