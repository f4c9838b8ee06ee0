"""Templates ask our objects only for what they have; Django shows nothing where a name is wrong."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template import VariableDoesNotExist
from django.test import Client

from tests.conftest import add

OURS = ("gallery.", "imagesearch.")
FRAGMENT = {"HX-Request": "true"}


class FailedLookups(logging.Handler):
    """What Django tells the logger django.template where an object lacks an attribute."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        error: Any = record.exc_info[1] if record.exc_info else None
        if isinstance(error, VariableDoesNotExist):
            name, owner = error.params
            if type(owner).__module__.startswith(OURS):
                self.found.add(f"{type(owner).__name__}.{name} in {record.args}")


@pytest.mark.django_db(transaction=True)
def test_templates_ask_for_nothing_that_our_objects_lack(client: Client, curator: User) -> None:
    client.force_login(curator)
    red, purple = add("red", title="Red", tags=["land"]), add("purple", title="Purple")
    add("white", title="Snow", tags=["land", "water"])
    client.post("/search/save", {"query": "q=red", "name": "Reds"})
    logger, handler = logging.getLogger("django.template"), FailedLookups()
    level, logger.level = logger.level, logging.DEBUG
    logger.addHandler(handler)
    try:
        for path in (
            "/",
            "/?tag=nothing",
            "/search/",
            "/search/?q=red&min=0",
            f"/search/?q=red&like={red.pk}&less={purple.pk}&min=0",
            "/search/?q=red&tag=water&color=purple",
            f"/search/?like=999&like={red.pk}&refine=1",
            "/search/?q=https://example.org/a.png",
            "/search/suggest?q=la",
            "/search/save?q=blue",
            "/searches/",
            f"/image/{red.pk}/?q=red",
            f"/compare/?a={red.pk}&b={purple.pk}",
            "/add/",
            "/add/?from=urls",
            "/status/",
            "/account/",
            "/nothing-here/",
        ):
            client.get(path)
        client.get("/search/?q=red", headers={**FRAGMENT, "HX-Target": "found"})
        client.get("/searches/new?on=list", headers={**FRAGMENT, "HX-Target": "none"})
        Client().get("/login/")
    finally:
        logger.removeHandler(handler)
        logger.level = level
    assert not handler.found
