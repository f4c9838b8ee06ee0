"""Whether rows, files, vectors and words agree, and what mends it where they do not.

Nothing is held in memory but one shard of the files (a 256th) and one batch of rows at a time. Files are seen
through the storage's own interface, so that a bucket is checked as a folder is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gallery import indexing
from gallery.models import ImageItem, QueryPicture, Tag, Term, query_storage
from gallery.spaces import TABLES, VectorSpace, forget_vectors
from gallery.sweeping import orphaned_query_files
from imagesearch.errors import ImageSearchError
from imagesearch.images import decode
from imagesearch.storage import leftovers
from imagesearch.transactions import atomically

SETTLED = timedelta(hours=1)
"""A younger file without a row may be about to get one."""
BATCH = 500
EXAMPLES = 5
SHARDS = [f"{number:02x}" for number in range(256)]

State = ImageItem.State
TagLink = ImageItem.tags.through


@dataclass(frozen=True)
class Fault:
    """One thing that does not agree with another."""

    kind: str
    """What such things are called, in the plural."""
    example: str
    mend: Callable[[], Any]


@dataclass
class Finding:
    """All faults of one kind."""

    kind: str
    count: int = 0
    mended: int = 0
    examples: list[str] = field(default_factory=list)


def check(*, fix: bool, stepped: Callable[[], None] = lambda: None) -> list[Finding]:
    """All that does not agree, by kind, and mended where asked for. `stepped` is called len(SHARDS) times."""
    findings: dict[str, Finding] = {}
    for fault in faults(stepped):
        finding = findings.setdefault(fault.kind, Finding(fault.kind))
        finding.count += 1
        if len(finding.examples) < EXAMPLES:
            finding.examples.append(fault.example)
        if fix:
            finding.mended += mended(fault)
    return list(findings.values())


def mended(fault: Fault) -> bool:
    try:
        fault.mend()
    except (ImageSearchError, OSError):
        return False
    return True


def faults(stepped: Callable[[], None]) -> Iterator[Fault]:
    for shard in SHARDS:
        yield from in_files(shard)
        stepped()
    yield from in_strange_places()
    yield from in_vectors()
    yield from in_words()
    yield from in_links()
    yield from in_leases()
    yield from in_query_pictures()
    for path in leftovers(SETTLED):
        yield Fault("unfinished files", str(path), partial(path.unlink, missing_ok=True))


# --- rows and files ------------------------------------------------------------------------------


def in_files(shard: str) -> Iterator[Fault]:
    """One 256th of the images, by the first two digits of their hashes, against the files of that name."""
    # Rows before files: a picture that comes in meanwhile has its files before its row.
    items = list(ImageItem.objects.filter(sha256__gte=shard, sha256__lt=shard + "g").order_by("sha256"))
    stored = {*listed(f"originals/{shard}"), *listed(f"derived/{shard}")}
    known: set[str] = set()
    for item in items:
        original, *derived = item.files()
        known |= {original, *derived}
        if original not in stored:
            if item.state != State.FAILED or not item.reason.startswith("file missing"):
                yield Fault("images whose own file is missing", named(item), partial(mark_missing, item))
        elif not stored.issuperset(derived):
            yield Fault("images without their smaller pictures", named(item), partial(remake_derived, item))
    yield from orphans(stored - known)


def listed(folder: str) -> Iterator[str]:
    """The names of the files in a folder of the storage; none where there is no such folder."""
    try:
        _, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files if name)


def in_strange_places() -> Iterator[Fault]:
    """Files where no picture is ever stored."""
    for folder in ("originals", "derived"):
        yield from orphans(set(listed(folder)))
        for shard in set(subfolders(folder)) - set(SHARDS):
            yield from orphans(set(listed(f"{folder}/{shard}")))


def subfolders(folder: str) -> list[str]:
    try:
        return list(default_storage.listdir(folder)[0])
    except FileNotFoundError:
        return []


def orphans(names: set[str]) -> Iterator[Fault]:
    """Those of the files that are old enough to have their rows, if they were to get any."""
    for name in sorted(names):
        try:
            age = timezone.now() - default_storage.get_modified_time(name)
        except FileNotFoundError:
            continue
        if age > SETTLED:
            yield Fault("files without an image", name, partial(delete_orphan, name))


def delete_orphan(name: str) -> None:
    """Unless its picture has been added meanwhile, or made again."""
    item = ImageItem.objects.filter(sha256=name.rpartition("/")[2].partition(".")[0]).first()
    if item is None or name not in item.files():
        default_storage.delete(name)


def mark_missing(item: ImageItem) -> None:
    """The row stays, failed, and is no longer found."""

    def write() -> None:
        ImageItem.objects.filter(pk=item.pk).update(
            state=State.FAILED, reason=indexing.FILE_MISSING, next_try_at=None, lease_until=None
        )
        forget_vectors([item.pk])

    atomically(write, repeatable=True)


def remake_derived(item: ImageItem) -> None:
    with item.file.open("rb") as file:
        item.store_derived(decode(file, item.original_name))


def named(item: ImageItem) -> str:
    return f"#{item.pk} {item}"


# --- vectors, words, links -----------------------------------------------------------------------


def in_vectors() -> Iterator[Fault]:
    active = VectorSpace.current().vectors
    unfound = ImageItem.objects.filter(~has(active, pk=OuterRef("pk")), state=State.READY)
    for pk in keys(unfound):
        yield Fault("searchable images without a vector", f"#{pk}", unfound.filter(pk=pk).requeue)
    for table in TABLES.values():
        # One that waits may keep its old vector until it gets the new one, and so may one that is tried
        # again. The state is the active model's; the other may well know a picture that this one refuses.
        wrong = Q(state=State.FAILED, next_try_at__isnull=True)
        if table is not active:
            wrong &= Q(reason__startswith="file missing")
        right = ImageItem.objects.filter(~wrong, pk=OuterRef("pk"))
        for pk in keys(table._default_manager.filter(~Exists(right))):
            yield Fault(
                "vectors of images that failed or are gone",
                f"#{pk}",
                table._default_manager.filter(pk=pk).delete,
            )


def in_words() -> Iterator[Fault]:
    for pk in keys(Term.objects.filter(~has(ImageItem, pk=OuterRef("image_id")))):
        yield Fault("words of images that are gone", f"term {pk}", Term.objects.filter(pk=pk).delete)
    for ids in batches(ImageItem.objects.all()):
        for pk in indexing.outdated_terms(ids):
            yield Fault("images whose words are out of date", f"#{pk}", partial(indexing.refresh_terms, [pk]))


def in_links() -> Iterator[Fault]:
    """What no constraint keeps: see the models' `db_constraint=False`."""
    gone = ~has(ImageItem, pk=OuterRef("imageitem_id")) | ~has(Tag, pk=OuterRef("tag_id"))
    for pk in keys(TagLink._default_manager.filter(gone)):
        yield Fault(
            "links to tags or images that are gone",
            f"link {pk}",
            TagLink._default_manager.filter(pk=pk).delete,
        )
    owned = ImageItem.objects.filter(owner_id__isnull=False)
    for pk in keys(owned.filter(~has(get_user_model(), pk=OuterRef("owner_id")))):
        mend = partial(ImageItem.objects.filter(pk=pk).update, owner=None)
        yield Fault("images whose owner is gone", f"#{pk}", mend)


def has(model: type[Any], **condition: Any) -> Exists:
    return Exists(model._default_manager.filter(**condition))


# --- what processes leave behind -----------------------------------------------------------------


def in_leases() -> Iterator[Fault]:
    free = indexing.free(timezone.now(), indexing.LONGEST_LEASE)
    over = ImageItem.objects.filter(free, lease_until__isnull=False)
    for pk in keys(over):
        yield Fault("leases that are over", f"#{pk}", partial(over.filter(pk=pk).update, lease_until=None))


def in_query_pictures() -> Iterator[Fault]:
    storage = query_storage()
    for picture in QueryPicture.objects.iterator(BATCH):
        if not storage.exists(picture.file.name):
            yield Fault("query pictures without a file", picture.file.name, picture.delete)
    for path in orphaned_query_files():
        yield Fault("files of query pictures without a row", str(path), partial(path.unlink, missing_ok=True))


def batches(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """The rows' keys in batches: by key, so that what is mended meanwhile does no harm."""
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]


def keys(rows: QuerySet[Any]) -> Iterator[int]:
    for ids in batches(rows):
        yield from ids
