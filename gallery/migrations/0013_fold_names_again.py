"""Tags and saved searches by the keys of the new folding; tags that it takes for one are merged."""

import sys
import unicodedata
from collections import defaultdict
from typing import Any

from django.db import migrations, transaction
from django.db.models import Count

from gallery.text.folding import fold, tag_key
from imagesearch.jobs.batches import batched

BATCH = 500  # rows
SHOWN = 50  # tags that are listed
ONLY, FIRST_VERSION = 1, 1


def fold_again(apps: Any, schema_editor: Any) -> None:
    """In one transaction, so that tags are found by the old keys or by the new ones."""
    alias = schema_editor.connection.alias
    tables = {name: apps.get_model("gallery", name) for name in ("ImageItem", "Tag", "SavedSearch")}
    with transaction.atomic(using=alias):
        tags = tables["Tag"].objects.using(alias).order_by("pk")
        links = tables["ImageItem"].tags.through.objects.using(alias)
        ambiguous = [tag.name for tag in tags if loses_marks(tag)]
        merged = merge(tags, links)
        rekey(tags.all(), {tag.pk: tag_key(tag.name) or tag.key for tag in tags.all()})
        rekey_searches(tables["SavedSearch"].objects.using(alias))
        if tables["ImageItem"].objects.using(alias).exists():
            states = apps.get_model("gallery", "WordIndexState").objects.using(alias)
            states.update_or_create(pk=ONLY, defaults={"version": FIRST_VERSION, "language": ""})
    report(merged, ambiguous)


def merge(tags: Any, links: Any) -> list[tuple[str, str, int]]:
    """(kept, gone, images of the one that is gone); the tag of most images is kept."""
    same = defaultdict(list)
    for tag in tags:
        same[tag_key(tag.name)].append(tag)
    merged = []
    for key, some in same.items():
        if not key or len(some) < 2:
            continue
        uses = dict(links.filter(tag__in=some).values_list("tag").annotate(Count("pk")).order_by())
        kept, *others = sorted(some, key=lambda tag: (-uses.get(tag.pk, 0), tag.pk))
        for tag in others:
            move(links, tag.pk, kept.pk)
            tags.filter(pk=tag.pk).delete()
            merged.append((kept.name, tag.name, uses.get(tag.pk, 0)))
    return merged


def move(links: Any, gone: int, kept: int) -> None:
    """Give the images of one tag the other; those that have both keep one link."""
    having = set(links.filter(tag=kept).values_list("imageitem_id", flat=True))
    moved = [
        pk for pk, image in links.filter(tag=gone).values_list("pk", "imageitem_id") if image not in having
    ]
    for some in batched(moved, BATCH):
        links.filter(pk__in=some).update(tag=kept)
    links.filter(tag=gone).delete()


def rekey(rows: Any, keys: dict[int, str]) -> None:
    """In two rounds, since a key may be that of another row until that one has got its own."""
    changed = [row for row in rows if row.key != keys[row.pk]]
    for row in changed:
        row.key = f"\x1f{row.pk}"
    rows.bulk_update(changed, ["key"], batch_size=BATCH)
    for row in changed:
        row.key = keys[row.pk]
    rows.bulk_update(changed, ["key"], batch_size=BATCH)


def rekey_searches(searches: Any) -> None:
    """Names of one person that are the same now get a number."""
    length = searches.model._meta.get_field("key").max_length
    taken: set[tuple[int, str]] = set()
    for search in searches.order_by("pk"):
        name, number = search.name, 1
        while (search.whose, fold(name)[:length]) in taken:
            number += 1
            name = f"{search.name[: length - 6]} ({number})"
        taken.add((search.whose, fold(name)[:length]))
        if name != search.name:
            searches.filter(pk=search.pk).update(name=name, sort_key="")
    rekey(searches.all(), {search.pk: fold(search.name)[:length] for search in searches.order_by("pk")})


def loses_marks(tag: Any) -> bool:
    """Whether the version before compared it without marks that make another letter, as of バス and ハス."""
    key = tag_key(tag.name)
    return key != tag.key and any(map(unicodedata.combining, unicodedata.normalize("NFD", key)))


def report(merged: list[tuple[str, str, int]], ambiguous: list[str]) -> None:
    said = []
    if merged:
        said.append(f"{len(merged):,} tags are merged with others of the same letters:")
        said += [f"  {gone!r} ({count:,} images) with {kept!r}" for kept, gone, count in merged[:SHOWN]]
        said += [f"  and {len(merged) - SHOWN:,} more"] if len(merged) > SHOWN else []
    if ambiguous:
        said.append(
            "The version before compared these tags without marks, so that another word may have been taken "
            "for one of them. Such tags cannot be separated now; look at their images:"
        )
        said.append(f"  {', '.join(ambiguous[:SHOWN])}{', …' if len(ambiguous) > SHOWN else ''}")
    for line in said:
        print(line, file=sys.stderr)


class Migration(migrations.Migration):
    dependencies = [("gallery", "0012_term_forms")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
