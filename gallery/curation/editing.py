"""Several people edit one image: only what each changed is written, and a conflict is not overwritten."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.translation import gettext as _

from gallery.curation import moderation
from gallery.models import ImageItem, Tag
from gallery.text.descriptions import refuse_many_tags, tidy_caption, tidy_title
from gallery.text.folding import tag_key
from imagesearch.database.transactions import atomically
from imagesearch.errors import ImageSearchError

if TYPE_CHECKING:
    from gallery.accounts.permissions import Person

TIDY: dict[str, Callable[[str], str]] = {"title": tidy_title, "caption": tidy_caption}
"""Texts that a browser sends back with other line ends than they were stored with."""


class EditConflict(ImageSearchError):
    """Somebody else changed the same fields since they were shown."""

    code = "conflict"
    status = 409

    def __init__(self, fields: Iterable[str]) -> None:
        self.fields = list(fields)
        message = _(
            "Someone else has changed %(fields)s in the meantime, so nothing was saved. "
            "Load the image again and repeat your change."
        )
        super().__init__(message % {"fields": ", ".join(self.fields)})


class RowGone(ImageSearchError):
    """The image or tag that is to be changed was deleted, or hidden from this person."""

    code = "not_found"
    status = 404

    def __init__(self, what: str = "image") -> None:
        message = _("This %(what)s was deleted or is hidden from you. Nothing was changed.")
        super().__init__(message % {"what": what})


@dataclass(frozen=True)
class ShownValues:
    """What a form showed of a row: a mark of each field's value, and the names of its tags.

    A mark is short, so that a long caption is not sent twice.
    """

    marks: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None

    def as_text(self) -> str:
        """For a hidden field."""
        return json.dumps([self.marks, self.tags], separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> ShownValues | None:
        """What `as_text` wrote; None for anything else."""
        try:
            marks, tags = json.loads(text)
            marks = {str(name): str(mark) for name, mark in marks.items()}
            return cls(marks, None if tags is None else tuple(map(str, tags)))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None


@dataclass(frozen=True)
class Edit:
    """New values of some fields, and the names of tags to add and to remove, or of all tags instead.

    A field whose mark is in `shown` is written only while its value is still the one that was shown.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = None
    shown: Mapping[str, str] = field(default_factory=dict)


def stored(row: Model, name: str) -> Any:
    """A field's value as it is compared: a foreign key's as its number."""
    return row.serializable_value(name)


def mark(name: str, value: Any) -> str:
    """What tells two values of a field apart."""
    value = value.pk if isinstance(value, Model) else value
    text = "" if value is None else str(value)
    return sha256(TIDY.get(name, str)(text).encode("utf-8", "replace")).hexdigest()[:16]


def conflicts(row: Model, values: Mapping[str, Any], shown: Mapping[str, str]) -> list[str]:
    """The fields whose value in the row is neither the one that was shown nor the new one."""
    return [
        name
        for name, value in values.items()
        if name in shown and mark(name, stored(row, name)) not in (shown[name], mark(name, value))
    ]


def follow(row: Model, now: Model, changed: Collection[str]) -> None:
    """Give the row, loaded a while ago, what it has in the database now, but for the changed fields."""
    for column in row._meta.concrete_fields:
        if column.name not in changed:
            setattr(row, column.attname, getattr(now, column.attname))
    if isinstance(row, ImageItem) and isinstance(now, ImageItem):
        row._loaded_audience = now._loaded_audience


def tag_changes(shown: Iterable[str], sent: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names to add, names to remove) that make of the tags that were shown those that were sent."""
    before, after = ({tag_key(name): name for name in names} for names in (shown, sent))
    added = tuple(name for key, name in after.items() if key not in before)
    return added, tuple(name for key, name in before.items() if key not in after)


def save(
    pk: int,
    edit: Edit,
    user: Person,
    *,
    check: Callable[[ImageItem], None] | None = None,
    repeatable: bool = True,
) -> ImageItem:
    """Write an edit by `user` to the image as it is now; `check` sees it first, locked.

    Raises RowGone, EditConflict, ImageHeld, DescriptionRefused for too many tags, and what `check` raises.
    """
    names = [*edit.add, *(edit.tags or ())]
    labels = atomically(lambda: Tag.named(names), repeatable=True) if names else []

    def write() -> ImageItem:
        item = ImageItem.objects.select_for_update().filter(pk=pk).first()
        if item is None:
            raise RowGone
        if check:
            check(item)
        if names := conflicts(item, edit.values, edit.shown):
            raise EditConflict(names)
        if edit.values.get("visibility", item.visibility) != item.visibility:
            moderation.refuse_held(item, user)
        for name, value in edit.values.items():
            setattr(item, name, value)
        if edit.values:
            item.save(update_fields=[*edit.values, *moderation.note_hold(item, user)])
        change_tags(item, labels, edit)
        return item

    return atomically(write, repeatable=repeatable)


def change_tags(item: ImageItem, labels: list[Tag], edit: Edit) -> None:
    """Add and remove tags; those that others have put on the image meanwhile stay.

    Raises DescriptionRefused where tags are added and become too many.
    """
    present = {tag.key: tag for tag in item.tags.all()}
    new = [tag for tag in labels if tag.key not in present]
    kept = {tag.key for tag in labels}
    unwanted = present if edit.tags is not None else map(tag_key, edit.remove)
    gone = [present[key] for key in unwanted if key in present and key not in kept]
    if new:
        refuse_many_tags(len(present) + len(new) - len(gone))
    if gone:
        item.tags.remove(*gone)
    if new:
        item.tags.add(*new)
