"""Opens ONNX networks on the processor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagesearch.conf import setting
from imagesearch.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


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
