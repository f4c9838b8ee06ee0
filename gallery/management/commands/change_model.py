"""Change the model that answers: fill the second table of vectors while the first answers, then switch."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.calibration import measuring
from gallery.ingest import indexing, model_change
from gallery.ingest.model_change import TableFilling
from gallery.models import ImageItem, VectorSpace
from imagesearch.embeddings.base import Embedder
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.graceful_stop import Stop, stoppable
from imagesearch.jobs.progress import Progress, quiet
from imagesearch.vectors.sqlite import refresh_statistics

SHOWN = 20
POLL = 0.5  # seconds between two looks at what another process does


class Command(BaseCommand):
    help = (
        "Change to another embedding model. It embeds every image while the present model answers, and "
        "answers from the moment that all is done. The present model's vectors are kept, so that changing "
        "back takes seconds. Without NAME: which models have vectors here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="as EMBEDDING_MODEL names it")
        parser.add_argument("--yes", action="store_true", help="delete an older model's vectors unasked")
        parser.add_argument(
            "--background", action="store_true", help="only begin; the worker embeds when it is idle"
        )
        parser.add_argument("--cancel", action="store_true", help="stop a change; what is done is kept")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["cancel"]:
                self.cancel()
            elif not options["name"]:
                self.show()
            elif space := self.begin(get_embedder(options["name"]), sure=options["yes"]):
                if options["background"]:
                    self.stdout.write(
                        "Begun. The worker (`embed_images --watch`, as `serve` runs it) does it."
                    )
                else:
                    self.fill(space)
        except ImageSearchError as error:
            raise CommandError(str(error)) from error

    def show(self) -> None:
        VectorSpace.current()
        for space in VectorSpace.objects.order_by("-active", "pk"):
            done, total = model_change.filled(space, ImageItem.objects.all())
            part = "answers" if space.active else "is being filled" if space.wanted else "stands by"
            self.stdout.write(f"{space.model} {part}: {done:,} of {total:,} images")

    def cancel(self) -> None:
        space = model_change.cancel()
        if space is None:
            raise CommandError("No change of model is under way.")
        self.stdout.write(
            f"The change to {space.model} is cancelled. {VectorSpace.current().model} answers on."
        )

    def begin(self, embedder: Embedder, *, sure: bool) -> VectorSpace | None:
        """The space to fill, once a person has agreed to what is lost; None where nothing is to do."""
        now = VectorSpace.current()
        if embedder.name == now.model:
            self.stdout.write(f"{now.model} is the model already; nothing to do.")
            return None
        embedder.warm_up()
        self.stdout.write(f"From {now.model} to {embedder.name}.\n  {embedder.summary}")
        other, count = model_change.vectors_to_delete(embedder.name)
        if not count:
            return model_change.begin(embedder)
        self.stdout.write(
            f"{count:,} vectors of {other} are deleted first; changing back to it embeds everything again."
        )
        if not sure and not self.agreed():
            raise CommandError("Nothing was changed.")
        with Progress(count, "Deleting old vectors") as progress:
            return model_change.begin(embedder, progress.advance)

    def agreed(self) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was changed. Add --yes to do it without being asked.")
        return input("Go on? [y/N] ").strip().lower() in {"y", "yes"}

    def fill(self, space: VectorSpace) -> None:
        done, total = model_change.filled(space, ImageItem.objects.all())
        filling = TableFilling(space)
        label = f"Embedding with {space.model}"
        with quiet("gallery.ingest.indexing"), stoppable() as stop, Progress(total - done, label) as progress:
            try:
                self.go_on(filling, stop, progress)
            finally:
                filling.release()
        space = VectorSpace.objects.filter(pk=space.pk).first() or space
        if space.active:
            self.say(filling)
        elif space.wanted:
            raise CommandError(
                f"Stopped; {VectorSpace.current().model} answers on. Run it again to go on (so does the "
                "worker, where one runs), or cancel it: manage.py change_model --cancel",
                returncode=130,
            )
        else:
            raise CommandError("The change was cancelled meanwhile.")

    def go_on(self, filling: TableFilling, stop: Stop, progress: Progress) -> None:
        """Until the model has switched, whoever did it, or somebody asks to stop."""
        waited = False
        while not stop.asked and VectorSpace.objects.filter(pk=filling.space.pk, wanted=True).exists():
            if filling.hold():
                filling.step()
                progress.advance(filling.looked_at - progress.done)
            else:
                if not waited:
                    progress.say("Another process is at it, or was killed just now; waiting for it.")
                waited = True
                time.sleep(POLL)

    def say(self, filling: TableFilling) -> None:
        """What it came to, when what the old model had not embedded is done too."""
        with quiet("gallery.ingest.indexing"):
            failed = indexing.index().failed
        refresh_statistics(ImageItem.objects.db)
        self.stdout.write(f"{filling.space.model} answers now.")
        if said := measuring.recalibration_report():
            self.stdout.write(said)
        for pk, reason in list(failed.items())[:SHOWN]:
            self.stdout.write(f"  Image {pk}: {reason}")
        if len(failed) > SHOWN:
            self.stdout.write(f"  … and {len(failed) - SHOWN:,} more; /status/ shows them all.")
        if failed:
            self.stdout.write(f"{len(failed):,} images have no vector of this model; the reasons are above.")
