"""Sets of images that are taken in once in a session, and put back for each test that wants them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db.models import Model

from gallery.models import Embedding, ImageItem, Tag, Term

TABLES: tuple[type[Model], ...] = (Tag, ImageItem, ImageItem.tags.through, Term, Embedding)


class Stock:
    """Rows as they were read, and a folder with their files for each set."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: dict[str, list[list[Model]]] = {}

    def put(self, name: str, fill: Callable[[], object]) -> list[ImageItem]:
        """Fill the empty gallery, the first time by `fill`. The images, newest first."""
        files = self._folder / name
        if name in self._rows:
            for table, rows in zip(TABLES, self._rows[name], strict=True):
                table._base_manager.bulk_create(rows)  # as they are: neither judged nor embedded again
            shutil.copytree(files, settings.MEDIA_ROOT, copy_function=os.link, dirs_exist_ok=True)
        else:
            fill()
            self._rows[name] = [list(table._base_manager.all()) for table in TABLES]
            shutil.copytree(settings.MEDIA_ROOT, files)
        return list(ImageItem.objects.all())
