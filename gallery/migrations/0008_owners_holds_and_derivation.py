"""Further owners of one picture, holds by curators, and what was derived from which file by which version."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def key_to(target, related_name):
    return models.ForeignKey(
        db_constraint=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to=target,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0007_found_from"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FurtherOwner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("image", key_to("gallery.imageitem", "further_owners")),
                ("owner", key_to(settings.AUTH_USER_MODEL, "shared_images")),
                ("name", models.CharField(blank=True, max_length=255)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("image", "owner"), name="further_owner_once")
                ],
            },
        ),
        migrations.AddField(
            "ImageItem",
            "damage",
            models.CharField(blank=True, default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            "ImageItem", "derived_by", models.PositiveSmallIntegerField(default=0, editable=False)
        ),
        migrations.AddField("ImageItem", "held", models.BooleanField(default=False, editable=False)),
        migrations.AddField(
            "QueryPicture",
            "size",
            models.PositiveBigIntegerField(default=0, help_text="Bytes of the file."),
        ),
        migrations.AddIndex("ImageItem", models.Index(fields=["derived_by"], name="image_derived_by")),
    ]
