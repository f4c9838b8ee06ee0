"""Turns a text into the numbers of its tokens, in windows as long as a network reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from imagesearch.errors import ModelError

UNLIMITED = 100_000  # tokenizer_config.json writes 1e30 where it does not know


class Windows(NamedTuple):
    """A text cut into w windows of the network's length; most texts fit into one."""

    ids: NDArray[np.int64]  # (w, length)
    mask: NDArray[np.int64]  # (w, length): 1 for a token, 0 for padding


class TextTokenizer:
    """A tokenizer with the length and the padding that its settings ask for."""

    def __init__(
        self, path: Path, settings: dict[str, Any], tokenizer_settings: dict[str, Any], fixed: int | None
    ):
        """`fixed` is the length where the graph has only one. Raises ModelError."""
        try:
            self.tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(f"{path} is no tokenizer that can be loaded here: {error}") from error
        own = self.tokenizer.truncation or {}
        length = fixed or own.get("max_length") or stated_length(settings, tokenizer_settings)
        if not length:
            raise ModelError(f"{path} and the settings beside it do not say how many tokens the model reads.")
        padding = self.tokenizer.padding or self._padding(settings, tokenizer_settings)
        self.tokenizer.enable_truncation(length)
        # Always to the full length: SigLIP was trained so, and CLIP does not look past a text's end.
        self.tokenizer.enable_padding(**(padding | {"length": length}))

    def windows(self, text: str) -> Windows:
        first = self.tokenizer.encode(text)
        parts = [first, *first.overflowing]
        return Windows(
            ids=np.array([part.ids for part in parts], np.int64),
            mask=np.array([part.attention_mask for part in parts], np.int64),
        )

    def _padding(self, settings: dict[str, Any], tokenizer_settings: dict[str, Any]) -> dict[str, Any]:
        """The padding token by its name, else by its number."""
        token = tokenizer_settings.get("pad_token")
        if isinstance(token, dict):
            token = token.get("content")
        number = self.tokenizer.token_to_id(token) if token else None
        if number is None:
            number = settings.get("pad_token_id", settings.get("text_config", {}).get("pad_token_id")) or 0
            token = self.tokenizer.id_to_token(number)
        return {"pad_id": number, "pad_token": token or ""}


def stated_length(settings: dict[str, Any], tokenizer_settings: dict[str, Any]) -> int | None:
    """How many tokens tokenizer_config.json, else config.json says that the model reads."""
    limit = tokenizer_settings.get("model_max_length")
    if limit and limit < UNLIMITED:
        return int(limit)
    positions = settings.get("text_config", settings).get("max_position_embeddings")
    return int(positions) if positions else None
