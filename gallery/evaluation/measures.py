"""The measures of a model on labelled photos, taken through the gallery's own way in and its own search.

image_p10, words_p10: hits among the first k over k, where k is 10, or as many as there are relevant photos
(the query itself left out) if they are fewer; the mean over all queries. neardup_r1: the share of changed
copies whose original comes first among all photos. ms_per_image: the median, from a decoded picture to its
stored vector. bands: of all hits that are strong, likely or weak, the share that is right, by the scores of
the gallery's own search without its word index, since file names may tell the labels; for words, over the
queries of which the model is sure of a word, since a search asks no others by their vector.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from PIL import Image

from gallery.calibration import measuring
from gallery.evaluation.bands import TITLES, Asked, Bands, measure_kind
from gallery.evaluation.labels import ChangedCopy, LabelledFolder, LabelledPhoto
from gallery.ingest import indexing
from gallery.ingest.intake import PreparedImage, add, prepare
from gallery.models import Embedding, Term, VectorSpace
from imagesearch.embeddings.base import Embedder
from imagesearch.embeddings.embed import WIDTH, image_vectors, text_vector
from imagesearch.errors import EmbeddingError, ImageError, QueryError
from imagesearch.images.decode import decode
from imagesearch.jobs.batches import batched
from imagesearch.jobs.progress import Progress
from imagesearch.query import Query
from imagesearch.vectors.nearest import nearest

CUTOFF = 10


@dataclass
class Tally:
    """One measure's values, each with the group that it belongs to."""

    average: Callable[[list[float]], float] = fmean
    values: list[tuple[str, float]] = field(default_factory=list)

    def add(self, group: str, value: float | None) -> None:
        if value is not None:
            self.values.append((group, value))

    def of(self, group: str | None = None) -> float | None:
        """The average of a group, or of all; None where nothing was measured."""
        chosen = [value for name, value in self.values if group in (None, name)]
        return round(self.average(chosen), 4) if chosen else None

    def groups(self) -> list[str]:
        return sorted({name for name, _ in self.values if name})


@dataclass
class EvaluationReport:
    """What was measured. The keys of `as_dict` are promised."""

    model: str
    width: str
    images: int = 0
    unreadable: list[str] = field(default_factory=list)
    image_p10: Tally = field(default_factory=Tally)
    words_p10: Tally = field(default_factory=Tally)
    neardup_r1: Tally = field(default_factory=Tally)
    ms_per_image: Tally = field(default_factory=lambda: Tally(median))  # whatever else the machine is at
    changes: Tally = field(default_factory=Tally)
    bands: dict[str, Bands] = field(default_factory=dict)  # none without cuts

    def measures(self, group: str | None = None) -> dict[str, float | None]:
        names = ("image_p10", "words_p10", "neardup_r1", "ms_per_image")
        return {name: getattr(self, name).of(group) for name in names}

    def as_dict(self) -> dict[str, Any]:
        groups = sorted({*self.ms_per_image.groups(), *self.words_p10.groups()})
        return {
            "model": self.model,
            "images": self.images,
            **self.measures(),
            "groups": {group: self.measures(group) for group in groups},
            "changes": {change: self.changes.of(change) for change in self.changes.groups()},
            "bands": {kind: self.bands[kind].as_dict() if kind in self.bands else None for kind in TITLES},
            "width": self.width,
            "unreadable": self.unreadable,
        }


