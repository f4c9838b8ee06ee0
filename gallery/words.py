"""Words as the word index keeps them: folded in Python, so that SQLite and TiDB agree."""

from __future__ import annotations

import re
import unicodedata

TERM_LENGTH = 64
WEIGHTS = {"title": 3, "tag": 3, "name": 2, "caption": 1}
"""What a word counts by where it stands."""

_WORD = re.compile(r"\w+")
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


def split_tags(text: str) -> list[str]:
    """The names in “cats, black and white, Paris”, each once."""
    return list(dict.fromkeys(filter(None, (" ".join(name.split()) for name in text.split(",")))))
