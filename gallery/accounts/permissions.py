"""Who may do what: anonymous, uploader, curator, staff; and the open door of a gallery at home."""

from __future__ import annotations

import ipaddress
import re
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.translation import gettext_lazy as _

from gallery.models import ImageItem, SavedSearch
from imagesearch.network import public_url
from imagesearch.network.public_url import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise as StrPromise

    Person = User | AnonymousUser

FORWARDING = re.compile(
    r"HTTP_X_(?!CSRFTOKEN$|REQUESTED_WITH$|API_TOKEN$|PURPOSE$|MOZ$).*"
    r"|HTTP_(FORWARDED|VIA|PROXY|REMOTE|CF|CDN|FASTLY|AKAMAI|ALI|FLY|TAILSCALE|FRONT_END)(_.*)?"
    r"|HTTP_(.*_)?(FORWARDED|IP|ADDR)(_.*)?"
)
"""Headers that a proxy, a load balancer, a tunnel or a CDN adds: X-Forwarded-For, Forwarded, Via, X-Real-IP,
CF-Connecting-IP, True-Client-IP … Browsers send no header in X- but those named here."""

MAX_ADDRESS_LENGTH = 45
"""Characters; longer ones are no address of any kind."""


def client_address(request: HttpRequest) -> str:
    """The address that a request comes from: the proxy's word is taken only from a trusted proxy."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [
        hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()
    ]
    while hops and _trusted(address):
        address = hops.pop()
    return address


def client_network(request: HttpRequest) -> str:
    """What limits are counted by: the IPv4 address, or of IPv6 the /64, which one client has as a whole."""
    text = client_address(request)
    try:
        address = ipaddress.ip_address(_without_port(text).partition("%")[0])
    except ValueError:
        return text[:MAX_ADDRESS_LENGTH]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _without_port(text: str) -> str:
    """Some proxies forward an address with its port: “203.0.113.5:4711”, “[2001:db8::1]:4711”."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _trusted(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
        if isinstance(found, ipaddress.IPv6Address):  # a socket for both kinds names IPv4 clients so
            found = found.ipv4_mapped or found
        return any(found in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def comes_from_unknown_proxy(request: HttpRequest) -> bool:
    """Whether a proxy passed it on, to judge by its headers, that TRUSTED_PROXIES does not name."""
    forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return forwarded and not _trusted(str(request.META.get("REMOTE_ADDR", "")))


def comes_from_silent_proxy(request: HttpRequest) -> bool:
    """Whether a proxy that TRUSTED_PROXIES names does not say for whom it asks."""
    return (
        bool(settings.PUBLIC_URL)
        and _trusted(str(request.META.get("REMOTE_ADDR", "")))
        and "HTTP_X_FORWARDED_FOR" not in request.META
        and not request.path_info.startswith("/healthz/")  # often asked directly
    )


def serves_only_this_computer() -> bool:
    """Whether the settings let people on this computer, and nobody else, add images without a login."""
    public = public_url.parse(settings.PUBLIC_URL)
    return (
        settings.OPEN_UPLOADS
        and not settings.LOGIN_REQUIRED
        and is_loopback(settings.HOST)
        and (public is None or public.is_loopback)
    )


def mode() -> str:
    """Who may do what without a login, as a sentence to print at start."""
    if serves_only_this_computer():
        return "Anyone on this computer may add images without logging in (OPEN_UPLOADS=no ends that)."
    if settings.LOGIN_REQUIRED:
        return "Everything needs a login."
    return "Adding needs a login."


def is_at_home(request: HttpRequest) -> bool:
    """Whether the request comes from this very computer to a gallery that serves only this computer.

    All of it must hold: the settings allow it, asked from loopback, under a loopback name, and not forwarded.
    """
    name, _ = split_domain_port(request.get_host())
    return (
        serves_only_this_computer()
        and name in settings.LOOPBACK_NAMES
        and is_loopback(str(request.META.get("REMOTE_ADDR", "")))
        and not is_forwarded(request)
    )


def is_forwarded(request: HttpRequest) -> bool:
    """Whether anything shows that a proxy passed the request on.

    HTTP/1.0 does: nginx speaks it by default, and no browser does.
    """
    return request.META.get("SERVER_PROTOCOL") == "HTTP/1.0" or any(map(FORWARDING.fullmatch, request.META))


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


def require_edit(user: Person, item: ImageItem) -> None:
    """Raises PermissionDenied."""
    if not may_edit(user, item):
        raise PermissionDenied(_("Only its owner and curators may change this image."))


def may_change_visibility(user: Person, item: ImageItem) -> bool:
    """Of those who may edit it: not of its owner while a curator holds it."""
    return not item.held or may_curate(user)


def may_delete(user: Person, item: ImageItem) -> bool:
    """Those who may edit it, and a further owner, for whom alone it is deleted then.

    Not the owner of what a curator has hidden: added again it would be public.
    """
    return bool(item.shared) or (may_edit(user, item) and may_change_visibility(user, item))


def may_see_original(user: Person, item: ImageItem) -> bool:
    own = user.is_authenticated and item.owner_id == user.pk
    return bool(item.shared) or own or may_curate(user)


ADDING_DENIED = _("Adding images needs the permission “Can add image”. Ask the gallery's administrator.")
SAVING_DENIED = _("Saving searches needs the permission “Can add image”. Ask the gallery's administrator.")


def adders_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for those who may add images; others are sent to the login, or told so when logged in."""
    return _gate(view, may_add, ADDING_DENIED)


def savers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for those who may save searches: the same who may add images."""
    return _gate(view, may_add, SAVING_DENIED)


def members_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for those who look after images, their own or all."""
    return _gate(view, lambda request: request.user.is_authenticated, _("Log in first."))


def _gate(
    view: Callable[..., HttpResponse], allowed: Callable[[HttpRequest], bool], sentence: StrPromise
) -> Callable[..., HttpResponse]:
    @wraps(view)
    def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if allowed(request):
            return view(request, *args, **kwargs)
        if request.user.is_authenticated or getattr(request, "htmx", False):
            raise PermissionDenied(str(sentence))
        return redirect_to_login(request.get_full_path())

    return gated
