"""Deletes what has expired: query pictures, leases of dead processes, unfinished files."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from gallery.ingest.indexing import MAX_LEASE, free
from gallery.models import ImageItem, QueryPicture
from gallery.search import query_pictures
from imagesearch.images.storage import sweep_tmp
from imagesearch.vectors.changes import prune_changes

HOUR = timedelta(hours=1)


def sweep() -> None:
    """Delete everything that has expired by now; cheap where there is nothing."""
    sweep_query_pictures()
    over = free(timezone.now(), MAX_LEASE)
    ImageItem.objects.filter(over, lease_until__isnull=False).update(lease_until=None)
    sweep_tmp(HOUR)
    prune_changes(ImageItem.objects.db)


def sweep_query_pictures() -> int:
    """Delete those that have expired or are too many; and files that never got a row. Returns how many.

    What a saved search pins stays.
    """
    query_pictures.measure()
    expired = query_pictures.unpinned().filter(expires_at__lt=timezone.now())
    swept = sum(query_pictures.delete(expired, pk) for pk in list(expired.values_list("pk", flat=True)))
    swept += query_pictures.make_room()
    orphans = list(orphaned_query_files())
    for path in orphans:
        path.unlink(missing_ok=True)
    return swept + len(orphans)


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
