"""Cursors: where a page of a list ended, so that a link continues there when rows come and go."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.core import signing


def signer() -> signing.Signer:
    """Made when used: it reads the secret key, which importing must not make."""
    return signing.Signer(salt="gallery.cursor")


class Cursor(NamedTuple):
    """A row's place in an order: it carries the values, so that the row itself may be changed or deleted.

    `place` is what the order named `sort` sorts by: a time, a number or text.
    """

    sort: str
    place: Any
    pk: int

    def as_text(self) -> str:
        """Signed, so that what is read back needs no further checks."""
        is_time = isinstance(self.place, datetime)
        place = self.place.isoformat() if is_time else self.place
        return signer().sign_object([self.sort, place, self.pk, is_time], compress=True)

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """What `as_text` wrote; None for anything else."""
        try:
            sort, place, pk, is_time = signer().unsign_object(text)
        except (signing.BadSignature, ValueError):
            return None
        return cls(sort, datetime.fromisoformat(place) if is_time else place, pk)
