"""The command line with this project's settings: `imagesearch-gallery`, `python -m gallery`, `manage.py`."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, InterfaceError


def main() -> None:
    """An error that a person can fix is one sentence; `--traceback` shows the rest, too."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagesearch.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, DatabaseError, InterfaceError) as error:
        from imagesearch.database.errors import explain

        sentence = str(error) if isinstance(error, ImproperlyConfigured) else explain(error)
        if sentence is None or "--traceback" in sys.argv:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
