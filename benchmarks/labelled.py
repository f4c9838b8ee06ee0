"""A scratch gallery of labelled photos to ask, with what is right: for benchmarks of what searches find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any


@dataclass
class Photos:
    """Labelled photos in the gallery, by their ids, and the files they came from."""

    model: str
    labels: dict[int, str]
    groups: dict[str, str]  # of labels
    colours: dict[int, str]
    files: dict[int, Path]
    words: dict[str, str]  # of labels, where the model is sure of them
    known: frozenset[str]  # colours that the model is sure of
    sure_groups: frozenset[str]
    copies: list[tuple[Path, int]] = field(default_factory=list)  # changed copies, and of which photo
    asked: dict[Any, list[Any]] = field(default_factory=dict)
    near: dict[Any, list[int]] = field(default_factory=dict)
    uploads: dict[Path, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, *, words: bool = False) -> Photos:
        """Take them in; the word index, which has their files' names, is kept only on request."""
        from gallery.calibration import measuring
        from gallery.evaluation.labels import LabelledFolder
        from gallery.evaluation.measures import Evaluation
        from gallery.models import ImageItem, Term, VectorSpace
        from imagesearch.colours.palette import NAMES
        from imagesearch.embeddings.registry import get_embedder

        folder, embedder = LabelledFolder.read(path), get_embedder()
        VectorSpace.begin(embedder.name)
        evaluation = Evaluation(folder, embedder)
        evaluation.add_photos()
        measuring.recalibrate()
        if not words:
            Term.objects.all().delete()
        labels = {pk: photo.label for pk, photo in evaluation.photos.items()}
        of_file = {photo.file: photo.label for photo in folder.photos}
        named = {
            query.text: {of_file.get(file, "") for file in query.relevant} for query in folder.words or []
        }
        sure = partial(is_sure, embedder)
        return cls(
            embedder.name,
            labels,
            {photo.label: photo.group for photo in folder.photos},
            dict(ImageItem.objects.values_list("pk", "color")),
            {pk: path / photo.file for pk, photo in evaluation.photos.items()},
            {
                next(iter(of)): text
                for text, of in named.items()
                if len(of) == 1 and of != {""} and sure(text)
            },
            frozenset(filter(sure, NAMES)),
            frozenset(filter(sure, {photo.group for photo in folder.photos if photo.group})),
            [
                (path / copy.file, evaluation.ids[copy.original])
                for copy in folder.copies or []
                if copy.original in evaluation.ids
            ],
        )

    @cached_property
    def of_label(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for pk, label in sorted(self.labels.items()):
            found[label].append(pk)
        return dict(found)

    def of_colour(self, label: str, colour: str) -> set[int]:
        return {pk for pk in self.of_label[label] if self.colours[pk] == colour}

    def matches(self, query: Any) -> list[Any]:
        """All photos but those that the query names, nearest first."""
        from gallery.models import ImageItem

        if query not in self.asked:
            self.asked[query] = ImageItem.objects.search(query).matches(len(self.labels))
        return self.asked[query]

    def found(self, query: Any, without: Iterable[int] = ()) -> list[int]:
        left_out = set(without)
        return [match.pk for match in self.matches(query) if match.pk not in left_out]

    def nearest(self, query: Any) -> list[int]:
        """As `found`, by the cosine with the query's vector alone, whatever the scores say."""
        from gallery.models import ImageItem

        if query not in self.near:
            neighbours = ImageItem.objects.search(query).neighbours(len(self.labels))
            self.near[query] = [pk for pk, _ in neighbours]
        return self.near[query]

    def upload(self, source: int | Path, words: str = "") -> Any:
        """A query by the file of a photo, or by another file, as somebody uploads it."""
        from imagesearch.query import Picture

        path = self.files[source] if isinstance(source, int) else source
        if path not in self.uploads:
            self.uploads[path] = Picture(path.read_bytes(), path.name, once=True)
        return query(words=words).more(self.uploads[path])

    def knows(self, text: str) -> bool:
        """Whether the model is sure of some of these words."""
        from imagesearch.embeddings.registry import get_embedder

        embedder = get_embedder()
        return bool(embedder.embeds_text and embedder.read(text).sure)


def query(*pictures: int, words: str = "", weight: float = 1.0) -> Any:
    from imagesearch.query import Query

    made = Query().words(words, weight) if words else Query()
    for pk in pictures:
        made = made.more(pk)
    return made


def is_sure(embedder: Any, text: str) -> bool:
    """Whether the model knows all words of the text."""
    reading = embedder.read(text) if embedder.embeds_text else None
    return bool(reading and reading.sure and not reading.unsure)
