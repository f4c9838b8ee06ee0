"""Keys to the API: each belongs to a user, and only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from imagesearch.database.collation import ExactCharField


class ApiToken(models.Model):
    """A key to the API, shown once; only its hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    prefix = models.CharField(max_length=8)
    sha256 = ExactCharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @staticmethod
    def digest(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, user: Any) -> str:
        """A new token for `user`: the only time that anybody sees it."""
        token = f"img_{secrets.token_urlsafe(32)}"
        cls.objects.create(user=user, prefix=token[:8], sha256=cls.digest(token))
        return token
