"""The gallery for programs: the same forms, questions and answers as the pages, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import get_script_prefix
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from gallery.ingest import intake
from gallery.maintenance.status_report import overview
from gallery.models import ImageItem
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import PAGE
from gallery.search.forms import DEEPEST, ListForm
from gallery.text.descriptions import (
    DescriptionRefused,
    clean_caption,
    clean_tags,
    clean_title,
    refuse_many_tags,
)
from gallery.text.words import split_tags
from gallery.web import api_auth, concurrent_requests, rate_limits
from gallery.web.login_required import is_locked_for
from gallery.web.middleware import explain
from gallery.web.public_address import absolute
from imagesearch.errors import ImageError, ImageSearchError

OPENAPI = Path(__file__).parents[2] / "openapi.json"

View = Callable[..., HttpResponse]


class BadRequest(ImageSearchError):
    """A parameter that makes no sense; for programs it is refused where a page would leave it out."""

    code = "bad_request"


def public(*methods: str) -> Callable[[View], View]:
    """An address of the API: no session, no cookie, no CSRF; the person is the token's, or nobody.

    Under LOGIN_REQUIRED each request needs a token.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @never_cache
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                response = explain(request, 405, "method_not_allowed", f"This takes {', '.join(methods)}.")
                response["Allow"] = ", ".join(methods)
                return response
            request.user = api_auth.person(request)
            if is_locked_for(request.user):
                raise api_auth.TokenRefused(f"This gallery needs a token. {api_auth.NEW_TOKEN}")
            return view(request, *args, **kwargs)

        return login_not_required(wrapped)

    return decorate


def all_tags(names: list[str]) -> list[str]:
    """Raises DescriptionRefused."""
    tags = clean_tags(names)
    refuse_many_tags(len(tags))
    return tags


CLEAN: dict[str, Callable[[Any], Any]] = {"title": clean_title, "caption": clean_caption, "tags": all_tags}


class PageForm(ListForm):
    """A page of the list: behind a cursor, or by its number while that is small."""

    page = forms.IntegerField(required=False)

    POSITION = (*ListForm.POSITION, "page")

    def clean_page(self) -> int | None:
        page: int | None = self.cleaned_data["page"]
        if page is not None and not 1 <= page <= DEEPEST:
            raise forms.ValidationError(
                f"Pages are numbered 1 to {DEEPEST}. To go on, follow the address in “next” of an answer."
            )
        return page

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("page") and cleaned.get("after"):
            self.add_error("page", "Send “page” or “after”, not both. “next” has all that is needed.")
        return cleaned

    def rows(self, images: ImageQuerySet) -> ImageQuerySet:
        """The images from where the page begins. Raises BadRequest."""
        if "after" not in self.wanted:
            return self.order.sort(images)[(self.wanted.get("page", 1) - 1) * PAGE :]
        if (mark := self.mark("after", images)) is None:
            raise BadRequest("after: this place is not in a list of this order. Follow “next” of an answer.")
        return self.order.beyond(images, mark)


class NewForm(forms.Form):
    """What may come with a new image."""

    image = forms.FileField(required=False, allow_empty_file=True)
    url = forms.CharField(required=False)
    title = forms.CharField(required=False)
    caption = forms.CharField(required=False)
    tags = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def clean(self) -> dict[str, Any]:
        names = [name for text in self.cleaned_data.get("tags") or [] for name in split_tags(text)]
        texts = {name: self.cleaned_data.get(name, "") for name in ("title", "caption")}
        return {**self.cleaned_data, **described({**texts, "tags": names})}


def checked(form: forms.Form) -> Any:
    """The form, all of whose fields make sense. Raises BadRequest."""
    if not form.is_valid():
        raise BadRequest(
            " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        )
    return form


def described(sent: dict[str, Any]) -> dict[str, Any]:
    """Title, caption and list of tags, as far as they were sent, as they are stored. Raises BadRequest."""
    cleaned: dict[str, Any] = {}
    for name, value in sent.items():
        try:
            cleaned[name] = CLEAN[name](value)
        except DescriptionRefused as error:
            raise BadRequest(f"{name}: {error}") from error
    return cleaned


def as_json(request: HttpRequest, item: ImageItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "title": item.title,
        "caption": item.caption,
        "tags": [tag.name for tag in item.tags.all()],
        "sha256": item.sha256,
        "width": item.width,
        "height": item.height,
        "format": item.format,
        "damage": item.damage,
        "state": item.state,
        "visibility": item.visibility,
        "url": absolute(request, item.view_url) if item.sha256 else None,
        "thumbnail": absolute(request, item.tile_url) if item.sha256 else None,
        "created_at": item.created_at.isoformat(),
    }


@public("GET", "HEAD", "POST")
def images(request: HttpRequest) -> HttpResponse:
    return add(request) if request.method == "POST" else listed(request)


def listed(request: HttpRequest) -> JsonResponse:
    """A page of 48; `next` goes on behind its last image, so that none is repeated or missed."""
    form = checked(PageForm(request.GET))
    images = form.narrow(visible(request))
    items = list(form.rows(images)[: PAGE + 1])
    following = form.link(after=form.behind(items[PAGE - 1])) if len(items) > PAGE else ""
    return JsonResponse(
        {
            "count": images.count(),
            "next": absolute(request, request.path + following) if following else None,
            "results": [as_json(request, item) for item in items[:PAGE]],
        }
    )


def need_token(request: HttpRequest, what: str) -> None:
    """Raises TokenRefused where the request comes without a token."""
    if not request.user.is_authenticated:
        raise api_auth.TokenRefused(f"{what} needs a token. {api_auth.NEW_TOKEN}")


def add(request: HttpRequest) -> JsonResponse:
    """201 with the new image, 200 with the one that is here with the same bytes."""
    need_token(request, "Adding")
    if not request.user.has_perm("gallery.add_imageitem"):
        raise PermissionDenied("This token's user may not add images.")
    rate_limits.one_file(request)
    sent = checked(NewForm(request.POST, request.FILES)).cleaned_data
    fields: dict[str, Any] = {name: sent[name] for name in ("title", "caption", "tags")}
    if sent["image"]:
        with concurrent_requests.upload(request):
            taken = intake.take(sent["image"], name=sent["image"].name, owner=request.user, **fields)
    elif sent["url"]:
        fetched = concurrent_requests.fetch(request, sent["url"])
        with concurrent_requests.upload(request):
            taken = intake.take(
                fetched.content, name=fetched.name, owner=request.user, image_uri=sent["url"], **fields
            )
    else:
        raise ImageError(
            "There is no picture in this request. Send a file as “image”, or an address as “url”."
        )
    seen = intake.show(taken, request.user)
    return JsonResponse(as_json(request, seen.item), status=201 if seen.created else 200)


def visible(request: HttpRequest) -> Any:
    return ImageItem.objects.visible_to(request.user).prefetch_related("tags")


def found_or_404(request: HttpRequest, pk: int) -> ImageItem:
    item: ImageItem | None = visible(request).filter(pk=pk).first()
    if item is None:
        raise Http404
    return item


@public("GET", "HEAD")
def status(request: HttpRequest) -> JsonResponse:
    return JsonResponse(overview(request.user).as_dict())


@cache
def description() -> Any:
    return json.loads(OPENAPI.read_text(encoding="utf-8"))


@public("GET", "HEAD")
def openapi(request: HttpRequest) -> JsonResponse:
    """The description, whose addresses begin where this gallery is."""
    servers = [{"url": absolute(request, get_script_prefix())}]
    return JsonResponse(description() | {"servers": servers})
