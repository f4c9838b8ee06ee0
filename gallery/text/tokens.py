"""Text cut into tokens: words, pairs of characters in scripts without spaces, and emoji."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from gallery.text.folding import FLAG, TERM_LENGTH, fold, is_pictograph, visible

Kind = Literal["word", "unspaced", "emoji"]

MAX_PARTS = 4
"""Parts of one word that are tokens, too; names made of hashes have dozens."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f"  # Thai to Balinese
    "\u3005\u3007\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"  # kana, Bopomofo, Han
    "\ua000-\ua4cf\ua980-\ua9ff\uaa60-\uaadf\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"  # Yi to Hangul
)
"""Scripts that are written without spaces, and Hangul, whose words have endings written onto them."""
_SYMBOLIC = re.compile(r"(?<![\w+#])([A-Za-z])(\+\+|#)(?![\w+#])")
"""Names of languages that are one letter and signs: C++ and C#."""
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # two letters are a country's flag
    f"|{FLAG}[\U000e0020-\U000e007f]+"
    "|[^\u200d](?:\u200d[^\u200d])*"
)


class Token(NamedTuple):
    """`text` is folded. `run` is the text between spaces or signs that it was cut from, folded."""

    text: str
    kind: Kind
    run: str


def tokens(text: str) -> Iterator[Token]:
    """The text's tokens in order, as a query is cut: words whole, and of unspaced scripts all pairs."""
    text = unicodedata.normalize("NFKC", visible(text)).replace("_", " ")
    last = 0
    for match in _SYMBOLIC.finditer(text):
        yield from _of_runs(text[last : match.start()])
        symbolic = match[0].casefold()
        yield Token(symbolic, "word", symbolic)
        last = match.end()
    yield from _of_runs(text[last:])


def indexed_tokens(text: str) -> Iterator[Token]:
    """As `tokens`, and what else an image is to be found by.

    That is the parts of joined words and numbers, and the last character of an unspaced run, so that each
    character begins a token: a query of one character asks for those that begin so.
    """
    spelled = unicodedata.normalize("NFKC", visible(text)).replace("_", " ")
    yield from tokens(text)
    for kind, run in _runs(_SYMBOLIC.sub(" ", spelled)):
        if kind == "word":
            yield from (Token(part, kind, fold(run)) for part in _parts(run))
        elif kind == "unspaced" and len(characters := _characters(fold(run))) > 1:
            yield Token(characters[-1], kind, fold(run))


def spaced(text: str) -> str:
    """With one space for all that is no letter, mark or number: “beach-house_2” is three words."""
    kept = (sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text)
    return re.sub(" +", " ", "".join(kept))


def is_one_character(run: str) -> bool:
    """Whether this folded text is one letter, with or without marks."""
    return len(_characters(run)) == 1


def _of_runs(text: str) -> Iterator[Token]:
    for kind, run in _runs(text):
        folded = fold(run)
        if kind == "word":
            found = [folded[:TERM_LENGTH]] if any(map(str.isalnum, folded)) else []
        elif kind == "emoji":
            found = _EMOJI.findall(folded)
        else:
            characters = _characters(folded)
            found = [first + second for first, second in pairwise(characters)] or characters
        yield from (Token(one, kind, folded) for one in found)


def _runs(text: str) -> Iterator[tuple[Kind, str]]:
    """The longest pieces of one kind; what is none of them separates."""
    run, kind = "", None
    for sign in text:
        of_sign = _kind(sign) if sign != "\u200d" else kind
        if of_sign != kind:
            if kind:
                yield kind, run
            run, kind = "", of_sign
        run += sign
    if kind:
        yield kind, run


def _kind(sign: str) -> Kind | None:
    if sign.isascii():
        return "word" if sign.isalnum() else None
    category = unicodedata.category(sign)
    if category[0] in "LMN":
        return "unspaced" if _UNSPACED.match(sign) else "word"
    if is_pictograph(sign) or "\U000e0020" <= sign <= "\U000e007f":
        return "emoji"
    return None


def _characters(run: str) -> list[str]:
    """The run's letters, each with the marks on it: a mark is never cut off."""
    found: list[str] = []
    for sign in run:
        if found and unicodedata.category(sign)[0] == "M":
            found[-1] += sign
        else:
            found.append(sign)
    return found


def _parts(run: str) -> list[str]:
    """The parts of myCat, DSC01273 and 007, where there are few; numbers also without leading zeros."""
    parts = [""]
    for before, sign in zip(f" {run}", run, strict=False):
        joined = (before.islower() and sign.isupper()) or (
            before.isalnum() and sign.isalnum() and before.isdigit() != sign.isdigit()
        )
        if joined:
            parts.append("")
        parts[-1] += sign
    if len(parts) > MAX_PARTS:
        return []
    found = [fold(part) for part in parts] if len(parts) > 1 else []
    numbers = [part.lstrip("0") for part in parts if part.isdigit() and part.startswith("0")]
    return [part[:TERM_LENGTH] for part in found + numbers if len(part) > 1]
