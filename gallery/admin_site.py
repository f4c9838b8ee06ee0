"""The admin as one place of the gallery: under its name, linked back to it, its figures on the first page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.admin import AdminSite
from django.db.models import Count
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from gallery.maintenance.status_report import index_state
from gallery.models import ImageItem
from imagesearch.vectors.tiflash import IndexState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Figure(NamedTuple):
    """A number on the first page, and the list of what it counts."""

    label: StrPromise
    number: int
    url: str


class GalleryAdminSite(AdminSite):
    site_header = site_title = _("Gallery admin")
    index_title = _("Overview")
    enable_nav_sidebar = False  # the list of images needs the room
    site_url = None  # base_site.html has a link of its own, with its own text

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = {"figures": figures(request), "vector_index": vector_index(request)}
        return super().index(request, {**context, **(extra_context or {})})


def figures(request: HttpRequest) -> list[Figure]:
    """How many images there are, and how many of them need attention."""
    if not request.user.has_perm("gallery.view_imageitem"):
        return []
    images = ImageItem.objects.visible_to(request.user).order_by()
    states = dict(images.values_list("state").annotate(Count("pk")))
    unapproved = images.filter(moderation="pending").count()
    return [
        Figure(_("Images"), sum(states.values()), listed()),
        Figure(_("Pending"), states.get("pending", 0), listed(state__exact="pending")),
        Figure(_("Failed"), states.get("failed", 0), listed(state__exact="failed")),
        Figure(_("Waiting for approval"), unapproved, listed(moderation__exact="pending")),
    ]


def vector_index(request: HttpRequest) -> IndexState | None:
    """How TiDB's index stands, for those who may look at the models; None on SQLite."""
    return index_state() if request.user.has_perm("gallery.view_vectorspace") else None


def listed(**filters: str) -> str:
    """The address of the list of images under these filters."""
    return f"{reverse('admin:gallery_imageitem_changelist')}{'?' if filters else ''}{urlencode(filters)}"
