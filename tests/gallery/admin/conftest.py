"""The browsers of people who work in the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def admin(client: Client, staff: User) -> Client:
    """A superuser's browser."""
    client.force_login(staff)
    return client


@pytest.fixture
def curating(client: Client, curator: User) -> Client:
    """The browser of a curator who is staff."""
    User.objects.filter(pk=curator.pk).update(is_staff=True)
    client.force_login(curator)
    return client
