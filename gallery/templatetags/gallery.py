"""Template tags of the gallery: its icons, and scores as people read them."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gallery.search.contributions import printed
from gallery.web.public_address import absolute

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, size: str = "") -> SafeString:
    """One icon of the sprite in `layout/_icons.html`, 20 px, or 16 px with size "s".

    A page of 48 hits draws 250 of them, hence the cache.
    """
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="#i-{}"/></svg>', f" {size}" if size else "", name
    )


@register.simple_tag(takes_context=True)
def absolute_url(context: Context, path: str) -> str:
    """The whole address of a path of this gallery."""
    return absolute(context["request"], path)


@register.filter
def score(value: float) -> str:
    """A score with two digits, rounded down: what shows as 0.70 is strong."""
    return f"{printed(value):.2f}"


MATCHES = {
    "strong": _("strong match"),
    "likely": _("likely match"),
    "weak": _("weak match"),
    "hidden": _("too weak a match"),
}


@register.filter
def match(item: Any) -> str:
    """The band of a hit in words; “match” where there are no bands."""
    return str(MATCHES.get(item.band, _("match")))


@register.filter
def effect(value: float) -> str:
    """What a part adds to a score, or takes from it: “+0.02”, “0.00” or “−0.04”."""
    return f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else "0.00"
