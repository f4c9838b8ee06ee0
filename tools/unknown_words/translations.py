"""Reads the names of emoji in other languages, as far as they name something that is known in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

LANGUAGES = {
    "de": ("de",),
    "fr": ("fr",),
    "es": ("es", "es_419", "es_MX"),
    "it": ("it",),
    "pt": ("pt", "pt_PT"),
    "nl": ("nl",),
    "pl": ("pl",),
    "ru": ("ru",),
    "zh": ("zh", "zh_Hant"),
    "ja": ("ja",),
    "ko": ("ko",),
    "tr": ("tr",),
}
"""The columns of the table, and the files of the CLDR that each is read from."""
FIRST_EMOJI = 0x2600
"""Below lie letters and mathematical signs, whose names mean something else: a bullet, a bar."""
OTHER_SENSE = {"bat", "ear", "foot", "guard", "cook", "kite", "locked", "pick", "place of worship", "sharp"}
"""Names of emoji that the model reads as something else: an ear of corn, a foot as a measure."""
SAME = {
    "automobile": "car",
    "books": "book",
    "cherries": "cherry",
    "computer mouse": "mouse",
    "desktop computer": "computer",
    "gloves": "glove",
    "grapes": "grape",
    "honeybee": "bee",
    "houses": "house",
    "mobile phone": "phone",
    "necktie": "tie",
    "passenger ship": "ship",
    "running shoe": "shoe",
    "skis": "ski",
    "socks": "sock",
    "telephone": "phone",
}
"""Names of emoji, and the name of that thing in the table, so that a word for it has one reading."""
IN_BRACKETS = re.compile(r"\s*[(（].*?[)）]")
SEPARATOR = "|"

Row = dict[str, list[str]]
"""The words of each language for one English word."""


def translations(folder: Path, known: Callable[[str], bool]) -> dict[str, Row]:
    """`folder` has the annotations of Debian's package unicode-cldr-core. `known` says which names count."""
    english = {sign: name for sign, name in names(folder / "en.xml").items() if ord(sign[0]) >= FIRST_EMOJI}
    wanted = {sign: name for sign, name in english.items() if name not in OTHER_SENSE and known(name)}
    wanted = {sign: SAME.get(name, name) for sign, name in wanted.items()}
    table: dict[str, Row] = {name: {} for name in sorted(set(wanted.values()))}
    for language, files in LANGUAGES.items():
        for file in files:
            foreign = names(folder / f"{file}.xml")
            for sign, name in wanted.items():
                add(table[name], language, alternatives(foreign.get(sign, "")), name)
    return table


def names(path: Path) -> dict[str, str]:
    """The short name of each emoji; where a file has none, its language's main file has it."""
    entries = ElementTree.parse(path).iter("annotation")  # noqa: S314 (the distribution's own file)
    return {entry.attrib["cp"]: entry.text or "" for entry in entries if entry.get("type") == "tts"}


def alternatives(name: str) -> list[str]:
    """“Koch/Köchin” and “cuisinier (tous genres)” without what is no name; none of what it explains."""
    parts = (" ".join(IN_BRACKETS.sub("", part).split()) for part in name.split("/"))
    return [part for part in parts if part and not re.search(r"[:,“”„«»0-9↑]", part)]


def add(row: Row, language: str, words: list[str], english: str) -> None:
    """Add the words that the row does not have yet; a word that is the English one says nothing."""
    had = {word.casefold() for word in row.get(language, [])}
    had |= {english.casefold(), english.casefold().removesuffix("s")}
    for word in words:
        if word.casefold() not in had:
            had.add(word.casefold())
            row.setdefault(language, []).append(word)


def by_hand(path: Path) -> dict[str, Row]:
    """The table beside this module: an English word, then the columns; words of one separated by “|”."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        english: {
            language: words.split(SEPARATOR)
            for language, words in zip(LANGUAGES, columns, strict=True)
            if words
        }
        for english, *columns in rows
    }


def merged(first: dict[str, Row], second: dict[str, Row]) -> dict[str, Row]:
    """Both, by the alphabet; what `first` says of a word of a language holds."""
    rows = [item for row in first.values() for item in row.items()]
    said = {(code, word.casefold()) for code, words in rows for word in words}
    table: dict[str, Row] = {}
    for source in (first, second):
        for english, row in source.items():
            for code, words in row.items():
                new = [word for word in words if source is first or (code, word.casefold()) not in said]
                add(table.setdefault(english, {}), code, new, english)
    return {english: row for english, row in sorted(table.items()) if row}
