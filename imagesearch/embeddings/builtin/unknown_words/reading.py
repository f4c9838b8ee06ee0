"""How a text is read whose words the model does not all know: translated, as families, or with offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from imagesearch.embeddings.base import ReadAs, Reading, Vocabulary
from imagesearch.embeddings.builtin.glossary import latin, tiers
from imagesearch.embeddings.builtin.query import phrases, words
from imagesearch.embeddings.builtin.unknown_words.families import families, family_of
from imagesearch.embeddings.builtin.unknown_words.spelling import Speller, closeness
from imagesearch.embeddings.builtin.unknown_words.translation import (
    Item,
    Translation,
    tokens,
    translate,
    whole,
    words_of,
)

CORRECT_FILE = Path(__file__).parent / "data" / "correct.txt"
MAX_CORRECTIONS = 3

Read = Callable[[str], Reading]
"""A model's own reading of English words."""


def interpret(
    text: str, read: Read, is_usual: Callable[[str], bool], vocabulary: Vocabulary, *, families: bool = True
) -> Reading:
    """The reading of a text; a word that is in a title or tag is left as it was typed. Raises ModelError.

    A word that `is_usual` is no misspelling.
    """
    items = [literal(item, vocabulary) for item in translated(text, vocabulary)]
    certain = [item for item in items if isinstance(item, Translation) and item.is_certain]
    if certain:
        text = " ".join(english(item) for item in items)
    reading = read(text)
    read_as = [ReadAs(each.word, each.english[0], "translation", each.languages[0]) for each in certain]
    offers = [offer for item in items for offer in offered(item)]
    if reading.sure and not certain:
        offers = offers or list(other_readings(text, vocabulary))
    unsure = []
    for word in reading.unsure:
        typed = as_typed(word, text)
        others = [offer for offer in offers if offer.word == typed]
        family = family_of(word) if families and not vocabulary.has(word) else None
        if family:
            as_family = ReadAs(typed, family.name, "family", number=family.number)
            (offers if others else read_as).append(as_family)
        elif not others and not is_usual(word) and not vocabulary.has(word):
            offers += corrections(typed, read, vocabulary)
        if others or not family:
            unsure.append(word)
    return Reading(reading.sure, tuple(unsure), text, tuple(read_as), tuple(offers))


def translated(text: str, vocabulary: Vocabulary) -> list[Item]:
    """The words of a text, those of other languages with what they are in English."""
    named = [phrase.text for phrase in phrases(text) if phrase.concept or phrase.colour]
    known = {word for name in named for word in words(name)}

    def may_be_foreign(word: str) -> bool:
        return bool(set(words(word)) - known) or not word.isascii()  # Bär is no bar

    return settled(translate(tokens(text, vocabulary.fold, may_be_foreign), vocabulary.fold))


def settled(items: Sequence[Item]) -> list[Item]:
    """Words with two readings are read as the words beside them: chat noir is French."""
    certain = {
        language
        for item in items
        if isinstance(item, Translation) and item.is_certain
        for language in item.languages
    }
    return [item.among(certain) if isinstance(item, Translation) else item for item in items]


def literal(item: Item, vocabulary: Vocabulary) -> Item:
    """The item; of a translation that is in a title or tag, one that is offered and not applied."""
    if isinstance(item, Translation) and vocabulary.has(item.word):
        return item._replace(also_english=True)
    return item


def english(item: Item) -> str:
    return item.english[0] if isinstance(item, Translation) and item.is_certain else item.word


def offered(item: Item) -> Iterator[ReadAs]:
    """Each reading once of a word that has several."""
    if isinstance(item, Translation) and not item.is_certain:
        for name in item.english:
            language = next(code for meaning, code in item.readings if meaning == name)
            yield ReadAs(item.word, name, "translation", language)


def other_readings(text: str, vocabulary: Vocabulary) -> Iterator[ReadAs]:
    """What a word that the model knows means in other languages: a papillon is a dog, or a butterfly."""
    found = words_of(text)
    item = whole(found[0], vocabulary.fold) if len(found) == 1 else None
    if item:
        yield from offered(item)


def as_typed(word: str, text: str) -> str:
    """A word of a reading as it is in the text, with its capitals and accents."""
    return next((typed for typed in words_of(text) if " ".join(words(typed)) == word), word)


def corrections(word: str, read: Read, vocabulary: Vocabulary) -> list[ReadAs]:
    """What a word may be a misspelling of, the nearest first."""
    folded = vocabulary.fold(word)
    if folded in correct():
        return []
    known = [near for near in speller().near(folded) if family_of(near) or not read(near).unsure]
    found = dict.fromkeys([*known, *vocabulary.near(folded)])
    nearest = sorted(found, key=lambda near: closeness(folded, vocabulary.fold(near)))
    return [ReadAs(word, near, "spelling") for near in nearest[:MAX_CORRECTIONS]]


@cache
def correct() -> frozenset[str]:
    """English words that nobody has misspelt, though the model knows others that are near."""
    return frozenset(CORRECT_FILE.read_text(encoding="utf-8").split())


@cache
def speller() -> Speller:
    """Of the words in names that the model knows, and of the nouns that it has a family for."""
    names = sorted((tier, name) for name, tier in tiers().items() if not latin(name))
    known = [word for _tier, name in names for word in words(name) if word.isalpha()]
    return Speller([*known, *families()])
