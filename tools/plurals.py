"""Write the lists by which the gallery takes forms of English words for one.

    apt-get download wordnet-base
    dpkg-deb -x wordnet-base*.deb packages
    python -m tools.plurals packages/usr/share/wordnet

The same package writes the same bytes.
"""

from __future__ import annotations

import gzip
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from gallery.text import plurals
from gallery.text.plurals import common_form, without_s

FILE = Path(plurals.__file__).parent / "data" / "plurals.tsv.gz"
HEADING = (
    "# English plurals, derived from WordNet 3.0's nouns: irregular<TAB>form<TAB>key; on-s: a noun that ends "
    "in s alone; is-us: a plural whose singular ends in i or u"
)
IRREGULAR = {"people": "person", "women": "woman", "men": "man", "bacteria": "bacterium", "axes": "axis"}
"""What WordNet lacks, or means otherwise than people who write of pictures."""
ON_S = frozenset({"news", "species", "series", "mars", "wales", "jeans", "james", "hans"})
"""Nouns on -s beside which WordNet has one without, which is another word."""


def main() -> None:
    parser = ArgumentParser(description="Write the lists of English plurals.")
    parser.add_argument("wordnet", type=Path, help="the folder of index.noun and noun.exc")
    parser.add_argument("file", nargs="?", type=Path, default=FILE, help=f"default: {FILE}")
    options = parser.parse_args()
    content = "".join(f"{line}\n" for line in [HEADING, *lines(options.wordnet)])
    options.file.write_bytes(gzip.compress(content.encode(), 9, mtime=0))


def lines(wordnet: Path) -> Iterator[str]:
    words = nouns(wordnet / "index.noun")
    for plural, singular in sorted((irregular(wordnet / "noun.exc", words) | IRREGULAR).items()):
        yield f"irregular\t{plural}\t{singular}"
    for word in sorted({word for word in words if is_on_s(word, words)} | ON_S):
        yield f"on-s\t{word}"
    for word in sorted(words):
        if word.endswith(("i", "u")) and len(word) > 2 and word.isalpha():
            yield f"is-us\t{word}s"


def nouns(index: Path) -> frozenset[str]:
    """Of one word, in lower case. The file begins with a licence, whose lines begin with spaces."""
    found = (line.split()[0] for line in index.read_text("utf-8").splitlines() if not line.startswith(" "))
    return frozenset(word for word in found if "_" not in word)


def irregular(exceptions: Path, words: frozenset[str]) -> dict[str, str]:
    """Plural → singular where the rule does not take them for one; the first of several singulars."""
    found: dict[str, str] = {}
    for plural, singular, *_ in map(str.split, exceptions.read_text("utf-8").splitlines()):
        if "_" not in plural and "-" not in plural:
            found.setdefault(plural, singular)
    return {
        plural: singular
        for plural, singular in found.items()
        if singular in words and not plural.endswith("men") and not is_regular(plural, singular)
    }


def is_regular(plural: str, singular: str) -> bool:
    return common_form(without_s(plural)) == common_form(singular)


def is_on_s(word: str, words: frozenset[str]) -> bool:
    """Whether the rule would take the noun for a plural, and there is no noun that it were the plural of."""
    if word.endswith("men"):
        return len(word) > 4
    stripped = without_s(word)
    if stripped == word or not word.isalpha():
        return False
    return words.isdisjoint({stripped, word[:-1], common_form(stripped)})


if __name__ == "__main__":
    main()
