"""Measure an embedding model on labelled photos, so that one can choose a model by one's own pictures."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from gallery.evaluation.bands import BANDS, TITLES
from gallery.evaluation.labels import LabelledFolder
from gallery.evaluation.measures import Evaluation, EvaluationReport
from gallery.evaluation.scratch import scratch_gallery
from imagesearch.database.errors import explain
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.progress import quiet

COLUMNS = {
    "image_p10": "image→image",
    "words_p10": "words→image",
    "neardup_r1": "copies",
    "ms_per_image": "ms/image",
}


class Command(BaseCommand):
    help = (
        "Measure how well a model finds photos by photos, words and changed copies. DIR has labels.csv "
        "(file, label, group) and perhaps queries.json (query, relevant, group) and neardup.csv (file, "
        "original, change). It works in a scratch gallery that is gone afterwards; yours is not touched."
    )
    requires_system_checks: list[str] = []  # about the gallery, which need not exist

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
        parser.add_argument("--model", metavar="NAME", help="the model to measure (default: EMBEDDING_MODEL)")
        parser.add_argument(
            "--database",
            metavar="ALIAS",
            help="search in a scratch database on this server (default: SQLite)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        if alias is not None and alias not in connections.settings:
            raise CommandError(
                f"There is no database {alias}; DATABASES has {', '.join(connections.settings)}."
            )
        try:
            folder = LabelledFolder.read(options["folder"])
            embedder = get_embedder(options["model"])
            embedder.warm_up()
            with quiet("gallery.ingest.indexing"), scratch_gallery(alias):
                report = Evaluation(folder, embedder).run()
        except (ImageSearchError, DatabaseError) as error:
            raise CommandError(explain(error) or str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            self.stdout.write("\n".join(table(report)))


def table(report: EvaluationReport) -> list[str]:
    """The report for people."""
    found = report.as_dict()
    groups = found["groups"] if len(found["groups"]) > 1 else {}
    names = max(map(len, ["all", *groups])) + 2
    lines = [
        f"{report.model}: {found['images']:,} images, {report.width}",
        "",
        " " * names + "".join(f"{title:>13}" for title in COLUMNS.values()),
        "all".ljust(names) + row(found),
        *(group.ljust(names) + row(measures) for group, measures in groups.items()),
    ]
    if found["changes"]:
        lines += [
            "",
            "copies: " + ", ".join(f"{name} {value:.2f}" for name, value in found["changes"].items()),
        ]
    if report.bands:
        lines += ["", *bands(found["bands"])]
    if report.unreadable:
        lines += ["", f"{len(report.unreadable):,} files cannot be read, such as {report.unreadable[0]}."]
    return lines


def bands(found: dict[str, Any]) -> list[str]:
    """Of the hits in each band, how many are right."""
    width = max(map(len, TITLES.values()))
    lines = ["right hits".ljust(width) + "".join(f"{name:>18}" for name in BANDS)]
    for kind, title in TITLES.items():
        if shares := found[kind]:
            cells = (f"{shown(band['share'], kind)} of {band['hits']:,}" for band in shares.values())
            lines.append(title.ljust(width) + "".join(f"{cell:>18}" for cell in cells))
    return lines


def row(measures: dict[str, Any]) -> str:
    return "".join(f"{shown(measures[name], name):>13}" for name in COLUMNS)


def shown(value: float | None, name: str) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if name == "ms_per_image" else f"{value:.3f}"
