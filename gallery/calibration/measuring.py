"""Measures a model on this gallery, so that its bands hold here: when, how, what is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, Self

import numpy as np
from django.db.models import Count
from django.utils import timezone
from numpy.typing import NDArray

from gallery.calibration.cuts import Cosines, TagEvidence, measure_kind
from gallery.models import ImageItem, Tag, VectorSpace
from gallery.models.measurements import KindMeasurement, Measurement
from imagesearch.embeddings.base import Embedder, Matrix
from imagesearch.embeddings.embed import WIDTH, text_vectors
from imagesearch.embeddings.scores import Calibration
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.batches import batched

log = logging.getLogger(__name__)

MIN_IMAGES = 50
MAX_VECTORS = 2000
"""So many of the gallery's vectors are compared, each with each: two million pairs, 16 MB of cosines."""
MAX_TEXTS = 32  # one batch, also for a server that is paid by the text
SEED = 512  # two measurements of one gallery are the same
BATCH = 500  # rows that are loaded at once

MIN_TAGGED_IMAGES = 100  # images
MIN_TAGS, MIN_IMAGES_PER_TAG = 5, 4
COMMON = 4
"""A tag that is on more than a fourth of the tagged images tells little: two share it by chance."""

EVERYDAY = (
    "dog cat bird horse fish flower tree forest mountain sea beach river sky house street car bicycle boat "
    "train plane bread fruit apple cake cup table chair book shoe shirt hat clock"
).split()
"""What people photograph: asked where the gallery has too few tags."""

Advance = Callable[[int], None]
Links = ImageItem.tags.through._default_manager  # which image has which tag


class NothingToMeasure(ImageSearchError):
    """No image of the gallery has a vector yet."""

    code = "nothing_to_measure"


# --- when, and what is kept ---------------------------------------------------------------------


def due(space: VectorSpace) -> bool:
    """Whether the gallery has twice as many images as when it was measured, or enough for the first time."""
    images = ImageItem.objects.ready().count()
    return images >= max(MIN_IMAGES, 2 * space.measured["images"] if space.measured else 0)


def recalibrate() -> Measurement | None:
    """Measure and store where it is time; None where it is not. Never part of a request: it takes seconds.

    A remote model is asked for no words: nobody has agreed to pay for them. Raises as `measure` does.
    """
    space = VectorSpace.current()
    if not due(space):
        return None
    measured = measure(space, words=space.embedder.local)
    return measured if store(space, measured) else None


def recalibration_report() -> str:
    """What `recalibrate` did or why it failed, in a sentence; "" where it was not time. Raises nothing."""
    try:
        measured = recalibrate()
    except Exception as error:  # whatever it is: an import that has succeeded must not fail by this
        log.debug("The bands could not be calibrated.", exc_info=True)
        return f"The bands could not be calibrated ({error}); manage.py calibrate tries again."
    return f"The bands are calibrated on {measured.images:,} images." if measured else ""


def store(space: VectorSpace, measured: Measurement) -> bool:
    """Keep both, and a new cohort, in one UPDATE; False where the space is another model's by now."""
    cuts = calibration(space, measured)
    same = VectorSpace.objects.filter(pk=space.pk, model=space.model, table=space.table)
    kept = {"measured": measured.as_dict(), "calibration": cuts.as_dict() if cuts else None}
    return bool(same.update(**kept, cohort=ImageItem.objects.cohort_ids()))


def calibration(space: VectorSpace, measured: Measurement) -> Calibration | None:
    """The cuts that hold from now on. Without those of one kind there are no bands at all.

    Where no words were asked, theirs stay as they were; a model that knows none has no scores for them.
    """
    picture, before = measured.picture.cuts, space.cuts()
    if measured.words:
        words = measured.words.cuts
    else:
        words = before.words if before else picture if not space.embedder.embeds_text else None
    return Calibration(picture, words) if picture and words else None


# --- measuring ----------------------------------------------------------------------------------


def measure(space: VectorSpace, *, words: bool = True, advance: Advance = lambda count: None) -> Measurement:
    """What the space's model makes of this gallery. Stores nothing; a second call finds the same.

    With `words`, and a model that knows any, it embeds 32 texts. `advance` is told of vectors and texts.
    Raises NothingToMeasure, ModelError, EmbeddingError.
    """
    random, embedder = np.random.RandomState(SEED), space.embedder
    ready = ImageItem.objects.ready().order_by("pk")
    images = ready.count()
    _, vectors = load(space, chosen(ready.values_list("pk", flat=True), random), advance)
    if not len(vectors):
        raise NothingToMeasure("No image has a vector yet, so there is nothing to measure. Add some first.")
    tagged = Tagged.of(space, random, advance)
    found = ModelMeasurement(embedder, vectors, tagged, enough=images >= MIN_IMAGES)
    picture = found.pictures()
    asked = found.words(advance) if words and embedder.embeds_text else None
    return Measurement(images, timezone.now().isoformat(timespec="seconds"), picture, asked)


