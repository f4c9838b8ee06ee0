"""The gallery as a Django application, and its admin site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = "Gallery"

    def ready(self) -> None:
        from gallery import signals  # noqa: F401  (connects the doorbells)


class GalleryAdminConfig(AdminConfig):
    default_site = "gallery.admin_site.GalleryAdminSite"
