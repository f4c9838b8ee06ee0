"""Pictures to search with that must be brought first: one that is slow holds up no other."""

from __future__ import annotations

import threading

from imagesearch.query import Picture
from tests.conftest import draw


def test_a_source_that_never_answers_holds_up_no_other_picture() -> None:
    """Up to Python 3.11 functools.cached_property would fetch under one lock for all pictures."""
    began, end = threading.Event(), threading.Event()

    def silent() -> bytes:
        began.set()
        assert end.wait(30)
        return draw("blue")

    slow = Picture(silent)
    waiting = threading.Thread(target=lambda: slow.sha256, daemon=True)
    waiting.start()
    assert began.wait(30)
    others = [threading.Thread(target=lambda: Picture(draw("red")).sha256) for _ in range(3)]
    try:
        for other in others:
            other.start()
        for other in others:
            other.join(30)
        assert not any(other.is_alive() for other in others)
        assert waiting.is_alive()
    finally:
        end.set()
        waiting.join(30)
