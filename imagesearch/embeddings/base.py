"""The contract that every embedding model keeps, and nothing of any one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagesearch.embeddings.scores import Calibration
from imagesearch.errors import QueryError

Matrix = NDArray[np.float32]
Purpose = Literal["query", "document"]


class Reading(NamedTuple):
    """How a model reads a query: the words that it knows, and those that it can only guess at."""

    sure: tuple[str, ...]
    unsure: tuple[str, ...]


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

    @abstractmethod
    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        """(n, dimensions) for n upright RGB pictures of any size. Raises EmbeddingError."""

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        """(n, dimensions) for n texts, every word of them used. Raises EmbeddingError, QueryError."""
        raise QueryError(f"The model {self.name} knows pictures only, no words. Search with a picture.")

    def read(self, text: str) -> Reading:
        """Which words of a query the model knows. A model that cannot tell is sure of all."""
        return Reading(sure=tuple(text.split()), unsure=())

    def known(self, beginning: str, most: int) -> list[str]:
        """Up to `most` names that it is sure of and that begin with these letters; for people who are typing.

        Without network, in a few milliseconds. A model that cannot list what it knows has none. May raise
        ModelError.
        """
        return []

    def warm_up(self) -> None:  # noqa: B027 (a model may have nothing to load)
        """Load what the first call would load. May take seconds. Raises ModelError."""
