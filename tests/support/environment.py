"""The environment that the suite starts from: none of the variables that the code reads."""

from __future__ import annotations

import os
import re
from pathlib import Path

from imagesearch.configuration.defaults import SETTINGS
from imagesearch.configuration.env import InCode

ROOT = Path(__file__).parents[2]
READS = re.compile(r"""(?:\benv\.\w+|environ\.get|getenv)\(\s*"([A-Z0-9_]+)\"""")

# What libraries read: where models are cached, accounts of S3, proxies, colours and widths of a terminal.
LIBRARIES = re.compile(
    r"(HF|HUGGING_?FACE|AWS|DJANGO)_\w+|(https?|all|no)_proxy|(NO|FORCE)_COLOR|COLUMNS", re.IGNORECASE
)
KEPT = {
    "DJANGO_SETTINGS_MODULE",
    "TERM",
}  # pytest-django has just set the first; the second is the terminal's


def variables() -> set[str]:
    """The names of all that the code takes from the environment: the settings, and what is read elsewhere."""
    sources = (path for folder in ("imagesearch", "gallery") for path in (ROOT / folder).rglob("*.py"))
    others = {name for path in sources for name in READS.findall(path.read_text(encoding="utf-8"))}
    return {name for name, each in SETTINGS.items() if not isinstance(each, InCode)} | others


def clear() -> None:
    """Take out of the environment what would make a test pass or fail for this person alone."""
    ours = variables()
    for name in set(os.environ) - KEPT:
        if name.removesuffix("_FILE") in ours or LIBRARIES.fullmatch(name):
            del os.environ[name]
