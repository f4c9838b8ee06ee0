"""One key for the forms of an English word: a short rule that singulars and plurals pass alike, and lists."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_SOFT = ("che", "she", "sse", "xe", "zze", "oe", "use", "ise")
"""Endings whose -e belongs to the plural as often as to the singular, so that it counts in neither."""


class Lists(NamedTuple):
    """Derived from the nouns of WordNet 3.0; see NOTICE."""

    singulars: dict[str, str]
    """Irregular plurals, such as mice → mouse."""
    on_s: frozenset[str]
    """Singulars that end in -s as a plural does, such as lens."""
    vowel_plurals: frozenset[str]
    """Plurals that end in -is or -us, such as taxis and menus, as singulars do."""


def plural_key(word: str) -> str:
    """The same for all forms of a folded word; often, but not always, its singular (cooky for cookies)."""
    lists = _lists()
    if word in lists.singulars:
        return common_form(lists.singulars[word])
    if word in lists.on_s:
        return word
    if word in lists.vowel_plurals:
        return word[:-1]
    if word.endswith("ses") and word[:-2] in lists.on_s:
        return word[:-2]
    return common_form(without_s(word))


def without_s(word: str) -> str:
    """A regular plural without its ending; other words as they are."""
    if word.endswith("men") and len(word) > 4:
        return f"{word[:-3]}man"
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-1]


def common_form(word: str) -> str:
    """What cookie and cooky(s), axe and ax(es) have in common: a final -ie is -y, a soft -e is dropped."""
    if word.endswith("ie") and len(word) > 3:
        return f"{word[:-2]}y"
    return word[:-1] if len(word) > 3 and word.endswith(_SOFT) else word


@cache
def _lists() -> Lists:
    content = gzip.decompress(files("gallery.text").joinpath("data/plurals.tsv.gz").read_bytes()).decode()
    rows = [line.split("\t") for line in content.splitlines() if not line.startswith("#")]
    return Lists(
        {row[1]: row[2] for row in rows if row[0] == "irregular"},
        frozenset(row[1] for row in rows if row[0] == "on-s"),
        frozenset(row[1] for row in rows if row[0] == "is-us"),
    )
