"""Help while somebody types: what begins with these letters, and which words the model is unsure of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q

from gallery.models import Tag, Term
from gallery.querysets import ImageQuerySet
from gallery.words import TERM_LENGTH, fold, singular
from imagesearch.asking import LONGEST_TEXT
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import ImageSearchError

MOST = 8
MOST_WORDS = 3
"""Of the words that somebody has typed, so many of the last may begin one entry."""
SHORTEST_TITLE = 2
"""Letters; one begins a word of nearly every title."""
TAGS_COUNTED = 16
MOST_COUNTED = 1_000
"""Images of a tag that are counted at most: more of them are “1,000+”."""
TITLES_READ = 300
TITLE_WEIGHT = 3
"""What a term of a title or a tag weighs in the word index; see indexing.py."""
SHARES = {"tag": 4, "known": 3, "title": 3}
"""So many entries of a kind come first; what room is left is shared out in the same order."""

ALONE = "is searched in titles, tags and names only."
BESIDE_OTHERS = "counts for less, because the model is unsure of it."

Kind = Literal["tag", "known", "title"]
ICONS = {"tag": "tag", "known": "spark", "title": "image"}


@dataclass(frozen=True)
class Suggestion:
    """One entry: the words that stay, what completes them, and what it is."""

    before: str
    text: str
    kind: Kind
    count: int | None = None

    @property
    def value(self) -> str:
        """What the field holds when it is chosen."""
        return self.before + self.text

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def note(self) -> str:
        """“Tag, 12 images”."""
        if self.kind == "known":
            return "The model knows it"
        if self.count is None:
            return "Title"
        plus = "+" if self.count > MOST_COUNTED else ""
        count = min(self.count, MOST_COUNTED)
        return f"Tag, {count:,}{plus} image{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class Doubt:
    """A word that the model is unsure of, and what will happen to it."""

    word: str
    sentence: str


@dataclass(frozen=True)
class Help:
    suggestions: list[Suggestion]
    doubts: list[Doubt]

    def as_dict(self) -> dict[str, Any]:
        return {
            "suggestions": [
                {"value": each.value, "text": each.text, "kind": each.kind, "count": each.count}
                for each in self.suggestions
            ],
            "unsure": [{"word": doubt.word, "sentence": doubt.sentence} for doubt in self.doubts],
        }


def help_with(text: str, images: ImageQuerySet) -> Help:
    """What may be meant by the last words of `text`, among these images (those that a person may see)."""
    space = " " if text.endswith(" ") else ""
    text = " ".join(text.replace("\x00", "").split())[:LONGEST_TEXT] + space
    embedder = images.embedder()
    suggestions = merged(list(entries(text, images, embedder)))
    finished = not suggestions or text.endswith(" ")
    return Help(suggestions, doubts(text, embedder, finished=finished))


def merged(found: list[Suggestion]) -> list[Suggestion]:
    """At most MOST, each text once, and of no kind more than its share while others have more to say."""
    unlike: dict[str, Suggestion] = {}
    for entry in found:
        unlike.setdefault(fold(entry.text), entry)
    by_kind = {kind: [entry for entry in unlike.values() if entry.kind == kind] for kind in SHARES}
    first = [entry for kind, share in SHARES.items() for entry in by_kind[kind][:share]]
    rest = [entry for kind, share in SHARES.items() for entry in by_kind[kind][share:]]
    chosen = (first + rest)[:MOST]
    return [entry for entries in by_kind.values() for entry in entries if entry in chosen]


def entries(text: str, images: ImageQuerySet, embedder: Embedder) -> Iterator[Suggestion]:
    """All that begins with the last words: with three of them, with two, with the last one alone."""
    for before, beginning in tails(text):
        letters = fold(beginning)
        for name, count in tags(letters, images):
            yield Suggestion(before, name, "tag", count)
        for name in known(beginning, embedder):
            yield Suggestion(before, name, "known")
        for title in titles(letters, images):
            yield Suggestion(before, title, "title")


def tails(text: str) -> Iterator[tuple[str, str]]:
    """(what stays, what is completed), the longest first; a space at the end says that a word is whole."""
    words = text.lstrip().split(" ")
    for count in range(min(len(words), MOST_WORDS), 0, -1):
        before, completed = words[:-count], words[-count:]
        if completed != [""]:
            yield "".join(f"{word} " for word in before), " ".join(completed)


def beginning_with(field: str, letters: str) -> Q:
    """As a range, which an index answers everywhere; SQLite's LIKE reads the whole table."""
    return Q(**{f"{field}__gte": letters, f"{field}__lt": f"{letters}\U0010ffff"})


def tags(letters: str, images: ImageQuerySet) -> list[tuple[str, int]]:
    """Tags that begin so with the count of their images, the whole word first, then the most used."""
    found = Tag.objects.filter(beginning_with("key", letters[:TERM_LENGTH])).order_by("key")[:TAGS_COUNTED]
    counted = [
        (tag.name, images.order_by().filter(tags=tag).values("pk")[: MOST_COUNTED + 1].count())
        for tag in found
        if tag.key.startswith(letters)  # TiDB does not see a space at the end
    ]
    used = [(name, count) for name, count in counted if count]
    return sorted(used, key=lambda pair: (fold(pair[0]) != letters, -pair[1], pair[0]))


def known(beginning: str, embedder: Embedder) -> list[str]:
    try:
        return embedder.known(beginning, MOST)
    except ImageSearchError:  # a model that cannot be loaded is said by the search, not while typing
        return []


def titles(letters: str, images: ImageQuerySet) -> list[str]:
    """Titles of the images with a word that begins so, or of which several words follow one another so."""
    first, *others = spaced(letters).split(" ")
    if len(first) < SHORTEST_TITLE:
        return []
    start = singular(first)[:TERM_LENGTH]
    of_titles = Term.objects.filter(weight__gte=TITLE_WEIGHT)
    found = of_titles.filter(term=start) if others else of_titles.filter(beginning_with("term", start))
    ids = list(found.values_list("image_id", flat=True)[:TITLES_READ])
    names = set(images.order_by().filter(pk__in=ids).exclude(title="").values_list("title", flat=True))
    fitting = {name: spaced(f" {fold(name)} ").find(f" {spaced(letters)}") for name in names}
    return sorted(
        (name for name, at in fitting.items() if at >= 0), key=lambda name: (fitting[name], len(name), name)
    )[:MOST]


def spaced(text: str) -> str:
    """With one space for all that is no letter and no number: “beach-house_2” is three words."""
    return re.sub(r"[\W_]+", " ", text)


def doubts(text: str, embedder: Embedder, *, finished: bool) -> list[Doubt]:
    """What becomes of each word that the model is unsure of; nothing yet of one that is still being typed."""
    words = text.split() if finished else text.split()[:-1]
    if not words:
        return []
    if not embedder.embeds_text:
        return [Doubt("", "This model knows pictures only: words are searched in titles, tags and names.")]
    try:
        reading = embedder.read(" ".join(words))
    except ImageSearchError:
        return []
    what = BESIDE_OTHERS if reading.sure else ALONE
    return [Doubt(word, f"“{word}” {what}") for word in dict.fromkeys(reading.unsure)]
