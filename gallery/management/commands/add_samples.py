"""Add the sample pictures to an empty library, or those that are missing where that was stopped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from gallery.calibration import measuring
from gallery.ingest.importing.summary import ImportSummary
from gallery.samples import adding, marker
from imagesearch.database.errors import explain
from imagesearch.errors import ImageSearchError


class Command(BaseCommand):
    help = "Add the sample pictures to an empty library, or go on where that was stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        if not marker.begin():
            self.stdout.write("The library has images, so no samples are added.")
            return
        summary = ImportSummary()
        try:
            whole = adding.add_samples(summary)
        except (ImageSearchError, DatabaseError) as error:
            sentence = explain(error) or error
            raise CommandError(f"{sentence}\nThe next start adds the other samples.") from error
        finally:
            if summary.waiting or not summary.complete:
                self.stderr.writelines(f"{line}\n" for line in summary.lines())
        if not whole:
            raise CommandError("Stopped. The next start adds the other samples.", returncode=130)
        if said := measuring.recalibration_report():
            self.stdout.write(said)
