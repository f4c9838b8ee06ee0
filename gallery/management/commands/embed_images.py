"""Give every image its vector: once, or as the worker that goes on."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gallery.ingest import indexing
from gallery.maintenance.worker import Worker
from gallery.models import ImageItem
from imagesearch.database.setup import refuse_newer
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.graceful_stop import stoppable
from imagesearch.jobs.progress import Progress, quiet

SHOWN = 20
OWN = {"gallery.imageitem", "gallery.embedding"}


class Command(BaseCommand):
    help = (
        "Embed all images that wait for a vector, and try again those that failed. With --watch, go on as "
        "the worker: embed what comes, retry what failed when its time has come, go on with a change of "
        "model, delete what has expired."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on until stopped")
        parser.add_argument(
            "--retry", action="store_true", help="with --watch: begin with what failed for good, too"
        )
        parser.add_argument(
            "--model",
            metavar="APP.MODEL",
            help="as embed_missing --model: the missing vectors of another model with a VectorField",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_newer("default")
        try:
            if options["watch"]:
                with stoppable() as stop:
                    Worker(stop).run(retry=options["retry"])
            elif options["model"] and options["model"].lower() not in OWN:
                call_command("embed_missing", model=[options["model"]], stdout=self.stdout)
            else:
                self.embed_all()
        except ImageSearchError as error:
            raise CommandError(str(error)) from error

    def embed_all(self) -> None:
        """Everything that is due, and what failed too: a person asked."""
        outcome = indexing.Outcome()
        total, size = indexing.due(retry_all=True).count(), indexing.batch_size()
        with quiet("gallery.ingest.indexing"), stoppable() as stop, Progress(total, "Embedding") as progress:
            for batch in indexing.due_batches(size, retry_all=True):
                outcome.add(indexing.index_batch(batch))
                progress.advance(len(batch))
                if stop.asked:
                    break
        waiting = ImageItem.objects.filter(state=ImageItem.State.PENDING).count()
        self.say(outcome, waiting)
        if stop.asked:
            raise CommandError("Stopped. Run it again to go on.", returncode=130)
        if outcome.failed:
            raise CommandError("Some images have no vector; the reasons are above.")

    def say(self, outcome: indexing.Outcome, waiting: int) -> None:
        self.stdout.write(f"{len(outcome.ready):,} embedded, {len(outcome.failed):,} failed.")
        for pk, reason in list(outcome.failed.items())[:SHOWN]:
            self.stdout.write(f"  Image {pk}: {reason}")
        if len(outcome.failed) > SHOWN:
            self.stdout.write(f"  … and {len(outcome.failed) - SHOWN:,} more; /status/ shows them all.")
        if waiting:
            self.stdout.write(f"{waiting:,} still wait, or another process is at them.")
