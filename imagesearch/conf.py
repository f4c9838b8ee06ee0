"""The engine's settings and their defaults, read when used, so that another project need set none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

MIB = 1024 * 1024

DEFAULTS: dict[str, Any] = {
    "DATA_DIR": Path("data"),
    "EMBEDDING_MODEL": "builtin/everyday-v1",
    "EMBEDDING_API_BASE": "",
    "EMBEDDING_API_KEY": "",
    "EMBEDDING_TIMEOUT": 60.0,  # seconds for one call of a remote model, all retries excluded
    "EMBEDDING_THREADS": 1,  # threads of one local inference
    "MAX_IMAGE_BYTES": 50 * MIB,
    "MAX_IMAGE_PIXELS": 64_000_000,  # of one frame
    "MAX_JPEG_PIXELS": 210_000_000,  # JPEGs are decoded at reduced size
    "MAX_DECODE_MB": 420,  # MiB that decoding one JPEG may take: a progressive one of 64 MP
    "MAX_IMAGE_FRAMES_PIXELS": 256_000_000,  # of all frames together
    "FETCH_MAX_BYTES": 25 * MIB,
    "FETCH_TIMEOUT": 10.0,  # seconds, wall clock, redirects included
    "FETCH_MAX_REDIRECTS": 3,
    "FETCH_PORTS": (80, 443),
    "FETCH_ALLOWED_NETWORKS": (),  # CIDR blocks that may be fetched though they are internal
}


def setting(name: str) -> Any:
    """The project's value of an engine setting, else the engine's default."""
    return getattr(settings, name, DEFAULTS[name])
