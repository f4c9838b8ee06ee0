"""Whether rows, files, vectors and words agree, and what fixes it where they do not.

Nothing is held in memory but one batch of rows at a time; see file_faults.py for files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gallery.ingest import indexing
from gallery.ingest.terms import outdated_terms, refresh_terms
from gallery.maintenance.cleanup import orphaned_query_files
from gallery.maintenance.file_faults import SETTLED, SHARDS, Fault, FileCheck, misplaced_files
from gallery.maintenance.sort_keys import SORTED
from gallery.maintenance.word_rebuild import WordRebuild
from gallery.models import ImageItem, QueryPicture, Tag, Term, VectorSpace
from gallery.models.query_pictures import query_storage
from gallery.models.sort_keys import wanted_keys
from gallery.models.vectors import TABLES
from imagesearch.errors import ImageSearchError
from imagesearch.images.storage import ContentStorage, leftovers

BATCH = 500
EXAMPLES = 5

State = ImageItem.State
TagLink = ImageItem.tags.through


@dataclass
class Finding:
    """All faults of one kind."""

    kind: str
    count: int = 0
    fixed: int = 0
    examples: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """Why the first of those could not be fixed that were not."""

    def fix(self, fault: Fault) -> None:
        try:
            fault.fix()
        except (ImageSearchError, OSError) as error:
            if len(self.refusals) < EXAMPLES:
                self.refusals.append(f"{fault.example}: {error}")
        else:
            self.fixed += 1


def check(
    *, fix: bool, files: FileCheck | None = None, stepped: Callable[[], None] = lambda: None
) -> list[Finding]:
    """All that does not agree, by kind, and fixed where asked for. `stepped` is called len(SHARDS) times."""
    findings: dict[str, Finding] = {}
    for fault in faults(files or FileCheck(), stepped):
        finding = findings.setdefault(fault.kind, Finding(fault.kind))
        finding.count += 1
        if len(finding.examples) < EXAMPLES:
            finding.examples.append(fault.example)
        if fix:
            finding.fix(fault)
    return list(findings.values())


def looks_unmounted() -> bool:
    """Whether the folder of all originals is missing though there are images: then none of them is lost."""
    if not isinstance(default_storage, ContentStorage) or default_storage.exists("originals"):
        return False
    return ImageItem.objects.exclude(sha256=None).exists()


def faults(files: FileCheck, stepped: Callable[[], None]) -> Iterator[Fault]:
    for shard in SHARDS:
        yield from files.shard(shard)
        stepped()
    yield from misplaced_files()
    yield from in_vectors()
    yield from in_words()
    yield from in_sort_keys()
    yield from in_links()
    yield from in_leases()
    yield from in_query_pictures()
    for path in leftovers(SETTLED):
        yield Fault("unfinished files", str(path), partial(path.unlink, missing_ok=True))


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
            wrong &= Q(reason__in=(indexing.FILE_MISSING, indexing.FILE_DAMAGED))
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
    words = WordRebuild()
    if words.is_needed:
        yield Fault("word index of an earlier version", f"{words.remaining():,} images to go", words.finish)
    if words.is_needed:
        return
    for ids in batches(ImageItem.objects.all()):
        for pk in outdated_terms(ids):
            yield Fault("images whose words are out of date", f"#{pk}", partial(refresh_terms, [pk]))


def in_sort_keys() -> Iterator[Fault]:
    for model in SORTED:
        for ids in batches(model._default_manager.all()):
            rows = model._default_manager.filter(pk__in=ids).order_by()
            stored = dict(rows.values_list("pk", "sort_key"))
            for pk, key in wanted_keys(rows).items():
                if stored.get(pk, key) != key:
                    fix = partial(rows.filter(pk=pk).update, sort_key=key)
                    yield Fault(f"{model._meta.verbose_name_plural} with a wrong sort key", f"#{pk}", fix)


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
        fix = partial(ImageItem.objects.filter(pk=pk).update, owner=None)
        yield Fault("images whose owner is gone", f"#{pk}", fix)


def has(model: type[Any], **condition: Any) -> Exists:
    return Exists(model._default_manager.filter(**condition))


# --- what processes leave behind -----------------------------------------------------------------


def in_leases() -> Iterator[Fault]:
    free = indexing.free(timezone.now(), indexing.MAX_LEASE)
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
    """The rows' keys in batches: by key, so that what is fixed meanwhile does no harm."""
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]


def keys(rows: QuerySet[Any]) -> Iterator[int]:
    for ids in batches(rows):
        yield from ids
