"""How a search gets its name, keeps it, and is followed: the rules of saved searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError

from gallery.asked import Asked
from gallery.forms import SearchForm
from gallery.models import QueryPicture, SavedSearch
from gallery.querysets import ImageQuerySet
from gallery.saved_searches import LONGEST_NAME, MOST_OF_ONE
from imagesearch.errors import ImageSearchError
from imagesearch.transactions import atomically

SAID = {"color": "colour", "orientation": "shape"}
UNSAID = frozenset(("min", "dedupe"))


class NotSaved(ImageSearchError):
    """A search that cannot be saved so."""

    code = "not_saved"
    status = 422


def query_of(form: SearchForm) -> str:
    """The search as it is saved: from its beginning, written in the one way that its link has."""
    return form.link(refine=None).removeprefix("?")


def save(owner: User, form: SearchForm, name: str, images: ImageQuerySet, now: datetime) -> SavedSearch:
    """Give the search a name, and pin its pictures; all that is here now counts as seen. Raises NotSaved."""
    asked = Asked.read(form, images)
    if asked.lost:
        raise NotSaved("A picture of this search is not here any more. Take it away, then save the search.")
    if not asked:
        raise NotSaved("There is nothing to save yet. Search for something first.")
    name = clean(name) or asked.label[:LONGEST_NAME]
    if SavedSearch.objects.filter(owner=owner).count() >= MOST_OF_ONE:
        raise NotSaved(f"You have {MOST_OF_ONE} saved searches, and there is no room for more. Delete one.")
    pictures = [chip.picture for chip in asked.chips if chip.picture]
    return once(name, lambda: _write(owner, form, name, pictures, now))


def _write(
    owner: User, form: SearchForm, name: str, pictures: Iterable[QueryPicture], now: datetime
) -> SavedSearch:
    saved = SavedSearch.objects.create(
        owner=owner, name=name, query=query_of(form), seen_at=now, marked_from=now, created_at=now
    )
    saved.pictures.set(pictures)
    return saved


def rename(saved: SavedSearch, name: str) -> None:
    """Raises NotSaved."""
    name = clean(name)
    if not name:
        raise NotSaved("A saved search needs a name. Type one.")

    def write() -> SavedSearch:
        saved.name = name
        saved.save(update_fields=["name", "key"])
        return saved

    once(name, write)


def described(form: SearchForm) -> str:
    """What a search asks, in a line that needs no database: “mallard”, not “zoo”, 2 pictures, tag pond."""
    words = [f"{'not ' * part.against}“{part.words}”" for part in form.query if part.words]
    like, less = (
        sum(1 for part in form.query if not part.words and part.against == against)
        for against in (False, True)
    )
    pictures = [(like, "like {} picture{}"), (less, "less like {} picture{}")]
    counted = [said.format(count, "" if count == 1 else "s") for count, said in pictures if count]
    filters = [f"{SAID.get(name, name)} {value}" for name, value in form.filters() if name not in UNSAID]
    least = form.wanted.get("min")
    return ", ".join([*words, *counted, *filters, *([f"from {least:.2f}"] if least is not None else [])])


def clean(name: str) -> str:
    """With single spaces. Raises NotSaved for one that is too long."""
    name = " ".join(name.replace("\x00", "").split())
    if len(name) > LONGEST_NAME:
        raise NotSaved(f"This name has {len(name)} letters; a saved search takes at most {LONGEST_NAME}.")
    return name


def once(name: str, write: Callable[[], SavedSearch]) -> SavedSearch:
    """Write what has this name in a transaction. Raises NotSaved where the person has another of the name."""
    try:
        return atomically(write)
    except IntegrityError as error:
        raise NotSaved(f"You have a saved search “{name}” already. Choose another name.") from error


def current(searches: Iterable[SavedSearch], form: SearchForm) -> SavedSearch | None:
    """The one of these that this form asks."""
    query = query_of(form)
    return next((saved for saved in searches if saved.query == query), None)
