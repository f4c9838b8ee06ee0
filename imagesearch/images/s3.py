"""The storage in a bucket of S3 or its like; a module of its own, because boto3 is an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from imagesearch.images import storage

# Of one call. Retries are few: the page that waits for them has a person before it.
PATIENCE = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})
INSUFFICIENT_STORAGE = 507


class ContentS3Storage(S3Storage):  # type: ignore[misc]
    """The rules of ContentStorage, with its errors; a bucket never shows half a file by itself."""

    # Whatever the project's AWS_* settings say: no object is public, and no link works for long.
    default_acl = None
    querystring_auth = True
    custom_domain = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = self.client_config.merge(PATIENCE)  # type: ignore[has-type]

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def exists(self, name: str) -> bool:
        with _explained():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _explained():
            super().delete(name)

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        with _explained():
            file: File[Any] = super()._open(name, mode)
            return file

    def _save(self, name: str, content: File[Any]) -> str:
        with _explained():
            return name if super().exists(name) else str(super()._save(name, content))

    def replace(self, name: str, content: File[Any]) -> None:
        """Write a file, also in place of a damaged one of this name. Raises as `save`."""
        with _explained():
            super()._save(name, content)

    def sizes(self, folder: str) -> dict[str, int]:
        """The files in a folder, by name, with their sizes in bytes."""
        prefix = f"{self._normalize_name(folder)}/"
        with _explained():
            found = self.bucket.objects.filter(Prefix=prefix, Delimiter="/")
            return {f"{folder}/{each.key.removeprefix(prefix)}": each.size for each in found}


@contextmanager
def _explained() -> Iterator[None]:
    """Turns what the bucket says into our errors."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"].get("HTTPStatusCode") == INSUFFICIENT_STORAGE:
            raise storage.full() from error
        raise storage.unavailable(str(error.response["Error"].get("Code"))) from error
    except BotoCoreError as error:
        raise storage.unavailable(type(error).__name__) from error
