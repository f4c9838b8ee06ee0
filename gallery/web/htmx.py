"""Which part of a page htmx asks for."""

from __future__ import annotations

from django.http import HttpRequest
from django.views.decorators.vary import vary_on_headers


def target(request: HttpRequest) -> str:
    """The id of the element that the answer goes into; "" where a whole page is wanted."""
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-History-Restore-Request") == "true":
        return ""
    return headers.get("HX-Target") or ""


def trigger(request: HttpRequest) -> str:
    """The id of the element that asked; "" where it has none, or no script asked."""
    return request.headers.get("HX-Trigger") or ""


vary_on_htmx = vary_on_headers("HX-Request", "HX-Target")
"""Without it a browser may show a kept fragment as a page when somebody goes back."""
