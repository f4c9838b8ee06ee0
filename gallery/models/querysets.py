"""Questions about many images: who may see them, which are searchable, what is like what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.conf import settings
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _

from gallery.models.owners import FurtherOwner, hide_details
from gallery.models.query_pictures import QueryPicture
from gallery.models.ranking import ImageHits
from gallery.models.sort_keys import SortKeyQuerySet
from gallery.models.terms import WordIndexState
from gallery.models.vectors import VectorSpace
from gallery.models.word_index import WordIndex, vocabulary_of
from gallery.text.folding import tag_key
from imagesearch.embeddings.base import Embedder, Matrix, Vocabulary
from imagesearch.embeddings.scores import Calibration
from imagesearch.errors import QueryError
from imagesearch.hits import Hits, Location
from imagesearch.images.decode import DERIVED_BY
from imagesearch.query import Part, Picture
from imagesearch.query.query_vector import EmbeddedQuery, RateCharge, embedded_hash, kept_vector, no_charge
from imagesearch.query.scale import MIN_COHORT
from imagesearch.querysets import MAX_COHORT, SearchMixin
from imagesearch.vectors.codec import Vector
from imagesearch.vectors.nearest import sample

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from gallery.models.images import ImageItem


class ImageFacts(NamedTuple):
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


class ImageQuerySet(SearchMixin["ImageItem"], SortKeyQuerySet["ImageItem"]):
    """Chain it: `ImageItem.objects.visible_to(user).filter(tags__name="pets").search("orange cat")[:3]`."""

    hits = ImageHits
    further_owner: int | None = None
    """The user that sees some of these images only because they own them beside somebody else."""
    _space: VectorSpace | None = None
    _asked_words: tuple[str, WordIndex] | None = None
    _typed_words: Mapping[str, str] = {}

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
            rows = self._result_cache or []
            hide_details((row for row in rows if isinstance(row, self.model)), self.further_owner)

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

    def mark_newly_found(self) -> int:
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

    def facts(self, ids: Sequence[int]) -> dict[int, ImageFacts]:
        """Of these images, without the filters of this queryset."""
        rows = self.model._default_manager.using(self.db).order_by().filter(pk__in=ids)
        return {pk: ImageFacts(*known) for pk, *known in rows.values_list("pk", *ImageFacts._fields)}

    def word_matches(self, text: str, most: int) -> list[tuple[int, float]]:
        """(id, share of the words that it has, over 0 to 1), the largest share first, then by id."""
        return self._word_index(text).matches(most)

    def word_shares(self, text: str, ids: Iterable[int]) -> dict[int, float]:
        """The share of the words, as in `word_matches`, for those of these images that have any."""
        return self._word_index(text).shares(ids)

    def word_part(self, text: str, some: str) -> float:
        """How much of a text some of its words are, by their rarity, from 0 to 1."""
        return self._word_index(text).part_of(some)

    def answer(self, embedded_query: EmbeddedQuery, exclude: frozenset[int] = frozenset()) -> Hits[ImageItem]:
        """Likewise; words that were translated are looked up in the word index as they were typed, too."""
        read_as = embedded_query.reading.read_as
        images = self.all()  # as two searches of one queryset may have other words
        images._typed_words = {each.text: each.word for each in read_as if each.kind == "translation"}
        return super(ImageQuerySet, images).answer(embedded_query, exclude)

    def vocabulary(self) -> Vocabulary:
        """The words of titles and tags that everybody may see, so that a shared link answers all alike."""
        everybody = self.model._default_manager.using(self.db).visible_to(None)
        return vocabulary_of(everybody)

    def _word_index(self, text: str) -> WordIndex:
        """Kept for the next question about the same words, since it has counted them by then."""
        if self._asked_words is None or self._asked_words[0] != text:
            images = self.model._default_manager.using(self.db)
            rules = WordIndexState.current(self.db).rules
            index = WordIndex(images, rules, text, self.with_words().of_these(), self._typed_words)
            self._asked_words = (text, index)
        return self._asked_words[1]

    def of_these(self) -> list[Exists]:
        """For terms: only those of these images. (A subquery of ids costs 0.2 s among 100,000 images.)"""
        return [Exists(self.order_by().filter(pk=OuterRef("image_id")))] if self.query.where else []

    def part_vector(self, part: Part, charge: RateCharge = no_charge) -> Vector:
        """The vector of an image here or of a query picture, or of a part of either. Raises QueryError."""
        if part.pk is not None and not part.crop:
            return super().part_vector(part, charge)
        row: ImageItem | QueryPicture | None
        if part.pk is None:
            row = QueryPicture.find(part.key)
        else:
            row = self.model._default_manager.using(self.db).exclude(file="").filter(pk=part.pk).first()
        if row is None:
            message = _("Picture %(key)s does not exist, or has expired. Search with another one.")
            raise QueryError(message % {"key": part.key})
        # What is shown of an image is smaller than the file that its hash is of.
        identity = row.sha256 or "" if part.pk is None else f"{row.sha256}.v"
        return kept_vector(part, identity, row.as_picture, self.embedder(), charge)

    def part_hash(self, part: Part) -> str:
        """The dHash of a sought picture, or of a part of it; "" where it is not known."""
        if isinstance(part.picture, Picture):
            return embedded_hash(self.embedder(), part.picture.sha256, part.crop)
        rows = self.model._default_manager.using(self.db)
        if part.pk is None:
            kept = QueryPicture.find(part.key) if part.key else None
            return embedded_hash(self.embedder(), kept.sha256, part.crop) if kept else ""
        dhash, sha256 = rows.filter(pk=part.pk).values_list("dhash", "sha256").first() or ("", "")
        return embedded_hash(self.embedder(), f"{sha256}.v", part.crop) if part.crop else dhash

    def hashes(self, ids: Sequence[int]) -> dict[int, str]:
        """The dHashes of these images, without the filters of this queryset."""
        rows = self.model._default_manager.using(self.db).filter(pk__in=ids)
        return dict(rows.values_list("pk", "dhash")) if ids else {}

    def cohort(self) -> Matrix:
        """(m, 512): the vectors of the space's cohort; while it has none, or they are gone, of a new one."""
        model, name = self.location()
        vectors = sample(model, name, self.space().cohort or [], self.db)
        return vectors if len(vectors) >= MIN_COHORT else sample(model, name, self.cohort_ids(), self.db)

    def cohort_ids(self) -> list[int]:
        """The ids of a fixed sample of the gallery's searchable images: those with the smallest sha256."""
        images = self.model._default_manager.using(self.db).filter(state="ready", sha256__isnull=False)
        return list(images.order_by("sha256").values_list("pk", flat=True)[:MAX_COHORT])

    def space(self) -> VectorSpace:
        """The space that answers, read once: from a query's vector to its hits, one model is asked."""
        if self._space is None or self._space._state.db != self.db:
            self._space = VectorSpace.current(self.db)
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
        """As Django's; each picture is validated before, and fetched and embedded after the commit."""
        objs = list(objs)
        for item in objs:
            item.decode_new_picture()
        return super().bulk_create(objs, *args, **kwargs)
