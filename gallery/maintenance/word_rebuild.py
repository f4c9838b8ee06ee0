"""Rebuilds the word index of a gallery by the rules of this version, and for another SEARCH_LANGUAGE.

How far it is stands in the database, so that any process goes on after one that was stopped. Until all images
are written, searches are answered from the rows of the earlier version, which are kept beside the new ones.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet

from gallery.ingest.terms import BATCH, write_terms
from gallery.models import ImageItem, Term, WordIndexState
from gallery.models.terms import ONLY, wanted_rules
from gallery.text.words import Form, WordRules
from imagesearch.database.transactions import atomically


class WordRebuild:
    """One rebuild over these tables, which in a migration are those of its own models."""

    def __init__(
        self,
        images: QuerySet[Any] | None = None,
        terms: QuerySet[Any] | None = None,
        states: QuerySet[Any] | None = None,
    ) -> None:
        self.images = ImageItem.objects.order_by() if images is None else images
        self.terms = Term.objects.all() if terms is None else terms
        self.states = (WordIndexState.objects.all() if states is None else states).filter(pk=ONLY)

    @property
    def is_needed(self) -> bool:
        state = self.states.first()
        return state is not None and (state.is_switched or _rules(state) != wanted_rules())

    def remaining(self) -> int:
        """How many images `step` has still to look at: all to be written, and again where version 1 was."""
        if (state := self.states.first()) is None or not self.is_needed:
            return 0
        begun = state.is_switched or _next_rules(state) == wanted_rules()
        left = self.images.filter(pk__gt=state.position if begun else 0).count()
        return left if state.is_switched or state.version > 1 else left + self.images.count()

    def step(self) -> int:
        """The next few images; returns how many, 0 where nothing is left."""
        while (state := self.states.first()) is not None:
            if state.is_switched:
                if done := self.clean(state):
                    return done
            elif _rules(state) == wanted_rules():
                return 0
            elif _next_rules(state) != wanted_rules():
                self.begin()
            elif done := self.write(state):
                return done
        return 0

    def finish(self) -> None:
        while self.step():
            pass

    def begin(self) -> None:
        rules = wanted_rules()
        self.states.filter(is_switched=False).update(
            next_version=rules.version, next_language=rules.language, position=0
        )

    def write(self, state: Any) -> int:
        """The next images by the new rules; where none is left, searches are answered by them."""
        if ids := self.ids_after(state.position):
            atomically(partial(self.write_images, ids, state), using=self.terms.db, repeatable=True)
            self.at(state).update(position=ids[-1])
        else:
            self.at(state).update(
                version=state.next_version,
                language=state.next_language,
                is_switched=state.version == 1,
                position=0,
            )
        return len(ids)

    def write_images(self, ids: list[int], state: Any) -> None:
        old = [_rules(state)] if state.version == 1 else []
        write_terms(self.images.filter(pk__in=ids), self.terms, [*old, wanted_rules()])

    def clean(self, state: Any) -> int:
        """Delete the rows of version 1 of the next images, and behind the last."""
        earlier = self.terms.filter(image_id__gt=state.position, form=Form.EARLIER)
        if ids := self.ids_after(state.position):
            atomically(earlier.filter(image_id__lte=ids[-1]).delete, using=self.terms.db, repeatable=True)
            self.at(state).update(position=ids[-1])
        else:
            earlier.delete()
            self.at(state).update(is_switched=False, position=0)
        return len(ids)

    def ids_after(self, position: int) -> list[int]:
        return list(self.images.filter(pk__gt=position).order_by("pk").values_list("pk", flat=True)[:BATCH])

    def at(self, state: Any) -> QuerySet[Any]:
        """The row, unless another process has gone on meanwhile."""
        return self.states.filter(
            position=state.position,
            is_switched=state.is_switched,
            next_version=state.next_version,
            next_language=state.next_language,
        )


def _rules(state: Any) -> WordRules:
    """As `WordIndexState.rules`, which a migration's model does not have."""
    return WordRules(state.version, state.language)


def _next_rules(state: Any) -> WordRules:
    return WordRules(state.next_version, state.next_language)
