"""Copy the gallery, while it runs, to a folder or a tar file."""

from __future__ import annotations

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from gallery.backups.archive import Manifest
from gallery.backups.making import BackupReport, BackupRun
from gallery.backups.writing import BackupTarget, target_at
from gallery.models import ImageItem
from imagesearch.database.setup import is_behind, refuse_newer
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.graceful_stop import Stopped, stoppable
from imagesearch.jobs.progress import Progress, weight

EXAMPLES = 5
OF_TIDB = (
    "The database {database} is not in it. Back it up at about the same time with TiDB's own tools, BR "
    '(tiup br backup full --pd HOST:2379 --storage "s3://…") or Dumpling (tiup dumpling --database …).'
)


class Command(BaseCommand):
    help = (
        "Copy the gallery to a folder, where a second backup copies only what is new, or to a file that ends "
        "in .tar. It may run while the gallery serves. Each file is read back and checked. `restore` is its "
        "counterpart."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", metavar="FOLDER|FILE.tar", type=Path)
        parser.add_argument(
            "--quick",
            action="store_true",
            help="do not read again what an earlier backup in this folder has copied",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_newer("default")
        if is_behind("default"):
            raise CommandError("The database is behind this version. Run `manage.py quickstart` first.")
        path = options["target"].expanduser().resolve()
        if path.is_relative_to(settings.DATA_DIR) or settings.DATA_DIR.is_relative_to(path):
            raise CommandError(f"{path} is not apart from {settings.DATA_DIR}. Name a place on another disk.")
        try:
            with (
                target_at(path, quick=options["quick"]) as target,
                stoppable() as stop,
                Progress(ImageItem.objects.count(), "Backing up") as progress,
            ):
                making = BackupRun(target, stop, progress.advance)
                manifest = making.run()
        except Stopped:
            raise CommandError("Stopped. An earlier backup is as it was.", returncode=130) from None
        except ImageSearchError as error:
            raise CommandError(str(error)) from error
        except (OSError, sqlite3.Error, DatabaseError) as error:
            raise CommandError(f"The backup failed: {error}. An earlier one is as it was.") from error
        self.say(target, manifest, making.report)

    def say(self, target: BackupTarget, manifest: Manifest, report: BackupReport) -> None:
        removed = f", {target.removed:,} no longer needed deleted" if target.removed else ""
        self.stdout.write(
            f"{target.path}: {manifest.images:,} images, {manifest.files:,} files, {weight(manifest.size)}; "
            f"{target.copied:,} copied ({weight(target.copied_bytes)}), {target.kept:,} kept{removed}."
        )
        for found, sentence in (
            (report.missing, "{} originals are missing, so they are not in this backup"),
            (report.damaged, "{} originals are damaged, and are in the backup as they are"),
            (
                report.incomplete,
                "{} images have no tile or view (manage.py check_gallery --fix makes them)",
            ),
        ):
            if found:
                self.stderr.write(f"{sentence.format(f'{len(found):,}')}: {', '.join(found[:EXAMPLES])}")
        if manifest.database == "sqlite":
            self.stdout.write(self.style.SUCCESS("Checked. It has all passwords and keys: keep it private."))
        else:
            self.stdout.write(OF_TIDB.format(database=manifest.database))
