"""The disk that pictures are written to, and the reserve of it that stays free."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.utils.translation import gettext as _

from imagesearch.errors import StorageFull

MIB = 2**20
MAX_RESERVED_PERCENT = 10
"""Per cent of a disk that is reserved at most, so that a small one can be filled, too."""


@dataclass(frozen=True)
class Disk:
    """A disk as it is now; sizes in bytes."""

    total: int
    free: int

    @classmethod
    def now(cls, storage: Storage | None = None) -> Self | None:
        """The one of a storage, by default of the pictures'; None where that is not on this machine."""
        try:
            folder = Path((storage or default_storage).path(""))
        except NotImplementedError:
            return None
        while not folder.exists():
            folder = folder.parent
        total, _, free = shutil.disk_usage(folder)
        return cls(total, free)

    def percent(self, share: float) -> float:
        """Bytes that are so many per cent of it."""
        return self.total * share / 100

    def has_room(self, needed: int, reserve: float) -> bool:
        """Whether `reserve` bytes are left when `needed` bytes are written."""
        return self.free - needed >= reserve


def keep_reserve(needed: int, storage: Storage | None = None) -> None:
    """Raises StorageFull where writing `needed` bytes would leave less than MIN_FREE_MB."""
    disk = Disk.now(storage)
    if disk is None:
        return
    reserve = min(settings.MIN_FREE_MB * MIB, disk.percent(MAX_RESERVED_PERCENT))
    if not disk.has_room(needed, reserve):
        message = _(
            "The disk of this gallery has %(free)s MB free, of which %(reserve)s MB are reserved, so this "
            "picture was not stored. Tell the gallery's administrator, and try again later."
        )
        figures = {"free": f"{disk.free / MIB:,.0f}", "reserve": f"{reserve / MIB:,.0f}"}
        raise StorageFull(message % figures)
