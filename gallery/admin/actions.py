"""What can be done to many images or tags at once in the admin's lists."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import ModelAdmin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gallery.admin.forms import MergeTagsForm, TagNamesForm
from gallery.curation import moderation
from gallery.ingest import indexing
from gallery.ingest.terms import refresh_terms
from gallery.models import ImageItem, Tag
from gallery.text.descriptions import MAX_TAGS
from gallery.text.folding import tag_key
from imagesearch.database.transactions import after_commit, atomically
from imagesearch.errors import ModelError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from gallery.models.querysets import ImageQuerySet

    ImageAdmin = ModelAdmin[ImageItem]
    Images = QuerySet[ImageItem]
    TagAdmin = ModelAdmin[Tag]

MAX_INLINE = 50
"""So many images are embedded while the person waits; more are left to the worker."""
MAX_LOGGED = 2_000
"""So many images get a line in their history; for 100,000 the database would be locked for 18 s."""
MAX_TAGGED = 2_000
"""So many images can be tagged at once: the word index of each is written again."""

Links = ImageItem.tags.through


# --- the model -----------------------------------------------------------------------------------


@admin.action(description=gettext_lazy("Re-embed"), permissions=["change"])
def reembed(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    embed(model_admin, request, images)


@admin.action(description=gettext_lazy("Retry failed embeddings"), permissions=["change"])
def retry_failed(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    failed = images.filter(state=ImageItem.State.FAILED)
    if failed.exists():
        embed(model_admin, request, failed)
    else:
        model_admin.message_user(request, _("None of the selected images has failed."), messages.WARNING)


def embed(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    """Queue these images; old vectors answer until the new ones are stored. A few are embedded at once."""
    tell = partial(model_admin.message_user, request)
    ids = list(images.order_by("pk").values_list("pk", flat=True))
    cast("ImageQuerySet", images.order_by()).requeue()
    try:
        here = len(ids) <= MAX_INLINE and indexing.inline()
        outcome = indexing.index(ids) if here else None
    except ModelError as error:
        text = ngettext(
            "%(count)s image was queued, but the model is not available: %(error)s",
            "%(count)s images were queued, but the model is not available: %(error)s",
            len(ids),
        )
        tell(text % {"count": f"{len(ids):,}", "error": error}, messages.WARNING)
        return
    if outcome is None:
        text = ngettext(
            "%(count)s image was queued for the worker (manage.py embed_images --watch).",
            "%(count)s images were queued for the worker (manage.py embed_images --watch).",
            len(ids),
        )
        tell(text % {"count": f"{len(ids):,}"}, messages.SUCCESS)
        return
    if outcome.ready:
        count = len(outcome.ready)
        text = ngettext("%(count)d image was re-embedded.", "%(count)d images were re-embedded.", count)
        tell(text % {"count": count}, messages.SUCCESS)
    if outcome.failed:
        reason = next(iter(outcome.failed.values()))
        count = len(outcome.failed)
        text = ngettext(
            "%(count)d image was not embedded: %(reason)s",
            "%(count)d images were not embedded: %(reason)s",
            count,
        )
        tell(text % {"count": count, "reason": reason}, messages.WARNING)


# --- who may see it ------------------------------------------------------------------------------


@admin.action(description=gettext_lazy("Hide"), permissions=["change"])
def hide(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, _("hidden"), visibility=ImageItem.Visibility.HIDDEN)


@admin.action(description=gettext_lazy("Publish"), permissions=["change"])
def publish(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, _("public"), visibility=ImageItem.Visibility.PUBLIC)


@admin.action(description=gettext_lazy("Approve"), permissions=["change"])
def approve(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, _("approved"), moderation=ImageItem.Moderation.APPROVED)


@admin.action(description=gettext_lazy("Block"), permissions=["change"])
def block(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, _("blocked"), moderation=ImageItem.Moderation.BLOCKED)


def change(model_admin: ImageAdmin, request: HttpRequest, images: Images, word: str, **value: str) -> None:
    """Give the images this value, and note it in the history of each that had another, if they are few."""
    chosen = cast("ImageQuerySet", images)

    def write() -> int:
        others = moderation.changing(chosen, request.user, **value)
        rows = list(others.only("title", "original_name")[: MAX_LOGGED + 1])
        if len(rows) <= MAX_LOGGED:
            note = _("Set to %(value)s in the list.") % {"value": word}
            LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, note)  # type: ignore[arg-type]
        return moderation.change(chosen, request.user, **value)

    changed = atomically(write)
    if kept := images.exclude(**value).count():
        text = ngettext(
            "%(count)s image was hidden or blocked by a curator; only curators can change that.",
            "%(count)s images were hidden or blocked by a curator; only curators can change that.",
            kept,
        )
        model_admin.message_user(request, text % {"count": f"{kept:,}"}, messages.WARNING)
    elif not changed:
        text = _("All selected images were already %(value)s.") % {"value": word}
        model_admin.message_user(request, text, messages.SUCCESS)
    if changed:
        text = ngettext("%(count)s image is now %(value)s.", "%(count)s images are now %(value)s.", changed)
        values = {"count": f"{changed:,}", "value": word}
        model_admin.message_user(request, text % values, messages.SUCCESS)


# --- tags ----------------------------------------------------------------------------------------


@admin.action(description=gettext_lazy("Add tags …"), permissions=["change"])
def add_tags(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> TemplateResponse | None:
    return ask_for_tags(model_admin, request, images, "add")


@admin.action(description=gettext_lazy("Remove tags …"), permissions=["change"])
def remove_tags(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> TemplateResponse | None:
    return ask_for_tags(model_admin, request, images, "remove")


def ask_for_tags(
    model_admin: ImageAdmin, request: HttpRequest, images: Images, verb: str
) -> TemplateResponse | None:
    """A page that asks which tags; then, from that page, the change."""
    ids = list(images.order_by("pk").values_list("pk", flat=True)[: MAX_TAGGED + 1])
    if len(ids) > MAX_TAGGED:
        sentence = _(
            "At most %(limit)s images can be tagged at once. Select fewer, for example with a filter."
        ) % {"limit": f"{MAX_TAGGED:,}"}
        model_admin.message_user(request, sentence, messages.ERROR)
        return None
    form = TagNamesForm(request.POST if "names" in request.POST else None)
    if form.is_valid():
        names = form.cleaned_data["names"]
        sentence = put_tags(ids, names) if verb == "add" else take_tags(ids, names)
        model_admin.message_user(request, sentence, messages.SUCCESS)
        return None
    return TemplateResponse(
        request,
        "admin/gallery/imageitem/tags.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": _("Add tags") if verb == "add" else _("Remove tags"),
            "opts": model_admin.opts,
            "form": form,
            "verb": verb,
            "count": len(ids),
            "images": images[:12],
            "current_tags": Tag.objects.filter(images__in=ids).distinct()[:40],
            "hidden_inputs": kept(request),
        },
    )


def kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What a second page must send again, so that the action meets the same rows."""
    return [
        (name, value)
        for name in ("action", "select_across", "_selected_action")
        for value in request.POST.getlist(name)
    ]


