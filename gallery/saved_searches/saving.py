"""How a search gets its name, keeps it, and is followed: the rules of saved searches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gallery.models import QueryPicture, SavedSearch
from gallery.models.querysets import ImageQuerySet
from gallery.models.saved_searches import MAX_NAME_LENGTH, MAX_PER_OWNER, MAX_QUERY_LENGTH, name_key
from gallery.search.forms import SearchForm
from gallery.search.state import SearchState
from imagesearch.database.transactions import atomically
from imagesearch.errors import ImageSearchError
from imagesearch.query.query import storable
from imagesearch.query.query_vector import MAX_TEXT_LENGTH

T = TypeVar("T")

FILTER_LABELS = {"color": "colour", "orientation": "shape"}
UNDESCRIBED = frozenset(("min", "dedupe"))


class NotSaved(ImageSearchError):
    """A search that cannot be saved so."""

    code = "not_saved"
    status = 422


def query_of(form: SearchForm) -> str:
    """The search as it is saved: from its beginning, written in the one way that its link has."""
    return form.link(refine=None).removeprefix("?")


def save(
    owner: User | None, form: SearchForm, name: str, images: ImageQuerySet, now: datetime
) -> SavedSearch:
    """Give the search a name, and pin its pictures; all that is here now counts as seen. Raises NotSaved."""
    check_length(form)
    state = SearchState.read(form, images)
    check(state)
    name = clean(name) or state.label[:MAX_NAME_LENGTH]
    if SavedSearch.objects.filter(owner=owner).count() >= MAX_PER_OWNER:
        raise NotSaved(
            _("You have %(count)d saved searches, which is the limit. Delete one first.")
            % {"count": MAX_PER_OWNER}
        )
    pictures = [chip.picture for chip in state.chips if chip.picture]
    return with_unique_name(owner, name, lambda: _write(owner, form, name, pictures, now))


def check_length(form: SearchForm) -> None:
    """Raises NotSaved for what would be refused each time that it is opened."""
    longest = max((len(part.words) for part in form.query), default=0)
    if longest > MAX_TEXT_LENGTH:
        raise NotSaved(
            _("The search text has %(length)s characters; the limit is %(limit)d.")
            % {"length": f"{longest:,}", "limit": MAX_TEXT_LENGTH}
        )
    if (length := len(query_of(form))) > MAX_QUERY_LENGTH:
        raise NotSaved(
            _("This search has %(length)s characters; the limit is %(limit)s. Make it shorter.")
            % {"length": f"{length:,}", "limit": f"{MAX_QUERY_LENGTH:,}"}
        )


def check(state: SearchState) -> None:
    """Raises NotSaved for what finds nothing, now or ever."""
    if state.lost:
        raise NotSaved(_("A picture of this search no longer exists. Remove it, then save the search."))
    if not state:
        raise NotSaved(_("There is no search to save. Search for something first."))
    if not state.query.is_searchable:
        raise NotSaved(_("A search with exclusions only has no results. Add words or a picture."))


def _write(
    owner: User | None, form: SearchForm, name: str, pictures: Sequence[QueryPicture], now: datetime
) -> SavedSearch:
    # Locked, so that no sweep takes them; a link to one that is gone would be left out in silence on TiDB.
    held = QueryPicture.objects.select_for_update().filter(pk__in=[picture.pk for picture in pictures])
    if len(held) < len(pictures):
        raise NotSaved(_("A picture of this search has just expired. Remove it, then save the search."))
    saved = SavedSearch.objects.create(
        owner=owner, name=name, query=query_of(form), seen_at=now, marked_from=now, created_at=now
    )
    saved.pictures.set(held)
    return saved


def rename(saved: SavedSearch, name: str) -> bool:
    """False where it was deleted meanwhile. Raises NotSaved."""
    name = clean(name)
    if not name:
        raise NotSaved(_("Enter a name for the saved search."))
    return with_unique_name(saved.owner, name, lambda: saved.write(name=name, key=name_key(name)))


def described(form: SearchForm) -> str:
    """What a search asks, in a line that needs no database: “mallard”, not “zoo”, 2 pictures, tag pond."""
    words = [f"{'not ' * part.against}“{part.words}”" for part in form.query if part.words]
    like, less = (
        sum(1 for part in form.query if not part.words and part.against == against)
        for against in (False, True)
    )
    pictures = [(like, "like {} picture{}"), (less, "less like {} picture{}")]
    counted = [said.format(count, "" if count == 1 else "s") for count, said in pictures if count]
    filters = [
        f"{FILTER_LABELS.get(name, name)} {value}"
        for name, value in form.filters()
        if name not in UNDESCRIBED
    ]
    least = form.wanted.get("min")
    return ", ".join([*words, *counted, *filters, *([f"from {least:.2f}"] if least is not None else [])])


def clean(name: str) -> str:
    """With single spaces. Raises NotSaved for one that is too long."""
    name = " ".join(storable(name).split())
    if len(name) > MAX_NAME_LENGTH:
        raise NotSaved(
            _("This name has %(length)d characters; the limit is %(limit)d.")
            % {"length": len(name), "limit": MAX_NAME_LENGTH}
        )
    return name


def with_unique_name(owner: User | None, name: str, write: Callable[[], T]) -> T:
    """Write what has this name in a transaction. Raises NotSaved where the person has another of the name."""
    try:
        return atomically(write)
    except IntegrityError as error:
        if SavedSearch.objects.filter(owner=owner, key=name_key(name)).exists():
            raise NotSaved(
                _("You already have a saved search “%(name)s”. Choose another name.") % {"name": name}
            ) from error
        raise


def current(searches: QuerySet[SavedSearch], form: SearchForm) -> SavedSearch | None:
    """The one of these that this form asks."""
    query = query_of(form)  # (TiDB takes É for e)
    return next((saved for saved in searches.filter(query=query) if saved.query == query), None)
