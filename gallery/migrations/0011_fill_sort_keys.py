"""The sort keys of the rows that are there already; an interrupted run goes on where it stopped."""

from typing import Any

from django.db import migrations

from gallery.models.sort_keys import outdated, rebuild
from imagesearch.jobs.progress import Progress


def fill(apps: Any, schema_editor: Any) -> None:
    for name in ("SavedSearch", "Tag", "ImageItem"):
        rows = apps.get_model("gallery", name).objects.using(schema_editor.connection.alias)
        if not (count := outdated(rows).count()):
            continue
        with Progress(count, f"Sort keys ({name})") as progress:
            while done := rebuild(rows):
                progress.advance(done)


class Migration(migrations.Migration):
    atomic = False  # each batch is kept

    dependencies = [("gallery", "0010_sort_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
