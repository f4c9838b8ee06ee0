"""Bring many pictures into the gallery at once; run it again to go on where it was stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from gallery.calibration import measuring
from gallery.ingest.disk_space import Disk
from gallery.ingest.importing.entry import ImportEntry
from gallery.ingest.importing.importer import Importer
from gallery.ingest.importing.required_space import Survey, bytes_to_come, refuse_import
from gallery.ingest.importing.sources import entries
from gallery.ingest.importing.summary import ImportSummary
from gallery.models import ImageItem
from imagesearch.database.errors import explain
from imagesearch.errors import ImageSearchError
from imagesearch.images.storage import sweep_tmp
from imagesearch.jobs.graceful_stop import stoppable
from imagesearch.jobs.progress import Progress, quiet, weight
from imagesearch.vectors.sqlite import refresh_statistics

UNFINISHED = timedelta(hours=1)
ABOUT_FOLDERS = ("follow_links", "folder_tags")


class Command(BaseCommand):
    help = (
        "Import pictures from folders (with all below them), files, URLs, text files of URLs (one a line), "
        "and CSV files with the columns path or url, title, caption, tags (separated by ; or |). Pictures "
        "are recognised by their content and copied; what is here already stays as it is. Run the command "
        "again to go on after a stop."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sources", metavar="SOURCE", nargs="+")
        parser.add_argument(
            "--tag",
            dest="tags",
            metavar="TAG",
            action="append",
            default=[],
            help="for all that is added; repeatable",
        )
        parser.add_argument("--owner", metavar="USER", help="whom the images belong to (default: nobody)")
        parser.add_argument(
            "--folder-tags",
            action="store_true",
            help="tag each picture with the names of the folders between SOURCE and the picture",
        )
        parser.add_argument(
            "--follow-links",
            action="store_true",
            help="also import what links in a folder lead to outside of it",
        )
        parser.add_argument(
            "--report", metavar="FILE", help="write all that was refused, failed or passed over, as CSV"
        )
        parser.add_argument(
            "--min-free",
            metavar="PERCENT",
            type=float,
            default=10.0,
            help="of the disk stay free (default: 10)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            report = stack.enter_context(open_report(options["report"])) if options["report"] else None
            summary = ImportSummary(report)
            try:
                whole = self.load(summary, options)
            except (ImageSearchError, DatabaseError) as error:
                sentence = explain(error) or error
                raise CommandError(f"{sentence}\nRun the same command again to go on.") from error
            finally:
                self.stdout.writelines(f"{line}\n" for line in summary.lines())
        if not whole:
            raise CommandError("Stopped. Run the same command again to go on.", returncode=130)
        if not summary.complete:
            raise CommandError("Not everything could be imported; the reasons are above.")

    def load(self, summary: ImportSummary, options: dict[str, Any]) -> bool:
        """Import all sources; False where somebody stopped it."""
        owner = named_user(options["owner"])
        everything = partial(all_entries, **{name: options[name] for name in ("sources", *ABOUT_FOLDERS)})
        sweep_tmp(UNFINISHED)
        survey = Survey.of(everything())
        self.require_disk_space(survey, everything, options["min_free"])
        with (
            quiet("gallery.ingest.indexing"),
            stoppable() as stop,
            Progress(survey.pictures, "Importing") as progress,
        ):
            importer = Importer(
                summary, progress, stop, owner=owner, tags=options["tags"], least_free=options["min_free"]
            )
            importer.run(everything())
        refresh_statistics(ImageItem.objects.db)
        sweep_tmp(UNFINISHED)
        if said := measuring.recalibration_report():
            self.stdout.write(said)
        return not stop.asked

    def require_disk_space(
        self, survey: Survey, everything: Callable[[], Iterator[ImportEntry]], least: float
    ) -> None:
        """Say how many bytes are needed. Raises StorageFull where the disk would become too full."""
        disk = Disk.now()
        parts = [f"{survey.pictures:,} pictures, {weight(survey.size)}"]
        if survey.addresses:
            parts.append(f"{survey.addresses:,} of them to be fetched")
        parts.append(f"with what is made of them about {weight(survey.needed)}")
        if disk:
            parts.append(f"{weight(disk.free)} are free")
        self.stdout.write("; ".join(parts) + ".")
        if disk and not disk.has_room(survey.needed, disk.percent(least)):
            # Perhaps most of it is here already: reading everything is worth it only now.
            with Progress(survey.pictures, "Looking what is here already") as progress:
                refuse_import(disk, bytes_to_come(everything(), progress), least)


def all_entries(sources: list[str], **about_folders: bool) -> Iterator[ImportEntry]:
    return chain.from_iterable(entries(source, **about_folders) for source in sources)


def named_user(name: str | None) -> Any:
    """None where nobody is named. Raises CommandError."""
    if name is None:
        return None
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise CommandError(
            f"There is no user {name}. manage.py createsuperuser makes one; so does the admin."
        )
    return user


def open_report(name: str) -> TextIO:
    try:
        return Path(name).open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The report {name} cannot be written: {error.strerror}.") from error
