"""From one embedding model to another: the second table of vectors is filled while the first answers.

What must be done stands in the database alone (a space that is `wanted`, and a table without some rows), so
that the next process continues where a killed one stopped. No search ever mixes two models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone
from PIL import Image

from gallery.ingest import indexing
from gallery.models import ImageItem, VectorSpace
from gallery.models.querysets import ImageQuerySet
from gallery.models.vectors import TABLES
from imagesearch.database.transactions import atomically
from imagesearch.embeddings.base import Embedder
from imagesearch.embeddings.embed import image_vectors
from imagesearch.errors import EmbeddingError, ImageSearchError
from imagesearch.vectors.codec import Vector

BATCH = 500  # rows that are looked through, or deleted, at once
LEASE = timedelta(seconds=15)
REMOTE_LEASE = timedelta(minutes=5)
"""So long the filling is left to one process. One too short costs work done twice, and nothing else."""

Spaces = VectorSpace.objects
State = ImageItem.State


class ChangeUnderWay(ImageSearchError):
    """Another change has begun and is neither done nor cancelled."""

    code = "change_under_way"


@dataclass(frozen=True)
class ChangeStatus:
    """A change under way; counts are of images."""

    before: str
    after: str
    done: int
    total: int

    def as_dict(self) -> dict[str, str | int]:
        return {"from": self.before, "to": self.after, "done": self.done, "total": self.total}


# --- begin, look, cancel ------------------------------------------------------------------------


def under_way() -> VectorSpace | None:
    """The space that is to answer as soon as its table is full."""
    return Spaces.filter(wanted=True).first()


def status(images: ImageQuerySet) -> ChangeStatus | None:
    """How far a change is, among these images."""
    target = under_way()
    if target is None:
        return None
    return ChangeStatus(VectorSpace.current().model, target.model, *filled(target, images))


def filled(space: VectorSpace, images: ImageQuerySet) -> tuple[int, int]:
    """How many of the searchable images have their vector in the space's table, and of how many."""
    searchable = images.order_by().ready()
    return searchable.filter(having(space)).count(), searchable.count()


def having(space: VectorSpace) -> Exists:
    return Exists(space.vectors._default_manager.filter(pk=OuterRef("pk")))


def spare_table() -> str:
    """The table that does not answer."""
    active = VectorSpace.current().table
    return next(table for table in TABLES if table != active)


def kept_space(model: str) -> VectorSpace | None:
    """The space of a model that answered before, or began to be filled, and whose vectors are kept."""
    return Spaces.filter(table=spare_table(), model=model).first()


def vectors_to_delete(model: str) -> tuple[str, int]:
    """Whose vectors have to go for this model's, and how many they are; ("", 0) where none have."""
    spare = spare_table()
    if kept_space(model):
        return "", 0
    other = Spaces.filter(table=spare).first()
    return (other.model if other else "a model that is forgotten"), TABLES[spare]._default_manager.count()


def begin(embedder: Embedder, deleted: Callable[[int], None] = lambda count: None) -> VectorSpace:
    """Have this model fill the table that does not answer. `deleted` is told of vectors that had to go.

    Raises ChangeUnderWay.
    """
    if not kept_space(embedder.name):
        _clear(embedder.name, deleted)

    def want() -> VectorSpace:
        _refuse_another(embedder.name)
        space = kept_space(embedder.name)
        if space is None:
            if Spaces.filter(table=spare_table()).exists():
                raise ChangeUnderWay("Another model change has just started. Let it finish, or cancel it.")
            fields = VectorSpace.of(embedder)
            return Spaces.create(table=spare_table(), active=False, wanted=True, **fields)
        Spaces.filter(pk=space.pk).update(wanted=True)
        return space

    return atomically(want, repeatable=True)


def _refuse_another(model: str) -> None:
    """Within a transaction, which others that begin a change then wait for."""
    Spaces.select_for_update().get(pk=VectorSpace.current().pk)
    if other := Spaces.filter(wanted=True).exclude(model=model).first():
        raise ChangeUnderWay(
            f"A change to {other.model} is in progress. Finish it (manage.py change_model {other.model}) or "
            "cancel it (manage.py change_model --cancel)."
        )


def _clear(model: str, deleted: Callable[[int], None]) -> None:
    """Make room for this model: the space goes first, so that nobody fills the table, then the vectors."""
    table = spare_table()

    def disown() -> None:
        _refuse_another(model)
        Spaces.filter(table=table).delete()

    vectors = TABLES[table]._default_manager

    def delete_some() -> int:
        _refuse_another(model)
        if table != spare_table() or Spaces.filter(table=table).exists():
            raise ChangeUnderWay("Another model change has started meanwhile. Nothing more was deleted.")
        ids = list(vectors.order_by("pk").values_list("pk", flat=True)[:BATCH])
        vectors.filter(pk__in=ids).delete()
        return len(ids)

    atomically(disown, repeatable=True)
    while count := atomically(delete_some, repeatable=True):
        deleted(count)


def cancel() -> VectorSpace | None:
    """Stop the change that is under way; what is filled is kept for another time. Returns what was wanted."""
    space = under_way()
    Spaces.filter(wanted=True).update(wanted=False, lease_until=None)
    return space


# --- filling ------------------------------------------------------------------------------------


