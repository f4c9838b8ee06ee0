"""What is asked: words or a picture become one vector, and what is known about it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Self

from PIL import Image

from imagesearch import http
from imagesearch.embeddings.base import Embedder, Reading
from imagesearch.embeddings.embed import image_vectors, text_vector
from imagesearch.errors import EmbeddingError, ImageError, QueryError
from imagesearch.images import Photo, Readable, decode
from imagesearch.scores import Kind
from imagesearch.vectors.codec import Vector

LONGEST_TEXT = 500
NOTHING_READ = Reading((), ())


class Picture:
    """A picture to search with: a Pillow image, bytes, or an open file.

    A plain string is refused, because it could be words, a path or a URL: say which with
    `Picture.from_path` or `Picture.from_url`. Bad bytes raise ImageError when the picture is used.
    """

    def __init__(self, source: Image.Image | bytes | Readable, name: str = "") -> None:
        if isinstance(source, str | Path):
            raise TypeError("A string is no picture. Use Picture.from_path(…) or Picture.from_url(…).")
        self._source = source
        self.name = name

    @classmethod
    def from_path(cls, path: str | Path) -> Self:
        path = Path(path)
        try:
            return cls(path.read_bytes(), path.name)
        except OSError as error:
            raise ImageError(f"{path} cannot be read: {error.strerror}.") from error

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The picture behind a URL, fetched now by the guarded door. Raises FetchError."""
        fetched = http.fetch(url)
        return cls(fetched.content, fetched.name)

    @cached_property
    def photo(self) -> Photo:
        """Raises ImageError."""
        if not isinstance(self._source, Image.Image):
            return decode(self._source, self.name)
        buffer = BytesIO()  # as PNG, so that an image made in memory passes the same judge and has a hash
        self._source.convert("RGBA" if self._source.has_transparency_data else "RGB").save(
            buffer, "PNG", compress_level=1
        )
        return decode(buffer.getvalue(), self.name)


@dataclass(frozen=True)
class Question:
    """A query as the search needs it. `vector` (512,) is None where only the word index can answer."""

    kind: Kind
    vector: Vector | None
    text: str = ""
    reading: Reading = NOTHING_READ


class VectorCache:
    """The last few query vectors, so that the same query costs one embedding."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str], make: Callable[[], Vector]) -> Vector:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        vector = make()
        with self._lock:
            self._kept[key] = vector
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return vector

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._kept

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


cache = VectorCache()


def picture_key(embedder: Embedder, sha256: str) -> tuple[str, str]:
    return (embedder.name, f"picture:{sha256}")


def text_key(embedder: Embedder, text: str) -> tuple[str, str]:
    return (embedder.name, f"words:{text}")


def ask(query: str | Picture, embedder: Embedder) -> Question:
    """Embed the query. A plain string always means words.

    Unsure words stay in the vector only beside a sure one; alone, no vector is made of them.
    Raises QueryError, ImageError, EmbeddingError.
    """
    if isinstance(query, Picture):
        return Question("picture", picture_vector(query, embedder))
    if not isinstance(query, str):
        raise TypeError(f"Search takes words (str) or a Picture, not {type(query).__name__}.")
    text = " ".join(query.split())
    if not text:
        raise QueryError("There is nothing to search for. Type some words, or use a picture.")
    if len(text) > LONGEST_TEXT:
        raise QueryError(
            f"These words are {len(text)} characters long; at most {LONGEST_TEXT} can be searched at once."
        )
    if not embedder.embeds_text:
        return Question("words", None, text)
    reading = embedder.read(text)
    if not reading.sure:
        return Question("words", None, text, reading)
    vector = cache.get(text_key(embedder, text), lambda: text_vector(embedder, text))
    return Question("words", vector, text, reading)


def picture_vector(picture: Picture, embedder: Embedder) -> Vector:
    photo = picture.photo

    def embed() -> Vector:
        vector = image_vectors(embedder, [photo.image])[0]
        if isinstance(vector, EmbeddingError):
            raise vector
        return vector

    return cache.get(picture_key(embedder, photo.sha256), embed)
