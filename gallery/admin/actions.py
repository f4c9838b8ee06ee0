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

from gallery.admin.forms import MergeTagsForm, TagNamesForm
from gallery.curation import moderation
from gallery.ingest import indexing
from gallery.ingest.terms import refresh_terms
from gallery.models import ImageItem, Tag
from gallery.text.descriptions import MOST_TAGS
from gallery.text.words import tag_key
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


def images_are(count: int) -> str:
    return "1 image is" if count == 1 else f"{count:,} images are"


# --- the model -----------------------------------------------------------------------------------


@admin.action(description="Re-embed", permissions=["change"])
def reembed(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    embed(model_admin, request, images)


@admin.action(description="Retry what failed", permissions=["change"])
def retry_failed(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    failed = images.filter(state=ImageItem.State.FAILED)
    if failed.exists():
        embed(model_admin, request, failed)
    else:
        model_admin.message_user(request, "None of the chosen images has failed.", messages.WARNING)


def embed(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    """Queue these images; old vectors answer until the new ones are stored. A few are embedded at once."""
    tell = partial(model_admin.message_user, request)
    ids = list(images.order_by("pk").values_list("pk", flat=True))
    cast("ImageQuerySet", images.order_by()).requeue()
    try:
        here = len(ids) <= MAX_INLINE and indexing.inline()
        outcome = indexing.index(ids) if here else None
    except ModelError as error:
        tell(f"{images_are(len(ids))} queued, but the model does not answer: {error}", messages.WARNING)
        return
    if outcome is None:
        tell(
            f"{images_are(len(ids))} queued for the worker (manage.py embed_images --watch).",
            messages.SUCCESS,
        )
        return
    if outcome.ready:
        tell(f"{images_are(len(outcome.ready))} embedded again.", messages.SUCCESS)
    if outcome.failed:
        reason = next(iter(outcome.failed.values()))
        tell(f"{images_are(len(outcome.failed))} not embedded: {reason}", messages.WARNING)


# --- who may see it ------------------------------------------------------------------------------


@admin.action(description="Hide", permissions=["change"])
def hide(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, "hidden", visibility=ImageItem.Visibility.HIDDEN)


@admin.action(description="Publish", permissions=["change"])
def publish(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, "public", visibility=ImageItem.Visibility.PUBLIC)


@admin.action(description="Approve", permissions=["change"])
def approve(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, "approved", moderation=ImageItem.Moderation.APPROVED)


@admin.action(description="Block", permissions=["change"])
def block(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> None:
    change(model_admin, request, images, "blocked", moderation=ImageItem.Moderation.BLOCKED)


def change(model_admin: ImageAdmin, request: HttpRequest, images: Images, word: str, **value: str) -> None:
    """Give the images this value, and note it in the history of each that had another, if they are few."""
    chosen = cast("ImageQuerySet", images)

    def write() -> int:
        others = moderation.changing(chosen, request.user, **value)
        rows = list(others.only("title", "original_name")[: MAX_LOGGED + 1])
        if len(rows) <= MAX_LOGGED:
            note = f"Made {word} in the list."
            LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, note)  # type: ignore[arg-type]
        return moderation.change(chosen, request.user, **value)

    changed = atomically(write)
    if kept := images.exclude(**value).count():
        sentence = f"{images_are(kept)} still held by a curator: only curators can change that."
        model_admin.message_user(request, sentence, messages.WARNING)
    elif not changed:
        model_admin.message_user(request, f"All chosen images were {word} before.", messages.SUCCESS)
    if changed:
        model_admin.message_user(request, f"{images_are(changed)} {word} now.", messages.SUCCESS)


# --- tags ----------------------------------------------------------------------------------------


@admin.action(description="Add tags …", permissions=["change"])
def add_tags(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> TemplateResponse | None:
    return ask_for_tags(model_admin, request, images, "add")


@admin.action(description="Remove tags …", permissions=["change"])
def remove_tags(model_admin: ImageAdmin, request: HttpRequest, images: Images) -> TemplateResponse | None:
    return ask_for_tags(model_admin, request, images, "remove")


def ask_for_tags(
    model_admin: ImageAdmin, request: HttpRequest, images: Images, verb: str
) -> TemplateResponse | None:
    """A page that asks which tags; then, from that page, the deed."""
    ids = list(images.order_by("pk").values_list("pk", flat=True)[: MAX_TAGGED + 1])
    if len(ids) > MAX_TAGGED:
        sentence = (
            f"At most {MAX_TAGGED:,} images can be tagged at once. Choose fewer, by a filter for example."
        )
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
            "title": "Add tags" if verb == "add" else "Remove tags",
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
        full = without_room(ids, tags)
        taking = [pk for pk in ids if pk not in full]
        link(taking, tags)
        after_commit(refresh_terms, taking)
        return taking

    taking = atomically(write, repeatable=True)
    left = len(ids) - len(taking)
    rest = f" {left:,} left as before: an image takes at most {MOST_TAGS} tags." if left else ""
    return f"{images_are(len(taking))} tagged {spoken(tags)} now.{rest}"


def without_room(ids: list[int], tags: list[Tag]) -> set[int]:
    """The images that lack some of these tags and would have more than MOST_TAGS with them."""
    own = Count("tag", filter=Q(tag__in=tags))
    rows = (
        Links.objects.filter(imageitem__in=ids).values_list("imageitem").annotate(all=Count("tag"), own=own)
    )
    return {pk for pk, count, had in rows if had < len(tags) and count - had + len(tags) > MOST_TAGS}


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
    return f"{images_are(len(losing))} no longer tagged {spoken(tags) or 'so'}."


def link(ids: list[int], tags: list[Tag]) -> None:
    rows = [Links(imageitem_id=pk, tag_id=tag.pk) for pk in ids for tag in tags]
    Links.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def spoken(tags: list[Tag]) -> str:
    return ", ".join(f"“{tag}”" for tag in tags)


@admin.action(description="Merge …", permissions=["change", "delete"])
def merge_tags(model_admin: TagAdmin, request: HttpRequest, tags: QuerySet[Tag]) -> TemplateResponse | None:
    """A page that asks which tag stays; then every image of the others gets it, and the others go."""
    if len(tags) < 2:
        model_admin.message_user(request, "Choose two tags or more to make one of them.", messages.WARNING)
        return None
    form = MergeTagsForm(request.POST if "keeper" in request.POST else None, tags=tags)
    if form.is_valid():
        keeper = form.cleaned_data["keeper"]
        moved = merge(keeper, [tag for tag in tags if tag != keeper])
        model_admin.message_user(
            request, f"{images_are(moved)} tagged “{keeper}” instead now.", messages.SUCCESS
        )
        return None
    most = max(tags, key=lambda tag: tag.images_count)  # type: ignore[attr-defined]
    form.initial = {"keeper": most.pk}
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": "Merge tags",
        "opts": model_admin.opts,
        "form": form,
        "hidden_inputs": kept(request),
    }
    return TemplateResponse(request, "admin/gallery/tag/merge.html", context)


def merge(keeper: Tag, others: list[Tag]) -> int:
    """Give `keeper` the images of the other tags, which go. Returns how many images that were."""

    def write() -> list[int]:
        ids = list(Links.objects.filter(tag__in=others).values_list("imageitem_id", flat=True).distinct())
        link(ids, [keeper])
        Tag.objects.filter(pk__in=[tag.pk for tag in others]).delete()
        return ids

    return len(atomically(write))
