"""The sort keys of images, tags and saved searches; 0011 fills them."""

from django.db import migrations, models

from gallery.models.sort_keys import SortKeyField


class Migration(migrations.Migration):
    dependencies = [("gallery", "0009_words_of_further_owners")]

    operations = [
        migrations.AddField("ImageItem", "sort_key", SortKeyField(of=["title", "original_name"])),
        migrations.AddField("Tag", "sort_key", SortKeyField(of=["name"])),
        migrations.AddField("SavedSearch", "sort_key", SortKeyField(of=["name"])),
        migrations.AlterModelOptions("Tag", {"ordering": ["sort_key", "key"]}),
        migrations.AlterModelOptions(
            "SavedSearch", {"ordering": ["sort_key", "key"], "verbose_name_plural": "saved searches"}
        ),
        migrations.AddIndex("ImageItem", models.Index(fields=["sort_key", "id"], name="image_sorted")),
        migrations.AddIndex(
            "ImageItem",
            models.Index(fields=["visibility", "moderation", "sort_key", "id"], name="image_seen_sorted"),
        ),
        migrations.AddIndex("Tag", models.Index(fields=["sort_key", "key"], name="tag_sorted")),
    ]
