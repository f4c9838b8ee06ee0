"""Writes ONNX models: as much of the format as one convolutional network needs, by hand.

ONNX is a protobuf message; its `onnx` package would bring 18 MB for what are a few numbered fields.
Source of the field numbers: onnx.proto3 of ONNX 1.8 (IR version 8, operator set 13).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 8
OPERATOR_SET = 13
FLOAT, INT64 = 1, 7  # TensorProto.DataType
ATTRIBUTE_INT, ATTRIBUTE_INTS = 2, 7  # AttributeProto.AttributeType

Attribute = int | Sequence[int]


def varint(number: int) -> bytes:
    """A non-negative whole number, seven bits a byte, lowest first."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a message: a whole number as varint, text and messages with their length before them."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def fields(number: int, values: Sequence[int] | Sequence[str] | Sequence[bytes]) -> bytes:
    """A repeated field."""
    return b"".join(field(number, value) for value in values)


def tensor(name: str, array: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    """TensorProto of an array of any shape."""
    kind = {"<f4": FLOAT, "<i8": INT64}[array.dtype.str]
    return fields(1, array.shape) + field(2, kind) + field(8, name) + field(9, array.tobytes())


def attribute(name: str, value: Attribute) -> bytes:
    """AttributeProto: one whole number, or several."""
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, ATTRIBUTE_INT)
    return field(1, name) + fields(8, value) + field(20, ATTRIBUTE_INTS)


def float_value(name: str, shape: Sequence[int | str]) -> bytes:
    """ValueInfoProto of a float32 input or output; a dimension given by name is free."""
    dimensions = [field(2, size) if isinstance(size, str) else field(1, size) for size in shape]
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, fields(1, dimensions))))


class Graph:
    """A network under construction: constants and nodes in the order they run, then `model()`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[bytes] = []
        self.constants: list[bytes] = []

    def constant(self, name: str, array: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Add an array of any shape as an initializer; returns its name."""
        self.constants.append(tensor(name, array))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Attribute) -> str:
        """Add one operator; returns the name of its output."""
        settings = [attribute(name, value) for name, value in attributes.items()]
        self.nodes.append(fields(1, inputs) + field(2, output) + field(4, operator) + fields(5, settings))
        return output

    def model(self, inputs: Sequence[bytes], outputs: Sequence[bytes]) -> bytes:
        """ModelProto: the whole file, for inputs and outputs made by `float_value`."""
        graph = fields(1, self.nodes) + field(2, self.name) + fields(5, self.constants)
        graph += fields(11, inputs) + fields(12, outputs)
        operators = field(1, "") + field(2, OPERATOR_SET)
        return field(1, IR_VERSION) + field(2, "imagesearch") + field(7, graph) + field(8, operators)
