"""The terms of the images that are there already; an interrupted run goes on where it stopped."""

from typing import Any

from django.db import migrations

from gallery.maintenance.word_rebuild import WordRebuild
from imagesearch.jobs.progress import Progress


def rebuild(apps: Any, schema_editor: Any) -> None:
    names = ("ImageItem", "Term", "WordIndexState")
    alias = schema_editor.connection.alias
    words = WordRebuild(*(apps.get_model("gallery", name).objects.using(alias) for name in names))
    if count := words.remaining():
        with Progress(count, "Word index") as progress:
            while done := words.step():
                progress.advance(done)


def forget(apps: Any, schema_editor: Any) -> None:
    """The version before knows none of the new terms; its `check_gallery --fix` makes its own."""
    terms = apps.get_model("gallery", "Term").objects.using(schema_editor.connection.alias)
    terms.all().delete()


class Migration(migrations.Migration):
    atomic = False  # each batch is kept

    dependencies = [("gallery", "0013_fold_names_again")]

    operations = [migrations.RunPython(rebuild, forget)]
