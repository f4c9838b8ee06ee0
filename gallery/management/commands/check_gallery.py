"""Compare rows, files, vectors and words, and mend what does not agree."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from gallery.checking import SHARDS, Finding, check
from gallery.models import ImageItem
from gallery.progress import Progress


class Command(BaseCommand):
    help = (
        "Compare rows, files, vectors and words; the exit code is 1 when they do not agree. With --fix, make "
        "smaller pictures anew, mark images whose file is missing, delete files and links that belong to "
        "nothing and are older than an hour, and queue what has no vector."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="mend what can be mended")

    def handle(self, *args: Any, **options: Any) -> None:
        with Progress(len(SHARDS), "Comparing") as progress:
            findings = check(fix=options["fix"], stepped=progress.advance)
        self.stdout.write(self.counts())
        for finding in findings:
            self.say(finding, fixed=options["fix"])
        left = sum(finding.count - finding.mended for finding in findings)
        if left:
            advice = (
                "these need a person"
                if options["fix"]
                else "manage.py check_gallery --fix mends what can be mended"
            )
            raise CommandError(f"{left:,} things do not agree; {advice}.")
        self.stdout.write(self.style.SUCCESS("Rows, files, vectors and words agree."))

    def counts(self) -> str:
        states = dict(ImageItem.objects.order_by().values_list("state").annotate(Count("pk")))
        missing = ImageItem.objects.filter(state="failed", reason__startswith="file missing").count()
        parts = [
            f"{states.get('ready', 0):,} searchable",
            f"{states.get('pending', 0):,} waiting",
            f"{states.get('failed', 0):,} failed",
        ]
        lost = f", {missing:,} of them because their file is missing" if missing else ""
        return f"{sum(states.values()):,} images: {', '.join(parts)}{lost}."

    def say(self, finding: Finding, *, fixed: bool) -> None:
        mended = f" ({finding.mended:,} mended)" if fixed else ""
        self.stdout.write(f"{finding.count:,} {finding.kind}{mended}, such as {', '.join(finding.examples)}")
