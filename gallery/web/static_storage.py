"""Static files as visitors get them: stylesheets joined, names with a hash, also where our scripts import."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import "(?P<path>[^"]+)";\n', re.MULTILINE)

Files = dict[str, tuple[Storage, str]]
"""Where `collectstatic` found each file, by the name that it gets."""


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """What `collectstatic` makes of our sources. With DEBUG browsers get the sources, which work as they are.

    Without the last patterns a script would import its neighbour under the plain name, and run it twice.
    Django's own option for this parses every script, and fails on comments in those of others.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (r"""(?P<matched>from "(?P<url>\./[^"]+)";)""", 'from "%(url)s";'),
                (r"""(?P<matched>import "(?P<url>\./[^"]+)";)""", 'import "%(url)s";'),
            ),
        ),
    )

    def post_process(self, paths: Files, **options: Any) -> Iterator[Any]:
        yield from super().post_process({**paths, **built(paths)}, **options)


def built(paths: Files) -> Files:
    """Our own stylesheets among these files, ready to be hashed and compressed."""
    keys = {name.replace("\\", "/"): name for name in paths}
    results = InMemoryStorage()

    def read(name: str) -> str:
        storage, path = paths[keys[name]]
        with storage.open(path) as file:
            return str(file.read(), "utf-8")

    for name in keys:
        if name.startswith("css/") and name.endswith(".css"):
            results.save(name, ContentFile(joined(name, read).encode()))
    return {key: (results, name) for name, key in keys.items() if results.exists(name)}


def joined(name: str, read: Callable[[str], str]) -> str:
    """The stylesheet with each one that it imports in its place; `read` gives the source behind a name."""

    def imported(line: re.Match[str]) -> str:
        return joined(posixpath.normpath(posixpath.join(posixpath.dirname(name), line["path"])), read)

    return IMPORT.sub(imported, read(name))
