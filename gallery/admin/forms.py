"""What the admin asks people for, and how it says what cannot be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gallery.accounts.permissions import may_change_visibility
from gallery.curation import editing
from gallery.curation.editing import EditConflict, ShownValues
from gallery.curation.forms import TAKE, SharedRowForm
from gallery.ingest import disk_space, intake
from gallery.ingest.files import kept_with_row, store_original
from gallery.models import ApiToken, ImageItem, Tag
from gallery.text.descriptions import TAGS_HELP, DescriptionRefused, clean_tags, refuse_many_tags
from gallery.text.folding import tag_key
from gallery.text.tag_lists import split_tags
from imagesearch.concurrency import turns
from imagesearch.errors import ImageSearchError
from imagesearch.images.decode import Photo, decode
from imagesearch.network.addresses import read_link

if TYPE_CHECKING:
    from gallery.accounts.permissions import Person

    ImageModelForm = forms.ModelForm[ImageItem]
    TagModelForm = forms.ModelForm[Tag]
    TokenModelForm = forms.ModelForm[ApiToken]
else:
    ImageModelForm = TagModelForm = TokenModelForm = forms.ModelForm


class AdminRowForm(SharedRowForm):
    """A form of the admin, whose page shows a conflict among the field's errors."""

    def conflict_error(self, name: str) -> ValidationError:
        context = {"name": self.add_prefix(TAKE + name), "theirs": self._displayed(name)}
        return ValidationError(
            render_to_string("admin/gallery/_edit_conflict.html", context), code="conflict"
        )


class ImageForm(AdminRowForm, ImageModelForm):
    """An image and, where one was chosen, its new picture: decoded here, stored by `store_picture`."""

    picture = forms.FileField(
        required=False,
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("JPEG, PNG, WebP, GIF or AVIF."),
    )
    person: ClassVar[Person]
    """Who fills it in; set by the admin."""
    photo: Photo | None = None
    added: frozenset[str] | set[str] = frozenset()
    removed: frozenset[str] | set[str] = frozenset()
    hidden_twin: ImageItem | None = None
    """The image that has the new picture already, where the person may not see it."""

    class Meta:
        model = ImageItem
        fields = ("image_uri", "title", "caption", "tags", "owner", "visibility", "moderation")
        widgets: ClassVar[dict[str, Any]] = {"caption": forms.Textarea(attrs={"rows": 3})}

    @turns.uploading()
    def clean_picture(self) -> UploadedFile | None:
        upload: UploadedFile | None = self.cleaned_data["picture"]
        if upload is None:
            return None
        try:
            disk_space.keep_reserve(upload.size or 0)
            photo = decode(upload, upload.name or "")
        except ImageSearchError as error:
            raise ValidationError(str(error)) from error
        twins = ImageItem.objects.filter(sha256=photo.sha256).exclude(pk=self.instance.pk)
        if seen := twins.visible_to(self.person).first():
            in_admin = reverse("admin:gallery_imageitem_change", args=[seen.pk])
            address = seen.get_absolute_url() if seen.shared else in_admin
            sentence = str(_('This picture is already in the gallery: <a href="{}">{}</a>.'))
            raise ValidationError(format_html(sentence, address, seen))
        self.hidden_twin = twins.first()
        if self.hidden_twin and self.instance.pk:
            raise ValidationError(_("This picture cannot replace another one. Add it as a new image."))
        self.photo = photo
        return upload

    def clean_image_uri(self) -> str:
        address: str = self.cleaned_data["image_uri"].strip()
        if address and "image_uri" in self.changed_data:
            try:
                read_link(address)
            except ImageSearchError as error:
                raise ValidationError(str(error)) from error
        return address

    def shown_tags(self) -> tuple[str, ...] | None:
        """Their numbers, as the field has them."""
        if "tags" not in self.fields or self.instance.pk is None:
            return None
        return tuple(str(pk) for pk in self.instance.tags.values_list("pk", flat=True))

    def _as_stored(self) -> ShownValues:
        known = super()._as_stored()
        picture = {"sha256": editing.mark("sha256", self.instance.sha256)} if self.instance.pk else {}
        return ShownValues({**known.marks, **picture}, known.tags)

    def clean_tags(self) -> Any:
        """Those chosen; what others put on the image or took from it meanwhile is not undone."""
        tags = self.cleaned_data["tags"]
        chosen = {str(tag.pk) for tag in tags}
        before = set((self.was if self.instance.pk else self.now).tags or ())
        self.added, self.removed = chosen - before, before - chosen
        present = set(self.now.tags or ())
        try:
            if self.added - present:
                refuse_many_tags(len((present - self.removed) | self.added))
        except DescriptionRefused as error:
            raise ValidationError(str(error)) from error
        return tags

    def show_tags(self) -> tuple[str, ...] | None:
        if self.now.tags is None or "tags" in self.errors:
            return self.was.tags
        self.data.setlist("tags", sorted((set(self.now.tags) - self.removed) | self.added))
        return self.now.tags

    def _save_m2m(self) -> None:
        if "tags" in self.cleaned_data:
            self.instance.tags.remove(*map(int, filter(str.isdecimal, self.removed)))
            self.instance.tags.add(*map(int, self.added))

    def locked(self) -> ImageItem:
        row: ImageItem = super().locked()
        if self.changes_picture and (self._picture_differs(row) or self._is_held(row)):
            raise EditConflict(["picture"])
        return row

    def _is_held(self, row: ImageItem) -> bool:
        """Whether a curator has hidden its picture: replaced, it could be added again, and be public."""
        return row.pk is not None and not may_change_visibility(self.person, row)

    def _picture_differs(self, row: ImageItem) -> bool:
        """Whether the row has another picture than the one that the form showed."""
        return self.was.marks.get("sha256") not in (None, editing.mark("sha256", row.sha256))

    @property
    def changes_picture(self) -> bool:
        return self.photo is not None or "image_uri" in self.changed_values

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_source()
        if self.changes_picture and self._is_held(self.instance):
            self.add_error(
                "picture", _("A curator has hidden this image. Only curators can replace its picture.")
            )
        elif self.changes_picture and self._picture_differs(self.instance):
            sentence = _(
                "Someone else replaced the picture meanwhile. To replace theirs, choose yours again."
            )
            self.add_error("picture", ValidationError(sentence, code="conflict"))
        return cleaned

    def _check_source(self) -> None:
        """There is a picture, or an address, and not two new ones."""
        if self.errors or "image_uri" not in self.cleaned_data:
            return
        address = self.cleaned_data["image_uri"]
        if not (self.photo or address or self.instance.file):
            self.add_error("picture", _("Choose a file, or enter the address of a picture."))
        if self.photo and address and "image_uri" in self.changed_data:
            self.add_error(
                "image_uri", _("Choose either the file above or the picture at this address, not both.")
            )

    @turns.uploading()
    def store_picture(self, photo: Photo) -> None:
        """Store the files of the new picture, and note on the row what it is. Raises StorageFull."""
        item = self.instance
        item.original_name, item.image_uri = self.cleaned_data["picture"].name[:255], ""
        item.describe(photo)
        with kept_with_row(photo):
            item.file = store_original(photo, self.content())
            item.store_derived(photo)

    def share_twin(self) -> ImageItem:
        """Make the person a further owner of the picture that is here. Returns what they see of it."""
        assert self.hidden_twin
        taken = intake.take_existing(
            self.hidden_twin,
            self.content(),
            name=self.cleaned_data["picture"].name,
            owner=self.person,
            words={
                "title": self.cleaned_data["title"],
                "caption": self.cleaned_data["caption"],
                "tags": [tag.name for tag in self.cleaned_data.get("tags", ())],
            },
        )
        self.save_m2m = lambda: None  # type: ignore[method-assign]  # the tags are the first owner's
        return intake.show(taken, self.person).item

    def content(self) -> bytes:
        """The bytes of the chosen file."""
        upload = self.cleaned_data["picture"]
        upload.seek(0)
        return bytes(upload.read())


