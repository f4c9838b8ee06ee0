"""People that several tests of the gallery share."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User


@pytest.fixture
def first(db: None) -> User:
    user = User.objects.create_user("zanzibar-first", password="x")
    user.user_permissions.add(Permission.objects.get(codename="add_imageitem"))
    return user
