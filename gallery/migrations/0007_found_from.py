"""Since when images can be found, and saved searches of whoever is at home without a login."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Max

BATCH = 5_000  # rows of one transaction, which TiDB limits


def since_they_came(apps: Any, schema_editor: Any) -> None:
    images = apps.get_model("gallery", "ImageItem").objects.using(schema_editor.connection.alias)
    last = images.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last + 1, BATCH):
        some = images.filter(pk__gte=start, pk__lt=start + BATCH, state="ready")
        some.update(found_from=F("created_at"))


def as_owned(apps: Any, schema_editor: Any) -> None:
    searches = apps.get_model("gallery", "SavedSearch").objects.using(schema_editor.connection.alias)
    searches.update(whose=F("owner_id"))


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("gallery", "0006_heaviest_terms"),
    ]

    operations = [
        migrations.AddField(
            "ImageItem", "found_from", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "SavedSearch", "whose", models.PositiveBigIntegerField(default=0, editable=False)
        ),
        migrations.RunPython(since_they_came, migrations.RunPython.noop, atomic=False),
        migrations.RunPython(as_owned, migrations.RunPython.noop, atomic=False),
        migrations.AddIndex("ImageItem", models.Index(fields=["-found_from", "-id"], name="image_found")),
        migrations.AddIndex(
            "ImageItem",
            models.Index(fields=["visibility", "moderation", "-found_from", "-id"], name="image_shown"),
        ),
        migrations.RemoveConstraint("SavedSearch", "saved_once"),
        migrations.AddConstraint(
            "SavedSearch", models.UniqueConstraint(fields=["whose", "key"], name="saved_once")
        ),
        migrations.AlterField(
            "SavedSearch",
            "owner",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="saved_searches",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
