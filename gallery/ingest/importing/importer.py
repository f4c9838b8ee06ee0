"""Entries become images: read, validated and stored by threads, then written and embedded in batches.

What is killed in the middle goes on when the same command is run again: what has a row is known by its
hash before anything is decoded, and what has none is stored under the very name that it had before.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.utils import timezone

from gallery.ingest import indexing
from gallery.ingest.disk_space import Disk
from gallery.ingest.importing import reading
from gallery.ingest.importing.entry import ImportEntry, printable
from gallery.ingest.importing.required_space import refuse_import
from gallery.ingest.importing.summary import ImportSummary
from gallery.ingest.intake import PreparedImage, add, prepare, restore, share
from gallery.ingest.terms import refresh_terms
from gallery.models import ImageItem
from gallery.text.descriptions import DescriptionRefused, refuse_over_limits
from imagesearch.concurrency import turns
from imagesearch.configuration.conf import setting
from imagesearch.database.errors import explain
from imagesearch.errors import ImageError, ImageSearchError, StorageFull, StorageUnavailable
from imagesearch.images.decode import Photo
from imagesearch.jobs.batches import batched
from imagesearch.jobs.graceful_stop import Stop
from imagesearch.jobs.progress import Progress
from imagesearch.network import http

log = logging.getLogger(__name__)

T = TypeVar("T")
Coming = list[tuple[ImportEntry, Future[PreparedImage]]]

READERS = 8  # threads; addresses are slow to answer
MAKERS = turns.usable_cores()  # threads; each holds a picture, and more would only wait for a core
POLL = 0.5  # seconds between two looks at what another process holds

State = ImageItem.State


class EntryContent(NamedTuple):
    """The bytes behind an entry, and the file name that goes with them."""

    content: bytes
    name: str
    sha256: str


class Importer:
    """Imports entries for one owner, who may be nobody; `least_free` percent of the disk stay free."""

    def __init__(
        self,
        summary: ImportSummary,
        progress: Progress,
        stop: Stop,
        *,
        owner: Any = None,
        tags: Iterable[str] = (),
        visibility: str | None = None,
        least_free: float = 10.0,
    ) -> None:
        """`visibility` is that of new images; None is DEFAULT_VISIBILITY."""
        self.summary, self.progress, self.stop = summary, progress, stop
        self.owner, self.tags, self.least_free = owner, tuple(tags), least_free
        self.visibility = visibility or settings.DEFAULT_VISIBILITY
        self.embeds = indexing.inline()
        self.size = indexing.batch_size()
        self.storage_error: StorageFull | StorageUnavailable | None = None
        self.unready: dict[int, str] = {}  # id → where it came from: images without a vector
        self.held: dict[int, str] = {}  # those of them that another process is at

    def run(self, entries: Iterable[ImportEntry]) -> None:
        """Import them all. Raises StorageFull and StorageUnavailable, when what was begun is done."""
        with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(MAKERS) as makers:
            coming: Coming = []
            for part in batched(self.wanted(entries), self.size):
                if self.stop.asked or not self.has_room():
                    break
                # The next part is read and decoded while this one is embedded.
                previous, coming = coming, self.begin(part, readers, makers)
                self.finish(previous)
            self.finish(coming)
        self.wait_for_others()
        if self.storage_error:
            raise self.storage_error

    def wanted(self, entries: Iterable[ImportEntry]) -> Iterator[ImportEntry]:
        for entry in entries:
            if entry.skipped:
                self.summary.skip(entry.where, entry.skipped)
            else:
                yield entry

    def has_room(self) -> bool:
        try:
            if disk := Disk.now():
                refuse_import(disk, 0, self.least_free)
        except StorageFull as error:
            self.storage_error = error
        return self.storage_error is None

    # --- one part of the entries -------------------------------------------------------------

    def begin(
        self, part: list[ImportEntry], readers: ThreadPoolExecutor, makers: ThreadPoolExecutor
    ) -> Coming:
        """Read the part, leave out what is here already, and have the rest validated and stored."""
        reading = [(entry, readers.submit(read, entry)) for entry in self.without_known_addresses(part)]
        found = [(entry, one) for entry, future in reading if (one := self.result(entry, future))]
        known = ImageItem.objects.filter(sha256__in=[one.sha256 for _, one in found])
        here = {item.sha256: item for item in known}
        coming: Coming = []
        for entry, one in found:
            if item := here.get(one.sha256):
                self.take_existing(entry, item, one)
            else:
                coming.append((entry, makers.submit(self.prepare, entry, one)))
        return coming

    def without_known_addresses(self, part: list[ImportEntry]) -> list[ImportEntry]:
        """What must be read: no address that was fetched before, and nothing that cannot be had."""
        addresses = [entry.url for entry in part if entry.url and not entry.path and not entry.problem]
        # What its owner may not see is read as if it were not here, and shared.
        rows = ImageItem.objects.visible_to(self.owner) if self.owner else ImageItem.objects.all()
        known = {item.image_uri: item for item in rows.filter(image_uri__in=addresses)}
        unknown = []
        for entry in part:
            if problem := entry.problem or self.problem(entry):
                self.refuse(entry, problem)
            elif entry.path is None and (item := known.get(entry.url)):
                self.take_existing(entry, item)
            else:
                unknown.append(entry)
        return unknown

    def problem(self, entry: ImportEntry) -> str:
        """Why the entry's title, caption and tags cannot be taken; "" where they can."""
        try:
            refuse_over_limits(entry.title, entry.caption, [*entry.tags, *self.tags])
        except DescriptionRefused as error:
            return str(error)
        return ""

    def take_existing(self, entry: ImportEntry, item: ImageItem, found: EntryContent | None = None) -> None:
        """It is here already; but perhaps its file is not, or its vector, or its owner may not see it."""
        try:
            if found is not None:
                restore(item, found.content)
                words = self.words(entry) | {"tags": [*entry.tags, *self.tags]}
                share(item, found.content, name=found.name, owner=self.owner, words=words)
        except Exception as error:
            self.fault(entry, error)
            return
        if item.state != State.READY:
            self.unready[item.pk] = entry.where
        self.count_here()

    def prepare(self, entry: ImportEntry, found: EntryContent) -> PreparedImage:
        words = self.words(entry)
        return prepare(found.content, name=found.name, owner=self.owner, visibility=self.visibility, **words)

    def words(self, entry: ImportEntry) -> dict[str, str]:
        return {"title": entry.title, "caption": entry.caption, "image_uri": entry.url}

    def finish(self, coming: Coming) -> None:
        """Write the rows of a part, and embed it in one go."""
        photos: list[Photo] = []
        new: list[int] = []
        for entry, future in coming:
            if arrival := self.result(entry, future):
                try:
                    item, created, *_ = add(arrival, [*entry.tags, *self.tags])
                except Exception as error:
                    self.fault(entry, error)
                    continue
                if created:
                    new.append(item.pk)
                self.summary.added += created
                self.summary.here += not created
                self.unready[item.pk] = entry.where
                photos.append(arrival.photo)
        refresh_terms(new)
        self.embed(photos)
        self.progress.advance(len(photos))

    def embed(self, photos: Sequence[Photo] = ()) -> None:
        """Embed what has no vector yet; `photos` are the pictures that are decoded already."""
        unready, self.unready = self.unready, {}
        if not self.embeds:
            self.summary.waiting += len(unready)
            return
        try:
            outcome = indexing.index(list(unready), photos=photos)
        except Exception as error:  # the images stay, and wait for their vectors
            outcome = indexing.Outcome(failed=dict.fromkeys(unready, self.sentence(error)))
        for pk, reason in outcome.failed.items():
            self.summary.note("failed", unready[pk], reason)
        settled = {*outcome.ready, *outcome.failed}
        self.held |= {pk: where for pk, where in unready.items() if pk not in settled}

    def wait_for_others(self) -> None:
        """What another process holds is left to it; what a dead one held is free when its lease is over."""
        if self.held:
            self.progress.say(f"Waiting for {len(self.held):,} pictures that another process is embedding.")
        while self.held and not self.stop.asked:
            held, self.held = self.held, {}
            rows = ImageItem.objects.filter(pk__in=held).exclude(state=State.READY)
            for pk, lease in rows.values_list("pk", "lease_until"):
                waits = self.held if lease and lease > timezone.now() else self.unready
                waits[pk] = held[pk]
            self.embed()
            time.sleep(POLL if self.held else 0)

    # --- what becomes of an entry --------------------------------------------------------------

    def result(self, entry: ImportEntry, future: Future[T]) -> T | None:
        """What a thread made of the entry; None where it could not, which is then noted."""
        try:
            return future.result()
        except Exception as error:
            self.fault(entry, error)
            return None

    def fault(self, entry: ImportEntry, error: Exception) -> None:
        """Whatever befell one entry, the others go on; unless all would meet the same."""
        if isinstance(error, StorageFull | StorageUnavailable):
            self.storage_error = error
        self.refuse(entry, self.sentence(error))

    def sentence(self, error: Exception) -> str:
        """What to say of an entry. Raises the error itself where the database as a whole has failed."""
        if explain(error):
            raise error
        if isinstance(error, ImageSearchError | OSError):
            return str(error)
        log.debug("An entry could not be imported.", exc_info=error)
        return f"An unexpected error: {type(error).__name__}: {error}".rstrip(": ")

    def refuse(self, entry: ImportEntry, reason: str) -> None:
        self.summary.note("refused", entry.where, reason)
        self.progress.advance()

    def count_here(self) -> None:
        self.summary.here += 1
        self.progress.advance()


def read(entry: ImportEntry) -> EntryContent:
    """The entry's bytes, one more than is allowed at most. Raises ImageError, FetchError."""
    if entry.path is None:
        fetched = http.fetch(entry.url)
        content, name = fetched.content, fetched.name
    else:
        content, name = read_file(entry), printable(entry.path.name)
    return EntryContent(content, name, hashlib.sha256(content).hexdigest())


def read_file(entry: ImportEntry) -> bytes:
    assert entry.path
    try:
        with reading.open_file(entry.path) as file:
            return file.read(setting("MAX_IMAGE_BYTES") + 1)
    except (OSError, ValueError) as error:
        raise ImageError(f"This file cannot be read: {reading.reason(error)}.") from error
