"""The state of the whole gallery in figures, for the status page and the API."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, Sum

from gallery import changeover
from gallery.indexing import active_embedder
from gallery.models import ImageItem
from gallery.timings import Timing, timing


@dataclass(frozen=True)
class Overview:
    """Counts are of images; `bytes` are those of the originals."""

    total: int
    ready: int
    pending: int
    failed: int
    bytes: int
    model: str
    summary: str
    change: changeover.Status | None
    database: str
    storage: str
    free_bytes: int | None
    search: Timing | None

    @property
    def moves(self) -> bool:
        """Whether the figures change by themselves."""
        return bool(self.pending or self.change)

    def as_dict(self) -> dict[str, Any]:
        return {
            "images": {
                "total": self.total,
                "ready": self.ready,
                "pending": self.pending,
                "failed": self.failed,
            },
            "bytes": self.bytes,
            "model": {"name": self.model, "summary": self.summary},
            "change": self.change.as_dict() if self.change else None,
            "database": self.database,
            "storage": self.storage,
            "search": self.search._asdict() if self.search else None,
        }


def overview(user: Any) -> Overview:
    """Figures over what `user` may see."""
    images = ImageItem.objects.visible_to(user)
    counts = images.aggregate(
        total=Count("pk"),
        ready=Count("pk", filter=Q(state="ready")),
        pending=Count("pk", filter=Q(state="pending")),
        failed=Count("pk", filter=Q(state="failed")),
        bytes=Sum("size", default=0),
    )
    embedder = active_embedder()
    bucket = settings.AWS_STORAGE_BUCKET_NAME
    return Overview(
        **counts,
        model=embedder.name,
        summary=embedder.summary,
        change=changeover.status(images),
        database=database_name(),
        storage=f"bucket {bucket}" if bucket else "this machine's disk",
        free_bytes=None if bucket else shutil.disk_usage(settings.DATA_DIR).free,
        search=timing(),
    )


def database_name() -> str:
    """The database's own name and version, such as “SQLite 3.40.1”."""
    connection.ensure_connection()
    version = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {version}"
