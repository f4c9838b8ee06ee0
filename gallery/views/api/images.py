"""The list of images for programs, and adding one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from gallery.ingest import intake
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import MAX_PAGES_SHOWN, PAGE_SIZE
from gallery.search.forms import ListForm
from gallery.text.tag_lists import split_tags
from gallery.views.api.base import BadRequest, api_view, require_token, validated, visible_images
from gallery.views.api.serializers import clean_description, image_as_json
from gallery.web import concurrent_requests, rate_limits
from gallery.web.public_address import absolute
from imagesearch.errors import ImageError


class ImageListForm(ListForm):
    """A page of the list: behind a cursor, or by its number while that is small."""

    page = forms.IntegerField(required=False)

    POSITION = (*ListForm.POSITION, "page")

    def clean_page(self) -> int | None:
        page: int | None = self.cleaned_data["page"]
        if page is not None and not 1 <= page <= MAX_PAGES_SHOWN:
            raise forms.ValidationError(
                _("Pages are numbered 1 to %(last)d. To continue, follow “next” in a response.")
                % {"last": MAX_PAGES_SHOWN}
            )
        return page

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("page") and cleaned.get("after"):
            self.add_error(
                "page", _("Send “page” or “after”, not both. “next” in a response has all parameters.")
            )
        return cleaned

    def rows(self, images: ImageQuerySet) -> ImageQuerySet:
        """The images from where the page begins. Raises BadRequest."""
        if "after" not in self.wanted:
            return self.order.sort(images)[(self.wanted.get("page", 1) - 1) * PAGE_SIZE :]
        if (mark := self.mark("after", images)) is None:
            raise BadRequest(_("after: not a valid cursor for this order. Follow “next” in a response."))
        return self.order.beyond(images, mark)


class NewImageForm(forms.Form):
    """What may come with a new image."""

    image = forms.FileField(required=False, allow_empty_file=True)
    url = forms.CharField(required=False)
    title = forms.CharField(required=False)
    caption = forms.CharField(required=False)
    tags = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def clean(self) -> dict[str, Any]:
        names = [name for text in self.cleaned_data.get("tags") or [] for name in split_tags(text)]
        texts = {name: self.cleaned_data.get(name, "") for name in ("title", "caption")}
        return {**self.cleaned_data, **clean_description({**texts, "tags": names})}


@api_view("GET", "HEAD", "POST")
def images(request: HttpRequest) -> HttpResponse:
    return add_image(request) if request.method == "POST" else list_images(request)


def list_images(request: HttpRequest) -> JsonResponse:
    """A page of 48; `next` goes on behind its last image, so that none is repeated or missed."""
    form = validated(ImageListForm(request.GET))
    images = form.narrow(visible_images(request))
    items = list(form.rows(images)[: PAGE_SIZE + 1])
    following = form.link(after=form.behind(items[PAGE_SIZE - 1])) if len(items) > PAGE_SIZE else ""
    return JsonResponse(
        {
            "count": images.count(),
            "next": absolute(request, request.path + following) if following else None,
            "results": [image_as_json(request, item) for item in items[:PAGE_SIZE]],
        }
    )


def add_image(request: HttpRequest) -> JsonResponse:
    """201 with the new image, 200 with the one that is here with the same bytes."""
    require_token(request, _("Adding images requires a token."))
    if not request.user.has_perm("gallery.add_imageitem"):
        raise PermissionDenied(_("This token's user does not have permission to add images."))
    rate_limits.require_one_file(request)
    sent = validated(NewImageForm(request.POST, request.FILES)).cleaned_data
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
        raise ImageError(_("No picture was sent. Send a file as “image”, or an address as “url”."))
    seen = intake.show(taken, request.user)
    return JsonResponse(image_as_json(request, seen.item), status=201 if seen.created else 200)
