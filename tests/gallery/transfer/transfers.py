"""A move, and what is compared afterwards."""

from __future__ import annotations

from django.core.management import call_command

from gallery.models import ImageItem
from gallery.transfer.tables import TableSummary, tables


def move(url: str) -> None:
    call_command("move_gallery", url, "--create-database")


def contents(alias: str) -> dict[str, TableSummary]:
    ours = [table for table in tables() if table.model._meta.app_label not in ("shop", "points")]
    return {table.name: table.summary(alias, lambda count: None) for table in ours}


def hits(alias: str, words: str) -> list[tuple[int, float]]:
    """(key, distance), nearest first; TiDB's last digits are others."""
    found = ImageItem.objects.using(alias).visible_to(None).search(words)
    return [(hit.pk, round(hit.distance, 5)) for hit in found[:10] if hit.distance is not None]
