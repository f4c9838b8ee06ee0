"""A second table of vectors, and spaces that know which of the two is theirs.

Each column comes with a default, and the table's key is made with the table: what TiDB takes in one step.
"""

import django.db.models.deletion
from django.db import migrations, models

import imagesearch.vectors.fields


def forget_old_spaces(apps, schema_editor):
    """Until now the vectors of a model that no longer answered were deleted; no table is theirs."""
    spaces = apps.get_model("gallery", "VectorSpace").objects.using(schema_editor.connection.alias)
    spaces.filter(active=False).delete()


class Migration(migrations.Migration):
    dependencies = [("gallery", "0002_curators")]

    operations = [
        migrations.CreateModel(
            name="SecondEmbedding",
            fields=[
                (
                    "image",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="gallery.imageitem",
                    ),
                ),
                ("vector", imagesearch.vectors.fields.VectorField(dimensions=512)),
            ],
            options={"abstract": False},
        ),
        migrations.AddField(
            "VectorSpace",
            "table",
            models.CharField(
                choices=[("first", "First"), ("second", "Second")], default="first", max_length=8
            ),
        ),
        migrations.AddField("VectorSpace", "wanted", models.BooleanField(default=False)),
        migrations.AddField("VectorSpace", "lease_until", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(forget_old_spaces, migrations.RunPython.noop),
    ]
