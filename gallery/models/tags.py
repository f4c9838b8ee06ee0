"""The tags that people sort images by."""

from __future__ import annotations

from typing import Any

from django.db import models

from gallery.models.sort_keys import SortKeyField, SortKeyQuerySet, with_sort_keys
from gallery.text.folding import TERM_LENGTH, tag_key
from imagesearch.database.collation import ExactCharField


class Tag(models.Model):
    """A word that people sort images by; two spellings of one key are one tag."""

    name = models.CharField(max_length=TERM_LENGTH)
    key = ExactCharField(max_length=TERM_LENGTH, unique=True, editable=False)
    sort_key = SortKeyField(of=["name"])

    objects = SortKeyQuerySet["Tag"].as_manager()

    class Meta:
        ordering = ["sort_key", "key"]
        indexes = [models.Index(fields=["sort_key", "key"], name="tag_sorted")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = tag_key(self.name)
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = with_sort_keys(Tag, kwargs["update_fields"])
        super().save(*args, **kwargs)

    @classmethod
    def named(cls, names: list[str]) -> list[Tag]:
        """The tags of these names, made where missing, in the order of their keys (so that writers queue).

        One that is on no image that everybody sees takes the spelling that is written now: how people spell
        the tags of hidden images is not shown to others.
        """
        wanted: dict[str, str] = {}
        for name in (" ".join(name.split())[:TERM_LENGTH] for name in names):
            wanted.setdefault(tag_key(name), name)
        found = [
            cls.objects.get_or_create(key=key, defaults={"name": wanted[key]})
            for key in sorted(wanted)
            if key
        ]
        for tag, _ in found:
            tag.spell(wanted[tag.key])
        return [tag for tag, _ in found]

    def spell(self, name: str) -> None:
        """Change the spelling, unless everybody sees it. The words to be found by are the same in both."""
        if self.name == name or self.images.visible_to(None).exists():
            return
        Tag.objects.filter(pk=self.pk).update(name=name)
        self.name = name