class TagForm(AdminRowForm, TagModelForm):
    class Meta:
        model = Tag
        fields = ("name",)

    def clean_name(self) -> str:
        """The name with single spaces; no other tag differs only in case and accents."""
        try:
            names = clean_tags([self.cleaned_data["name"]])
        except DescriptionRefused as error:
            raise ValidationError(str(error)) from error
        if not names:
            raise ValidationError(_("Enter a name."))
        name = names[0]
        if twin := Tag.objects.filter(key=tag_key(name)).exclude(pk=self.instance.pk).first():
            raise ValidationError(
                _(
                    "The tag “%(tag)s” differs only in case or accents. To merge two tags, select both in "
                    "the list and use the action “Merge”."
                )
                % {"tag": twin}
            )
        return name


class TagNamesForm(forms.Form):
    """Which tags to put on the chosen images, or to take from them."""

    names = forms.CharField(
        label=_("Tags"),
        max_length=4000,
        help_text=TAGS_HELP,
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True, "autocomplete": "off"}),
    )

    def clean_names(self) -> list[str]:
        try:
            names = clean_tags(split_tags(self.cleaned_data["names"]))
            refuse_many_tags(len(names))
        except DescriptionRefused as error:
            raise ValidationError(str(error)) from error
        if not names:
            raise ValidationError(_("Enter at least one tag."))
        return names


class CountedTagField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.images_count})"


class MergeTagsForm(forms.Form):
    """Which of several tags stays when they become one."""

    keeper = CountedTagField(
        Tag.objects.none(),
        label=_("Which tag do you want to keep?"),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, tags: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keeper"].queryset = tags  # type: ignore[attr-defined]
