"""Compare rows, files, vectors and words, and fix what does not agree."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from gallery.backups.archive import open_backup
from gallery.maintenance.consistency import Finding, check, looks_unmounted
from gallery.maintenance.file_faults import SHARDS, FileCheck
from gallery.models import ImageItem
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.progress import Progress


class Command(BaseCommand):
    help = (
        "Compare rows, files, vectors and words; the exit code is 1 when they do not agree. With --fix, make "
        "tiles and views again, mark images whose file is missing or damaged, delete files and links that "
        "belong to nothing and are older than an hour, and queue what has no vector."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="fix what can be fixed")
        parser.add_argument(
            "--deep", action="store_true", help="read every picture: originals by hash, tiles and views whole"
        )
        parser.add_argument(
            "--from",
            metavar="BACKUP",
            type=Path,
            dest="backup",
            help="with --fix: take missing and damaged originals from this backup",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with (
                open_backup(options["backup"].expanduser()) if options["backup"] else nullcontext() as backup
            ):
                self.check_files(FileCheck(options["deep"], backup), fix=options["fix"])
        except ImageSearchError as error:
            raise CommandError(str(error)) from error

    def check_files(self, files: FileCheck, *, fix: bool) -> None:
        if fix and files.backup is None and looks_unmounted():
            raise CommandError(
                f"There are images, and {settings.MEDIA_ROOT} has no originals at all. If their disk is not "
                "mounted, mount it; if they are lost, add --from BACKUP, or make an empty folder originals."
            )
        with Progress(len(SHARDS), "Reading" if files.deep else "Comparing") as progress:
            findings = check(fix=fix, files=files, stepped=progress.advance)
        self.stdout.write(self.counts())
        for finding in findings:
            self.say(finding, fixed=fix)
        left = sum(finding.count - finding.fixed for finding in findings)
        if left:
            advice = (
                "the reasons are above" if fix else "manage.py check_gallery --fix fixes what can be fixed"
            )
            raise CommandError(f"{left:,} things do not agree; {advice}.")
        self.stdout.write(self.style.SUCCESS("Rows, files, vectors and words agree."))

    def counts(self) -> str:
        states = dict(ImageItem.objects.order_by().values_list("state").annotate(Count("pk")))
        lost = ImageItem.objects.filter(state="failed", reason__startswith="file ").count()
        parts = [
            f"{states.get('ready', 0):,} searchable",
            f"{states.get('pending', 0):,} waiting",
            f"{states.get('failed', 0):,} failed",
        ]
        why = f", {lost:,} of them because their file is missing or damaged" if lost else ""
        return f"{sum(states.values()):,} images: {', '.join(parts)}{why}."

    def say(self, finding: Finding, *, fixed: bool) -> None:
        done = f" ({finding.fixed:,} fixed)" if fixed else ""
        self.stdout.write(f"{finding.count:,} {finding.kind}{done}, such as {', '.join(finding.examples)}")
        for refusal in finding.refusals:
            self.stdout.write(f"  {refusal}")
