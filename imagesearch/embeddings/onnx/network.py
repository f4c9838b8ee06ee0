"""Opens and runs ONNX networks on the processor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from imagesearch.configuration.conf import setting
from imagesearch.embeddings.base import Matrix
from imagesearch.errors import EmbeddingError, ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


def open_network(path: Path) -> InferenceSession:
    """A session for many threads at once; each run uses EMBEDDING_THREADS. Raises ModelError."""
    import onnxruntime  # costs 0.2 s, and a search by words on the default model never needs it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = setting("EMBEDDING_THREADS")
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its many error classes share no other base
        raise ModelError(f"{path} is no ONNX model that can be loaded here: {error}") from error


class Network:
    """A network of which one output counts: one vector a row. Names and types come from the graph."""

    def __init__(self, path: Path, preferred: str) -> None:
        """`preferred` is the output to take where the graph has it. Raises ModelError."""
        self.path = path
        self.session = open_network(path)
        self.inputs = {node.name: node for node in self.session.get_inputs()}
        self.output = self._output(preferred)

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> Matrix:
        """(n, width) float32 for inputs of n rows each; inputs that the graph lacks are left out.

        Raises EmbeddingError.
        """
        given = {
            name: array.astype(DTYPES[self.inputs[name].type], copy=False)
            for name, array in feeds.items()
            if name in self.inputs
        }
        try:
            (vectors,) = self.session.run([self.output], given)
        except Exception as error:  # as above
            raise EmbeddingError(f"The model {self.path} failed: {error}") from error
        return np.asarray(vectors, np.float32)

    def fixed(self, name: str, axis: int) -> int | None:
        """The size of an input's axis where the graph fixes it."""
        size = self.inputs[name].shape[axis]
        return size if isinstance(size, int) else None

    def refuse_other_inputs(self, known: set[str]) -> None:
        """Raises ModelError for an input that nobody here can fill."""
        if strange := sorted(set(self.inputs) - known):
            raise ModelError(
                f"{self.path} asks for {', '.join(strange)}; only {', '.join(sorted(known))} can be given."
            )

    def _output(self, preferred: str) -> str:
        shapes: dict[str, list[Any]] = {node.name: node.shape for node in self.session.get_outputs()}
        flat = [name for name, shape in shapes.items() if len(shape) == 2]
        for name in (preferred, "pooler_output"):
            if name in flat:
                return name
        if len(flat) == 1:
            return flat[0]
        raise ModelError(
            f"{self.path} has the outputs {shapes}; it must have one called {preferred}, or just one "
            f"of shape (batch, width)."
        )
