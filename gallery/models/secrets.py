"""Secrets that the gallery gives out: tokens of the API, of query pictures and of feeds."""

from __future__ import annotations

import secrets


def new_token() -> str:
    """A secret of 32 URL-safe letters, of 192 random bits."""
    return secrets.token_urlsafe(24)