def put_tags(ids: list[int], names: list[str]) -> str:
    """Put the tags on these images, but for those that would have too many; and index their words once."""
    tags = atomically(lambda: Tag.named(names), repeatable=True)

    def write() -> list[int]:
        full = with_too_many_tags(ids, tags)
        taking = [pk for pk in ids if pk not in full]
        link(taking, tags)
        after_commit(refresh_terms, taking)
        return taking

    taking = atomically(write, repeatable=True)
    left = len(ids) - len(taking)
    return " ".join(filter(None, (tagged_message(len(taking), tags), full_message(left))))


def tagged_message(count: int, tags: list[Tag]) -> str:
    text = ngettext(
        "%(count)s image is now tagged %(tags)s.", "%(count)s images are now tagged %(tags)s.", count
    )
    return text % {"count": f"{count:,}", "tags": quoted(tags)}


def full_message(count: int) -> str:
    """About the images that already have as many tags as they may; "" for none."""
    text = ngettext(
        "%(count)s image was not changed: an image may have at most %(limit)d tags.",
        "%(count)s images were not changed: an image may have at most %(limit)d tags.",
        count,
    )
    return text % {"count": f"{count:,}", "limit": MAX_TAGS} if count else ""


def with_too_many_tags(ids: list[int], tags: list[Tag]) -> set[int]:
    """The images that lack some of these tags and would have more than MAX_TAGS with them."""
    own = Count("tag", filter=Q(tag__in=tags))
    rows = (
        Links.objects.filter(imageitem__in=ids).values_list("imageitem").annotate(all=Count("tag"), own=own)
    )
    return {pk for pk, count, had in rows if had < len(tags) and count - had + len(tags) > MAX_TAGS}


