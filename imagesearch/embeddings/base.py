"""The contract that every embedding model keeps, and nothing of any one of them."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagesearch.embeddings.scores import Calibration
from imagesearch.errors import QueryError

Matrix = NDArray[np.float32]
Purpose = Literal["query", "document"]

UNSPACED = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]")
"""Kana and Han characters, which are written without spaces."""


class ReadAs(NamedTuple):
    """A word that a model does not know, and what is searched in its place, or could be."""

    word: str
    """As it was typed."""
    text: str
    """In words that the model knows: “dog”, “fruit”, “purple”."""
    kind: Literal["translation", "family", "spelling"]
    language: str = ""
    """The code (ISO 639-1) of the language that a translation is from."""
    number: int = -1
    """Of a family, as the model counts them."""

    def replaced_in(self, text: str) -> str:
        """The text with what the word is read as in its place."""
        if UNSPACED.search(self.word):
            return " ".join(text.replace(self.word, f" {self.text} ").split())
        word = re.compile(rf"(?<!\w){re.escape(self.word)}(?!\w)", re.IGNORECASE)
        return word.sub(lambda match: self.text, text)


class Reading(NamedTuple):
    """How a model reads a query: the words that it knows, and those that it can only guess at.

    `text` is the query with translated words in English. `read_as` has been applied, `offers` have not: a
    person may choose one of them.
    """

    sure: tuple[str, ...]
    unsure: tuple[str, ...]
    text: str = ""
    read_as: tuple[ReadAs, ...] = ()
    offers: tuple[ReadAs, ...] = ()

    @property
    def families(self) -> tuple[int, ...]:
        """The numbers of the families that stand in for words."""
        return tuple(each.number for each in self.read_as if each.kind == "family")

    @property
    def has_meaning(self) -> bool:
        """Whether a vector can be made of it."""
        return bool(self.sure or self.families)


def plain(text: str) -> str:
    """The text for comparing: casefolded, and without accents on Latin letters."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", re.sub("(?<=[a-z])[\u0300-\u036f]+", "", parts))


@dataclass(frozen=True)
class Vocabulary:
    """What is known of words beside the model: in a gallery, those of its titles and tags."""

    fold: Callable[[str], str] = plain
    """Texts that fold to the same are the same."""
    has: Callable[[str], bool] = lambda word: False
    """Whether a word is in a title or tag, so that it is searched as it was typed."""
    near: Callable[[str], Iterable[str]] = lambda word: ()
    """Words of titles and tags that are spelt nearly like this one."""


class Embedder(ABC):
    """Pictures, and where it can words, become unit vectors of one space.

    Building one is free: no network, no file, no model is touched before the first call of a method.
    Vectors come back float32, of norm 1, finite, in the order of the input. One embedder is used by
    many threads at once. Batching, retries, state and width (512) are the caller's.
    """

    name: str
    """As EMBEDDING_MODEL names it: `provider/model`, or the dotted path of a class of another project."""
    dimensions: int
    """The model's own width."""
    batch_size: ClassVar[int] = 1
    """How many pictures one call takes best."""
    embeds_text: bool = True
    local: ClassVar[bool] = True
    """Whether it runs in this process (cheap, private) or asks a server (slow, may be away, costs money)."""
    calibration: Calibration | None = None
    """What its cosines mean; None where nobody has measured it."""
    summary: str = ""
    """One sentence for people: what it can and cannot do."""
    gaps: ClassVar[str] = ""
    """What people search for and it does not know, in plurals: “trees and people”."""

    @abstractmethod
    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        """(n, dimensions) for n upright RGB pictures of any size. Raises EmbeddingError."""

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        """(n, dimensions) for n texts, every word of them used. Raises EmbeddingError, QueryError."""
        raise QueryError(f"The model {self.name} knows pictures only, no words. Search with a picture.")

    def read(self, text: str) -> Reading:
        """Which words of a query the model knows. A model that cannot tell is sure of all."""
        return Reading(sure=tuple(text.split()), unsure=())

    def interpret(self, text: str, vocabulary: Vocabulary, *, families: bool = True) -> Reading:
        """How a query is read where words that the model does not know are read as others that it does.

        Without `families`, no word stands for things that are only near to it. A model that is sure of all
        words reads them as they are.
        """
        return self.read(text)._replace(text=text)

    def embed_reading(self, reading: Reading) -> Matrix:
        """(1, dimensions) for what is known of a query. Raises EmbeddingError, QueryError."""
        return self.embed_texts([" ".join(reading.sure)])

    def known(self, beginning: str, most: int) -> list[str]:
        """Up to `most` names that it is sure of and that begin with these letters; for people who are typing.

        Without network, in a few milliseconds. A model that cannot list what it knows has none. May raise
        ModelError.
        """
        return []

    def warm_up(self) -> None:  # noqa: B027 (a model may have nothing to load)
        """Load what the first call would load. May take seconds. Raises ModelError."""
