"""Searches that people have named, and the query pictures that they keep from expiring."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import gallery.models.secrets
import imagesearch.database.collation


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("gallery", "0004_measured"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("key", imagesearch.database.collation.ExactCharField(editable=False, max_length=100)),
                (
                    "query",
                    models.TextField(
                        help_text="As it stands in the URL of the search, without the question mark."
                    ),
                ),
                (
                    "token",
                    imagesearch.database.collation.ExactCharField(
                        default=gallery.models.secrets.new_token,
                        editable=False,
                        max_length=40,
                        unique=True,
                    ),
                ),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("marked_from", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pictures",
                    models.ManyToManyField(
                        blank=True, editable=False, related_name="saved_searches", to="gallery.querypicture"
                    ),
                ),
            ],
            options={
                "ordering": ["key"],
                "verbose_name_plural": "saved searches",
                "constraints": [models.UniqueConstraint(fields=("owner", "key"), name="saved_once")],
            },
        ),
    ]
