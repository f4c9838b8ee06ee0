"""The code blocks of the pages, each with the test that runs it, and the commands that are in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)
NAMED = re.compile(r"`([\w./-]+)`\n\n\Z")
SEPARATORS = {"&&", "||", "|", ";", "&", "(", ")", ");"}


@dataclass(frozen=True)
class Block:
    """One fenced block. `file` is the path in the line above, if the block is that file's content."""

    page: str
    line: int
    section: str
    language: str
    text: str
    file: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page of Markdown that is part of the project."""
    folders = ("docs", "examples", ".github")
    return [
        *sorted(ROOT.glob("*.md")),
        *(path for name in folders for path in sorted((ROOT / name).rglob("*.md"))),
    ]


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [_block(page, text, match) for match in FENCE.finditer(text)]


def _block(page: Path, text: str, match: re.Match[str]) -> Block:
    before = text[: match.start()]
    named = NAMED.search(before)
    return Block(
        page=page.relative_to(ROOT).as_posix(),
        line=before.count("\n") + 1,
        section="".join(re.findall(r"^##+ (.*)$", before, re.M)[-1:]),
        language=match["language"],
        text=dedent(match["text"]),
        file=named[1] if named else "",
    )


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]


def commands(script: str) -> Iterator[list[str]]:
    """The simple commands of a shell script, each as its words; assignments before a command included."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line.replace("$(", " ( "), posix=True, punctuation_chars=True)
        lexer.wordchars += "$%:,@"
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in SEPARATORS:
                if words:
                    yield words
                words = []
            else:
                words.append(word)
