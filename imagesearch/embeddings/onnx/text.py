"""The part of an exported model that reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.norm import unit
from imagesearch.embeddings.onnx.export import Export, read_settings
from imagesearch.embeddings.onnx.network import Network
from imagesearch.embeddings.onnx.tokens import TextTokenizer
from imagesearch.errors import ModelError, QueryError


class TextEncoder:
    """Loads the network and its tokenizer. Raises ModelError."""

    def __init__(self, folder: Path, export: Export, graph: str) -> None:
        self.network = Network(folder / graph, preferred="text_embeds")
        self.network.refuse_other_inputs({"input_ids", "attention_mask"})
        if "tokenizer.json" not in export.settings:
            raise ModelError(f"{folder} has a model for words, and no tokenizer.json to read them with.")
        settings = {
            name: read_settings(folder / export.settings[name]) if name in export.settings else {}
            for name in ("config.json", "tokenizer_config.json")
        }
        self.tokens = TextTokenizer(
            folder / export.settings["tokenizer.json"],
            settings["config.json"],
            settings["tokenizer_config.json"],
            fixed=self.network.fixed("input_ids", 1),
        )

    def vector(self, text: str) -> Matrix:
        """(width,), norm 1. Of a text of several windows, their mean, each as heavy as it has tokens.

        Raises QueryError, EmbeddingError.
        """
        if not text.strip():
            raise QueryError("There are no words in this text. Type what to look for.")
        windows = self.tokens.windows(text)
        rows = [
            self.network.run({"input_ids": ids[None], "attention_mask": mask[None]})
            for ids, mask in zip(windows.ids, windows.mask, strict=True)
        ]
        return unit(np.average(unit(np.concatenate(rows)), axis=0, weights=windows.mask.sum(axis=1)))
