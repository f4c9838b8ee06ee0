"""What a page of results says of words that the model does not know: as what they were read, or could be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from gallery.search.forms import SearchForm
from gallery.search.results import Results
from imagesearch.embeddings.base import Embedder, ReadAs, Reading, Vocabulary
from imagesearch.embeddings.builtin.unknown_words.languages import NAMES
from imagesearch.query import Query


@dataclass(frozen=True)
class NoteLink:
    """Another search, and what it is called."""

    text: str
    url: str


@dataclass(frozen=True)
class WordNote:
    """One line about the words of a query, with what else can be searched."""

    sentence: str
    links: tuple[NoteLink, ...]
    ending: str = ""


def word_notes(form: SearchForm, results: Results) -> list[WordNote]:
    """The lines for these results. Raises ModelError."""
    reading = results.hits.embedded_query.reading
    if form.is_literal:
        images = results.hits.queryset
        return list(about_literal(form, images.embedder(), images.vocabulary()))
    return [*about_readings(form, reading), *about_offers(form, reading)]


def about_readings(form: SearchForm, reading: Reading) -> Iterator[WordNote]:
    """What was searched in place of words, in one line that leads to the search of the words themselves."""
    sentences = sentences_about(reading.read_as)
    if sentences:
        yield WordNote(" ".join(sentences), (NoteLink(_("Search as typed"), form.link(literal=1)),))


def sentences_about(read_as: Iterable[ReadAs]) -> list[str]:
    """“Hund” is searched as “dog” (German).  The model does not know “papaya”; this shows fruit."""
    translations = [
        _("“%(word)s” as “%(text)s” (%(language)s)") % about(each)
        for each in read_as
        if each.kind == "translation"
    ]
    families = [
        _("The model does not know “%(word)s”; this shows %(text)s.") % about(each)
        for each in read_as
        if each.kind == "family"
    ]
    searched = _("Searched %(readings)s.") % {"readings": _(" and ").join(translations)}
    return ([searched] if translations else []) + families


def about_offers(form: SearchForm, reading: Reading) -> Iterator[WordNote]:
    """For each word that may mean something else, or is misspelt, the searches to choose from."""
    for word, offers in by_word(reading.offers):
        links = tuple(NoteLink(named(each), form.link_to(chosen(form.query, each))) for each in offers)
        yield WordNote(beginning_of(word, offers), links, ending_of(offers))


def offered(reading: Reading) -> Iterator[tuple[str, str]]:
    """(word, sentence): the same without links."""
    for word, offers in by_word(reading.offers):
        yield word, f"{beginning_of(word, offers)} {_(' or ').join(map(named, offers))}{ending_of(offers)}"


def by_word(offers: Iterable[ReadAs]) -> list[tuple[str, list[ReadAs]]]:
    found: dict[str, list[ReadAs]] = {}
    for offer in offers:
        found.setdefault(offer.word, []).append(offer)
    return list(found.items())


def beginning_of(word: str, offers: Sequence[ReadAs]) -> str:
    """“purpel” may be misspelt …"""
    misspelt = offers[0].kind == "spelling"
    text = _("“%(word)s” may be misspelt. Did you mean") if misspelt else _("“%(word)s” may mean")
    return text % {"word": word}


def ending_of(offers: Sequence[ReadAs]) -> str:
    return "?" if offers[0].kind == "spelling" else "."


def about_literal(form: SearchForm, embedder: Embedder, vocabulary: Vocabulary) -> Iterator[WordNote]:
    """That words are taken as typed, where they would else be read as others."""
    readings = [
        embedder.interpret(part.words, vocabulary, families=not part.against)
        for part in form.query
        if part.words
    ]
    if any(reading.read_as for reading in readings):
        link = NoteLink(_("Search for what the model knows"), form.link(literal=None))
        yield WordNote(_("Words are searched as they were typed."), (link,))


def named(offer: ReadAs) -> str:
    """“bread (Spanish)”"""
    return _("%(text)s (%(language)s)") % about(offer) if offer.language else offer.text


def about(reading: ReadAs) -> dict[str, str]:
    return {
        "word": reading.word,
        "text": reading.text,
        "language": NAMES.get(reading.language, reading.language),
    }


def chosen(query: Query, offer: ReadAs) -> Query:
    """The query with what is offered in the place of the word."""
    parts = (
        replace(part, words=offer.replaced_in(part.words)) if part.words else part for part in query.parts
    )
    return replace(query, parts=tuple(parts))