class ModelMeasurement(NamedTuple):
    """A model, a sample of the gallery's vectors (n, 512), and one with tags where there are enough."""

    embedder: Embedder
    vectors: Matrix
    tagged: Tagged | None
    enough: bool

    def pictures(self) -> KindMeasurement:
        own = self.embedder.calibration
        placing, measuring = self.halves(own is None)
        return measure_kind(
            above_diagonal(self.vectors @ self.vectors.T),
            own.picture if own else None,
            1.0,
            placing.pairs() if placing else None,
            measuring.pairs() if measuring else None,
            enough=self.enough,
        )

    def words(self, advance: Advance) -> KindMeasurement | None:
        """None where the model is sure of no text that there is to ask."""
        texts = list(islice(known(self.embedder), MAX_TEXTS))
        if not texts:
            return None
        queries = text_vectors(self.embedder, [text for text, _ in texts])
        advance(len(texts))
        tags = [tag for _, tag in texts]
        own = self.embedder.calibration
        placing, measuring = self.halves(own is None)
        return measure_kind(
            (queries @ self.vectors.T).ravel(),
            own.words if own else None,
            own.words.top if own else None,
            placing.named(queries, tags) if placing else None,
            measuring.named(queries, tags) if measuring else None,
            enough=self.enough,
        )

    def halves(self, apart: bool) -> tuple[Tagged | None, Tagged | None]:
        """The tagged images to place cuts by, and those to measure by; all for both where none are placed."""
        if self.tagged is None or not apart:
            return self.tagged, self.tagged
        return self.tagged.part(0), self.tagged.part(1)


@dataclass(frozen=True)
class Tagged:
    """Images with tags: their vectors (n, 512), and which of the tags (n, t) each carries."""

    vectors: Matrix
    tags: list[int]
    carries: NDArray[np.bool_]

    @classmethod
    def of(cls, space: VectorSpace, random: np.random.RandomState, advance: Advance) -> Self | None:
        """A sample of the gallery's; None where there are too few tags to measure by."""
        links = Links.filter(imageitem__state=ImageItem.State.READY)
        images = links.order_by("imageitem_id").values_list("imageitem_id", flat=True).distinct()
        total = images.count()
        counts = dict(links.values_list("tag_id").annotate(Count("pk")))
        telling = {tag for tag, count in counts.items() if count * COMMON <= total}
        if total < MIN_TAGGED_IMAGES or sum(counts[tag] >= MIN_IMAGES_PER_TAG for tag in telling) < MIN_TAGS:
            return None
        ids, vectors = load(space, chosen(images, random), advance)
        found = [
            (image, tag)
            for part in batched(ids, BATCH)
            for image, tag in Links.filter(imageitem_id__in=part).values_list("imageitem_id", "tag_id")
            if tag in telling
        ]
        tags = sorted({tag for _, tag in found})
        carries = np.zeros((len(ids), len(tags)), bool)
        places = {tag: place for place, tag in enumerate(tags)}
        rows = np.searchsorted(ids, [image for image, _ in found])
        carries[rows, [places[tag] for _, tag in found]] = True
        some = carries.any(axis=1)  # of the others nothing is known
        return cls(vectors[some], tags, carries[some])

    def part(self, number: int) -> Self:
        """Every second image, from the first (0) or the second (1) on."""
        return type(self)(self.vectors[number::2], self.tags, self.carries[number::2])

    def pairs(self) -> TagEvidence:
        """Each picture against each other one."""
        carries = self.carries[:, self.carries.sum(axis=0) > 1].astype(np.float32)
        return TagEvidence(
            above_diagonal(self.vectors @ self.vectors.T), above_diagonal(carries @ carries.T) > 0
        )

    def named(self, queries: Matrix, tags: list[int | None]) -> TagEvidence:
        """The texts that are a tag's name against all these pictures: right is what carries the tag."""
        columns = {tag: place for place, tag in enumerate(self.tags)}
        asked = [(row, columns[tag]) for row, tag in enumerate(tags) if tag in columns]
        cosines = queries[[row for row, _ in asked]] @ self.vectors.T
        right = self.carries[:, [column for _, column in asked]].T
        return TagEvidence(cosines.ravel(), right.ravel())


def known(embedder: Embedder) -> Iterator[tuple[str, int | None]]:
    """Texts that the model is sure of: names of tags, with keys, most used first; then everyday words."""
    used = Tag.objects.annotate(uses=Count("images")).filter(uses__gt=0).order_by("-uses", "pk")
    tags: Iterable[tuple[str, int | None]] = used.values_list("name", "pk")
    seen = set()
    for text, tag in [*tags, *((word, None) for word in EVERYDAY)]:
        reading = embedder.read(text)
        if reading.sure and not reading.unsure and text.casefold() not in seen:
            seen.add(text.casefold())
            yield text, tag


def chosen(ids: Any, random: np.random.RandomState) -> list[int]:
    """Up to MAX_VECTORS of a query's keys, evenly at random, in their order."""
    keys = np.fromiter(ids.iterator(), np.int64)
    if len(keys) > MAX_VECTORS:
        keys = np.sort(random.choice(keys, MAX_VECTORS, replace=False))
    return [int(key) for key in keys]


def load(space: VectorSpace, ids: list[int], advance: Advance) -> tuple[list[int], Matrix]:
    """The vectors (n, 512) of these images, and whose they are; one without a vector is left out."""
    found: dict[int, Any] = {}
    for part in batched(ids, BATCH):
        found |= dict(space.vectors._default_manager.filter(pk__in=part).values_list("pk", "vector"))
        advance(len(part))
    keys = sorted(found)
    return keys, np.array([found[key] for key in keys], np.float32).reshape(-1, WIDTH)


def above_diagonal(square: Matrix) -> Cosines:
    """Each pair once, none with itself."""
    flat: Cosines = square[np.triu(np.ones(square.shape, bool), 1)]
    return flat
