"""A scratch gallery of labelled photos to ask, with what is right: for benchmarks of what searches find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
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
    asked: dict[Any, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, *, words: bool = False) -> Photos:
        """Take them in; the word index, which has their files' names, is kept only on request."""
        from gallery.evaluation.labels import LabelledFolder
        from gallery.evaluation.measures import Evaluation
        from gallery.models import ImageItem, Term, VectorSpace
        from imagesearch.colours.palette import NAMES
        from imagesearch.embeddings.registry import get_embedder

        folder, embedder = LabelledFolder.read(path), get_embedder()
        VectorSpace.begin(embedder.name)
        evaluation = Evaluation(folder, embedder)
        evaluation.add_photos()
        if not words:
            Term.objects.all().delete()
        labels = {pk: photo.label for pk, photo in evaluation.photos.items()}
        of_file = {photo.file: photo.label for photo in folder.photos}
        named = {
            query.text: {of_file.get(file, "") for file in query.relevant} for query in folder.words or []
        }

        def sure(text: str) -> bool:
            reading = embedder.read(text) if embedder.embeds_text else None
            return bool(reading and reading.sure and not reading.unsure)

        return cls(
            embedder.name,
            labels,
            {photo.label: photo.group for photo in folder.photos},
            dict(ImageItem.objects.values_list("pk", "color")),
            {pk: path / photo.file for pk, photo in evaluation.photos.items()},
            {next(iter(of)): text for text, of in named.items() if len(of) == 1 and sure(text)},
            frozenset(filter(sure, NAMES)),
            frozenset(filter(sure, {photo.group for photo in folder.photos if photo.group})),
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


def query(*pictures: int, words: str = "", weight: float = 1.0) -> Any:
    from imagesearch.query import Query

    made = Query().words(words, weight) if words else Query()
    for pk in pictures:
        made = made.more(pk)
    return made
