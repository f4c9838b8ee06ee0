"""Deprecated name of gallery.ingest.intake, kept for one version."""

from __future__ import annotations

import warnings

from gallery.ingest.intake import take as take

warnings.warn(
    "gallery.intake is now gallery.ingest.intake; this name goes in version 0.3.",
    DeprecationWarning,
    stacklevel=2,
)
