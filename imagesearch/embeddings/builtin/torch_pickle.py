"""Reads the weights of a legacy torch file without torch, and without running what a pickle may contain."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class TensorView(NamedTuple):
    """A tensor as the file describes it: a window on one of the storages that follow it."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in numbers, not bytes


def rebuild(
    storage: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *ignored: object
) -> TensorView:
    return TensorView(storage, offset, tuple(shape), tuple(strides))


class WeightsUnpickler(pickle.Unpickler):
    """Knows the four names that a file of weights needs, and refuses every other."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.dtypes: dict[str, str] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Raises UnpicklingError for any other class."""
        known: dict[tuple[str, str], Callable[..., Any]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): rebuild,
        }
        if (module, name) in known:
            return known[module, name]
        if module == "torch" and name in DTYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, pid: Any) -> str:
        """A storage is named by ("storage", type, key, device, count); its numbers come after the pickles."""
        _, kind, key = pid[:3]
        self.dtypes[key] = DTYPES[kind]
        return str(key)


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a `.pth` file by name, float32 or int64, in the shapes that the file gives.

    Raises pickle.UnpicklingError for anything that is no such file.
    Trap: weights that came from TensorFlow are transposed views. Read without their strides, they give a
    network that runs and knows nothing (top-1 of .001).
    """
    with path.open("rb") as file:
        if WeightsUnpickler(file).load() != MAGIC or WeightsUnpickler(file).load() != PROTOCOL:
            raise pickle.UnpicklingError("not a legacy torch file")
        WeightsUnpickler(file).load()  # sizes of the writer's numbers: little-endian everywhere by now
        reader = WeightsUnpickler(file)
        views: dict[str, TensorView] = reader.load()
        storages = {key: read_storage(file, reader.dtypes[key]) for key in WeightsUnpickler(file).load()}
    return {name: take(storages[view.storage], view) for name, view in views.items()}


def read_storage(file: BinaryIO, dtype: str) -> NDArray[Any]:
    """(count,): a count of eight bytes, and as many numbers. Raises UnpicklingError if cut off."""
    count = int.from_bytes(file.read(8), "little")
    content = file.read(count * np.dtype(dtype).itemsize)
    if len(content) != count * np.dtype(dtype).itemsize:
        raise pickle.UnpicklingError("the file ends too early")
    return np.frombuffer(content, dtype)


def take(storage: NDArray[Any], view: TensorView) -> NDArray[Any]:
    """The window's numbers, in the order of its shape."""
    strides = [step * storage.itemsize for step in view.strides]
    return np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, strides).copy()
