"""Everything that can go wrong in the engine: one tree, each error with a sentence a person can act on."""

from __future__ import annotations

from typing import ClassVar


class ImageSearchError(Exception):
    """`str(error)` says what was wrong, the limit, the value received, and what to do.

    `code` names the fault for programs; `status` is the HTTP status that fits it.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400


class VectorError(ImageSearchError, ValueError):
    """A vector that no column may hold: wrong length, NaN, infinite, all zeros."""

    code = "bad_vector"


class QueryError(ImageSearchError, ValueError):
    """A search that cannot be asked: nothing in it, or of a kind the model does not know."""

    code = "bad_query"


class ImageError(ImageSearchError):
    """Bytes that are no picture we take."""

    code = "bad_image"
    status = 422


class ImageTooLarge(ImageError):
    """More bytes, pixels or frames than the limits allow."""

    code = "image_too_large"
    status = 413


class StorageFull(ImageSearchError):
    """The storage has no room for another file; nothing was kept."""

    code = "storage_full"
    status = 507


class StorageUnavailable(ImageSearchError):
    """The storage does not work now; nothing was kept, and trying again may help."""

    code = "storage_unavailable"
    status = 503


class FetchError(ImageSearchError):
    """A URL whose picture could not be brought here.

    Deliberately no OSError: urllib3 would catch and wrap it on the way.
    """

    code = "fetch_failed"
    status = 422


class AddressRefused(FetchError):
    """A URL that leads to an address, port or scheme which is never asked."""

    code = "address_refused"


class EmbeddingError(ImageSearchError):
    """The model gave no vector. Final: asking again with the same picture will not help."""

    code = "embedding_failed"
    status = 422


class EmbeddingUnavailable(EmbeddingError):
    """The model gave no vector now; asking again may help, after `retry_after` seconds where it is known."""

    code = "embedding_unavailable"
    status = 503

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelError(ImageSearchError):
    """The embedding model cannot be had: unknown name, missing or damaged files, missing key."""

    code = "model_unavailable"
    status = 503


class IndexRefused(ImageSearchError):
    """The vector index cannot be made or dropped here: no TiDB, too old, no TiFlash, or TiDB said no."""

    code = "index_refused"
    status = 409
