"""The file in DATA_DIR that says that sample pictures are being added, or were when that was interrupted."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings

from gallery.models import ImageItem

RECENT = 30.0  # seconds since the last sample, after which nothing is under way any more


def unfinished() -> Path:
    """The file. Its time is that of the last sample."""
    path: Path = settings.DATA_DIR / "samples-unfinished"
    return path


def begin() -> bool:
    """Whether samples are to be added: the library is empty, or adding them was interrupted.

    From then on that is so until all are there, whatever else is added meanwhile.
    """
    if not unfinished().exists() and ImageItem.objects.exists():
        return False
    unfinished().touch()
    return True


def under_way() -> bool:
    """Whether a process is adding samples now."""
    try:
        return time.time() - unfinished().stat().st_mtime < RECENT
    except OSError:
        return False
