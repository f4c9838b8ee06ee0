"""Embed the pictures of all rows that have no vector yet, of any model with a VectorField."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from imagesearch import embedding_signals
from imagesearch.embedding_signals import EmbeddedField, Filled
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.batches import batched
from imagesearch.jobs.graceful_stop import Stop, stoppable
from imagesearch.jobs.progress import Progress

MAX_SHOWN = 20
MIN_BATCH = 8  # rows that are read together, where the model takes fewer at once


class Command(BaseCommand):
    help = (
        "Embed the pictures of all rows that have no vector: of each model that has a VectorField with a "
        "source_field. Repeatable: after a stop it goes on with what is still missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--model",
            metavar="APP.MODEL",
            action="append",
            help="only this model, such as shop.Product; repeatable",
        )
        parser.add_argument(
            "--again",
            action="store_true",
            help="empty the vectors first and embed every row, such as for another model (EMBEDDING_MODEL)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        fields = (
            [embedded for label in options["model"] for embedded in named(label)]
            if options["model"]
            else own()
        )
        if not fields:
            raise CommandError(
                "No installed app has a model for this command: one with "
                'VectorField(512, source_field="…") that embeds its rows by the default indexer.'
            )
        failed = 0
        try:
            get_embedder().warm_up()  # before anything is emptied
            with stoppable() as stop:
                for embedded in fields:
                    failed += self.fill(embedded, stop, again=options["again"])
        except ImageSearchError as error:
            raise CommandError(str(error)) from error
        if stop.asked:
            raise CommandError("Stopped. Run it again, without --again, to go on.", returncode=130)
        if failed:
            raise CommandError(f"{failed:,} failed and have no vector; the reasons are above.")

    def fill(self, embedded: EmbeddedField, stop: Stop, *, again: bool) -> int:
        """Embed what is missing, in batches, until all is done or a stop is asked. Returns the failures."""
        if stop.asked:
            return 0
        if again:
            empty(embedded)
        ids, filled = embedding_signals.missing(embedded), Filled()
        with Progress(len(ids), f"Embedding {embedded.vectors._meta.label}") as progress:
            for batch in batched(ids, max(get_embedder().batch_size, MIN_BATCH)):
                filled.add(embedding_signals.fill(embedded, batch))
                progress.advance(len(batch))
                if stop.asked:
                    break
        self.say(embedded, filled)
        return len(filled.failed)

    def say(self, embedded: EmbeddedField, filled: Filled) -> None:
        label = embedded.vectors._meta.label
        self.stdout.write(f"{label}: {filled.count:,} embedded, {len(filled.failed):,} failed.")
        for pk, reason in list(filled.failed.items())[:MAX_SHOWN]:
            self.stdout.write(f"  {pk}: {reason}")
        if len(filled.failed) > MAX_SHOWN:
            self.stdout.write(f"  … and {len(filled.failed) - MAX_SHOWN:,} more.")


def own() -> list[EmbeddedField]:
    """Those that the default indexer fills; a model with an indexer of its own has its own commands."""
    return [
        embedded
        for embedded in embedding_signals.embedded_fields()
        if not embedding_signals.has_own_indexer(embedded.vectors)
    ]


def named(label: str) -> list[EmbeddedField]:
    """Those of a model with pictures, or of the model with their vectors. Raises CommandError."""
    try:
        model: type[models.Model] = apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise CommandError(f"There is no model {label}; write it as app.Model.") from error
    fields = [
        embedded
        for embedded in embedding_signals.embedded_fields()
        if model in (embedded.vectors, embedded.source_model)
    ]
    if not fields:
        raise CommandError(
            f'{label} has no VectorField with a source_field, such as VectorField(512, source_field="photo").'
        )
    if taken := [embedded for embedded in fields if embedding_signals.has_own_indexer(embedded.vectors)]:
        raise CommandError(
            f"{taken[0].vectors._meta.label} is filled by an indexer of its app, which has its own command."
        )
    return fields


def empty(embedded: EmbeddedField) -> None:
    """Forget all vectors, so that a stopped run can go on and two models' vectors never mix."""
    rows = embedded.vectors._base_manager
    if not embedded.own_row:
        rows.all().delete()
    elif embedded.vector.null:
        rows.update(**{embedded.vector.name: None})
    else:
        raise CommandError(
            f"{embedded.vectors._meta.label}.{embedded.vector.name} has no null=True, which --again needs."
        )
