"""What further owners wrote about a picture that was here already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0008_owners_holds_and_derivation")]

    operations = [
        migrations.AddField("FurtherOwner", "words", models.JSONField(blank=True, null=True)),
    ]