class Evaluation:
    """Measures one model on one folder, in the gallery that is there: give it a scratch one."""

    def __init__(self, folder: LabelledFolder, embedder: Embedder) -> None:
        self.folder, self.embedder = folder, embedder
        self.report = EvaluationReport(embedder.name, width_note(embedder))
        self.photos: dict[int, LabelledPhoto] = {}
        self.ids: dict[str, int] = {}  # path in the folder → image

    def run(self) -> EvaluationReport:
        VectorSpace.begin(self.embedder.name)
        self.add_photos()
        self.query_with_images()
        if self.folder.words is not None and self.embedder.embeds_text:
            self.query_with_words()
        if self.folder.copies is not None:
            self.query_with_copies()
        self.measure_bands()
        return self.report

    # --- the photos ----------------------------------------------------------------------------

    def add_photos(self) -> None:
        size = indexing.batch_size()
        with Progress(len(self.folder.photos), "Embedding") as progress, ThreadPoolExecutor() as pool:
            for part in batched(self.folder.photos, size):
                self.embed([arrival for arrival in pool.map(self.prepare, part) if arrival])
                progress.advance(len(part))
        self.report.images = len(self.photos)

    def prepare(self, photo: LabelledPhoto) -> tuple[LabelledPhoto, PreparedImage] | None:
        content = self.read(photo.file)
        try:
            return (photo, prepare(content, name=photo.file)) if content is not None else None
        except ImageError:
            self.report.unreadable.append(photo.file)
            return None

    def read(self, name: str) -> bytes | None:
        try:
            return (self.folder.path / name).read_bytes()
        except OSError:
            self.report.unreadable.append(name)
            return None

    def embed(self, arrivals: list[tuple[LabelledPhoto, PreparedImage]]) -> None:
        """Add a part, and take the time of what makes its vectors."""
        fresh: list[int] = []
        for photo, arrival in arrivals:
            item, created, *_ = add(arrival)
            self.ids[photo.file] = item.pk
            if created:
                self.photos[item.pk] = photo
                fresh.append(item.pk)
        started = time.perf_counter()
        indexing.index(fresh, photos=[arrival.photo for _, arrival in arrivals])
        elapsed = time.perf_counter() - started
        for pk in fresh:
            self.report.ms_per_image.add(self.photos[pk].group, elapsed * 1000 / len(fresh))

    # --- the questions ---------------------------------------------------------------------------

    def query_with_images(self) -> None:
        labels: dict[str, set[int]] = {}
        for pk, photo in self.photos.items():
            labels.setdefault(photo.label, set()).add(pk)
        vectors = dict(Embedding.objects.values_list("pk", "vector"))
        for pk, photo in self.photos.items():
            relevant = labels[photo.label] - {pk}
            found = self.find(vectors[pk], len(relevant), without=pk) if pk in vectors else []
            self.report.image_p10.add(photo.group, precision(found, relevant))

    def query_with_words(self) -> None:
        for query in self.folder.words or []:
            relevant = {self.ids[name] for name in query.relevant if name in self.ids}
            try:
                found = self.find(text_vector(self.embedder, query.text), len(relevant))
            except (QueryError, EmbeddingError):  # words that the model can make nothing of find nothing
                found = []
            self.report.words_p10.add(query.group, precision(found, relevant))

    def query_with_copies(self) -> None:
        """Each copy against all photos; the other copies are not in the gallery."""
        for part in batched(self.folder.copies or [], indexing.batch_size()):
            for copy, vector in self.copy_vectors(part):
                original = self.ids.get(copy.original)
                if original is None:
                    continue
                first = float(not isinstance(vector, EmbeddingError) and self.find(vector, 1) == [original])
                self.report.neardup_r1.add(self.photos[original].group, first)
                self.report.changes.add(copy.change, first)

    def measure_bands(self) -> None:
        """By cuts that know nothing of the labels: the scratch gallery has no tags."""
        space, embedded = VectorSpace.current(), set(Embedding.objects.values_list("pk", flat=True))
        if not embedded:
            return
        measuring.store(space, measuring.measure(space))
        if VectorSpace.current().cuts() is None:
            return
        Term.objects.all().delete()
        labels: dict[str, frozenset[int]] = defaultdict(frozenset)
        for pk in embedded:
            labels[self.photos[pk].label] |= {pk}
        pictures = [Asked(Query().more(pk), labels[self.photos[pk].label]) for pk in sorted(embedded)]
        self.report.bands |= measure_kind("picture", pictures)
        if self.folder.words is not None and self.embedder.embeds_text:
            words = self.sure_queries()
            self.report.bands |= measure_kind("words", words)
            both = [Asked(query.more(pk), right) for query, right in words for pk in sorted(right & embedded)]
            self.report.bands |= measure_kind("picture_words", both)

    def sure_queries(self) -> list[Asked]:
        return [
            Asked(
                Query().words(query.text),
                frozenset(self.ids[name] for name in query.relevant if name in self.ids),
            )
            for query in self.folder.words or []
            if self.embedder.read(query.text).sure
        ]

    def copy_vectors(self, part: Iterable[ChangedCopy]) -> Iterable[tuple[ChangedCopy, Any]]:
        images: list[tuple[ChangedCopy, Image.Image]] = []
        for copy in part:
            content = self.read(copy.file)
            try:
                if content is not None:
                    images.append((copy, decode(content, copy.file).image))
            except ImageError:
                self.report.unreadable.append(copy.file)
        vectors = image_vectors(self.embedder, [image for _, image in images])
        return zip((copy for copy, _ in images), vectors, strict=True)

    def find(self, vector: Any, relevant: int, without: int | None = None) -> list[int]:
        """The ids that come first, as many as can be relevant, 10 at most."""
        k = min(CUTOFF, relevant)
        found = nearest(Embedding, "vector", vector, k + 1)
        return [pk for pk, _ in found if pk != without][:k]


def precision(found: list[int], relevant: set[int]) -> float | None:
    """Hits over what could be hit; None where nothing is relevant."""
    k = min(CUTOFF, len(relevant))
    return sum(pk in relevant for pk in found[:k]) / k if k else None


def width_note(embedder: Embedder) -> str:
    """What became of the model's own width."""
    if embedder.dimensions < WIDTH:
        return (
            f"{embedder.dimensions} numbers a picture, padded with zeros to {WIDTH}, which changes no order"
        )
    if embedder.dimensions > WIDTH:
        return f"{embedder.dimensions} numbers a picture, projected to {WIDTH}, which nearly keeps the order"
    return f"{WIDTH} numbers a picture"
