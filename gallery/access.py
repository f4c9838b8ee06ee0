"""Who may do what: anonymous, uploader, curator, staff; and the open door of a gallery at home."""

from __future__ import annotations

import ipaddress
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from gallery.models import ImageItem, SavedSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet

    Person = User | AnonymousUser

FORWARDING = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")


def client_address(request: HttpRequest) -> str:
    """The address that a request comes from: the proxy's word is taken only from a trusted proxy."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [
        hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()
    ]
    while hops and _trusted(address):
        address = hops.pop()
    return address


def _trusted(address: str) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def is_at_home(request: HttpRequest) -> bool:
    """Whether the request comes from this very machine to a gallery that serves only this machine.

    All of it must hold: bound to loopback, asked from loopback, under a loopback name, and not forwarded.
    """
    if not settings.OPEN_UPLOADS or any(name in request.META for name in FORWARDING):
        return False
    name, _ = split_domain_port(request.get_host())
    return (
        name in settings.LOOPBACK_NAMES
        and _is_loopback(settings.HOST)
        and _is_loopback(str(request.META.get("REMOTE_ADDR", "")))
    )


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def may_add(request: HttpRequest) -> bool:
    return request.user.has_perm("gallery.add_imageitem") or is_at_home(request)


def owner_for(request: HttpRequest) -> User | None:
    """Whom a new image belongs to: the person, else `admin` for one added without login at home."""
    if request.user.is_authenticated:
        return request.user
    return get_user_model().objects.filter(username="admin").first()


def saver(request: HttpRequest) -> User | None:
    """Whose a saved search is: the person's; None of nobody who logged in, at home."""
    return request.user if request.user.is_authenticated else None


def own_searches(request: HttpRequest) -> QuerySet[SavedSearch]:
    """The person's saved searches; without login those made at home, which see what anybody sees."""
    own = SavedSearch.objects.filter(owner=saver(request))
    return own if may_add(request) else own.none()


def may_curate(user: Person) -> bool:
    return user.has_perm("gallery.curate")


def may_edit(user: Person, item: ImageItem) -> bool:
    """Curators edit everything, uploaders what is their own."""
    own = user.is_authenticated and item.owner_id == user.pk and user.has_perm("gallery.add_imageitem")
    return may_curate(user) or own


def may_delete(user: Person, item: ImageItem) -> bool:
    """Whoever may edit it, and a further owner, for whom alone it is deleted then."""
    return bool(item.shared) or may_edit(user, item)


def may_see_original(user: Person, item: ImageItem) -> bool:
    own = user.is_authenticated and item.owner_id == user.pk
    return bool(item.shared) or own or may_curate(user)


def adders_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for those who may add images; others are sent to the login, or told so when logged in."""
    return _gate(
        view, may_add, "Adding images needs the permission “Can add image”. Ask whoever runs this gallery."
    )


def savers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for those who may save searches: the same who may add images."""
    return _gate(
        view, may_add, "Saving searches needs the permission “Can add image”. Ask whoever runs this gallery."
    )


def members_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for those who look after images, their own or all."""
    return _gate(view, lambda request: request.user.is_authenticated, "Log in first.")


def _gate(
    view: Callable[..., HttpResponse], allowed: Callable[[HttpRequest], bool], sentence: str
) -> Callable[..., HttpResponse]:
    @wraps(view)
    def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if allowed(request):
            return view(request, *args, **kwargs)
        if request.user.is_authenticated or request.headers.get("HX-Request"):
            raise PermissionDenied(sentence)
        return redirect_to_login(request.get_full_path())

    return gated
