"""The gallery as a Django application, and its admin site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class GalleryConfig(AppConfig):
    default = True
    name = "gallery"
    verbose_name = "Gallery"

    def ready(self) -> None:
        from gallery import deployment, signals  # noqa: F401  (connects the doorbells)

        deployment.register()


class GalleryAdminConfig(admin.AdminConfig):
    """Django's admin with a site of our own."""

    default = False
    default_site = "gallery.admin_site.GalleryAdminSite"
