"""Measure on this gallery what scores mean, so that strong, likely and weak hold here."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.calibration import measuring
from gallery.models import VectorSpace
from gallery.models.measurements import BANDS, MIN_MATCHES, KindMeasurement, Measurement, TagShare
from imagesearch.embeddings.scores import Cuts, Kind
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.progress import Progress

KINDS: dict[Kind, str] = {"picture": "Pictures against pictures", "words": "Words against pictures"}
CUTS = ("weak", "likely", "strong", "top")


class Command(BaseCommand):
    help = (
        "Compare a sample of this gallery's pictures with each other, with words and with their tags, and "
        "set where strong, likely and weak begin. Imports that double the gallery and the worker do so by "
        "themselves. It may run while the gallery serves. A remote model is asked for one batch of 32 texts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be set")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            space = VectorSpace.current()
            with Progress(None, "ModelMeasurement") as progress:
                measured = measuring.measure(space, advance=progress.advance)
            after = measuring.calibration(space, measured)
        except ImageSearchError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{space.model} on {measured.images:,} images")
        for kind in KINDS:
            before = space.cuts()
            cuts = before.cuts(kind) if before else None, after.cuts(kind) if after else None
            self.stdout.write("\n".join(["", KINDS[kind], *lines(measured, kind, *cuts)]))
        if options["dry_run"]:
            self.stdout.write("\nNothing was changed.")
        elif measuring.store(space, measured):
            self.stdout.write("\nSet; every search reads it from now on.")
        else:
            raise CommandError("The model was changed meanwhile, so nothing was set. Run it again.")


def lines(measured: Measurement, kind: Kind, before: Cuts | None, after: Cuts | None) -> list[str]:
    """What was found of one kind of question, as a small table."""
    side = measured.of_kind(kind)
    if side is None:
        return ["  not measured: the model knows no words, or is sure of none of these"]
    found = ["", *pairs(side), "", " " * 8 + "".join(f"{name:>8}" for name in CUTS)]
    found += [f"  before{row(before)}", f"  now   {row(after)}   {side.reason}"]
    if not side.shares:
        return [*found, "", "  Too few tags to say how often a match shares one."]
    found += ["", f"  {'':8}{'pairs':>10}{'share a tag' if kind == 'picture' else 'carry the tag':>16}"]
    found += [f"  {name:8}{side.shares[name].matches:>10,}{shown(side.shares[name]):>16}" for name in BANDS]
    return [*found, *(["", f"  {trust}"] if (trust := measured.trust(kind)) else [])]


def pairs(side: KindMeasurement) -> list[str]:
    found = side.pairs
    if found is None:
        return ["  no pairs to compare"]
    return [
        f"  {found.count:,} random pairs: mean {found.mean:.3f}, deviation {found.std:.3f}",
        f"  half below {found.median:.3f}, 9 of 10 below {found.q90:.3f}, 99 of 100 below {found.q99:.3f}",
        f"  of pairs that have nothing in common, 1 of 20 reaches {found.chance:.3f}",
    ]


def row(cuts: Cuts | None) -> str:
    if cuts is None:
        return f"{'none, so there are no bands':>32}"
    return "".join(f"{getattr(cuts, name):>8.3f}" for name in CUTS)


def shown(share: TagShare) -> str:
    """The share, in brackets where it is of too few to speak of."""
    if share.value is None:
        return "–"
    return f"{share.value:.3f}" if share.matches >= MIN_MATCHES else f"({share.value:.3f})"
