"""Connects the engine to Django's signals: databases, triggers, system checks, the save hook."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class ImageSearchConfig(AppConfig):
    name = "imagesearch"
    verbose_name = "Image search"

    def ready(self) -> None:
        from imagesearch import checks, embedding_signals
        from imagesearch.vectors import changes, sqlite, tidb

        connection_created.connect(sqlite.prepare)
        connection_created.connect(tidb.prepare)
        sqlite.prepare_open_connections()
        post_migrate.connect(changes.install_for_app)
        embedding_signals.connect()
        checks.register()
