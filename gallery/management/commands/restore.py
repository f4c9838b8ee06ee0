"""Make the gallery that a backup holds, in an empty DATA_DIR."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gallery.backups.archive import open_backup
from gallery.backups.restoring import RestoreRun
from gallery.maintenance.consistency import in_words
from gallery.models import ImageItem, VectorSpace
from imagesearch.database.setup import is_behind
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.graceful_stop import Stopped, stoppable
from imagesearch.jobs.progress import Progress


class Command(BaseCommand):
    help = (
        "Make the gallery that a backup holds, in an empty DATA_DIR: database, pictures, saved searches, "
        "people and key. Everything is checked before anything is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", metavar="FOLDER|FILE.tar", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with open_backup(options["backup"].expanduser()) as backup, stoppable() as stop:
                manifest = backup.manifest
                with Progress(2 * manifest.files, "Restoring") as progress:
                    RestoreRun(backup, stop, progress.advance).run()
        except Stopped:
            raise CommandError("Stopped. Nothing is restored; run it again.", returncode=130) from None
        except ImageSearchError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Nothing is restored: {error}. Then run it again.") from error
        behind = is_behind("default")
        if not behind:
            settle()
        self.stdout.write(f"{manifest.images:,} images of {manifest.created} in {settings.DATA_DIR}.")
        if manifest.missing:
            self.stderr.write(f"The originals of {manifest.missing:,} of them were missing already.")
        prepare = "manage.py quickstart, then " if behind else ""
        self.stdout.write(self.style.SUCCESS(f"Next: {prepare}manage.py serve"))


def settle() -> None:
    """Finish what a process of the other gallery was doing when its database was copied."""
    ImageItem.objects.filter(lease_until__isnull=False).update(lease_until=None)
    VectorSpace.objects.filter(wanted=True).update(lease_until=None)
    for fault in in_words():
        fault.fix()
