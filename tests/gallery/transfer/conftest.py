"""A gallery to move, and where to."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils.timezone import now

from gallery.ingest import model_change
from gallery.models import ApiToken, FurtherOwner, ImageItem, QueryPicture, SavedSearch, VectorSpace
from tests.conftest import add
from tests.support.embedder import OppositeEmbedder


@pytest.fixture
def home(curator: User, uploader: User) -> User:
    """A gallery with something in every table; returns the owner of its pictures."""
    VectorSpace.current()
    red = add("red", owner=uploader, tags=["Pets", "crème brûlée"], title="Red 😀 “quoted”", mark=1)
    add("green", owner=uploader, tags=["pets"], caption="naïve\n\\ ' % café", mark=2)
    add("blue", tags=["日本"], mark=3).delete()
    add("blue", tags=["日本"], mark=4)
    FurtherOwner.objects.create(image=red, owner=curator, name="same.png")
    model_change.TableFilling(model_change.begin(OppositeEmbedder())).fill([red.pk])
    ApiToken.issue(uploader)
    picture = QueryPicture.objects.create(sha256="0" * 64, file="ab.png", expires_at=now())
    saved = SavedSearch.objects.create(owner=uploader, name="Crème", query=f"like={picture.token}")
    saved.pictures.add(picture)
    ours = ContentType.objects.get_for_model(ImageItem)
    LogEntry.objects.create(user=curator, content_type=ours, object_id=str(red.pk), action_flag=ADDITION)
    Session.objects.create(session_key="k", session_data="d", expire_date=now())
    return uploader


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new.sqlite3"
