"""Models behind an HTTP API: Jina's, and any server that speaks the OpenAI shape (infinity, LiteLLM)."""

from __future__ import annotations

import base64
import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from imagesearch.configuration.conf import setting
from imagesearch.embeddings.base import Embedder, Matrix, Purpose
from imagesearch.embeddings.norm import unit
from imagesearch.errors import EmbeddingError, EmbeddingUnavailable, ImageSearchError, ModelError
from imagesearch.network.http import Reply, post_json

T = TypeVar("T")

log = logging.getLogger(__name__)

AT_ONCE = 4  # Jina's free tier answers five calls at a time
PATIENCE = 5.0  # seconds that one more call waits; a server that hangs must not keep every thread
MAX_SIDE = 768  # px; larger pictures cost more tokens and hardly change the vector
MISTAKES = {
    401: "does not accept the key. Check EMBEDDING_API_KEY",
    402: "wants to be paid first: the account behind EMBEDDING_API_KEY is empty",
    403: "does not let this key use the model. Check the account behind EMBEDDING_API_KEY, and its balance",
    404: "knows no such address or model. Check EMBEDDING_API_BASE and EMBEDDING_MODEL",
}
TEMPORARY = {408, 425, 429, 500, 502, 503, 504}


class RemoteEmbedder(Embedder):
    """One call a batch, asked once: asking again and halving are `embed_each`'s, which sees all pictures."""

    dimensions = 512
    batch_size = 16
    local = False
    provider: ClassVar[str]

    def __init__(self, model: str) -> None:
        self.model = model
        self.name = f"{self.provider}/{model}"
        self._turns = BoundedSemaphore(AT_ONCE)

    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        """(n, dimensions), norm 1. Raises EmbeddingError, ModelError."""
        return self._in_batches(images, self.pictures)

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        """(n, dimensions), norm 1. Raises EmbeddingError, ModelError."""
        return self._in_batches(texts, lambda some: self.words(some, purpose))

    def warm_up(self) -> None:
        """Only checks the settings: a server needs no loading. Raises ModelError."""
        self.base()
        self.key()

    @abstractmethod
    def pictures(self, images: Sequence[Image.Image]) -> dict[str, Any]:
        """What a request for these pictures holds besides model and dimensions."""

    @abstractmethod
    def words(self, texts: Sequence[str], purpose: Purpose) -> dict[str, Any]:
        """What a request for these texts holds besides model and dimensions."""

    def base(self) -> str:
        """Where the API is, without a final slash. Raises ModelError."""
        base = str(setting("EMBEDDING_API_BASE")).rstrip("/")
        parts = urlsplit(base)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise ModelError(
                f"The model {self.name} is asked over HTTP. Set EMBEDDING_API_BASE to the address of its "
                "server, such as http://127.0.0.1:7997/v1, without user name and password."
            )
        return base

    def key(self) -> str:
        """May be empty: many servers of one's own want none. Raises ModelError."""
        key = str(setting("EMBEDDING_API_KEY"))
        if not (key.isascii() and key.isprintable()):
            raise ModelError("EMBEDDING_API_KEY contains characters that no key has. Copy it again.")
        return key

    def _in_batches(self, inputs: Sequence[T], request: Callable[[Sequence[T]], dict[str, Any]]) -> Matrix:
        rows = [np.empty((0, self.dimensions), dtype=np.float32)]
        for start in range(0, len(inputs), self.batch_size):
            batch = inputs[start : start + self.batch_size]
            rows.append(self._ask(request(batch), len(batch)))
        return np.concatenate(rows)

    def _ask(self, request: dict[str, Any], count: int) -> Matrix:
        base, key, timeout = self.base(), self.key(), float(setting("EMBEDDING_TIMEOUT"))
        if not self._turns.acquire(timeout=min(timeout, PATIENCE)):
            raise EmbeddingUnavailable(
                f"The embedding server still has {AT_ONCE} calls to answer. Try again later."
            )
        try:
            reply = post_json(
                f"{base}/embeddings",
                {"model": self.model, "dimensions": self.dimensions, **request},
                headers={"Authorization": f"Bearer {key}"} if key else {},
                timeout=timeout,
            )
        finally:
            self._turns.release()
        if reply.status != 200:
            raise refusal(reply, urlsplit(base).hostname or "", key)
        return self._vectors(reply.content, count)

    def _vectors(self, content: Any, count: int) -> Matrix:
        """(count, dimensions), norm 1, in the order of `index`. Raises EmbeddingError, ModelError."""
        if content is None:
            raise ModelError(
                "The embedding server answered with something else than JSON. Check EMBEDDING_API_BASE."
            )
        try:
            found = sorted(content["data"], key=lambda item: item["index"])
            indexes = [item["index"] for item in found]
            rows = np.array([item["embedding"] for item in found], dtype=np.float64)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise EmbeddingError(f"The answer of {self.name} holds no list of vectors.") from None
        if indexes != list(range(count)):
            raise EmbeddingError(
                f"{self.name} answered with {len(found)} vectors for {count} inputs, or not one for each."
            )
        if rows.shape[1:] != (self.dimensions,):
            raise ModelError(
                f"{self.name} answers with vectors of {rows.shape[-1]} numbers, where {self.dimensions} were "
                "asked for. Choose a model that offers them."
            )
        if not np.isfinite(rows).all() or not rows.any(axis=1).all():
            raise EmbeddingError(
                f"{self.name} answered with a vector of zeros, or of numbers that are not finite."
            )
        return unit(rows.astype(np.float32))


