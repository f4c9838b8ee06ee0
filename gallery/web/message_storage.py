"""Where the messages of a person's next page are kept: in a cookie of this gallery's own name."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class OwnCookie(CookieStorage):
    cookie_name = settings.MESSAGE_COOKIE_NAME


class Storage(FallbackStorage):
    """Django's default: a cookie, and the session for what does not fit into it."""

    storage_classes = (OwnCookie, SessionStorage)
