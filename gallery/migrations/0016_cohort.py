"""The cohort of a vector space: the images whose vectors standardise scores."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0015_no_second_index_of_images")]

    operations = [
        migrations.AddField("VectorSpace", "cohort", models.JSONField(null=True, blank=True)),
    ]