class JinaEmbedder(RemoteEmbedder):
    provider = "jina_ai"
    summary = (
        "Pictures and words of many languages; asks Jina's servers, which cost money and see the pictures."
    )
    models: ClassVar = ("jina-embeddings-v4", "jina-clip-v2")
    public_base: ClassVar = "https://api.jina.ai/v1"

    def __init__(self, model: str) -> None:
        """Raises ModelError for a model that is not one of Jina's for pictures."""
        if model == "jina-embedding-v4":
            log.warning("EMBEDDING_MODEL says jina_ai/%s; Jina's own spelling is jina-embeddings-v4.", model)
            model = "jina-embeddings-v4"
        if model not in self.models:
            raise ModelError(
                f"There is no model jina_ai/{model}. Jina's models for pictures: {', '.join(self.models)}."
            )
        super().__init__(model)

    def base(self) -> str:
        return super().base() if setting("EMBEDDING_API_BASE") else self.public_base

    def key(self) -> str:
        """Raises ModelError if it is empty."""
        if key := super().key():
            return key
        raise ModelError(
            f"The model {self.name} needs a key. Make one at https://jina.ai and set EMBEDDING_API_KEY."
        )

    def pictures(self, images: Sequence[Image.Image]) -> dict[str, Any]:
        return {"input": [{"image": jpeg(image)} for image in images], **self._task("document")}

    def words(self, texts: Sequence[str], purpose: Purpose) -> dict[str, Any]:
        return {"input": [{"text": text} for text in texts], **self._task(purpose)}

    def _task(self, purpose: Purpose) -> dict[str, str]:
        if self.model != "jina-embeddings-v4":
            return {}
        return {"task": "retrieval.query" if purpose == "query" else "retrieval.passage"}


class OpenAIEmbedder(RemoteEmbedder):
    """`modality` is infinity's; other servers pass over it."""

    provider = "openai"
    summary = "Pictures and words, as the model behind EMBEDDING_API_BASE knows them."

    def pictures(self, images: Sequence[Image.Image]) -> dict[str, Any]:
        return {"input": [f"data:image/jpeg;base64,{jpeg(image)}" for image in images], "modality": "image"}

    def words(self, texts: Sequence[str], purpose: Purpose) -> dict[str, Any]:
        return {"input": list(texts), "modality": "text"}


def jpeg(image: Image.Image) -> str:
    """Base64 of a JPEG of at most MAX_SIDE; the picture itself stays as it is."""
    scale = MAX_SIDE / max(image.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in image.size)
        image = image.resize((width, height), reducing_gap=2.0)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def refusal(reply: Reply, server: str, key: str) -> ImageSearchError:
    """What a status other than 200 means: a wrong setting, a busy server, or inputs that it will not take."""
    said = _said(reply.content, key)
    if reply.status in MISTAKES or 300 <= reply.status < 400 or "INPUT_MODEL_NOT_FOUND" in said:
        mistake = MISTAKES.get(
            reply.status, "wants another address or model. Check EMBEDDING_API_BASE and EMBEDDING_MODEL"
        )
        return ModelError(f"The embedding server {server} {mistake} ({reply.status}).")
    if reply.status in TEMPORARY:
        return EmbeddingUnavailable(
            f"The embedding server {server} cannot answer just now ({reply.status}{said}).",
            retry_after=reply.retry_after,
        )
    return EmbeddingError(f"The embedding server {server} does not take this input ({reply.status}{said}).")


def _said(content: Any, key: str) -> str:
    """The server's own words, made safe to show: short, on one line, and without the key."""
    if not isinstance(content, dict):
        return ""
    error = content.get("error")
    source = error if isinstance(error, dict) else content
    words = " ".join(str(source[name]) for name in ("code", "detail", "message") if source.get(name))
    if key:
        words = words.replace(key, "…")
    return f": {' '.join(words.split())[:200]}" if words else ""
