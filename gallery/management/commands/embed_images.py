"""Give every image its vector: once, or as the worker that goes on."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from gallery.ingest import indexing
from gallery.jobs.batches import batched
from gallery.jobs.graceful_stop import stoppable
from gallery.jobs.progress import Progress, quiet
from gallery.maintenance.worker import Worker
from gallery.models import Embedding, ImageItem
from imagesearch import embedding_signals
from imagesearch.database.setup import refuse_newer
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ImageSearchError

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Embed all images that wait for a vector, and try again those that failed. With --watch, go on as "
        "the worker: embed what comes, retry what failed when its time has come, go on with a change of "
        "model, put away what has expired."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--watch", action="store_true", help="go on until stopped")
        parser.add_argument(
            "--retry", action="store_true", help="with --watch: begin with what failed for good, too"
        )
        parser.add_argument(
            "--model",
            metavar="APP.MODEL",
            help="fill the missing vectors of another model with a VectorField",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_newer("default")
        try:
            vectors = self.vectors_of(options["model"]) if options["model"] else Embedding
            if options["watch"]:
                with stoppable() as stop:
                    Worker(stop).run(retry=options["retry"])
            elif vectors is Embedding:
                self.embed_all()
            else:
                self.fill(vectors)
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

    def vectors_of(self, label: str) -> type[models.Model]:
        """The model that holds the vectors of the one named. Raises CommandError."""
        try:
            named = apps.get_model(label)
        except (LookupError, ValueError) as error:
            raise CommandError(f"There is no model {label}; write it as app.Model.") from error
        for embedded in embedding_signals.embedded_fields():
            if named in (embedded.vectors, embedded.source_model):
                return embedded.vectors
        raise CommandError(f"{label} has no VectorField with a source_field, so there is nothing to embed.")

    def fill(self, vectors: type[models.Model]) -> None:
        """By the engine's own indexer, which logs what has no picture that can be embedded."""
        ids, filled = embedding_signals.without_vector(vectors), 0
        with (
            stoppable() as stop,
            Progress(len(ids), f"Embedding {vectors._meta.verbose_name_plural}") as progress,
        ):
            for batch in batched(ids, max(get_embedder().batch_size, indexing.LEAST_BATCH)):
                if stop.asked:
                    break
                filled += embedding_signals.index(vectors, batch)
                progress.advance(len(batch))
        self.stdout.write(f"{filled:,} embedded.")
        if missing := len(ids) - filled:
            raise CommandError(f"{missing:,} have no vector; the log above says why.")
