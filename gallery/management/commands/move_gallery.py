"""Carry the gallery to another database, with everything in it; the files stay where they are."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.utils import timezone

from gallery.transfer import target
from gallery.transfer.copying import RowsRefused, copy, make_room
from gallery.transfer.obstacles import obstacles
from gallery.transfer.tables import Table, TableSummary, tables
from gallery.transfer.target import SOURCE, TARGET, MoveMarker
from imagesearch.database.errors import explain
from imagesearch.database.setup import is_behind, provide
from imagesearch.jobs.graceful_stop import Stop, stoppable
from imagesearch.jobs.progress import Progress
from imagesearch.vectors.changes import prune_changes
from imagesearch.vectors.sqlite import refresh_statistics

SHOWN = 20
ELSEWHERE = (
    "{target} holds a gallery that did not come from here, or has changed since. Nothing was written. Name "
    "an empty database."
)


class Steps:
    """The progress of each part of the move, which ends between two batches when somebody asks."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop

    @contextmanager
    def of(self, label: str, every: list[Table], times: int = 1) -> Iterator[Callable[[int], None]]:
        """A function that is told how many more rows are done; each row of the gallery counts `times`."""
        with Progress(times * sum(table.count(SOURCE) for table in every), label) as progress:

            def done(count: int) -> None:
                progress.advance(count)
                if self.stop.asked:
                    raise CommandError("Stopped. Run it again to go on.", returncode=130)

            yield done


class Command(BaseCommand):
    help = (
        "Carry the gallery to the database that DATABASE_URL names: SQLite or TiDB. Vectors, people, tags "
        "and settings come along; the files stay where they are, and nothing is embedded again. Repeatable: "
        "a move that was stopped or killed goes on, and one that is done only compares."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "url", metavar="DATABASE_URL", help="such as tidb://user:password@host:4000/gallery"
        )
        parser.add_argument(
            "--create-database",
            action="store_true",
            help="accepted for older scripts: a missing database is always created",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with target.open_target(options["url"]), stoppable() as stop:
                self.move(Steps(stop))
        except (ImproperlyConfigured, RowsRefused) as error:
            raise CommandError(str(error)) from error

    def move(self, steps: Steps) -> None:
        if target.this_move().source == target.this_move().target:
            raise CommandError("The gallery is in this database already.")
        if is_behind(SOURCE):
            raise CommandError("The gallery's own database is behind this version. Run `manage.py migrate`.")
        provide(TARGET)
        try:
            self.copy_all(steps)
        except DatabaseError as error:
            sentence = explain(error, SOURCE if connections[SOURCE].errors_occurred else TARGET)
            if sentence is None:
                raise
            raise CommandError(f"{sentence} Then run this again: it goes on.") from error

    def copy_all(self, steps: Steps) -> None:
        mark, every = target.this_move(), tables()
        self.check(databases=[TARGET])
        mark = replace(mark, verified_at=self.check_target(mark, every, steps))
        self.refuse_obstacles(every)
        mark.write()
        target.prepare()
        with target.without_constraints(), steps.of("Moving", every) as done:
            for table in reversed(every):
                make_room(table)
            for table in every:
                copy(table, done)
        self.finish(mark, every, steps)

    def check_target(self, mark: MoveMarker, every: list[Table], steps: Steps) -> str:
        """Only an empty database, one that this move began, or one that it filled and nobody changed.

        Returns since when nobody may have changed it; "" while it was not yet verified.
        """
        if not target.has_gallery():
            return ""
        left = MoveMarker.read()
        if left is None or not mark.same_move(left):
            raise CommandError(ELSEWHERE.format(target=mark.target))
        if left.checksum:
            with steps.of("Reading what is there", every) as read:
                changed = left.checksum != checksum([table.summary(TARGET, read) for table in every])
        else:  # a run that was to bring it up to date was stopped
            changed = bool(left.verified_at) and target.has_changed_since(left.verified_at)
        if changed:
            raise CommandError(ELSEWHERE.format(target=mark.target))
        return left.verified_at

    def refuse_obstacles(self, every: list[Table]) -> None:
        found = list(obstacles(every))
        if not found:
            return
        for sentence in found[:SHOWN]:
            self.stderr.write(sentence)
        more = f" (and {len(found) - SHOWN:,} more)" if len(found) > SHOWN else ""
        raise CommandError(f"The new database cannot hold what is named above{more}. Nothing was written.")

    def finish(self, mark: MoveMarker, every: list[Table], steps: Steps) -> None:
        refresh_statistics(TARGET)
        prune_changes(TARGET)
        here, there = [], []
        with steps.of("Comparing", every, times=2) as read:
            for table in every:
                here.append(table.summary(SOURCE, read))
                there.append(table.summary(TARGET, read))
        self.say(every, here, there)
        if here != there:
            raise CommandError(
                "The gallery has changed meanwhile. Run this again; better while the gallery is stopped."
            )
        verified_at = mark.verified_at or timezone.now().isoformat()
        replace(mark, checksum=checksum(there), verified_at=verified_at).write()
        self.stdout.write(
            self.style.SUCCESS(f"\nAll of {mark.source} is now in {mark.target}, row by row the same.")
        )
        self.stdout.write(
            "If the gallery ran meanwhile, stop it and run this again: it takes what has come in. Then set "
            "DATABASE_URL to that address (with its password), and start it; DATA_DIR stays "
            f"{settings.DATA_DIR}."
        )

    def say(self, every: list[Table], here: list[TableSummary], there: list[TableSummary]) -> None:
        self.stdout.write(f"{'table':32} {'here':>10} {'there':>10}  checksum")
        for table, old, new in zip(every, here, there, strict=True):
            if old.rows or new.rows:
                verdict = new.sha256[:12] if old == new else "differs"
                self.stdout.write(f"{table.name:32} {old.rows:10,} {new.rows:10,}  {verdict}")


def checksum(summaries: list[TableSummary]) -> str:
    """Of all tables together."""
    return hashlib.sha256("\n".join(summary.sha256 for summary in summaries).encode()).hexdigest()
