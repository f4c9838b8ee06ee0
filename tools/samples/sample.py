"""What one picture of the sample gallery is, and what draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Sample:
    """A picture that is drawn when it is needed, with what a person would write under it."""

    name: str
    """The file name without its ending."""
    title: str
    caption: str
    tags: tuple[str, ...]
    draw: Callable[[], Image.Image]
