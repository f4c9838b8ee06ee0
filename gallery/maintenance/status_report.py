"""The state of the whole gallery in figures, for the status page and the API."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, Sum

from gallery.accounts import permissions
from gallery.ingest import model_change
from gallery.models import ImageItem, VectorSpace
from gallery.models.measurements import Measurement
from gallery.search.timings import Timing, timing
from imagesearch.database import release
from imagesearch.vectors import tiflash


@dataclass(frozen=True)
class StatusReport:
    """Counts are of images; `bytes` are those of the originals.

    What only curators and staff may know is left out for others: the database's release, the bucket's name,
    how the index stands, how many images there are that others do not see.
    """

    total: int
    ready: int
    pending: int
    failed: int
    outdated: int
    """Made by an earlier version of our decoding, and about to be made again."""
    bytes: int
    model: str
    summary: str
    change: model_change.ChangeStatus | None
    database: str
    storage: str
    free_bytes: int | None
    search: Timing | None
    way: str
    """How a search finds neighbours: exact or index."""
    index: tiflash.IndexState | None
    measured: Measurement | None
    """What the bands rest on; None where nothing was measured on this gallery."""
    measured_images: int | None
    """Of the whole gallery, seen by this person or not."""

    @property
    def moves(self) -> bool:
        """Whether the figures change by themselves."""
        return bool(self.pending or self.outdated or self.change)

    def as_dict(self) -> dict[str, Any]:
        return {
            "images": {
                "total": self.total,
                "ready": self.ready,
                "pending": self.pending,
                "failed": self.failed,
                "outdated": self.outdated,
            },
            "bytes": self.bytes,
            "model": {"name": self.model, "summary": self.summary},
            "change": self.change.as_dict() if self.change else None,
            "database": self.database,
            "storage": self.storage,
            "search": self.search._asdict() if self.search else None,
            "way": self.way,
            "index": self.index.as_dict() if self.index else None,
            "calibration": self.calibration(),
        }

    def calibration(self) -> dict[str, Any] | None:
        if self.measured is None:
            return None
        words = self.measured.words
        return {
            "at": self.measured.at,
            "images": self.measured_images,
            "picture": self.measured.picture.as_figures(),
            "words": words.as_figures() if words else None,
        }


def overview(user: Any) -> StatusReport:
    """Figures over what `user` may see."""
    images = ImageItem.objects.visible_to(user)
    counts = images.aggregate(
        total=Count("pk"),
        ready=Count("pk", filter=Q(state="ready")),
        pending=Count("pk", filter=Q(state="pending")),
        failed=Count("pk", filter=Q(state="failed")),
        bytes=Sum("size", default=0),
    )
    space = VectorSpace.current()
    embedder, measured = space.embedder, space.findings()
    bucket = settings.AWS_STORAGE_BUCKET_NAME
    trusted, index = permissions.may_curate(user) or user.is_staff, index_state()
    return StatusReport(
        **counts,
        outdated=images.outdated().count(),
        model=embedder.name,
        summary=embedder.summary,
        change=model_change.status(images),
        database=release.title(connection) if trusted else release.kind(connection),
        storage=(f"bucket {bucket}" if trusted else "a bucket") if bucket else "this machine's disk",
        free_bytes=None if bucket else shutil.disk_usage(settings.DATA_DIR).free,
        search=timing(),
        way=index.way if index else "exact",
        index=index if trusted else None,
        measured=measured,
        measured_images=measured.images if measured and trusted else None,
    )


def index_state() -> tiflash.IndexState | None:
    """Of the table that answers, as it was some seconds ago; None on SQLite, which needs no index."""
    field: Any = VectorSpace.current().vectors._meta.get_field("vector")
    return tiflash.state_cache.get(field)
