"""Int8 matrix products in an ONNX graph: weights by column, inputs by fixed ranges that were measured before.

Fixed ranges, where ONNX Runtime's own tool measures each batch anew: so the answer to a sentence does not depend on
which others are in its batch, and the inputs need not be read twice. Some channels of a transformer are wider than the
rest; those are divided before rounding, and their weights multiplied (Xiao et al. 2023, "SmoothQuant"), so that all
others keep their resolution. A few are ten times as wide, and weights multiplied by that would take the resolution of
the whole matrix: their share of the product is computed in float32 (Dettmers et al. 2022, "LLM.int8()").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper, numpy_helper

from toolkit.runtime.onnx_graph import EXACT, MICROSOFT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WIDE = 1.5
"""A channel wider than so many times the median one is narrowed."""
APART, MOST_APART = 8.0, 8
"""A channel wider than so many times the median one stays in float32; at most so many of an input do, the widest."""
MARGIN = 1.1
"""Ranges are made so much wider than what was measured."""
SMALLEST = 64
"""Matrices with fewer columns, such as a classification head, stay as they are: nothing would be gained."""


class Range(NamedTuple):
    """The values that go into a matrix product, by channel."""

    low: Floats
    high: Floats


def products(model: ModelProto) -> list[Any]:
    """The nodes that can be quantised: products with a matrix of weights."""
    matrices = {one.name for one in model.graph.initializer if len(one.dims) == 2 and one.dims[1] >= SMALLEST}
    return [
        node
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in matrices and not node.name.startswith(EXACT)
    ]


def measure(model: ModelProto, batches: Iterable[Mapping[str, NDArray[Any]]]) -> dict[str, Range]:
    """The ranges of the inputs of all such products, by the name of the input.

    Args:
        model: In float32.
        batches: What to run; without padding, since nobody cares for its values.
    """
    probe = ModelProto()
    probe.CopyFrom(model)
    names = sorted({node.input[0] for node in products(model)})
    probe.graph.initializer.append(numpy_helper.from_array(np.array([0]), "rows"))
    for name in names:
        probe.graph.node.append(helper.make_node("Flatten", [name], [f"{name}_flat"], axis=-1))
        for kind in ("ReduceMin", "ReduceMax"):
            output = f"{name}_{kind}"
            probe.graph.node.append(helper.make_node(kind, [f"{name}_flat", "rows"], [output], keepdims=0))
            probe.graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    ranges: dict[str, Range] = {}
    for batch in batches:
        found = session.run([f"{name}_{kind}" for name in names for kind in ("ReduceMin", "ReduceMax")], dict(batch))
        for name, low, high in zip(names, found[::2], found[1::2], strict=True):
            old = ranges.get(name, Range(low, high))
            ranges[name] = Range(np.minimum(low, old.low), np.maximum(high, old.high))
    return ranges


def quantise(model: ModelProto, ranges: Mapping[str, Range], *, bits: int = 8) -> ModelProto:
    """The same model with int8 matrix products.

    Args:
        model: In float32.
        ranges: Of the inputs, by name.
        bits: Of a weight, its sign included; 7 for processors that add up products of 8 bits in 16 bits.
    """
    graph = model.graph
    weights = {one.name: one for one in graph.initializer}
    readers: dict[str, int] = {}
    for node in graph.node:
        for name in node.input:
            readers[name] = readers.get(name, 0) + 1
    chosen = {node.output[0]: node for node in products(model)}
    biases: dict[str, Any] = {}
    for node in graph.node:
        if node.op_type == "Add" and readers[node.input[0]] == 1 and node.input[0] in chosen:
            added = weights.get(node.input[1])
            if added is not None and len(added.dims) == 1:
                biases[node.input[0]] = node
    folded = {add.output[0] for add in biases.values()}
    writer = _Writer(ranges, bits)
    nodes: list[Any] = []
    for node in graph.node:
        if node.output[0] in folded:
            continue  # it goes into the product
        if node.output[0] not in chosen:
            nodes.append(node)
            continue
        matrix = numpy_helper.to_array(weights[node.input[1]])
        output, bias = node.output[0], None
        if output in biases:
            output, bias = biases[output].output[0], biases[output].input[1]
        nodes += writer.product(node.input[0], matrix, output, bias=bias)
    used = {name for node in nodes for name in node.input}
    constants = [one for one in graph.initializer if one.name in used] + writer.constants
    small = helper.make_graph(nodes, graph.name, graph.input, graph.output, constants)
    return helper.make_model(
        small, opset_imports=model.opset_import, ir_version=model.ir_version, producer_name=model.producer_name
    )


class _Input(NamedTuple):
    """An input of quantised products: names of its parts in the graph, and what was done to its channels.

    Attributes:
        quantised: The rounded values.
        scale: One step of them.
        zero: The one that means zero.
        factors: What each channel was divided by.
        apart: The channels that stay in float32.
        channels: Which those are.
    """

    quantised: str
    scale: str
    zero: str
    factors: Floats
    apart: str
    channels: NDArray[np.intp]


class _Writer:
    """Makes the nodes of quantised products; inputs that several of them read are quantised once."""

    def __init__(self, ranges: Mapping[str, Range], bits: int) -> None:
        self.ranges = ranges
        self.most = 2 ** (bits - 1) - 1
        self.constants: list[TensorProto] = []
        self.inputs: dict[str, _Input] = {}

    def product(self, name: str, weight: Floats, output: str, *, bias: str | None) -> list[Any]:
        nodes = [] if name in self.inputs else self._input(name)
        quantised, scale, zero, factors, apart, channels = self.inputs[name]
        matrix = weight * factors[:, None]
        matrix[channels] = 0
        scales = np.maximum(np.abs(matrix).max(axis=0) / self.most, np.finfo(np.float32).tiny).astype(np.float32)
        whole = np.clip(np.rint(matrix / scales), -self.most, self.most).astype(np.int8)
        constants = [
            self._constant(whole),
            scale,
            self._constant(scales),
            zero,
            self._constant(np.zeros_like(whole[0])),
        ]
        inputs = [quantised, *constants, *([bias] if bias else [])]
        if not len(channels):
            return [*nodes, helper.make_node("MatMulIntegerToFloat", inputs, [output], domain=MICROSOFT)]
        parts = [f"{output}_rounded", f"{output}_apart"]
        return [
            *nodes,
            helper.make_node("MatMulIntegerToFloat", inputs, parts[:1], domain=MICROSOFT),
            helper.make_node("MatMul", [apart, self._constant(weight[channels])], parts[1:]),
            helper.make_node("Add", parts, [output]),
        ]

    def _input(self, name: str) -> list[Any]:
        """The nodes that quantise an input."""
        low, high = self.ranges[name]
        width = np.maximum(np.abs(low), np.abs(high))
        median = float(np.median(width)) or 1.0
        widest = np.argsort(-width, kind="stable")[:MOST_APART]
        channels = np.sort(widest[width[widest] > APART * median])
        factors = np.maximum(width / (WIDE * median), 1).astype(np.float32)
        factors[channels] = 1  # what they are rounded to does not count, so it may be cut off
        bottom = MARGIN * float(min(0, np.delete(low / factors, channels).min()))
        top = MARGIN * float(max(0, np.delete(high / factors, channels).max()))
        scale = np.float32((top - bottom) / 255 or 1.0)
        zero = np.uint8(np.clip(np.rint(-bottom / scale), 0, 255))
        nodes = []
        source = name
        if (factors > 1).any():
            source = f"{name}_narrowed"
            nodes.append(helper.make_node("Mul", [name, self._constant(1 / factors)], [source]))
        names = (f"{name}_int8", self._constant(np.array(scale)), self._constant(np.array(zero)))
        nodes.append(helper.make_node("QuantizeLinear", [source, names[1], names[2]], [names[0]]))
        apart = f"{name}_apart"
        if len(channels):
            nodes.append(helper.make_node("Gather", [name, self._constant(channels)], [apart], axis=-1))
        self.inputs[name] = _Input(*names, factors, apart, channels)
        return nodes

    def _constant(self, value: NDArray[Any]) -> str:
        name = f"quantised_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name
