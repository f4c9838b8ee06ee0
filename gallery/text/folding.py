"""Text as it is compared: without case, accents, and signs that nobody sees. The same on every database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

TERM_LENGTH = 64
"""Characters of a tag's key, and of a term of the word index."""

ZWJ = "\u200d"
FLAG = "\U0001f3f4"
_TAGS = range(0xE0020, 0xE0080)
"""Behind a black flag they spell a region, such as Scotland: two flags that differ in nothing else."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
"""What shows nothing or only chooses a look (variation selectors, skin tones), beside the category Cf."""
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u08ca-\u08ff]"
)
"""Vowel points of Hebrew and Arabic, which most people do not type, and the tatweel."""
_ACCENTS = re.compile(
    "(?<=[A-Za-z\u00aa-\u02ff\u0370-\u052f\u1c80-\u1c8f\u1d00-\u1dbf\u1e00-\u1fff\u2c60-\u2c7f\ua640-\ua66d\ua680-\ua69d"
    "\ua720-\ua7ff\uab30-\uab6f])[\u0300-\u036f]+"
)
"""Accents of Latin, Greek and Cyrillic letters. Elsewhere a mark makes another letter: バ is not ハ."""
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ŋ": "n",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
"""Letters that Unicode does not take apart."""


def fold(text: str) -> str:
    """The text for comparing; folding once more changes nothing."""
    text = unicodedata.normalize("NFKC", visible(text)).casefold()
    apart = unicodedata.normalize("NFD", _POINTS.sub("", unicodedata.normalize("NFKC", text)))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart).translate(_LETTERS))


def tag_key(name: str) -> str:
    """What tags are compared by, "" if that is accents alone. It is cut: a sign may fold to 18."""
    key = " ".join(fold(name).split())[:TERM_LENGTH].rstrip()
    return key if any(unicodedata.category(sign)[0] not in "MZ" for sign in key) else ""


def visible(text: str) -> str:
    """The text without signs that show nothing, except those that join emoji or spell a flag."""
    return "".join(_visible(text)) if not text.isascii() else text


def _visible(text: str) -> Iterator[str]:
    joined = ""  # the last sign that was kept
    for place, sign in enumerate(text):
        if sign == ZWJ:
            kept = is_pictograph(joined) and is_pictograph(text[place + 1 : place + 2])
        elif ord(sign) in _TAGS:
            kept = joined == FLAG or ord(joined or " ") in _TAGS
        else:
            kept = unicodedata.category(sign) != "Cf" and not _UNSEEN.match(sign)
        if kept:
            joined = sign
            yield sign


def is_pictograph(sign: str) -> bool:
    """Whether this is one sign that can be part of an emoji."""
    return len(sign) == 1 and (
        unicodedata.category(sign) in ("So", "Sk") or "\U0001f000" <= sign <= "\U0001faff"
    )
