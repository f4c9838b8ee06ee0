"""What a gallery needs on the disk before it starts; reading its settings makes none of it."""

from __future__ import annotations

import logging

from django.conf import settings

log = logging.getLogger(__name__)


def prepare() -> None:
    """Make the folder for temporary files and the secret key where they are missing.

    A folder that cannot be made is only logged: a full or read-only disk can still be read. The folder of the
    pictures is left to the storage, which must tell an empty one from a disk that is not mounted. Raises
    ImproperlyConfigured where there is no secret key, and none can be kept.
    """
    try:
        settings.TMP_ROOT.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        log.warning("The folder %s cannot be made: %s.", settings.TMP_ROOT, error.strerror)
    str(settings.SECRET_KEY)
