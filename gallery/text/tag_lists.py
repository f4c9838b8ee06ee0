"""Tags as people write them in one line or in one cell of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gallery.text.folding import tag_key

_NEEDS_QUOTES = re.compile(r'^"|[,;|]')


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
