"""What people write about an image: the limits of title, caption and tags, and what cannot be stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.text.folding import TERM_LENGTH, tag_key, visible
from gallery.text.tag_lists import unique_tags
from imagesearch.errors import ImageSearchError

MAX_TITLE_LENGTH = 200
MAX_CAPTION_LENGTH = 10_000
"""Characters; each word of a caption is a row of the word index, and 2 MB of them took 20 seconds."""
MAX_TAGS = 50
TAGS_HELP = gettext_lazy(
    'Separate tags with commas. Put a tag that contains a comma in double quotes: "Doe, Jane".'
)

_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


class DescriptionRefused(ImageSearchError):
    """A title, caption or tag that is too long, or holds characters that cannot be stored."""

    code = "bad_description"
    status = 422


def clean_title(text: str) -> str:
    """The title as it is stored: in one line. Raises DescriptionRefused."""
    return _limited("title", tidy_title(text), MAX_TITLE_LENGTH)


def clean_caption(text: str) -> str:
    """The caption as it is stored. Raises DescriptionRefused."""
    return _limited("caption", tidy_caption(text), MAX_CAPTION_LENGTH)


def _limited(name: str, text: str, most: int) -> str:
    _refuse_controls(name, text)
    if len(text) > most:
        message = _("This %(field)s has %(length)s characters; at most %(limit)s are allowed.")
        figures = {"field": name, "length": f"{len(text):,}", "limit": f"{most:,}"}
        raise DescriptionRefused(message % figures)
    return text


def clean_tags(names: Iterable[str]) -> list[str]:
    """The tags with single spaces, each once; their number is not looked at. Raises DescriptionRefused."""
    tags = unique_tags(names)
    for name in tags:
        _refuse_controls("tag", name)
        if len(name) > TERM_LENGTH:
            message = _("“%(name)s…” has %(length)s characters; a tag can have at most %(limit)s.")
            figures = {"name": name[:20], "length": f"{len(name):,}", "limit": TERM_LENGTH}
            raise DescriptionRefused(message % figures)
        if not tag_key(name):
            message = _("The tag “%(name)s” consists of accents only; add a letter or a digit.")
            if not visible(name).strip():
                message = _("The tag “%(name)s” consists of invisible characters; add a letter or a digit.")
            raise DescriptionRefused(message % {"name": name})
    return tags


def tag_of_name(name: str) -> list[str]:
    """A folder's name as a tag, without characters that a tag cannot have and cut; [] for nothing."""
    plain = "".join(character for character in name if unicodedata.category(character) not in ("Cc", "Cs"))
    return [tag for tag in unique_tags([plain[:TERM_LENGTH]]) if tag_key(tag)]


def refuse_many_tags(count: int) -> None:
    """Raises DescriptionRefused where an image would have more tags than are allowed."""
    if count > MAX_TAGS:
        message = _("These are %(count)s tags; an image can have at most %(limit)s.")
        raise DescriptionRefused(message % {"count": f"{count:,}", "limit": MAX_TAGS})


def refuse_over_limits(title: str, caption: str, tags: Iterable[str]) -> None:
    """Raises DescriptionRefused where any of the three could not be saved by a form."""
    clean_title(title)
    clean_caption(caption)
    refuse_many_tags(len(clean_tags(tags)))


def tidy_title(text: str) -> str:
    """Without line ends, tabs and outer spaces, so that a one-line field shows and sends back the same."""
    return _LINE_END.sub(" ", text).replace("\n", " ").replace("\t", " ").strip()


def tidy_caption(text: str) -> str:
    """With one kind of line end, whether it came from a browser's form, a program or a table."""
    return _LINE_END.sub("\n", text).strip()


def _refuse_controls(what: str, text: str) -> None:
    """Control characters are invisible, and half of a surrogate pair cannot be stored at all."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            message = _("The %(field)s contains the character %(code)s, which cannot be shown. Remove it.")
            raise DescriptionRefused(message % {"field": what, "code": f"U+{ord(character):04X}"})
