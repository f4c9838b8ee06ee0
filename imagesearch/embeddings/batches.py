"""Asks a model for many pictures: a bad picture fails alone, and a server that is away is left alone."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PIL import Image

from imagesearch.embeddings.base import Matrix
from imagesearch.errors import EmbeddingError, EmbeddingUnavailable, ModelError
from imagesearch.vectors.codec import Vector

T = TypeVar("T")
Embed = Callable[[Sequence[Image.Image]], Matrix]
Sleep = Callable[[float], None]

PAUSE = (0.5, 1.5)  # seconds before the second try, at random, so that many workers do not come back at once
MAX_PAUSE = 8.0
"""Seconds that a caller can be kept waiting. A server that asks for more is not asked again meanwhile."""

GREY_SQUARE = Image.new("RGB", (64, 64), (128, 128, 128))


def embed_each(
    embed: Embed, images: Sequence[Image.Image], batch_size: int, *, sleep: Sleep = time.sleep
) -> list[Vector | EmbeddingError]:
    """For each picture, in order, its vector (width,), or why it has none.

    A failed call does not say whether the pictures or the server are to blame; a plain grey square does.
    Where that fails too, all pictures that are left get the same EmbeddingUnavailable and no further call:
    a server that is away, or refuses everything, is asked three times at most. Else the batch is halved, down
    to the pictures that fail alone: two calls for each halving, three at most.

    Raises ModelError where the model cannot be had, unless some pictures have their vectors already.
    """
    outcomes: dict[int, Vector | EmbeddingError] = {}
    todo = deque(range(i, min(i + batch_size, len(images))) for i in range(0, len(images), batch_size))
    in_doubt = True
    while todo:
        batch = todo.popleft()
        try:
            rows = retry_once(partial(embed, [images[i] for i in batch]), sleep)
        except ModelError as error:
            if not outcomes:
                raise
            return _all(outcomes, len(images), EmbeddingUnavailable(str(error)))
        except EmbeddingError as error:
            if _asks_to_wait(error) or (in_doubt and not _works(embed)):
                return _all(outcomes, len(images), error)
            in_doubt = not in_doubt  # the square has dispelled it, or this failure begins it
            if len(batch) == 1:
                outcomes[batch[0]] = error
            else:
                todo += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
        else:
            in_doubt = False
            outcomes.update(zip(batch, rows, strict=True))
    return [outcomes[i] for i in range(len(images))]


def retry_once(call: Callable[[], T], sleep: Sleep = time.sleep) -> T:
    """What `call` returns, after a pause and a second try if it was EmbeddingUnavailable at first."""
    try:
        return call()
    except EmbeddingUnavailable as error:
        pause = (error.retry_after or 0) + random.uniform(*PAUSE)  # noqa: S311 (no secret)
        if _asks_to_wait(error):
            raise
    sleep(pause)
    return call()


def _asks_to_wait(error: EmbeddingError) -> bool:
    return isinstance(error, EmbeddingUnavailable) and (error.retry_after or 0) > MAX_PAUSE


def _works(embed: Embed) -> bool:
    try:
        embed([GREY_SQUARE])
    except (EmbeddingError, ModelError):
        return False
    return True


def _all(
    outcomes: dict[int, Vector | EmbeddingError], count: int, error: EmbeddingError
) -> list[Vector | EmbeddingError]:
    """What there is, and for the rest that the server is to blame: asking again may help."""
    if not isinstance(error, EmbeddingUnavailable):
        error = EmbeddingUnavailable(str(error))
    return [outcomes.get(i, error) for i in range(count)]
