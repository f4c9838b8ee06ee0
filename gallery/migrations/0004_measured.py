"""What was measured of a space on this gallery's own pictures: similarities, shares, how many, and when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0003_second_embedding")]

    operations = [
        migrations.AddField("VectorSpace", "measured", models.JSONField(blank=True, null=True)),
    ]
