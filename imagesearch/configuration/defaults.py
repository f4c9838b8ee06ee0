"""The table of settings: name, default, and the values that each takes. docs/configuration.md explains them.

The project's settings read the environment by it, and the engine in another project falls back on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imagesearch.configuration.env import (
    Boolean,
    Choice,
    Folder,
    InCode,
    Mode,
    Networks,
    Number,
    Text,
    Variable,
    Words,
)

MIB = 1024 * 1024

ENGINE: dict[str, Variable] = {
    "DATA_DIR": Folder(Path("data")),
    # The embedding model; builtin/everyday-v1 needs no download.
    "EMBEDDING_MODEL": Text("builtin/everyday-v1", "a model's name"),
    "EMBEDDING_API_BASE": Text("", "a URL"),
    "EMBEDDING_API_KEY": Text(),
    "EMBEDDING_TIMEOUT": Number(60.0, 1, 600),
    "EMBEDDING_THREADS": Number(1, 1, 64),
    # Pictures.
    "MAX_IMAGE_BYTES": Number(50 * MIB, 1024, 2**31),
    "MAX_IMAGE_PIXELS": Number(64_000_000, 1, 10**9),
    "MAX_JPEG_PIXELS": Number(210_000_000, 1, 10**9),
    "MAX_DECODE_MB": Number(420, 1, 2**16),
    "MAX_IMAGE_FRAMES_PIXELS": Number(256_000_000, 1, 10**10),
    # Pictures fetched from URLs.
    "FETCH_MAX_BYTES": Number(25 * MIB, 1024, 2**31),
    "FETCH_TIMEOUT": Number(10.0, 0.1, 600),
    "FETCH_MAX_REDIRECTS": Number(3, 0, 10),
    "FETCH_PORTS": InCode((80, 443)),
    "FETCH_ALLOWED_NETWORKS": Words((), "networks such as 192.168.1.0/24"),
}
PROJECT: dict[str, Variable] = {
    "DATA_DIR_MODE": Mode(0o700),
    "DATABASE_URL": Text("", "a URL"),
    "AWS_STORAGE_BUCKET_NAME": Text(),
    "AWS_S3_ENDPOINT_URL": Text("", "a URL"),
    "AWS_S3_REGION_NAME": Text(),
    "AWS_ACCESS_KEY_ID": Text(),
    "AWS_SECRET_ACCESS_KEY": Text(),
    "AWS_LOCATION": Text(),
    "MEDIA_REDIRECT": Boolean(False),
    # Serving.
    "HOST": Text("127.0.0.1", "an address"),
    "PORT": Number(8000, 1, 65535),
    "PUBLIC_URL": Text("", "a URL"),
    "HSTS_SECONDS": Number(3600, 0, 63_072_000),
    "ALLOWED_HOSTS": Words(),
    "TRUSTED_PROXIES": Networks(),
    "WEB_CONCURRENCY": Number(1, 1, 64),
    "WEB_THREADS": Number(8, 1, 256),
    "WEB_CONNECTIONS": Number(2000, 50, 100_000),
    "SECRET_KEY": Text(),
    "DEBUG": Boolean(False),
    "LOG_LEVEL": Choice("INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    # When images are embedded.
    "EMBED_ON_SAVE": Choice("auto", ("auto", "inline", "worker")),
    # Words.
    "SEARCH_LANGUAGE": Text("", "a language's code"),
    # Limits.
    "UPLOAD_SPOOL_BYTES": Number(1024 * MIB, MIB, 2**40),
    "SEARCHES_PER_MINUTE": Number(30, 1, 10**6),
    "WORD_SEARCHES_PER_MINUTE": Number(300, 1, 10**6),
    "UPLOADS_AT_ONCE": Number(4, 1, 1000),
    "UPLOADS_PER_CLIENT": Number(3, 1, 1000),
    "FETCHES_AT_ONCE": Number(4, 1, 1000),
    "FETCHES_PER_CLIENT": Number(2, 1, 1000),
    "LONG_PAGES_AT_ONCE": Number(2, 1, 1000),
    "MAX_SEARCH_DECODE_MB": Number(300, 1, 2**16),
    "MIN_FREE_MB": Number(500, 0, 10**9),
    "QUERY_PICTURES_MB": Number(500, 1, 10**9),
    "QUERY_PICTURE_HOURS": Number(24, 1, 24 * 365),
    "OPEN_UPLOADS": Boolean(True),
    # People.
    "LOGIN_REQUIRED": Boolean(False),
    "DEFAULT_VISIBILITY": Choice("public", ("public", "hidden")),
    "LOGIN_FAILURES": Number(5, 1, 10**6),
    "LOGIN_LOCKOUT_MINUTES": Number(15, 1, 24 * 60),
}
SETTINGS = ENGINE | PROJECT


def value(name: str) -> Any:
    """The setting's value in the environment, else its default. Raises ImproperlyConfigured."""
    return SETTINGS[name].read(name)
