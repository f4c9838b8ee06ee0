"""Search by words, by a picture, or by an image of the library; every part of it lives in the URL."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from gallery import htmx, limits, menus, query_pictures
from gallery.forms import DEEPEST, PictureForm, SearchForm
from gallery.models import ImageItem, QueryPicture
from gallery.querysets import PAGE, ImageHits, ImageQuerySet
from gallery.results import Results
from gallery.timings import timed
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import ImageSearchError
from imagesearch.images import decode
from imagesearch.query import LONGEST_TEXT, Question, cache, text_key

STARTERS = 12
"""Images that an empty search offers to start from."""


@dataclass(frozen=True)
class Asked:
    """What a search asks, and what the query bar shows of it: a picture, or else words."""

    form: SearchForm
    words: str = ""
    image: ImageItem | None = None
    picture: QueryPicture | None = None
    expired: bool = False

    @classmethod
    def read(cls, form: SearchForm, images: ImageQuerySet) -> Asked:
        """A picture takes the place of words; an expired one leaves them. Raises Http404."""
        like, words = form.wanted.get("like", ""), " ".join(form.wanted.get("q", "").split())
        if like.isdecimal() and len(like) < 19:
            return cls(form, image=get_object_or_404(images, pk=int(like)))
        if like and (picture := query_pictures.find(like)):
            return cls(form, picture=picture)
        return cls(form, words, expired=bool(like))

    def __bool__(self) -> bool:
        return bool(self.words or self.image or self.picture)

    @property
    def label(self) -> str:
        return str(self.image or self.picture or self.words)

    @property
    def thumbnail(self) -> str:
        if self.image:
            return self.image.tile_url
        return reverse("query_picture", args=[self.picture.token]) if self.picture else ""

    @property
    def by_picture(self) -> bool:
        return bool(self.image or self.picture)

    @property
    def without_picture(self) -> str:
        return self.form.link(like=None)

    def hits(self, request: HttpRequest, images: ImageQuerySet) -> ImageHits[ImageItem]:
        """Ask it. Raises QueryError, EmbeddingError, ModelError, TooOften."""
        if self.image:
            return images.similar_to(self.image)  # type: ignore[return-value]
        embedder = images.embedder()
        if self.picture:
            return images.answer(query_pictures.question(self.picture, embedder))  # type: ignore[return-value]
        if htmx.target(request) == "main" and not embedder.local:  # while typing, a paid model is not asked
            return images.answer(Question("words", None, self.words))  # type: ignore[return-value]
        count_words(request, embedder, self.words)
        return images.search(self.words)  # type: ignore[return-value]


def count_words(request: HttpRequest, embedder: Embedder, words: str) -> None:
    """A query that was asked before costs nothing. Raises TooOften."""
    if len(words) > LONGEST_TEXT or text_key(embedder, words) in cache:
        return
    if embedder.local:
        limits.count_word_search(request)
    else:
        limits.count_picture_search(request)


@require_safe
@htmx.vary_on_htmx
@gzip_page
def search(request: HttpRequest) -> HttpResponse:
    """The page; its main part while somebody types; for the end of the results (#more) one page of them."""
    form = SearchForm(request.GET)
    visible = ImageItem.objects.visible_to(request.user).prefetch_related("tags")
    asked = Asked.read(form, visible)
    try:
        results = find(request, asked, form.narrow(visible)) if asked else None
    except ImageSearchError as error:
        if htmx.target(request) == "more":
            raise  # the results that are shown stay as they are; the middleware says why no more follow
        return answer(request, asked, visible, error=error)
    return answer(request, asked, visible, results=results)


def find(request: HttpRequest, asked: Asked, images: ImageQuerySet) -> Results:
    with timed():
        sought = list(asked.image.tags.all()) if asked.image else asked.words
        return Results(asked.hits(request, images), asked.form.wanted.get("min"), sought)


def answer(
    request: HttpRequest,
    asked: Asked,
    visible: ImageQuerySet,
    *,
    results: Results | None = None,
    error: ImageSearchError | None = None,
) -> HttpResponse:
    form, part = asked.form, htmx.target(request)
    context: dict[str, Any] = {
        "form": form,
        "asked": asked,
        "results": results,
        "error": error,
        "fragment": bool(part),
    }
    if results:
        context |= shown(form, results, only_last=part == "more")
    if not asked:
        context["starters"] = list(visible.ready()[:STARTERS])
    if part != "more":
        context["filters"] = menus.filters(
            form,
            results.ids if results else menus.newest(visible),
            with_hidden=request.user.is_authenticated,
            complete=results.complete if results else True,
        )
        context["strengths"] = menus.strengths(form) if results and results.calibrated else None
    template = {"main": "gallery/_search.html", "more": "gallery/_more_hits.html"}.get(
        part, "gallery/search.html"
    )
    response = render(request, template, context, status=error.status if error else 200)
    if part in {"main", "more"} and not error:
        response["HX-Replace-Url"] = form.link(page=form.wanted.get("page"), upto=form.wanted.get("upto"))
    return with_patience(response, error)


def with_patience(response: HttpResponse, error: ImageSearchError | None) -> HttpResponse:
    """Say when asking again may help, where the error knows."""
    if wait := getattr(error, "retry_after", None):
        response["Retry-After"] = str(math.ceil(wait))
    return response


def shown(form: SearchForm, results: Results, *, only_last: bool) -> dict[str, Any]:
    """The bands of the pages that the URL names, and the links to the next ones."""
    last = max(form.upto_page, form.first_page)
    first = last if only_last else form.first_page
    groups = results.groups((first - 1) * PAGE, last * PAGE)
    follows = results.total > last * PAGE and last < DEEPEST
    more = form.link(page=form.wanted.get("page"), upto=last + 1) if follows else ""
    if groups:
        groups[-1].more = more
        groups[0].eager = 4
    onward = form.link(page=last + 1) if follows else ""
    return {"groups": groups, "stretch": {"more": more, "onward": onward}, "weaker_link": form.link(min=0.0)}


@require_http_methods(["GET", "HEAD", "POST"])
def picture(request: HttpRequest) -> HttpResponse:
    """Keep the picture that somebody searches with, and lead to the search. Errors appear in place."""
    if request.method != "POST":  # a refusal was shown under this address, and is asked for again
        return redirect("search")
    form = SearchForm(request.POST)
    try:
        limits.count_picture_search(request)
        embedder = ImageItem.objects.all().embedder()
        kept = query_pictures.keep(PictureForm(request.POST, request.FILES).source(), embedder)
    except ImageSearchError as error:
        return refused(request, form, error)
    address = reverse("search") + form.link(q=None, like=kept.token)
    if htmx.target(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    response = redirect(address)
    response.status_code = 303
    return response


def refused(request: HttpRequest, form: SearchForm, error: ImageSearchError) -> HttpResponse:
    if not htmx.target(request):
        return answer(request, Asked(form), ImageItem.objects.visible_to(request.user), error=error)
    response = render(request, "gallery/_error.html", {"sentence": str(error)}, status=error.status)
    return with_patience(response, error)


@require_safe
@cache_control(private=True, no_store=True)
def query_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The picture that somebody searches with, small; for whoever knows its token."""
    kept = query_pictures.find(token)
    if kept is None:
        raise Http404("This picture has expired.")
    with kept.file.open("rb") as file:
        return HttpResponse(decode(file, kept.name).tile(), content_type="image/webp")
