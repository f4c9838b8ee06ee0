"""Many images for lists, made fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count as counted
from typing import Any

from django.db.models import QuerySet

from gallery.models import ImageItem

START = datetime(2026, 1, 1, tzinfo=UTC)
hashes = counted()


def rows(count: int, **fields: Any) -> list[ImageItem]:
    """Rows as if their pictures were there: each a second newer than the one before."""
    first = ImageItem.objects.count()
    items = [
        ImageItem(
            **{
                "title": f"Boat {number:03}",
                "sha256": f"{next(hashes):064x}",
                "width": 300,
                "height": 200,
                "color": "red",
                "state": "ready",
                "created_at": START + timedelta(seconds=number),
                **fields,
            }
        )
        for number in range(first, first + count)
    ]
    QuerySet(ImageItem).bulk_create(items)  # type: ignore[arg-type]
    return list(ImageItem.objects.order_by("pk"))
