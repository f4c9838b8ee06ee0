"""What happens once a transaction is committed: it can fail, but it cannot take back what was committed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction


def after_commit(act: Callable[..., Any], *args: Any, using: str | None = None, **kwargs: Any) -> None:
    """Call `act` as soon as the transaction is committed; what it raises is logged.

    Never a bare partial: Django logs the function's name, and breaks on one that has none.
    """

    @wraps(act)
    def later() -> None:
        act(*args, **kwargs)

    transaction.on_commit(later, using=using, robust=True)