def take_tags(ids: list[int], names: list[str]) -> str:
    keys = [tag_key(name) for name in names]
    tags = list(Tag.objects.filter(key__in=keys, images__in=ids).distinct())

    def write() -> list[int]:
        links = Links.objects.filter(imageitem__in=ids, tag__in=tags)
        losing = list(links.values_list("imageitem_id", flat=True).distinct())
        links.delete()
        after_commit(refresh_terms, ids)  # all: a link may have come, and gone, since we looked
        return losing

    losing = atomically(write)
    text = ngettext(
        "Removed %(tags)s from %(count)s image.",
        "Removed %(tags)s from %(count)s images.",
        len(losing),
    )
    values = {"count": f"{len(losing):,}", "tags": quoted(tags)}
    return text % values if tags else _("None of the selected images has these tags.")


def link(ids: list[int], tags: list[Tag]) -> None:
    rows = [Links(imageitem_id=pk, tag_id=tag.pk) for pk in ids for tag in tags]
    Links.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def quoted(tags: list[Tag]) -> str:
    return ", ".join(f"“{tag}”" for tag in tags)


@admin.action(description=gettext_lazy("Merge …"), permissions=["change", "delete"])
def merge_tags(model_admin: TagAdmin, request: HttpRequest, tags: QuerySet[Tag]) -> TemplateResponse | None:
    """A page that asks which tag to keep; all images get it, and the other tags are deleted."""
    if len(tags) < 2:
        model_admin.message_user(request, _("Select two or more tags to merge."), messages.WARNING)
        return None
    form = MergeTagsForm(request.POST if "keeper" in request.POST else None, tags=tags)
    if form.is_valid():
        keeper = form.cleaned_data["keeper"]
        moved = merge(keeper, [tag for tag in tags if tag != keeper])
        text = ngettext(
            "%(count)s image is now tagged “%(tag)s”.", "%(count)s images are now tagged “%(tag)s”.", moved
        )
        values = {"count": f"{moved:,}", "tag": keeper}
        model_admin.message_user(request, text % values, messages.SUCCESS)
        return None
    most = max(tags, key=lambda tag: tag.images_count)  # type: ignore[attr-defined]
    form.initial = {"keeper": most.pk}
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Merge tags"),
        "opts": model_admin.opts,
        "form": form,
        "hidden_inputs": kept(request),
    }
    return TemplateResponse(request, "admin/gallery/tag/merge.html", context)


def merge(keeper: Tag, others: list[Tag]) -> int:
    """Give `keeper` the images of the other tags, which are deleted. Returns how many images that were."""

    def write() -> list[int]:
        ids = list(Links.objects.filter(tag__in=others).values_list("imageitem_id", flat=True).distinct())
        link(ids, [keeper])
        Tag.objects.filter(pk__in=[tag.pk for tag in others]).delete()
        return ids

    return len(atomically(write))
