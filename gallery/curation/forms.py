"""Forms on a row that others may be editing at the same time: of the image's page, and of the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from gallery.curation import editing
from gallery.curation.editing import Edit, EditConflict, RowGone, ShownValues
from gallery.models import ImageItem
from gallery.text.descriptions import TAGS_HELP, DescriptionRefused, clean_caption, clean_tags, clean_title
from gallery.text.folding import tag_key
from gallery.text.tag_lists import join_tags, split_tags, unique_tags

if TYPE_CHECKING:
    from gallery.accounts.permissions import Person

    AnyModelForm = forms.ModelForm[Any]
    ImageModelForm = forms.ModelForm[ImageItem]
else:
    AnyModelForm = ImageModelForm = forms.ModelForm

TAKE = "take_"
"""Beginning of the name of the choice between two values of a field."""
CLEAN = {"title": clean_title, "caption": clean_caption}


class SharedRowForm(AnyModelForm):
    """A form that knows what it showed, and so which fields were changed by whom.

    Fields that were not sent, or sent as they were shown, are left as they are in the row, whatever the
    limits say of them. Where somebody else changed the same field, the form has an error with the code
    “conflict”, and shows both values to choose from.
    """

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = self._as_stored()
        for name, tidy in editing.TIDY.items():  # as a browser would send it back
            self.initial[name] = tidy(self.initial.get(name) or "")
        self.initial["shown"] = self.now.as_text()
        if self.is_bound:
            self.data: QueryDict = self.data.copy()
            self.was = ShownValues.read(self.data.get(self.add_prefix("shown"), "")) or self.now
            self._complete()

    @property
    def _compared(self) -> list[str]:
        """The fields with one value each; tags are compared as a set."""
        columns = {column.name for column in self._meta.model._meta.concrete_fields}
        return [name for name in self.fields if name in columns]

    def _as_stored(self) -> ShownValues:
        if self.instance.pk is None:
            return ShownValues()
        row = self.instance
        marks = {name: editing.mark(name, editing.stored(row, name)) for name in self._compared}
        return ShownValues(marks, self.shown_tags())

    def shown_tags(self) -> tuple[str, ...] | None:
        """What the field “tags” shows, one entry a tag; None for a form without it."""
        return None

    def _complete(self) -> None:
        """What was not sent, and where the other's value was chosen, counts as sent as it is in the row."""
        marks = dict(self.was.marks)
        for name in self._compared if self.now.marks else ():
            taken = self.data.get(self.add_prefix(TAKE + name)) == "theirs"
            if taken or self.add_prefix(name) not in self.data:
                self._send(name)
                marks[name] = self.now.marks[name]
        self.was = ShownValues(marks, self.was.tags)

    def is_changed(self, name: str, value: Any) -> bool:
        """Whether a field was sent with another value than was shown."""
        shown = self.was.marks.get(name, self.now.marks.get(name))
        return editing.mark(name, value) != shown

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        changed: dict[str, Any] = {}
        self.unchanged = []
        for name in self._compared:
            if name in cleaned and self.is_changed(name, cleaned[name]):
                changed[name] = cleaned[name]
            elif name in cleaned:
                cleaned[name] = getattr(self.instance, name)
                self.unchanged.append(name)
        for name, tidied in CLEAN.items():
            if name in changed:
                try:
                    changed[name] = cleaned[name] = tidied(changed[name])
                except DescriptionRefused as error:
                    self.add_error(name, str(error))
        self.changed_values = {name: value for name, value in changed.items() if name not in self.errors}
        self.add_conflict_errors(editing.conflicts(self.instance, self.changed_values, self.was.marks))
        return cleaned

    def locked(self) -> Any:
        """The row as it is now, locked until the transaction ends. Raises RowGone, EditConflict."""
        model = self._meta.model
        row = model._default_manager.select_for_update().filter(pk=self.instance.pk).first()
        if row is None:
            raise RowGone(str(model._meta.verbose_name))
        if names := editing.conflicts(row, self.changed_values, self.was.marks):
            raise EditConflict(names)
        return row

    def add_conflict_errors(self, names: list[str]) -> None:
        """Show both values of these fields; a form that is sent again has shown the other's.

        Where the form is shown again, fields that were not changed in it show what others have saved.
        """
        for name in names:
            self.fields[name].theirs = self._displayed(name)  # type: ignore[attr-defined]
            self.add_error(name, self.conflict_error(name))
        for name in self.unchanged:
            self._send(name)
        seen = {name: self.now.marks[name] for name in (*names, *self.unchanged)}
        shown = ShownValues({**self.was.marks, **seen}, self.show_tags())
        self.data[self.add_prefix("shown")] = shown.as_text()

    def show_tags(self) -> tuple[str, ...] | None:
        """Have the field “tags” show those of others, too. Returns the tags that it is based on then."""
        return self.was.tags

    def _send(self, name: str) -> None:
        """Have the row's value of a field count as sent."""
        value = editing.stored(self.instance, name)
        self.data[self.add_prefix(name)] = "" if value is None else str(value)

    def conflict_error(self, name: str) -> ValidationError:
        return ValidationError(_("Someone else changed this while you were editing."), code="conflict")

    def _displayed(self, name: str) -> str:
        """The value in the row, in words; "" for an empty one."""
        display = getattr(self.instance, f"get_{name}_display", None)
        value = display() if display else getattr(self.instance, name)
        return "" if value is None else str(value)

    @property
    def has_conflicts(self) -> bool:
        return any(error.code == "conflict" for of in self.errors.as_data().values() for error in of)


class EditForm(SharedRowForm, ImageModelForm):
    """What its owner or a curator may change of an image."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    tags = forms.CharField(
        required=False,
        help_text=TAGS_HELP,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )

    class Meta:
        model = ImageItem
        fields = ("title", "caption", "tags", "visibility")
        widgets = {
            "title": forms.TextInput(attrs={"class": "input"}),
            "caption": forms.Textarea(attrs={"class": "input", "rows": 3}),
            "visibility": forms.Select(attrs={"class": "input"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.initial["tags"] = join_tags(self.now.tags or ())

    def shown_tags(self) -> tuple[str, ...]:
        return tuple(tag.name for tag in self.instance.tags.all())

    def show_tags(self) -> tuple[str, ...] | None:
        if "tags" in self.errors:
            return self.was.tags
        removed, now = set(map(tag_key, self.removed)), self.now.tags or ()
        self.data["tags"] = join_tags(
            name for name in unique_tags([*now, *self.added]) if tag_key(name) not in removed
        )
        return now

    def clean_tags(self) -> list[str]:
        """All that were sent; only those that were added are held against the limits."""
        names = split_tags(self.cleaned_data["tags"])
        self.added, self.removed = (
            editing.tag_changes(self.was.tags or (), names) if "tags" in self.data else ((), ())
        )
        try:
            clean_tags(self.added)
        except DescriptionRefused as error:
            raise ValidationError(str(error)) from error
        return names

    def is_saved(self, user: Person) -> bool:
        """Save what was changed; False where that is refused, as the form's errors then say.

        Raises RowGone.
        """
        edit = Edit(self.changed_values, self.added, self.removed, shown=self.was.marks)
        try:
            editing.save(self.instance.pk, edit, user)
        except EditConflict as error:  # between our look at the row and the lock on it
            self.instance.refresh_from_db()
            self.now = self._as_stored()
            self.add_conflict_errors(error.fields)
        except DescriptionRefused as error:
            self.add_error("tags", str(error))
        return not self.errors