class TableFilling:
    """One process's part in a change: `while filling.hold() and filling.step(): …`.

    `looked_at` counts the images that were embedded or refused here; `refused` says why, by image.
    """

    def __init__(self, space: VectorSpace) -> None:
        self.space, self.embedder = space, space.embedder
        self.looked_at = 0
        self.refused: dict[int, str] = {}
        self._lease: datetime | None = None
        self._last = 0  # up to this image all have been looked through
        self._missing: list[int] = []  # of those
        self._found_some = False  # in this round

    def hold(self) -> bool:
        """Whether the filling is ours for a while: wanted, and held by no other process."""
        longest = REMOTE_LEASE + timedelta(minutes=1)  # with clocks that differ a little
        free = indexing.free(timezone.now(), longest) | Q(lease_until=self._lease)
        lease = indexing.new_lease(LEASE if self.embedder.local else REMOTE_LEASE)
        held = Spaces.filter(free, pk=self.space.pk, wanted=True).update(lease_until=lease)
        if held:
            self._lease = lease
        return bool(held)

    def release(self) -> None:
        """Leave the rest to the next process."""
        Spaces.filter(pk=self.space.pk, lease_until=self._lease).update(lease_until=None)

    def step(self) -> bool:
        """Embed one batch, or look for the next; False when nothing was missing and the model has switched.

        Raises ModelError, and what may pass by itself (see indexing.may_pass).
        """
        if self._missing:
            size = max(self.embedder.batch_size, indexing.MIN_BATCH)
            self.fill(self._missing[:size])
            self._missing = self._missing[size:]
            self._found_some = True
        elif ids := self._next_ids():
            self._last, self._missing = ids[-1], self._without_vector(ids)
        elif self._found_some:  # what came in meanwhile
            self._last, self._found_some = 0, False
        else:
            switch(self.space)
            return False
        return True

    def _next_ids(self) -> list[int]:
        rows = ImageItem.objects.ready().exclude(file="").filter(pk__gt=self._last)
        return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])

    def _without_vector(self, ids: Sequence[int]) -> list[int]:
        there = set(self.space.vectors._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
        return [pk for pk in ids if pk not in there and pk not in self.refused]

    def fill(self, ids: Sequence[int]) -> None:
        """Embed these images and store their vectors. What the model refuses is noted and stops nothing."""
        items = {item.pk: item for item in ImageItem.objects.filter(pk__in=ids).exclude(file="")}
        images: dict[int, Image.Image] = {}
        errors: dict[int, Exception] = {}
        for item in items.values():
            try:
                images[item.pk] = indexing.read_picture(item)
            except (ImageSearchError, OSError) as error:
                errors[item.pk] = error
        vectors: dict[int, Vector] = {}
        for pk, vector in zip(images, image_vectors(self.embedder, list(images.values())), strict=True):
            if isinstance(vector, EmbeddingError):
                errors[pk] = vector
            else:
                vectors[pk] = vector
        self.store([(items[pk], vector) for pk, vector in vectors.items()])
        refused = {pk: str(error) for pk, error in errors.items() if not indexing.may_pass(error)}
        self.refused |= refused
        self.looked_at += len(vectors) + len(refused)
        if passing := [error for error in errors.values() if indexing.may_pass(error)]:
            raise passing[0]  # no image is refused for it: a service is unavailable

    def store(self, done: Sequence[tuple[ImageItem, Vector]]) -> None:
        """Insert what is missing, for images that still show that picture, while the change is wanted.

        The locks (of the space, then of the images) make it safe beside a change of the picture, a switch,
        and a process that was taken for dead.
        """

        def write() -> None:
            if not Spaces.filter(pk=self.space.pk, wanted=True).update(lease_until=self._lease):
                return
            ids = [item.pk for item, _ in done]
            rows = ImageItem.objects.select_for_update().filter(pk__in=ids).order_by("pk")
            shown = dict(rows.values_list("pk", "sha256"))
            table = self.space.vectors
            there = set(table._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
            table._default_manager.bulk_create(
                [
                    table(image_id=item.pk, vector=vector)
                    for item, vector in done
                    if item.pk not in there and shown.get(item.pk) == item.sha256
                ]
            )

        atomically(write, repeatable=True)


# --- the switch ---------------------------------------------------------------------------------


def switch(space: VectorSpace) -> None:
    """Have this space answer from the next question on, unless it is wanted no longer."""

    def flip() -> None:
        if not Spaces.filter(pk=space.pk, wanted=True).update(lease_until=timezone.now()):
            return
        chosen = Case(When(pk=space.pk, then=Value(True)), default=Value(False))
        Spaces.update(active=chosen, wanted=False)
        _revoke_leases()

    atomically(flip, repeatable=True)
    settle()


def settle() -> None:
    """What a switch leaves to do; its space keeps its lease until that is done, by this process or the next.

    An image may have been claimed before the switch was seen: under its lease, which is taken back here, the
    old model's vector would be stored. What has no vector of the new model waits for one.
    """
    space = Spaces.filter(active=True, lease_until__isnull=False).first()
    if space is None:
        return
    _revoke_leases()
    # What the old model could make nothing of, the new one may know.
    ImageItem.objects.filter(state=State.FAILED).exclude(file="").requeue()
    last = 0
    while ids := list(
        ImageItem.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        ImageItem.objects.ready().filter(~having(space), pk__in=ids).requeue()
        last = ids[-1]
    Spaces.filter(pk=space.pk, lease_until=space.lease_until).update(lease_until=None)


def _revoke_leases() -> None:
    """What is being embedded now is not stored. (Searchable images have no lease.)"""
    unready = (State.PENDING, State.FAILED)
    ImageItem.objects.filter(state__in=unready, lease_until__isnull=False).update(lease_until=None)
