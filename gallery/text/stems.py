"""The stems of one language's words (Snowball), for sites that name their language in SEARCH_LANGUAGE."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import snowballstemmer

_ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
LANGUAGES = tuple(code for code, name in _ALGORITHMS.items() if name in snowballstemmer.algorithms())
"""The codes that SEARCH_LANGUAGE takes."""
_own = threading.local()


@lru_cache(maxsize=10_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; the word itself where the language is not one of LANGUAGES."""
    return str(_stemmer(language).stemWord(word)) if language in LANGUAGES else word


def _stemmer(language: str) -> Any:
    """A thread's own: a stemmer holds the word that it is at."""
    if (found := getattr(_own, language, None)) is None:
        found = snowballstemmer.stemmer(_ALGORITHMS[language])
        setattr(_own, language, found)
    return found
