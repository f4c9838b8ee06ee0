"""The engine's settings, read when used, so that another project need set none of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from imagesearch.configuration.defaults import ENGINE


def setting(name: str) -> Any:
    """The project's value of an engine setting, else the engine's default."""
    return getattr(settings, name, ENGINE[name].default)
