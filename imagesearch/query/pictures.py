"""Pictures to search with, and parts of pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Self

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from PIL import Image

from imagesearch.errors import ImageError, QueryError
from imagesearch.images.decode import Photo, Readable, decode
from imagesearch.network import http

WHOLE = 1000
MIN_SIDE = 20  # thousandths: two hundredths of a side


class Picture:
    """A picture to search with: a Pillow image, bytes, an open file, or a function that brings bytes.

    A plain string is refused, because it could be words, a path or a URL: say which with
    `Picture.from_path` or `Picture.from_url`. Bad bytes raise ImageError when the picture is used. One that
    is used `once`, for a single search, keeps no pixels after it. `max_memory` is as in `decode`.
    """

    def __init__(
        self,
        source: Image.Image | bytes | Readable | Callable[[], bytes],
        name: str = "",
        *,
        once: bool = False,
        max_memory: float | None = None,
    ) -> None:
        if isinstance(source, str | Path):
            raise TypeError("A string is not a picture. Use Picture.from_path(…) or Picture.from_url(…).")
        self._source = source
        self.name = name
        self.once = once
        self.max_memory = max_memory

    @classmethod
    def from_path(cls, path: str | Path) -> Self:
        """The picture in a file, read now. Raises ImageError if it cannot be read."""
        path = Path(path)
        try:
            return cls(path.read_bytes(), path.name)
        except OSError as error:
            raise ImageError(
                _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}
            ) from error

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The picture at a URL, fetched now by the guarded HTTP client. Raises FetchError."""
        fetched = http.fetch(url)
        return cls(fetched.content, fetched.name)

    @cached_property
    def photo(self) -> Photo:
        """Raises ImageError, and for one that is fetched only now FetchError."""
        source = self._source() if callable(self._source) else self._source
        if not isinstance(source, Image.Image):
            return decode(source, self.name, max_memory=self.max_memory)
        buffer = BytesIO()  # as PNG, so that an image made in memory passes the same checks and has a hash
        source.convert("RGBA" if source.has_transparency_data else "RGB").save(
            buffer, "PNG", compress_level=1
        )
        return decode(buffer.getvalue(), self.name, max_memory=self.max_memory)

    @cached_property
    def sha256(self) -> str:
        """Of its bytes, as `photo` was made of them."""
        return self.photo.sha256

    def used(self) -> None:
        """It has been embedded: what is used once forgets its pixels, 192 MB of them at most."""
        if self.once:
            self.__dict__.pop("photo", None)


@dataclass(frozen=True)
class Crop:
    """A part of a picture: its corner and its size in thousandths of the upright picture's sides."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        """Raises QueryError for a part outside the picture, or too small."""
        if min(self.x, self.y) < 0 or self.x + self.width > WHOLE or self.y + self.height > WHOLE:
            raise QueryError(
                _("The part %(part)s is not within the picture, which is %(whole)s by %(whole)s.")
                % {"part": self, "whole": WHOLE}
            )
        if min(self.width, self.height) < MIN_SIDE:
            raise QueryError(
                _("The part %(part)s is too small: each side must have at least %(least)s thousandths.")
                % {"part": self, "least": MIN_SIDE}
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of “x,y,w,h”. Raises QueryError."""
        numbers = text.split(",")
        if len(numbers) != 4 or not all(re.fullmatch(r" *[0-9]{1,4} *", number) for number in numbers):
            raise QueryError(
                _("“%(text)s” is not a part of a picture; write x,y,width,height in thousandths.")
                % {"text": text[:60]}
            )
        return cls(*map(int, numbers))

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    @property
    def is_whole(self) -> bool:
        return self.width == self.height == WHOLE

    def of(self, image: Image.Image) -> Image.Image:
        """This part of the image, at least a pixel in each direction."""
        left, top = image.width * self.x // WHOLE, image.height * self.y // WHOLE
        right = max(left + 1, round(image.width * (self.x + self.width) / WHOLE))
        bottom = max(top + 1, round(image.height * (self.y + self.height) / WHOLE))
        return image.crop((left, top, right, bottom))
