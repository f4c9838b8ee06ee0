"""EfficientNet-Lite as an ONNX network, from the weights alone.

Source: Tan and Le, "EfficientNet", 2019, and Google's Lite variant of it: no squeeze-and-excitation, ReLU6.
The weights name their own layers, widths and kernels; only strides are not written in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imagesearch.embeddings.builtin.onnx_writer import Graph, float_value

SIDE = 260  # of the square input, in pixels, for Lite2
FEATURES = 1280
CLASSES = 1000
BATCH_NORM_EPSILON = 1e-3
HALVING_STAGES = {1, 2, 3, 5}  # the stages whose first block has stride 2; so has the stem

Weights = Mapping[str, NDArray[Any]]


class Layer(NamedTuple):
    """The output of a part of the network: its name in the graph, and its side and depth."""

    name: str
    side: int
    depth: int


def network(weights: Weights, side: int = SIDE) -> bytes:
    """An ONNX file: `image` (N, 3, side, side) → `features` (N, 1280), `logits` (N, 1000).

    The image's numbers are (sRGB − 127) / 128.
    """
    return NetworkBuilder(weights).model(side)


class NetworkBuilder:
    def __init__(self, weights: Weights) -> None:
        """`weights` by their names in the file; a convolution has shape (out, in, kernel, kernel)."""
        self.weights = weights
        self.graph = Graph("efficientnet-lite")
        self.graph.constant("zero", np.array(0, np.float32))
        self.graph.constant("six", np.array(6, np.float32))

    def model(self, side: int) -> bytes:
        layer = self.convolution(Layer("image", side, 3), "_conv_stem", "_bn0", stride=2)
        layer = self.blocks(layer)
        layer = self.convolution(layer, "_conv_head", "_bn1")
        pooled = self.graph.node("GlobalAveragePool", [layer.name], "pooled")
        features = self.graph.node("Flatten", [pooled], "features", axis=1)
        matrix = self.graph.constant("classifier.weight", self.weights["_fc.weight"])
        bias = self.graph.constant("classifier.bias", self.weights["_fc.bias"])
        logits = self.graph.node("Gemm", [features, matrix, bias], "logits", transB=1)
        return self.graph.model(
            inputs=[float_value("image", ["N", 3, side, side])],
            outputs=[float_value(features, ["N", FEATURES]), float_value(logits, ["N", CLASSES])],
        )

    def blocks(self, layer: Layer) -> Layer:
        """The inverted residual blocks, as many as the weights have; a new depth begins a new stage."""
        stage = -1
        number = 0
        while (projection := f"_blocks.{number}._project_conv.weight") in self.weights:
            first_of_stage = stage < 0 or len(self.weights[projection]) != layer.depth
            stage += first_of_stage
            stride = 2 if first_of_stage and stage in HALVING_STAGES else 1
            layer = self.block(layer, f"_blocks.{number}.", stride)
            number += 1
        return layer

    def block(self, start: Layer, prefix: str, stride: int) -> Layer:
        """Widen, look around in each channel, narrow; and add what came in where the shapes agree."""
        layer = start
        if f"{prefix}_expand_conv.weight" in self.weights:
            layer = self.convolution(layer, f"{prefix}_expand_conv", f"{prefix}_bn0")
        depthwise = f"{prefix}_depthwise_conv"
        layer = self.convolution(layer, depthwise, f"{prefix}_bn1", stride=stride, groups=layer.depth)
        layer = self.convolution(layer, f"{prefix}_project_conv", f"{prefix}_bn2", activated=False)
        if stride != 1 or layer.depth != start.depth:
            return layer
        return layer._replace(name=self.graph.node("Add", [layer.name, start.name], f"{prefix}sum"))

    def convolution(
        self, layer: Layer, name: str, norm: str, *, stride: int = 1, groups: int = 1, activated: bool = True
    ) -> Layer:
        """A convolution with its batch normalisation folded in, and ReLU6 unless told otherwise."""
        weight, bias = self.folded(name, norm)
        kernel = weight.shape[2]
        side, pads = same_padding(layer.side, kernel, stride)
        inputs = [
            layer.name,
            self.graph.constant(f"{name}.weight", weight),
            self.graph.constant(f"{name}.bias", bias),
        ]
        output = self.graph.node(
            "Conv",
            inputs,
            f"{name}.out",
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=pads,
            group=groups,
        )
        if activated:
            output = self.graph.node("Clip", [output, "zero", "six"], f"{name}.relu6")
        return Layer(output, side, len(weight))

    def folded(self, name: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weights (out, in, kernel, kernel) and bias (out,) of a convolution with its batch norm."""
        weight = self.weights[f"{name}.weight"].astype(np.float64)
        deviation = np.sqrt(self.weights[f"{norm}.running_var"].astype(np.float64) + BATCH_NORM_EPSILON)
        scale = self.weights[f"{norm}.weight"] / deviation
        bias = self.weights[f"{norm}.bias"] - self.weights[f"{norm}.running_mean"] * scale
        return (weight * scale[:, None, None, None]).astype(np.float32), bias.astype(np.float32)


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, list[int]]:
    """The output's side and the pads (top, left, bottom, right) of TensorFlow's SAME.

    An odd total puts the larger half below and to the right; other padding costs accuracy.
    """
    output = -(-side // stride)
    total = max((output - 1) * stride + kernel - side, 0)
    before = total // 2
    return output, [before, before, total - before, total - before]
