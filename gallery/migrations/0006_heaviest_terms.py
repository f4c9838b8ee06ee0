"""The word index by weight, so that the titles with a word are found among captions that have it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0005_saved_searches")]

    operations = [
        migrations.AddIndex("Term", models.Index(fields=["term", "weight", "image"], name="term_heaviest")),
        migrations.RemoveIndex("Term", "term_images"),
    ]
