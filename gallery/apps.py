"""The gallery as a Django application, and its admin site."""

from __future__ import annotations

import os

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin


class GalleryConfig(AppConfig):
    default = True
    name = "gallery"
    verbose_name = "Gallery"

    def ready(self) -> None:
        # For its own user alone, unless DATA_DIR_MODE says otherwise: files of SQLite and of libraries, too.
        os.umask(0o777 & ~settings.DATA_DIR_MODE)
        from gallery import checks
        from gallery.ingest import signals  # noqa: F401  (connects the doorbells)

        checks.register()


class GalleryAdminConfig(admin.AdminConfig):
    """Django's admin with a site of our own."""

    default = False
    default_site = "gallery.admin_site.GalleryAdminSite"
