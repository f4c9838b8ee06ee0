"""The cohort of a vector space: the images whose vectors standardise scores."""

from typing import Any

from django.db import migrations, models

SIZE = 2_000


def draw(apps: Any, schema_editor: Any) -> None:
    """As calibrating does from now on, for galleries that were calibrated before."""
    alias = schema_editor.connection.alias
    images = apps.get_model("gallery", "ImageItem").objects.using(alias)
    drawn = images.filter(state="ready", sha256__isnull=False).order_by("sha256")
    spaces = apps.get_model("gallery", "VectorSpace").objects.using(alias).exclude(measured=None)
    if spaces.exists():
        spaces.update(cohort=list(drawn.values_list("pk", flat=True)[:SIZE]))


class Migration(migrations.Migration):
    dependencies = [("gallery", "0015_no_second_index_of_images")]

    operations = [
        migrations.AddField("VectorSpace", "cohort", models.JSONField(null=True, blank=True)),
        migrations.RunPython(draw, migrations.RunPython.noop),
    ]
