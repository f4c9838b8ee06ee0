"""Words as the word index keeps them: folded in Python, so that SQLite and TiDB agree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

TERM_LENGTH = 64
WEIGHTS = {"title": 3, "tag": 3, "name": 2, "caption": 1}
"""What a word's row in the index says of where it stands; the best place where there are several."""
SHARES = {"title": 1.0, "tag": 1.0, "name": 0.85, "caption": 0.6}
"""How much of a word of the query is found where it stands in this place."""

_WORD = re.compile(r"\w+")
_NEEDS_QUOTES = re.compile(r'^"|[,;|]')
STOP_WORDS = frozenset(
    "a an and any at by for from image images in is it me my near of on or photo photos pic picture pictures "
    "shot show that the these this those to very with".split()
)


def fold(text: str) -> str:
    """The text for comparing: NFKC, casefolded, without accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(char for char in plain if not unicodedata.combining(char)))


def tag_key(name: str) -> str:
    """What tags are compared by, as long as its column: one sign may fold to eighteen."""
    return fold(name)[:TERM_LENGTH]


def singular(word: str) -> str:
    """An English plural folded on its singular; both sides of a search pass here, so it need not be right."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def terms(text: str) -> list[str]:
    """The text's terms in order, each once, stop words left out."""
    found = (
        singular(word)[:TERM_LENGTH]
        for word in _WORD.findall(fold(text).replace("_", " "))
        if word not in STOP_WORDS
    )
    return list(dict.fromkeys(found))


def split_tags(text: str, separators: str = ",") -> list[str]:
    """The names in “cats, "Doe, Jane", Paris”, each once by what tags are compared by.

    A name in double quotes may hold separators; a double quote inside is written twice. Quotes that do not
    enclose the whole name are part of it. The other direction is `join_tags`.
    """
    return unique_tags(name for name, _ in _items(text, separators))


def split_cell(text: str) -> list[str]:
    """The names in a table's cell: “cats; Doe, Jane” or “cats|Paris”, quoted as in a form.

    A comma separates names only where one is quoted and neither “;” nor “|” stands outside of quotes.
    """
    items = _items(text, ";|")
    if len(items) == 1 and not items[0][1]:
        among_commas = _items(text, ",")
        if any(quoted for _, quoted in among_commas):
            items = among_commas
    return unique_tags(name for name, _ in items)


def join_tags(names: Iterable[str], separator: str = ", ") -> str:
    """The names as a form, the API or a table's cell takes them."""
    return separator.join(_quoted(name) if _NEEDS_QUOTES.search(name) else name for name in names)


def unique_tags(names: Iterable[str]) -> list[str]:
    """The names with single spaces; of those that are one tag only the first, and no empty ones."""
    found: dict[str, str] = {}
    for name in (" ".join(name.split()) for name in names):
        found.setdefault(tag_key(name) or name, name)
    return [name for name in found.values() if name]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _items(text: str, separators: str) -> list[tuple[str, bool]]:
    """(name, whether it was quoted) of each item."""
    one = re.compile(rf'\s*(?:"((?:[^"]|"")*)"\s*|([^{separators}]*))(?:[{separators}]|$)')
    items, at = [], 0
    while at <= len(text):
        match = one.match(text, at)
        assert match  # the second way takes anything up to the next separator
        quoted, plain = match.groups()
        items.append((plain if quoted is None else quoted.replace('""', '"'), quoted is not None))
        at = match.end() if match.end() > at and match[0][-1:] in tuple(separators) else len(text) + 1
    return items
