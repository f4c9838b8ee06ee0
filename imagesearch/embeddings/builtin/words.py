"""The table that gives words a place by their meaning: WordLlama's, 32,000 pieces of words, 256 wide."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from imagesearch.embeddings.norm import unit

DIMENSIONS = 256


class WordTable:
    """Reads the table where it lies; nothing of the wordllama package is imported.

    Importing it would ask a hub, and its later versions reset the root logger.
    """

    def __init__(self, table: Path, tokenizer: Path) -> None:
        self.rows = read_table(table)
        self.tokenizer = Tokenizer.from_file(str(tokenizer))

    def pieces(self, text: str) -> list[int]:
        """The rows of the pieces that the text splits into; a common word is one piece."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def vector(self, text: str) -> NDArray[np.float32]:
        """(256,), of norm 1: the direction of the mean of its pieces; zeros for an empty text."""
        pieces = self.pieces(text)
        if not pieces:
            return np.zeros(DIMENSIONS, np.float32)
        return unit(self.rows[pieces].astype(np.float32).mean(axis=0))


def read_table(path: Path) -> NDArray[np.float16]:
    """(32000, 256), mapped and not read: a query touches a few rows, and processes share the pages.

    A safetensors file is eight bytes of length, so many bytes of JSON, and the numbers.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))["embedding.weight"]
    start = 8 + length + entry["data_offsets"][0]
    return np.memmap(path, "<f2", mode="r", offset=start, shape=tuple(entry["shape"]))
