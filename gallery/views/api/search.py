"""Search for programs: the whole query by GET, form or JSON, and the hits with their reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.core.files import File
from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.utils.translation import gettext as _

from gallery.accounts import permissions
from gallery.models import QueryPicture
from gallery.models.querysets import ImageQuerySet
from gallery.models.ranking import MAX_HITS, ImageHits
from gallery.search.contributions import Contribution
from gallery.search.forms import SearchForm
from gallery.search.results import Results
from gallery.search.timings import timed
from gallery.views.api.base import BadRequest, api_view, image_or_404, validated, visible_images
from gallery.views.api.serializers import image_as_json
from gallery.web import concurrent_requests, rate_limits
from imagesearch.embeddings.base import ReadAs
from imagesearch.errors import QueryError
from imagesearch.query import Picture, Query
from imagesearch.query.query import MAX_PARTS, PARAMETERS, numbered

PICTURE_PARAMETERS = {"image": False, "less_image": True, "url": False, "less_url": True}
"""What a POST may bring besides kept pictures: files and addresses, and whether against."""
DEFAULT_COUNT = 24


class ApiSearchForm(SearchForm):
    """A search as a program asks it: the page's parameters, how many hits, how far, and what else to say."""

    k = forms.IntegerField(required=False, min_value=1, max_value=MAX_HITS)
    max_distance = forms.FloatField(required=False, min_value=0, max_value=2)
    facets = forms.ChoiceField(choices=[("0", "No"), ("1", "Yes")], required=False)

    @property
    def count(self) -> int:
        return int(self.wanted.get("k", DEFAULT_COUNT))

    @property
    def dedupes(self) -> bool:
        """Programs get every hit, unless they ask for each near-duplicate once."""
        return bool(self.wanted.get("dedupe") == "1")

    @property
    def counts(self) -> bool:
        return bool(self.wanted.get("facets") == "1")

    def results(self, hits: ImageHits[Any]) -> Results:
        if (distance := self.wanted.get("max_distance")) is not None:
            hits = hits.within(distance)
        if (score := self.wanted.get("min")) is not None:
            hits = hits.at_least(score)
        most = MAX_HITS if self.dedupes or self.counts else self.count
        return Results(hits, lowest=0.0, most=most, dedupe=self.dedupes)


@api_view("GET", "HEAD")
def similar(request: HttpRequest, pk: int) -> JsonResponse:
    form = validated(ApiSearchForm(request.GET))
    refuse_unknown(form)
    return answer(request, form, form.narrow(visible_images(request)).similar_to(image_or_404(request, pk)))


@api_view("GET", "HEAD", "POST")
def search(request: HttpRequest) -> JsonResponse:
    """By a query of many parts. Only a POST takes files and addresses, since a GET fetches nothing."""
    if request.content_type == "application/json" and request.method == "POST":
        form, query = from_json(request)
    elif request.method == "POST":
        form, query = from_form(request)
    else:
        form, query = ApiSearchForm(request.GET), Query.from_params(request.GET, strict=True)
        if any(request.GET.get(name) for name in PICTURE_PARAMETERS):
            raise QueryError(_("“url” and “image” are accepted only in a POST request, not in a GET."))
    refuse_unknown(form)
    seen = visible_images(request)
    rows = validated(form).narrow(seen)
    refuse_unseen(query, seen)
    with timed():
        charge = rate_limits.charge(request, rows.embedder())
        return answer(request, form, rows.search(query, charge, literal=form.is_literal))


def from_form(request: HttpRequest) -> tuple[ApiSearchForm, Query]:
    data = request.POST
    if (
        count := sum(len(of.getlist(name)) for name in PICTURE_PARAMETERS for of in (data, request.FILES))
    ) > MAX_PARTS:
        raise BadRequest(
            _("The request has %(count)d pictures; a query has at most %(limit)d parts.")
            % {"count": count, "limit": MAX_PARTS}
        )
    sent = list(pictures_of(request))
    names = {key for key, _, _ in sent}
    about = {
        name: [said for said in data.getlist(name) if said.partition(":")[0] in names]
        for name in ("crop", "weight")
    }
    stored = data.copy()
    for name, said in about.items():
        stored.setlist(name, [value for value in data.getlist(name) if value not in said])
    query = Query.from_params(stored, strict=True)
    for key, picture, against in sent:
        alone = QueryDict(mutable=True)
        alone["less" if against else "like"] = key
        for name, said in about.items():
            alone.setlist(name, [value for value in said if value.partition(":")[0] == key])
        (part,) = Query.from_params(alone, strict=True)
        query = (query.less if against else query.more)(picture, part.crop, part.weight)
    return ApiSearchForm(data), query


