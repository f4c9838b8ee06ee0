"""Sort keys of an earlier version, made again a batch at a time.

What is left to do is in the rows, so that any process goes on after one that was stopped. Until none is left,
images are sorted by letters; see gallery/search/sorting.py.
"""

from __future__ import annotations

from gallery.models import ImageItem, SavedSearch, Tag
from gallery.models.sort_keys import rebuild

SORTED = (SavedSearch, Tag, ImageItem)


def rebuild_batch() -> int:
    """The next rows of one table; returns how many, 0 where all keys are of this version."""
    return next(filter(None, (rebuild(model._default_manager.all()) for model in SORTED)), 0)
