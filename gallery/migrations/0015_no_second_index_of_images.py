"""Terms without an index of images alone, which `term_form_once` begins with: a fifth of the word index."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0014_rebuild_words")]

    operations = [
        migrations.AlterField(
            "Term",
            "image",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="terms",
                to="gallery.imageitem",
            ),
        ),
    ]
