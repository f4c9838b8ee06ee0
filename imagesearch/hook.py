"""Deprecated name of imagesearch.embedding_signals, kept for one version."""

from __future__ import annotations

import warnings

from imagesearch.embedding_signals import register as register

warnings.warn(
    "imagesearch.hook is now imagesearch.embedding_signals; this name goes in version 0.3.",
    DeprecationWarning,
    stacklevel=2,
)
