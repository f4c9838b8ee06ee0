"""The forms of terms, and by which rules the word index was written."""

from django.db import migrations, models

FORMS = [(0, "earlier"), (1, "surface"), (2, "key"), (3, "stem"), (4, "pair")]


class Migration(migrations.Migration):
    dependencies = [("gallery", "0011_fill_sort_keys")]

    operations = [
        migrations.CreateModel(
            name="WordIndexState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveSmallIntegerField()),
                ("language", models.CharField(blank=True, max_length=8)),
                ("next_version", models.PositiveSmallIntegerField(default=0)),
                ("next_language", models.CharField(blank=True, default="", max_length=8)),
                ("position", models.PositiveBigIntegerField(default=0)),
                ("is_switched", models.BooleanField(default=False)),
            ],
        ),
        migrations.AddField(
            "Term", "form", models.PositiveSmallIntegerField(choices=FORMS, default=0, db_default=0)
        ),
        migrations.AddConstraint(
            "Term", models.UniqueConstraint(fields=["image", "term", "form"], name="term_form_once")
        ),
        migrations.RemoveConstraint("Term", "term_once"),
        migrations.AddIndex(
            "Term", models.Index(fields=["term", "weight", "image", "form"], name="term_by_weight")
        ),
        migrations.RemoveIndex("Term", "term_heaviest"),
    ]
