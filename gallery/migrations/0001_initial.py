"""All tables, each after those that it points to and with its foreign keys inside.

Ordered by hand: Django would add some keys afterwards, which MySQL's engine on TiDB cannot undo when it fails half-way.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import gallery.models.images
import gallery.models.query_pictures
import gallery.models.secrets
import imagesearch.database.collation
import imagesearch.vectors.fields

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ID,
                ("name", models.CharField(max_length=64)),
                (
                    "key",
                    imagesearch.database.collation.ExactCharField(editable=False, max_length=64, unique=True),
                ),
            ],
            options={"ordering": ["key"]},
        ),
        migrations.CreateModel(
            name="ImageItem",
            fields=[
                ID,
                ("title", models.CharField(blank=True, max_length=200)),
                ("caption", models.TextField(blank=True)),
                (
                    "visibility",
                    models.CharField(
                        choices=[("public", "Public"), ("hidden", "Hidden")], default="public", max_length=8
                    ),
                ),
                (
                    "moderation",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting for approval"),
                            ("approved", "Approved"),
                            ("blocked", "Blocked"),
                        ],
                        default="approved",
                        max_length=8,
                    ),
                ),
                (
                    "image_uri",
                    models.CharField(
                        blank=True,
                        help_text="The URL it is fetched from.",
                        max_length=2000,
                        verbose_name="address",
                    ),
                ),
                ("original_name", models.CharField(blank=True, max_length=255)),
                (
                    "file",
                    models.FileField(
                        blank=True, max_length=120, upload_to=gallery.models.images.original_path
                    ),
                ),
                (
                    "sha256",
                    imagesearch.database.collation.ExactCharField(
                        blank=True, editable=False, max_length=64, null=True, unique=True
                    ),
                ),
                ("dhash", models.CharField(blank=True, db_index=True, editable=False, max_length=16)),
                ("format", models.CharField(blank=True, editable=False, max_length=8)),
                ("width", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                ("height", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                (
                    "size",
                    models.PositiveBigIntegerField(blank=True, editable=False, help_text="Bytes.", null=True),
                ),
                ("color", models.CharField(blank=True, editable=False, max_length=12)),
                ("palette", models.JSONField(blank=True, default=list, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Waiting"), ("ready", "Searchable"), ("failed", "Failed")],
                        default="pending",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True, editable=False)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("next_try_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="images",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(
                        blank=True, db_constraint=False, related_name="images", to="gallery.tag"
                    ),
                ),
            ],
            options={
                "verbose_name": "image",
                "ordering": ["-created_at", "-id"],
                "permissions": [("curate", "Can edit, tag, hide and merge every image")],
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="image_newest"),
                    models.Index(fields=["state", "next_try_at"], name="image_queue"),
                    models.Index(fields=["color"], name="image_color"),
                    models.Index(
                        fields=["visibility", "moderation", "-created_at", "-id"], name="image_seen"
                    ),
                    models.Index(fields=["visibility", "moderation", "state"], name="image_counts"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Embedding",
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
                (
                    "vector",
                    imagesearch.vectors.fields.VectorField(dimensions=512, source_field="image__file"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ID,
                ("term", imagesearch.database.collation.ExactCharField(max_length=64)),
                ("weight", models.PositiveSmallIntegerField()),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="gallery.imageitem",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["term", "image"], name="term_images")],
                "constraints": [models.UniqueConstraint(fields=("image", "term"), name="term_once")],
            },
        ),
        migrations.CreateModel(
            name="VectorSpace",
            fields=[
                ID,
                ("model", models.CharField(max_length=200)),
                ("calibration", models.JSONField(blank=True, null=True)),
                ("active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="QueryPicture",
            fields=[
                ID,
                (
                    "token",
                    imagesearch.database.collation.ExactCharField(
                        default=gallery.models.secrets.new_token, max_length=40, unique=True
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=255)),
                ("sha256", imagesearch.database.collation.ExactCharField(max_length=64)),
                (
                    "file",
                    models.FileField(
                        max_length=120, storage=gallery.models.query_pictures.query_storage, upload_to=""
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ID,
                ("prefix", models.CharField(max_length=8)),
                ("sha256", imagesearch.database.collation.ExactCharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "API token"},
        ),
    ]
