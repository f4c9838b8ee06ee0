"""Write the tables that the built-in model reads unknown words by.

    apt-get download wordnet-base unicode-cldr-core
    for package in wordnet-base*.deb unicode-cldr-core*.deb; do dpkg-deb -x $package packages; done
    cd packages/usr/share
    python -m tools.unknown_words wordnet unicode/cldr/common/annotations

Takes some 20 seconds. The same packages write the same bytes, so `git status` shows what has changed.
"""

from __future__ import annotations

import os
import zlib
from argparse import ArgumentParser
from collections.abc import Container, Iterable
from pathlib import Path

import django

from imagesearch.embeddings.builtin.everyday import EverydayEmbedder
from imagesearch.embeddings.builtin.query import phrases, singulars
from imagesearch.embeddings.builtin.unknown_words import families as family_table
from imagesearch.embeddings.builtin.unknown_words import reading
from imagesearch.embeddings.builtin.unknown_words import translation as translation_table
from tools.unknown_words.english import English
from tools.unknown_words.families import Family, families, friendly
from tools.unknown_words.translations import by_hand, merged, translations
from tools.unknown_words.wordnet import Nouns

DATA = family_table.FILE.parent
BY_HAND = Path(__file__).parent / "by_hand.tsv"


EMBEDDER = EverydayEmbedder()


def main() -> None:
    parser = ArgumentParser(description="Write the tables that the built-in model reads unknown words by.")
    parser.add_argument("wordnet", type=Path, help="the folder of data.noun")
    parser.add_argument("annotations", type=Path, help="the folder of en.xml")
    parser.add_argument("folder", nargs="?", type=Path, default=DATA, help=f"default: {DATA}")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagesearch.settings")
    django.setup()
    nouns = Nouns.read(options.wordnet)
    found = families(nouns, knows)
    has_family = {noun for family in found for noun in family.nouns}
    emoji = translations(options.annotations, lambda name: shows(name, has_family))
    english = English(nouns)
    lines = english.marked(merged(by_hand(BY_HAND), emoji))
    write(options.folder / family_table.FILE.name, [line(family) for family in found])
    write(options.folder / translation_table.FILE.name, lines)
    write(options.folder / translation_table.ENGLISH_FILE.name, english.looks_foreign(lines))
    write(options.folder / reading.CORRECT_FILE.name, english.not_misspelt(near))


def knows(noun: str) -> bool:
    """Whether the model knows the noun itself."""
    return not EMBEDDER.read(noun).unsure


def shows(name: str, has_family: Container[str]) -> bool:
    """Whether a name is one thing, which the model knows or has a family for."""
    parts = phrases(name)
    return len(parts) == 1 and (knows(name) or any(form in has_family for form in singulars(parts[0].text)))


def near(word: str) -> list[str]:
    """What would be offered for a word that the model does not know."""
    has_reading = EMBEDDER.is_usual(word) or knows(word) or family_table.family_of(word)
    return [] if has_reading else reading.speller().near(word)


def line(family: Family) -> str:
    return "\t".join([str(family.number), friendly(family.number), " ".join(family.nouns)])


def write(path: Path, lines: Iterable[str]) -> None:
    content = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(content)
    print(f"{path}: {len(content):,} bytes, {len(zlib.compress(content, 9)):,} compressed")


if __name__ == "__main__":
    main()
