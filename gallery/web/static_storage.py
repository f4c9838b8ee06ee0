"""Static files as visitors get them: stylesheets joined, scripts without comments, names with a hash."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import "(?P<path>[^"]+)";\n', re.MULTILINE)
NO_CODE = re.compile(
    r"""
    ^[ \t]*(?://.*|/\*(?:(?!\*/)[\s\S])*\*/)\n  # a comment on lines of its own
    | /\*\*[ ]@type[ ](?:(?!\*/).)*\*/[ ]?       # a type within a line
    | (?<=[;{,])[ ]//[ ].*                        # a comment behind code
    | ^[ \t]+                                    # indentation
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A third of the scripts' bytes. Minifiers in Python (rjsmin, jsmin) change what is in nested templates, and
drop code behind the pattern of an arrow function. Formatted sources and a test make these patterns safe."""

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
    max_post_process_passes = 10
    """One more than scripts import each other in a row: a new name changes the script that imports it."""

    def post_process(self, paths: Files, **options: Any) -> Iterator[Any]:
        yield from super().post_process({**paths, **built(paths)}, **options)


def built(paths: Files) -> Files:
    """Our own stylesheets and scripts among these files, ready to be hashed and compressed."""
    keys = {name.replace("\\", "/"): name for name in paths}
    results = InMemoryStorage()

    def read(name: str) -> str:
        storage, path = paths[keys[name]]
        with storage.open(path) as file:
            return str(file.read(), "utf-8")

    for name in keys:
        if name.startswith("css/") and name.endswith(".css"):
            results.save(name, ContentFile(joined(name, read).encode()))
        elif name.startswith("js/") and name.endswith(".js"):
            results.save(name, ContentFile(stripped(read(name)).encode()))
    return {key: (results, name) for name, key in keys.items() if results.exists(name)}


def stripped(script: str) -> str:
    """The script without comments and indentation."""
    return NO_CODE.sub("", script)


def joined(name: str, read: Callable[[str], str]) -> str:
    """The stylesheet with each one that it imports in its place; `read` gives the source behind a name."""

    def imported(line: re.Match[str]) -> str:
        return joined(posixpath.normpath(posixpath.join(posixpath.dirname(name), line["path"])), read)

    return IMPORT.sub(imported, read(name))
