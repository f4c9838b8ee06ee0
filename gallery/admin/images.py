"""The admin of images and tags, where curators work."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat, truncatechars
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.accounts.permissions import may_change_visibility, may_curate, may_see_original
from gallery.admin import actions as admin_actions
from gallery.admin import operations
from gallery.admin.forms import ImageForm, TagForm
from gallery.admin.lists import (
    CappedPaginator,
    ColourFilter,
    ImageChangeList,
    TagFilter,
    having_words,
    known_tags,
    name_column,
    page_of,
)
from gallery.admin.rows import RowAdmin
from gallery.admin_site import listed
from gallery.curation import editing, moderation, sharing
from gallery.ingest import indexing, intake
from gallery.ingest.files import forget, kept_with_row
from gallery.models import ApiToken, ImageItem, QueryPicture, SavedSearch, Tag, VectorSpace
from gallery.models.images import PICTURE_FIELDS, QUEUE_FIELDS
from gallery.models.vectors import forget_vectors
from gallery.text.folding import fold
from gallery.text.tag_lists import join_tags
from imagesearch import embedding_signals
from imagesearch.database.transactions import after_commit, atomically
from imagesearch.errors import ImageSearchError

if TYPE_CHECKING:
    ImageModelAdmin = admin.ModelAdmin[ImageItem]
    TagModelAdmin = admin.ModelAdmin[Tag]
else:
    ImageModelAdmin = TagModelAdmin = admin.ModelAdmin

admin.site.register(ApiToken, operations.ApiTokenAdmin)
admin.site.register(QueryPicture, operations.QueryPictureAdmin)
admin.site.register(SavedSearch, operations.SavedSearchAdmin)
admin.site.register(VectorSpace, operations.VectorSpaceAdmin)

SIMILAR_IMAGES = 12
STATUS_ICONS = {
    "ready": "icon-yes",
    "pending": "icon-clock",
    "failed": "icon-no",
    "public": "icon-viewlink",
    "hidden": "icon-hidelink",
    "approved": "icon-yes",
    "blocked": "icon-no",
}


def status_icon(value: str, word: str) -> SafeString:
    """An icon beside its word: never a colour alone."""
    icon = static(f"admin/img/{STATUS_ICONS[value]}.svg")
    return format_html(
        '<span class="g-sign"><img src="{}" alt="" width="14" height="14"> {}</span>', icon, word
    )


@admin.register(ImageItem)
class ImageAdmin(RowAdmin, ImageModelAdmin):
    form = ImageForm
    list_display = (
        "thumbnail",
        "name",
        "tag_names",
        "status",
        "seen",
        "moderated",
        "owner",
        "measures",
        "created_at",
    )
    list_display_links = ("thumbnail", "name")
    list_filter = ("state", "visibility", "moderation", TagFilter, ColourFilter, "created_at")
    list_per_page = 50
    list_select_related = ("owner",)
    search_fields = ("terms__term",)
    search_help_text = gettext_lazy("Words of title, tags, file name and caption; all are required.")
    show_full_result_count = False
    autocomplete_fields = ("tags", "owner")
    actions = (
        admin_actions.reembed,
        admin_actions.retry_failed,
        admin_actions.publish,
        admin_actions.hide,
        admin_actions.approve,
        admin_actions.block,
        admin_actions.add_tags,
        admin_actions.remove_tags,
    )

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImageItem]:
        """Without what the person owns beside somebody else: here whole rows are read and written."""
        return ImageItem.objects.visible_to(request.user).with_words()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ImageChangeList]:
        return ImageChangeList

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> Paginator[Any]:
        return CappedPaginator(queryset, per_page, *args, page=page_of(request), **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return having_words(queryset, search_term), False

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, item: ImageItem) -> SafeString:
        if not item.sha256:
            return format_html('<span class="g-thumb">{}</span>', _("no picture"))
        return format_html(
            '<span class="g-thumb"><img src="{}" alt="{}" loading="lazy" decoding="async"></span>',
            item.tile_url,
            item,
        )

    @admin.display(description=gettext_lazy("title"), ordering="sort_key")
    def name(self, item: ImageItem) -> str:
        return truncatechars(str(item), 60)

    @admin.display(description=gettext_lazy("tags"))
    def tag_names(self, item: ImageItem) -> str:
        return join_tags(tag.name for tag in item.tags.all())

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def status(self, item: ImageItem) -> SafeString:
        shown = status_icon(item.state, item.get_state_display())
        if item.state != ImageItem.State.FAILED:
            return shown
        return format_html('{}<span class="g-reason">{}</span>', shown, truncatechars(item.reason, 90))

    @admin.display(description=gettext_lazy("visibility"), ordering="visibility")
    def seen(self, item: ImageItem) -> SafeString:
        return status_icon(item.visibility, item.get_visibility_display())

    @admin.display(description=gettext_lazy("moderation"), ordering="moderation")
    def moderated(self, item: ImageItem) -> SafeString:
        return status_icon(item.moderation, item.get_moderation_display())

    @admin.display(description=gettext_lazy("size"), ordering="size")
    def measures(self, item: ImageItem) -> SafeString | None:
        if not item.size:
            return None
        return format_html(
            '<span class="g-measures">{} × {}<br>{}</span>',
            item.width,
            item.height,
            filesizeformat(item.size),
        )

    # --- one image ---

    def has_delete_permission(self, request: HttpRequest, obj: ImageItem | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or may_change_visibility(request.user, obj))

    def delete_model(self, request: HttpRequest, obj: ImageItem) -> None:
        sharing.delete(obj, request.user)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """What is held only curators delete; what the person owns with others is handed over to them."""
        if not may_curate(request.user):
            queryset = queryset.filter(held=False)
        shared = list(queryset.filter(owner=request.user, further_owners__isnull=False).distinct())
        for item in shared:
            sharing.delete(item, request.user)
        super().delete_queryset(request, queryset.exclude(pk__in=[item.pk for item in shared]))

    def get_fieldsets(self, request: HttpRequest, obj: ImageItem | None = None) -> Any:
        writes = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        fixed = () if obj else self.get_readonly_fields(request)  # a new image has nothing there to read
        return [
            (heading, {"fields": [name for name in names if name not in fixed]})
            for heading, names in (
                (
                    _("Replace the picture") if obj else _("The picture"),
                    ["picture", "image_uri"][not writes :],
                ),
                (_("Title, caption and tags"), ["title", "caption", "tags"]),
                (
                    _("Who may see it"),
                    ["owner", "visibility", "moderation", *["shown"][: bool(obj and writes)]],
                ),
            )
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: ImageItem | None = None) -> tuple[str, ...]:
        """Who may not look up users or tags cannot choose among them, nor undo what a curator did."""
        user = request.user
        owner = () if user.has_perm(f"{get_user_model()._meta.app_label}.view_user") else ("owner",)
        tags = () if user.has_perm("gallery.view_tag") else ("tags",)
        held = () if obj is None or may_change_visibility(user, obj) else ("visibility", "moderation")
        return (*owner, *tags, *held)

    def get_form(
        self, request: HttpRequest, obj: ImageItem | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.person = request.user
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"owner": str(request.user.pk), "visibility": settings.DEFAULT_VISIBILITY}

    def row_view(self, request: HttpRequest, *args: Any) -> HttpResponse:
        """Django's, without its transaction around everything: `save_model` has files to store before."""
        try:
            return self._changeform_view(request, *args)  # type: ignore[attr-defined,no-any-return]
        except IntegrityError:
            sentence = _("Nothing was saved: this picture was added by someone else meanwhile.")
            self.message_user(request, sentence, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: ImageItem, form: Any, change: bool) -> None:
        """The new files; then row and tags, without the old vector; then the old files go."""
        if form.hidden_twin:
            obj.__dict__.update(form.share_twin().__dict__)
            return
        new = [form.photo] if form.photo and form.photo.sha256 != obj.sha256 else []
        columns = {*form.changed_values}
        if new:
            untitled = set() if obj.title else {"title"}  # the file's name becomes the title
            form.store_picture(*new)
            # Without a new picture the queue is the worker's to write.
            columns |= {"image_uri"} | (PICTURE_FIELDS - {"title"}) | untitled | QUEUE_FIELDS
        if not change and obj.owner is None:
            obj.owner = request.user  # type: ignore[assignment]
        address = obj._loaded_uri

        def write() -> None:
            obj._loaded_uri = address
            if not change:
                obj.pk, obj._state.adding = None, True  # an earlier try may have failed
                obj.save()
                form.save_m2m()
                return
            now: ImageItem = form.locked()
            editing.follow(obj, now, columns)
            obj.save(update_fields=columns | {*moderation.note_hold(obj, request.user)})
            if new:
                forget_vectors([obj.pk])
            form.save_m2m()
            if now.sha256 and obj.sha256 != now.sha256:
                after_commit(forget, now.sha256, now.files())

        with embedding_signals.muted(obj) if new else nullcontext(), kept_with_row(*new):
            atomically(write)
        restored = intake.restore(obj, form.content()) if form.photo and not new else None
        if photo := new[0] if new else restored:
            after_commit(indexing.index_saved, [obj.pk], [photo])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: `save_model` has written the tags with the row."""

    def response_add(
        self, request: HttpRequest, obj: ImageItem, post_url_continue: str | None = None
    ) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        self.tell_state(request, obj)
        return response

    def response_change(self, request: HttpRequest, obj: ImageItem) -> HttpResponse:
        response = super().response_change(request, obj)
        self.tell_state(request, obj)
        return response

    def tell_state(self, request: HttpRequest, obj: ImageItem) -> None:
        """Say so where the saved image has no vector."""
        saved = ImageItem.objects.filter(pk=obj.pk).first()
        if saved and saved.state == ImageItem.State.FAILED:
            retry = _("It is retried automatically.") if saved.next_try_at else _("Fix this, then retry.")
            text = _("“%(name)s” was saved, but not embedded: %(reason)s %(retry)s")
            sentence = text % {"name": saved, "reason": saved.reason, "retry": retry}
            self.message_user(request, sentence, messages.WARNING)
        elif saved and saved.state == ImageItem.State.PENDING:
            sentence = _("“%(name)s” is queued for the worker (manage.py embed_images --watch).") % {
                "name": saved
            }
            self.message_user(request, sentence, messages.INFO)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        item: ImageItem | None = context.get("original")
        if item:
            context |= {
                "facts": facts(item),
                "state": status_icon(item.state, item.get_state_display()),
                "original_url": item.media_url("o") if may_see_original(request.user, item) else "",
                **neighbours(item, request),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def view_on_site(self, obj: ImageItem) -> str:
        return obj.get_absolute_url()


def facts(item: ImageItem) -> list[tuple[str, Any]]:
    """What is known of the picture, where it is known."""
    space = VectorSpace.objects.filter(active=True).first()
    known = [
        (_("Dimensions"), f"{item.width} × {item.height} px" if item.width else ""),
        (_("File"), f"{item.format}, {filesizeformat(item.size)}" if item.size else ""),
        (_("File name"), item.original_name),
        (_("SHA-256"), item.sha256),
        (_("Difference hash"), item.dhash),
        (_("Colour"), item.color),
        (_("Model"), space.model if space else ""),
        (_("Attempts"), item.attempts),
        (_("Next attempt"), item.next_try_at),
        (_("Added"), item.created_at),
        (_("Held"), _("Hidden by a curator; its owner cannot publish it.") if item.held else ""),
    ]
    return [(label, value) for label, value in known if value]


def neighbours(item: ImageItem, request: HttpRequest) -> dict[str, Any]:
    """The images nearest to this one, or the sentence that says why there are none."""
    try:
        found = item.similar(request.user)[:SIMILAR_IMAGES]
    except ImageSearchError as error:
        return {"similar": [], "no_similar_reason": str(error)}
    return {
        "similar": found,
        "no_similar_reason": "" if found else _("There are no other images yet."),
    }


@admin.register(Tag)
class TagAdmin(RowAdmin, TagModelAdmin):
    form = TagForm
    list_display = (name_column, "images_link")
    list_per_page = 100
    search_fields = ("key",)
    search_help_text = gettext_lazy("Any part of the name; case and accents are ignored.")
    show_full_result_count = False
    actions = (admin_actions.merge_tags,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        readable: Any = ImageItem.objects.visible_to(request.user).with_words()
        images = readable.filter(tags=OuterRef("pk")).order_by()
        number = images.values("tags").annotate(number=Count("pk")).values("number")
        return known_tags(request.user).annotate(images_count=Coalesce(Subquery(number), 0))

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        if change:
            form.locked()
        obj.save(update_fields=["name", "key"] if change else None)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.filter(key__contains=fold(search_term.strip())), False

    @admin.display(description=gettext_lazy("images"), ordering="images_count")
    def images_link(self, tag: Any) -> SafeString:
        return format_html('<a href="{}">{}</a>', listed(tag=tag.name), tag.images_count)
