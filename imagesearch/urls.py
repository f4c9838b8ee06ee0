"""The project's addresses: the gallery at the root, Django's admin beside it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

handler400 = "gallery.views.errors.bad_request"
handler404 = "gallery.views.errors.not_found"
handler500 = "gallery.views.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("gallery.urls")),
]
