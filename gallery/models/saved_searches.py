"""Searches that people have named, to see what is new in them, and to follow by a feed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.models.secrets import new_token
from gallery.models.sort_keys import SortKeyField, SortKeyQuerySet, with_sort_keys
from gallery.text.folding import fold
from imagesearch.database.collation import ExactCharField

MAX_NAME_LENGTH = 100
MAX_QUERY_LENGTH = 8000
"""Characters of a query. nginx as a proxy takes lines of 8 KB by default; our own server 64 KB of headers."""
MAX_PER_OWNER = 100
"""Saved searches that one person may have."""


class SavedSearch(models.Model):
    """A search with a name. The query pictures in it are pinned: they stay as long as it does."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="saved_searches",
    )
    """None: saved without a login on this computer; such a search finds only what everybody sees."""
    whose = models.PositiveBigIntegerField(default=0, editable=False)
    """The owner's key, or 0: to a database no two names are the same where their owners are NULL."""
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    key = ExactCharField(max_length=MAX_NAME_LENGTH, editable=False)
    sort_key = SortKeyField(of=["name"])
    query = models.TextField(help_text=_("As it stands in the URL of the search, without the question mark."))
    pictures = models.ManyToManyField(
        "gallery.QueryPicture", blank=True, editable=False, related_name="saved_searches"
    )
    token = ExactCharField(max_length=40, unique=True, default=new_token, editable=False)
    seen_at = models.DateTimeField(default=timezone.now, editable=False)
    """Images found from then on are its new hits; see `ImageItem.found_from`."""
    marked_from = models.DateTimeField(default=timezone.now, editable=False)
    """The look before the last one: images found since are marked while the person looks at the results."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SortKeyQuerySet["SavedSearch"].as_manager()

    class Meta:
        ordering = ["sort_key", "key"]
        verbose_name_plural = _("saved searches")
        constraints = [models.UniqueConstraint(fields=["whose", "key"], name="saved_once")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key, self.whose = name_key(self.name), self.owner_id or 0
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = with_sort_keys(SavedSearch, kwargs["update_fields"])
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Where its results are; `saved_open` leads there, and notes that they were looked at."""
        return f"{reverse('search')}?{self.query}"

    @property
    def feed(self) -> str:
        return reverse("saved_feed", args=[self.token])

    def look(self, now: datetime) -> bool:
        """The person looks at its results now: from here on others are new. False as `write`."""
        return self.write(marked_from=self.seen_at, seen_at=now)

    def renew(self) -> bool:
        """Give the feed a new address; the old one stops working. False as `write`."""
        return self.write(token=new_token())

    def write(self, **values: Any) -> bool:
        """Change these columns; False where the row was deleted meanwhile."""
        found = SavedSearch.objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            setattr(self, name, value)
        return bool(found)


def name_key(name: str) -> str:
    """What names are compared by: a person has each but once."""
    return fold(name)[:MAX_NAME_LENGTH]
