"""What time leaves behind, put away: expired query pictures, leases of dead processes, unfinished files."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from gallery.indexing import LONGEST_LEASE, free
from gallery.models import ImageItem, QueryPicture
from imagesearch.storage import sweep_tmp
from imagesearch.transactions import atomically
from imagesearch.vectors.changes import prune_changes

HOUR = timedelta(hours=1)


def sweep() -> None:
    """Everything that may be put away now; cheap where there is nothing."""
    sweep_query_pictures()
    over = free(timezone.now(), LONGEST_LEASE)
    ImageItem.objects.filter(over, lease_until__isnull=False).update(lease_until=None)
    sweep_tmp(HOUR)
    prune_changes(ImageItem.objects.db)


def sweep_query_pictures() -> int:
    """Delete those that have expired, row before file; and files that never got a row. Returns how many.

    What a saved search pins stays.
    """
    expired = QueryPicture.objects.filter(expires_at__lt=timezone.now(), saved_searches=None)
    swept = sum(map(sweep_query_picture, list(expired.values_list("pk", flat=True))))
    orphans = list(orphaned_query_files())
    for path in orphans:
        path.unlink(missing_ok=True)
    return swept + len(orphans)


def sweep_query_picture(pk: int) -> bool:
    """Whether it went: it may be used again, or pinned, since it was found."""

    def write() -> QueryPicture | None:
        expired = QueryPicture.objects.filter(expires_at__lt=timezone.now(), saved_searches=None)
        # Who pins it locks the same row; see saving.py.
        picture = expired.select_for_update().filter(pk=pk).first()
        if picture:
            picture.delete()
        return picture

    if picture := atomically(write, repeatable=True):
        picture.file.delete(save=False)
    return picture is not None


def orphaned_query_files() -> list[Path]:
    """Files of query pictures that no row knows, older than an hour: younger ones may be getting theirs."""
    deadline = time.time() - HOUR.total_seconds()
    known = set(QueryPicture.objects.values_list("file", flat=True))
    return [
        path
        for path in Path(settings.QUERY_ROOT).rglob("*")
        if path.is_file()
        and path.stat().st_mtime < deadline
        and path.relative_to(settings.QUERY_ROOT).as_posix() not in known
    ]