def pictures_of(request: HttpRequest) -> Iterator[tuple[str, Picture, bool]]:
    """Those that came along: their key for crop and weight (image, image2 …), and whether against."""
    for name, against in PICTURE_PARAMETERS.items():
        files = request.FILES.getlist(name)
        for number, file in enumerate(files, start=1):
            rate_limits.count_picture_search(request)
            yield numbered(name, number), sent_picture(request, file, file.name or ""), against
        addresses = [url for url in request.POST.getlist(name) if url]
        for number, url in enumerate(addresses, start=1):
            yield numbered(name, number), fetched(request, url), against


def fetched(request: HttpRequest, url: str) -> Picture:
    """Counted and fetched when the search comes to it: all else has been looked at then."""

    def fetch() -> bytes:
        rate_limits.count_picture_search(request)
        return concurrent_requests.fetch(request, url).content

    return sent_picture(request, fetch)


def sent_picture(request: HttpRequest, source: File[Any] | Callable[[], bytes], name: str = "") -> Picture:
    return Picture(source, name, once=True, max_memory=rate_limits.decode_memory(request))


def from_json(request: HttpRequest) -> tuple[ApiSearchForm, Query]:
    """`parts` as Query.from_json takes them, or with {"url": …}; beside them what narrows the search."""
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(_("Request body is not valid JSON: %(error)s.") % {"error": error}) from error
    if not isinstance(sent, dict):
        raise BadRequest(_("The body must be an object, such as {“parts”: […], “k”: 24}."))
    if misplaced := sorted({*PARAMETERS, *PICTURE_PARAMETERS} & set(sent)):
        raise BadRequest(
            _("%(name)s: in JSON, send the query as a list of “parts”.") % {"name": misplaced[0]}
        )
    data = QueryDict(mutable=True)
    for name, value in sent.items():
        if name != "parts":
            values = value if isinstance(value, list) else [value]
            data.setlist(name, [as_parameter(name, each) for each in values])
    query = Query.from_json(sent.get("parts"), lambda url: fetched(request, url))
    return ApiSearchForm(data), query


def as_parameter(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadRequest(
        _("%(name)s: must be a string or a number, not %(type)s.")
        % {"name": name, "type": type(value).__name__}
    )


def refuse_unknown(form: ApiSearchForm) -> None:
    """Raises BadRequest for a parameter that has no meaning here, such as one in another spelling."""
    known = {*form.fields, *PARAMETERS, *PICTURE_PARAMETERS}
    if unknown := sorted(set(form.data) - known):
        raise BadRequest(
            _("%(name)s: unknown parameter. The parameters are %(known)s.")
            % {"name": unknown[0][:40], "known": ", ".join(sorted(known))}
        )


def refuse_unseen(query: Query, seen: ImageQuerySet) -> None:
    """Raises Http404 for an image that this person may not see, QueryError for a picture that has expired."""
    ids = {part.pk for part in query if part.pk is not None}
    if ids and seen.filter(pk__in=ids).count() < len(ids):
        raise Http404
    for part in query:
        if part.key and part.pk is None and QueryPicture.find(part.key) is None:
            raise QueryError(
                _("“%(key)s” is not a valid image id or token; a query picture may have expired.")
                % {"key": part.key}
            )


def answer(request: HttpRequest, form: ApiSearchForm, hits: Any) -> JsonResponse:
    results = form.results(hits)
    found = [
        image_as_json(request, hit.item) | matched(hit.item, hit.contributions)
        for hit in results.load(results.matches[: form.count])
    ]
    plan = results.hits.plan.as_dict() if results.hits.plan else {}
    if not permissions.may_curate(request.user):
        plan.pop("candidates", None)  # what is hidden was measured too, and is not to be counted
    content: dict[str, Any] = {
        "results": found,
        "plan": plan | {"unsure": hits.embedded_query.reading.unsure},
        "read_as": [reading_as_json(each) for each in hits.embedded_query.reading.read_as],
        "offers": [reading_as_json(each) for each in hits.embedded_query.reading.offers],
    }
    if results.cuts:
        content["cuts"] = {name: getattr(results.cuts, name) for name in ("weak", "likely", "strong")}
    if form.counts:
        content["facets"] = facets(results)
    if form.dedupes:
        content["duplicates"] = results.duplicates
    return JsonResponse(content)


def reading_as_json(reading: ReadAs) -> dict[str, str]:
    """A word that the model does not know, and what was searched in its place, or could be."""
    said = {"word": reading.word, "as": reading.text, "kind": reading.kind}
    return said | ({"language": reading.language} if reading.language else {})


def matched(item: Any, contributions: list[Contribution]) -> dict[str, Any]:
    return {
        "distance": item.distance,
        "score": item.score,
        "band": item.band,
        "found_by": item.found_by,
        "parts": [each.as_dict() for each in contributions],
    }


def facets(results: Results) -> dict[str, Any]:
    """Counts among the hits that were looked at, and whether these are all."""
    counts = {"color": results.colours, "orientation": results.orientations}
    return {name: {key: n for key, n in of.most_common() if key} for name, of in counts.items()} | {
        "complete": results.complete
    }
