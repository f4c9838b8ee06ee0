"""Suggestions while somebody types: what begins with these letters, and words the model is unsure of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gallery.models import ImageItem, Tag, Term, WordIndexState
from gallery.models.querysets import ImageQuerySet
from gallery.models.terms import beginning_with
from gallery.search.word_notes import offered, sentences_about
from gallery.text.folding import TERM_LENGTH, fold
from gallery.text.sort_keys import sort_key
from gallery.text.tokens import spaced
from gallery.text.words import STOP_WORDS
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import ImageSearchError
from imagesearch.jobs.batches import batched
from imagesearch.query.query import storable
from imagesearch.query.query_vector import MAX_TEXT_LENGTH

MAX_SUGGESTIONS = 8
MAX_WORDS = 3
"""Of the words that somebody has typed, so many of the last may begin one entry."""
MIN_TITLE_LETTERS = 2
"""Letters; one begins a word of nearly every title."""
TAGS_COMPARED = 1_000
"""Tags that begin so, the first by the alphabet, of which the most used are found."""
TAGS_TRIED = 200
"""Of these so many are looked at whether the person may see an image of them."""
TAGS_COUNTED = MAX_SUGGESTIONS
MAX_COUNTED = 1_000
"""Images of a tag that are counted at most: more of them are “1,000+”."""
LINKS_READ = 1_000
TITLES_READ = 300
TITLES_TRIED = 1_500
"""Words that begin so, whose images are read until there are titles enough that the person may see."""
GUARANTEED = {"tag": 4, "known": 3, "title": 3}
"""So many entries of a kind come first; what room is left is shared out in the same order."""

WORDS_ONLY = gettext_lazy(
    "The model is unsure of “%(word)s”. It is searched in titles, tags and file names only."
)
Links = ImageItem.tags.through

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
            return _("Known to the model")
        if self.count is None:
            return _("Title")
        plus = "+" if self.count > MAX_COUNTED else ""
        count = min(self.count, MAX_COUNTED)
        text = ngettext("Tag, %(count)s image", "Tag, %(count)s images", count)
        return text % {"count": f"{count:,}{plus}"}


@dataclass(frozen=True)
class UnknownWord:
    """A word that the model is unsure of, and what will happen to it."""

    word: str
    sentence: str


@dataclass(frozen=True)
class Completions:
    suggestions: list[Suggestion]
    unknown_words: list[UnknownWord]

    def as_dict(self) -> dict[str, Any]:
        return {
            "suggestions": [
                {"value": each.value, "text": each.text, "kind": each.kind, "count": each.count}
                for each in self.suggestions
            ],
            "unsure": [{"word": doubt.word, "sentence": doubt.sentence} for doubt in self.unknown_words],
        }


def complete(text: str, images: ImageQuerySet) -> Completions:
    """What may be meant by the last words of `text`, among these images (those that a person may see)."""
    space = " " if text.endswith(" ") else ""
    text = " ".join(storable(text).split())[:MAX_TEXT_LENGTH] + space
    suggestions = merged(list(entries(text, images.with_words(), images.embedder())))
    finished = not suggestions or text.endswith(" ")
    return Completions(suggestions, unknown_words(text, images, finished=finished))


def merged(found: list[Suggestion]) -> list[Suggestion]:
    """At most MAX_SUGGESTIONS, each text once; a kind exceeds its share only where others leave room."""
    unlike: dict[str, Suggestion] = {}
    for entry in found:
        unlike.setdefault(fold(entry.text), entry)
    by_kind = {kind: [entry for entry in unlike.values() if entry.kind == kind] for kind in GUARANTEED}
    first = [entry for kind, share in GUARANTEED.items() for entry in by_kind[kind][:share]]
    rest = [entry for kind, share in GUARANTEED.items() for entry in by_kind[kind][share:]]
    chosen = (first + rest)[:MAX_SUGGESTIONS]
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
            yield Suggestion(unrepeated(before, letters, title), title, "title")


def tails(text: str) -> Iterator[tuple[str, str]]:
    """(what stays, what is completed), the longest first; a space at the end says that a word is whole."""
    words = text.lstrip().split(" ")
    for count in range(min(len(words), MAX_WORDS), 0, -1):
        before, completed = words[:-count], words[-count:]
        if completed != [""]:
            yield "".join(f"{word} " for word in before), " ".join(completed)


def tags(letters: str, images: ImageQuerySet) -> list[tuple[str, int]]:
    """Tags that begin so with the count of their images, the whole word first, then the most used."""
    used: list[tuple[str, int]] = []
    for tag in by_use(letters)[:TAGS_TRIED]:
        count = count_of(tag, images)
        used += [(tag.name, count)] if count else []
        if len(used) == TAGS_COUNTED:
            break
    return sorted(used, key=lambda pair: (fold(pair[0]) != letters, -pair[1], sort_key(pair[0]), pair[0]))


def count_of(tag: Tag, images: ImageQuerySet) -> int:
    """How many of these images have the tag, counted until there are more than MAX_COUNTED.

    Links before images, a piece at a time: joined to either, TiDB reads all images for a tag of many.
    """
    count, last, links = 0, 0, Links.objects.filter(tag=tag).order_by("pk")
    while count <= MAX_COUNTED:
        piece = list(links.filter(pk__gt=last).values_list("pk", "imageitem_id")[:LINKS_READ])
        count += images.order_by().filter(pk__in=[image for _, image in piece]).count() if piece else 0
        if len(piece) < LINKS_READ:
            break
        last = piece[-1][0]
    return min(count, MAX_COUNTED + 1)


def by_use(letters: str) -> list[Tag]:
    """The tags that begin so: the whole word, then by number of images, visible to the person or not."""
    found = Tag.objects.filter(beginning_with("key", letters[:TERM_LENGTH])).order_by("key")
    fitting = [tag for tag in found[:TAGS_COMPARED] if tag.key.startswith(letters)]  # TiDB sees no last space
    if len(fitting) <= TAGS_COUNTED:
        return fitting
    links = Links.objects.filter(tag__in=[tag.pk for tag in fitting]).values_list("tag")
    uses = dict(links.annotate(uses=Count("pk")).order_by())
    return sorted(fitting, key=lambda tag: (tag.key != letters, -uses.get(tag.pk, 0)))


def known(beginning: str, embedder: Embedder) -> list[str]:
    try:
        return embedder.known(beginning, MAX_SUGGESTIONS)
    except ImageSearchError:  # a model that cannot be loaded is said by the search, not while typing
        return []


def titles(letters: str, images: ImageQuerySet) -> list[str]:
    """Titles of the images with a word that begins so, or of which several words follow one another so."""
    words = spaced(letters).split(" ")
    place, word = looked_up(words)
    if not word or len(spaced(letters)) < MIN_TITLE_LETTERS:
        return []
    rules = WordIndexState.current(images.db).rules
    start, form = rules.typed(word)
    of_titles = Term.objects.filter(form=form, weight__gte=rules.weights["title"])
    is_whole = place < len(words) - 1
    found = of_titles.filter(term=start) if is_whole else of_titles.filter(beginning_with("term", start))
    ids = dict.fromkeys(found.values_list("image_id", flat=True)[:TITLES_TRIED])
    fitting: dict[str, int] = {}
    for some in batched(ids, TITLES_READ):
        seen = images.order_by().filter(pk__in=some).exclude(title="").values_list("title", flat=True)
        fitting |= {name: at for name in set(seen) if (at := position(letters, name)) >= 0}
        if len(fitting) >= MAX_SUGGESTIONS:
            break
    return sorted(fitting, key=lambda name: (fitting[name], len(name), name))[:MAX_SUGGESTIONS]


def looked_up(words: list[str]) -> tuple[int, str]:
    """(place, word) of the first that the word index has: no stop word, unless it is still being typed."""
    last = len(words) - 1
    return next((at, word) for at, word in enumerate(words) if at == last or word not in STOP_WORDS)


def position(letters: str, title: str) -> int:
    """Where in the spaced title a word begins with these letters; -1 where none does."""
    return spaced(f" {fold(title)} ").find(f" {spaced(letters)}")


def unrepeated(before: str, letters: str, title: str) -> str:
    """What stays before a title: of the words typed there, not those that the title has there itself."""
    words = before.split()
    had = spaced(f" {fold(title)} ")[: position(letters, title)].split()
    for count in range(min(len(words), len(had)), 0, -1):
        if [fold(word) for word in words[-count:]] == had[-count:]:
            words = words[:-count]
            break
    return "".join(f"{word} " for word in words)


def unknown_words(text: str, images: ImageQuerySet, *, finished: bool) -> list[UnknownWord]:
    """As what words are read that the model does not know; nothing yet of one that is still being typed."""
    words = text.split() if finished else text.split()[:-1]
    embedder = images.embedder()
    if not words:
        return []
    if not embedder.embeds_text:
        return [
            UnknownWord("", _("This model does not support words. Titles, tags and file names are searched."))
        ]
    try:
        reading = embedder.interpret(" ".join(words), images.vocabulary())
    except ImageSearchError:
        return []
    found = [UnknownWord(each.word, " ".join(sentences_about([each]))) for each in reading.read_as]
    found += [UnknownWord(word, sentence) for word, sentence in offered(reading)]
    said = {fold(each.word) for each in found}
    unsure = [word for word in dict.fromkeys(reading.unsure) if fold(word) not in said]
    return found + [UnknownWord(word, WORDS_ONLY % {"word": word}) for word in unsure]
