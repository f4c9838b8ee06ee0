"""The terms of version 1, which answer until the word index of an upgraded gallery has been rebuilt."""

from __future__ import annotations

import re
import unicodedata

from gallery.text.folding import TERM_LENGTH

WEIGHTS = {"title": 3, "tag": 3, "name": 2, "caption": 1}

_WORD = re.compile(r"\w+")
_STOP_WORDS = frozenset(
    "a an and any at by for from image images in is it me my near of on or photo photos pic picture pictures "
    "shot show that the these this those to very with".split()
)


def terms(text: str) -> list[str]:
    """The text's terms in order, each once, stop words left out."""
    words = _WORD.findall(_folded(text).replace("_", " "))
    return list(dict.fromkeys(singular(word)[:TERM_LENGTH] for word in words if word not in _STOP_WORDS))


def singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(char for char in plain if not unicodedata.combining(char)))
