"""The worker: embeds what is due as long as it runs, changes the model, puts away what has expired."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone

from gallery.calibration import measuring
from gallery.ingest import indexing, model_change
from gallery.maintenance.cleanup import sweep
from gallery.maintenance.derived_files import rederive_batch
from gallery.maintenance.sort_keys import rebuild_batch
from gallery.maintenance.word_rebuild import WordRebuild
from gallery.models import ImageItem
from gallery.samples.marker import under_way
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.graceful_stop import Stop
from imagesearch.outages import outage
from imagesearch.vectors.sqlite import refresh_statistics

log = logging.getLogger(__name__)

IDLE = 1.0  # seconds between two looks at an empty queue
MAX_WAIT = 30.0  # seconds between two tries while the database or the model is away
SWEEP_EVERY = 60.0
SORT_EVERY = 60.0
CALIBRATE_EVERY = 60.0  # seconds between two looks whether the gallery has doubled
CALIBRATE_AGAIN = 3600.0  # seconds after one that failed
HEAD_START = timedelta(seconds=10)
"""Where a save embeds by itself, a new row is left to the process that made it for so long."""


class Worker:
    """Runs until it is asked to stop, which it does after the batch that it is at."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self.wait = IDLE
        self.next_sweep = 0.0
        self.done = indexing.Outcome()
        self.filling: model_change.TableFilling | None = None
        self.next_change = 0.0
        self.next_sort = self.next_words = 0.0
        self.next_calibration = 0.0
        self.rederived = 0

    def run(self, *, retry: bool = False) -> None:
        """With `retry`, begin with what failed for good, too."""
        while not self.stop.asked:
            try:
                if retry:
                    ImageItem.objects.filter(state=ImageItem.State.FAILED).update(next_try_at=timezone.now())
                    retry = False
                busy = self.step()
                self.wait = IDLE
            except (DatabaseError, InterfaceError) as error:
                if not isinstance(error, OperationalError | InterfaceError) and outage(error) is None:
                    raise
                self.yield_to_requests("The database is away", error)
                connections.close_all()
                busy = False
            except (ImageSearchError, OSError) as error:
                self.yield_to_requests("Nothing can be embedded", error)
                busy = False
            if not busy:
                self.rest()
        if self.filling:
            self.filling.release()

    def step(self) -> bool:
        """One batch, or what is next in a change of model; False where nothing is to do."""
        close_old_connections()
        if time.monotonic() >= self.next_sweep:
            sweep()
            self.next_sweep = time.monotonic() + SWEEP_EVERY
        older_than = HEAD_START if indexing.inline() else None
        batch = next(indexing.due_batches(indexing.batch_size(), older_than=older_than), None)
        if batch is None:
            self.report()
            return self.change() or self.sort() or self.rebuild_words() or self.rederive() or self.calibrate()
        self.done.add(indexing.index_batch(batch))
        return True

    def change(self) -> bool:
        """The next step of a change of model; False where none is under way, or another process is at it."""
        model_change.settle()
        if time.monotonic() < self.next_change:
            return False
        if (space := model_change.under_way()) is None:
            self.filling = None
            return False
        try:
            if self.filling is None or self.filling.space != space:
                self.filling = model_change.TableFilling(space)
            if not self.filling.hold():
                self.filling = None  # what it knows of the table may be old when it is ours again
                return False
            if not self.filling.step():
                log.info("%s answers now; %d images embedded for it.", space, self.filling.looked_at)
                self.filling = None
        except (ImageSearchError, OSError) as error:
            log.warning("The change to %s waits: %s", space, error)
            self.next_change = time.monotonic() + MAX_WAIT
            return False
        return True

    def sort(self) -> bool:
        """The next sort keys of an earlier version; False where none is left."""
        if time.monotonic() < self.next_sort:
            return False
        if rebuild_batch():
            return True
        self.next_sort = time.monotonic() + SORT_EVERY
        return False

    def rebuild_words(self) -> bool:
        """The next terms by the rules of this version and SEARCH_LANGUAGE; False where none is left."""
        if time.monotonic() < self.next_words:
            return False
        if WordRebuild().step():
            return True
        self.next_words = time.monotonic() + SORT_EVERY
        return False

    def rederive(self) -> bool:
        """A few pictures that an earlier version of our decoding has read; False where none is left."""
        done = rederive_batch()
        self.rederived += done
        if not done and self.rederived:
            log.info("%d pictures of an earlier version were made again.", self.rederived)
            self.rederived = 0
        return bool(done)

    def calibrate(self) -> bool:
        """Have the bands follow a gallery that has doubled; False, since it is done at once.

        While samples are added they are left to that process: else they would rest on the first 50 for long.
        """
        if time.monotonic() >= self.next_calibration and not under_way():
            self.next_calibration = time.monotonic() + CALIBRATE_EVERY
            try:
                if measured := measuring.recalibrate():
                    log.info("The bands are calibrated on %d images.", measured.images)
            except (ImageSearchError, OSError) as error:
                log.warning("The bands could not be calibrated: %s", error)
                self.next_calibration = time.monotonic() + CALIBRATE_AGAIN
        return False

    def report(self) -> None:
        """One line for all that was done since the queue was empty last."""
        if self.done.ready or self.done.failed:
            log.info("%d images embedded, %d failed.", len(self.done.ready), len(self.done.failed))
            refresh_statistics(ImageItem.objects.db)
            self.done = indexing.Outcome()

    def yield_to_requests(self, what: str, error: Exception) -> None:
        """Say it once, then try ever more seldom."""
        if self.wait == IDLE:
            log.warning("%s (%s); waiting for it.", what, error)
        self.wait = min(self.wait * 2, MAX_WAIT)

    def rest(self) -> None:
        """In short naps, so that it ends soon when asked to."""
        until = time.monotonic() + self.wait
        while not self.stop.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, IDLE))
