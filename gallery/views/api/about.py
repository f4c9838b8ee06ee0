"""The state of the gallery and the description of its API, for programs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import get_script_prefix

from gallery.maintenance.status_report import overview
from gallery.views.api.base import api_view
from gallery.web.public_address import absolute

OPENAPI = Path(__file__).parents[2] / "openapi.json"


@api_view("GET", "HEAD")
def status(request: HttpRequest) -> JsonResponse:
    return JsonResponse(overview(request.user).as_dict())


@cache
def description() -> Any:
    return json.loads(OPENAPI.read_text(encoding="utf-8"))


@api_view("GET", "HEAD")
def openapi(request: HttpRequest) -> JsonResponse:
    """The description, whose addresses begin where this gallery is."""
    servers = [{"url": absolute(request, get_script_prefix())}]
    return JsonResponse(description() | {"servers": servers})
