"""Fills an empty library with the sample pictures, and goes on where that was stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth import get_user_model

from gallery.ingest.disk_space import keep_reserve
from gallery.ingest.importing.entry import ImportEntry
from gallery.ingest.importing.importer import Importer
from gallery.ingest.importing.required_space import needed
from gallery.ingest.importing.summary import ImportSummary
from gallery.models import ImageItem
from gallery.samples.catalogue import Sample, samples
from gallery.samples.marker import unfinished
from imagesearch.jobs.graceful_stop import stoppable
from imagesearch.jobs.progress import Progress, quiet

PUBLIC = ImageItem.Visibility.PUBLIC


def add_samples(summary: ImportSummary) -> bool:
    """Add those that are missing, decoded by all cores and embedded in batches; False where that was stopped.

    Raises StorageFull, StorageUnavailable, ModelError, DatabaseError; a later call goes on.
    """
    owner = get_user_model().objects.filter(username="admin").first()
    missing = missing_for(owner)
    keep_reserve(sum(needed(sample.path.stat().st_size) for sample in missing))
    with (
        quiet("gallery.ingest.indexing"),
        stoppable() as stop,
        Progress(len(missing), "Adding the sample pictures") as progress,
    ):
        importer = Importer(summary, progress, stop, owner=owner, visibility=PUBLIC, least_free=0.0)
        importer.run(entries(missing))
    if not stop.asked:
        unfinished().unlink(missing_ok=True)
    return not stop.asked


def missing_for(owner: Any) -> list[Sample]:
    """The samples but those that version 0.1 drew as JPEGs before it was stopped.

    The importer finds the others that are here by their hash, and embeds what a killed start has left.
    """
    drawn = {f"{sample.name}.jpg": sample for sample in samples()}
    rows = ImageItem.objects.filter(owner=owner, original_name__in=drawn)
    here = {drawn.get(name) for name in rows.values_list("original_name", flat=True)}
    return [sample for sample in samples() if sample not in here]


def entries(missing: Iterable[Sample]) -> Iterator[ImportEntry]:
    for sample in missing:
        unfinished().touch()
        yield ImportEntry(
            sample.file, path=sample.path, title=sample.title, caption=sample.caption, tags=sample.tags
        )
