"""Questions about many images: who may see them, which are searchable, what is like what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.functional import cached_property

from gallery.owners import FurtherOwner, hide_details
from gallery.word_index import WordIndex
from gallery.words import tag_key, terms
from imagesearch.asking import Charge, Voice, free, kept_vector
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import QueryError
from imagesearch.images import DERIVED_BY
from imagesearch.query import Part
from imagesearch.querysets import Hits, Location, Match, SearchMixin
from imagesearch.scores import LIKELY, STRONG, WEAK, Calibration
from imagesearch.vectors.codec import Vector
from imagesearch.vectors.nearest import distances

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from gallery.models import ImageItem, QueryPicture, VectorSpace

PAGE = 48
DEPTH = 25 * PAGE
"""How deep a list can be scrolled, and so how many candidates take part in one fused ranking."""
RANK_CONSTANT = 60
"""k of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): how little the very first ranks count."""

Images = TypeVar("Images", bound="ImageItem")


class Facts(NamedTuple):
    """What counting and comparing hits needs to know of an image."""

    dhash: str
    color: str
    width: int | None
    height: int | None

    @property
    def orientation(self) -> str:
        """As `turned` tells them apart; "" while unknown."""
        if not self.width or not self.height:
            return ""
        ratio = self.width / self.height
        return "portrait" if ratio < 0.95 else "landscape" if ratio > 1.05 else "square"


@dataclass
class ImageHits(Hits[Images]):
    """Hits of two rankings, the vectors' and the word index's, fused by reciprocal rank."""

    def rank(self, need: int) -> list[Match]:
        if not self.question.text:
            return super().rank(need)
        most = max(need, DEPTH)
        images: ImageQuerySet = self.queryset  # type: ignore[assignment]
        near = dict(self.neighbours(most))
        words = dict(
            self._without_excluded(images.word_matches(self.question.text, most + len(self.exclude)))
        )
        distances = near | self._distances([pk for pk in words if pk not in near])
        gains = self._gains([pk for pk, share in words.items() if share == 1])
        merits: dict[int, float] = defaultdict(float)
        for ranking in (near, words):
            for place, pk in enumerate(islice(ranking, DEPTH)):
                merits[pk] += 1 / (RANK_CONSTANT + place + 1)

        def fused(pk: int) -> Match:
            return self._fused(pk, distances.get(pk), words.get(pk, 0.0), gains.get(pk))

        head = [fused(pk) for pk in merits]
        head.sort(key=lambda match: (-self._band_order(match), -merits[match.pk], match.pk))
        # Deeper down nothing is fused, so that a longer ranking goes on where a shorter one ended.
        rest = [pk for pk in near if pk not in merits]
        if len(near) < most:
            rest += [pk for pk in words if pk not in merits and pk not in near]
        return head + [fused(pk) for pk in rest]

    def _distances(self, ids: list[int]) -> dict[int, float]:
        if self.question.vector is None or not ids:
            return {}
        return distances(
            self.location.model, self.location.field, self.question.vector, ids, self.queryset.db
        )

    @cached_property
    def _sought(self) -> list[Voice]:
        return [voice for voice in self.question.voices if not voice.part.against]

    @cached_property
    def _pictures(self) -> float:
        """How much the pictures weigh that are sought."""
        return sum(voice.part.weight for voice in self._sought if voice.share and not voice.part.words)

    def _gains(self, ids: list[int]) -> dict[int, float]:
        """How much nearer to words and pictures these images were, if they looked likely for the words.

        They have all of them in their titles, tags and names. Empty where the model is unsure of the words.
        """
        if self.calibration is None or not self._pictures or not ids:
            return {}
        gains: dict[int, float] = defaultdict(float)
        for voice in self._sought:
            if voice.part.words and voice.share:
                model, field = self.location
                for pk, distance in distances(model, field, voice.vector, ids, self.queryset.db).items():
                    gains[pk] += voice.share * max(0.0, self.calibration.words.likely - (1 - distance))
        return gains

    def _fused(self, pk: int, distance: float | None, share: float, gain: float | None) -> Match:
        """One match of what both rankings say; `share` is how much of the words the word index found.

        A match on all words counts at least as likely, beside pictures as likely for the words. Where no
        vector could be asked, part of the words is worth part of that.
        """
        score = None if distance is None else self.score(distance)
        if self.calibration and share == 1:
            score = max(score or 0.0, self._in_words(distance, gain))
        elif self.calibration and score is None:
            score = WEAK + (LIKELY - WEAK) * share
        by_picture = distance is not None and (
            not share or self.score(distance) >= (WEAK if self.calibration else 0)
        )
        found_by = (*(("picture",) if by_picture else ()), *(("words",) if share else ()))
        return Match(pk, distance, score, found_by)

    def _in_words(self, distance: float | None, gain: float | None) -> float:
        """The score of what has all words of the query in its title, tags or name."""
        if not self._pictures or distance is None:
            return LIKELY
        if gain is not None:
            return self.score(distance - gain)
        words = sum(voice.part.weight for voice in self._sought if voice.part.words)
        return (words * LIKELY + self._pictures * self.score(distance)) / (words + self._pictures)

    @staticmethod
    def _band_order(match: Match) -> int:
        return sum((match.score or 0.0) >= cut for cut in (WEAK, LIKELY, STRONG))


class ImageQuerySet(SearchMixin["ImageItem"], models.QuerySet["ImageItem"]):
    """Chain it: `ImageItem.objects.visible_to(user).filter(tags__name="pets").search("orange cat")[:3]`."""

    hits = ImageHits
    further_owner: int | None = None
    """The user that sees some of these images only because they own them beside somebody else."""
    _space: VectorSpace | None = None

    def visible_to(self, user: User | AnonymousUser | None) -> Self:
        """What this person may see. Every read of the gallery passes here.

        None is what is public; somebody who has not logged in sees that, or under LOGIN_REQUIRED nothing.
        Of an image that they own beside somebody else they see the picture; `_fetch_all` replaces the rest.
        """
        if user is not None and not user.is_authenticated and settings.LOGIN_REQUIRED:
            return self.none()
        if user is not None and user.is_authenticated and user.has_perm("gallery.curate"):
            return self.all()
        seen = Q(visibility="public", moderation="approved")
        further = None
        if user is not None and user.is_authenticated:
            own = Q(owner=user)
            shared = FurtherOwner.objects.using(self.db).filter(owner=user)
            if shared.exists():  # a second condition for everybody would cost each member an index on TiDB
                own |= Q(pk__in=shared.values("image"))
                further = user.pk
            seen |= own & ~Q(moderation="blocked")
        clone = self._opened(seen)
        clone.further_owner = further
        return clone

    def with_words(self) -> Self:
        """Those whose title, tags and caption the person may read: what `visible_to` is about for words."""
        if self.further_owner is None:
            return self
        return self._opened(Q(visibility="public", moderation="approved") | Q(owner=self.further_owner))

    def readable(self, ids: Iterable[int]) -> list[int]:
        """Those of these ids whose words the person may read, in their order."""
        ids = list(ids)
        if self.further_owner is None:
            return ids
        known = set(self.with_words().order_by().filter(pk__in=ids).values_list("pk", flat=True))
        return [pk for pk in ids if pk in known]

    def only_of_readable(self, words: Combinable) -> Combinable:
        """An expression over an image's words; "" for images whose words the person may not read."""
        if self.further_owner is None:
            return words
        readable = Q(visibility="public", moderation="approved") | Q(owner=self.further_owner)
        return Case(When(readable, then=words), default=Value(""))

    def placed_by_date(self, date: Combinable) -> Self:
        """With a date as `place`; for a further owner it is the one on which they added the image.

        Joined, since TiDB does not find an outer query's column from within a subquery in CASE.
        """
        if self.further_owner is None:
            return self.annotate(place=date)
        readable = Q(visibility="public", moderation="approved") | Q(owner=self.further_owner)
        own = FilteredRelation("further_owners", condition=Q(further_owners__owner=self.further_owner))
        return self.annotate(own=own).annotate(
            place=Case(When(readable, then=date), default=F("own__created_at"))
        )

    def _opened(self, seen: Q) -> Self:
        """Narrowed by a condition that is not one of the user's own filters."""
        before = len(self.query.where.children)
        clone = self.filter(seen)
        clone.open_conditions += len(clone.query.where.children) - before
        return clone

    def _fetch_all(self) -> None:
        fetched = self._result_cache is None
        super()._fetch_all()
        if fetched and self.further_owner is not None:
            hide_details(self._result_cache or [], self.further_owner)

    def ready(self) -> Self:
        return self.filter(state="ready")

    def tagged(self, name: str) -> Self:
        return self.with_words().filter(tags__key=tag_key(name))

    def outdated(self) -> Self:
        """Whose tile, hash and colours an earlier version of our decoding has made, and which have a file."""
        older = self.filter(derived_by__lt=DERIVED_BY, sha256__isnull=False)
        return older.exclude(state="failed", reason__startswith="file missing")

    def requeue(self) -> int:
        """Have these images embedded again, as if never tried; findable until then. Returns how many."""
        return self.update(state="pending", reason="", attempts=0, next_try_at=None, lease_until=None)

    def found_anew(self) -> int:
        """More people may find these from now on, so that they are new to saved searches. Returns how many.

        What was never searchable is new once it is.
        """
        return self.filter(found_from__isnull=False).update(found_from=timezone.now())

    def turned(self, orientation: str) -> Self:
        """Pictures that are "landscape", "portrait", or near enough "square" (within 5 %)."""
        if orientation == "square":
            return self.filter(width__lte=F("height") * 1.05, width__gte=F("height") * 0.95)
        if orientation == "portrait":
            return self.filter(width__lt=F("height") * 0.95)
        return self.filter(width__gt=F("height") * 1.05)

    def facts(self, ids: Sequence[int]) -> dict[int, Facts]:
        """Of these images, whatever narrows the queryset."""
        rows = self.model._default_manager.using(self.db).order_by().filter(pk__in=ids)
        return {pk: Facts(*known) for pk, *known in rows.values_list("pk", *Facts._fields)}

    def word_matches(self, text: str, most: int) -> list[tuple[int, float]]:
        """(id, share of the words that it has), those with most of them first."""
        return WordIndex(self.db, self.with_words()._of_these()).matches(terms(text), most)

    def _of_these(self) -> list[Exists]:
        """For terms: only those of these images. (A subquery of ids costs 0.2 s among 100,000 images.)"""
        return [Exists(self.order_by().filter(pk=OuterRef("image_id")))] if self.query.where else []

    def part_vector(self, part: Part, charge: Charge = free) -> Vector:
        """The vector of an image here or of a query picture, or of a part of either. Raises QueryError."""
        if part.pk is not None and not part.crop:
            return super().part_vector(part, charge)
        row: ImageItem | QueryPicture | None
        if part.pk is None:
            row = apps.get_model("gallery", "QueryPicture").find(part.key)
        else:
            row = self.model._default_manager.using(self.db).exclude(file="").filter(pk=part.pk).first()
        if row is None:
            raise QueryError(f"Picture {part.key} is not here, or not any more. Search with another.")
        # What is shown of an image is smaller than the file that its hash is of.
        identity = row.sha256 or "" if part.pk is None else f"{row.sha256}.v"
        return kept_vector(part, identity, row.as_picture, self.embedder(), charge)

    def space(self) -> VectorSpace:
        """The space that answers, read once: from a query's vector to its hits, one model is asked."""
        if self._space is None or self._space._state.db != self.db:
            self._space = apps.get_model("gallery", "VectorSpace").current(self.db)
        return self._space

    def embedder(self) -> Embedder:
        return self.space().embedder

    def calibration(self) -> Calibration | None:
        return self.space().cuts()

    def location(self) -> Location:
        return Location(self.space().vectors, "vector")

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._space, clone.further_owner = self._space, self.further_owner
        return clone

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's; each picture is judged before, and fetched and embedded after the commit."""
        objs = list(objs)
        for item in objs:
            item.meet_picture()
        return super().bulk_create(objs, *args, **kwargs)
