"""Builds the ONNX graph of a BERT sequence classifier, node by node.

An exporter would give the same numbers from three times as many nodes. Here attention is one node of ONNX Runtime's
own, and the last layer computes only the token that the head reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from toolkit.runtime.bert import HEAD, PREFIX, BertClassifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

MICROSOFT = "com.microsoft"
"""Domain of ONNX Runtime's own operators."""
OPSETS = (("", 20), (MICROSOFT, 1))
IR_VERSION = 10
EXACT = "exact"
"""How the names of matrix products begin that must not be quantised: they run on one token of a sequence."""


class Graph:
    """A list of nodes that grows."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[TensorProto] = []
        self.count = 0

    def constant(self, value: NDArray[Any]) -> str:
        """A constant; gives its name."""
        self.count += 1
        name = f"constant_{self.count}"
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(
        self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, name: str = "", **attributes: Any
    ) -> Any:
        """A node; gives the name of its output, or the names when there are several."""
        self.count += 1
        names = [f"{kind}_{self.count}_{number}" for number in range(outputs)]
        label = f"{name or kind}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=label, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def model(self, inputs: Sequence[Any], output: str, width: int) -> ModelProto:
        """The finished model, with ``logits`` as its output."""
        self.nodes.append(helper.make_node("Identity", [output], ["logits"]))
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", width])
        graph = helper.make_graph(self.nodes, "classifier", list(inputs), [logits], self.constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="claimkit")


def bert_graph(model: BertClassifier) -> ModelProto:
    """The graph of a loaded model, in float32; its inputs are ``input_ids``, ``token_type_ids`` and ``lengths``."""
    tensors = {name: tensor.cpu().numpy() for name, tensor in model.tensors.items()}
    return _Bert(tensors, model.layers, model.heads, model.epsilon).build()


class _Bert:
    def __init__(self, tensors: Mapping[str, NDArray[np.float32]], layers: int, heads: int, epsilon: float) -> None:
        self.graph = Graph()
        self.tensors = tensors
        self.layers = layers
        self.heads = heads
        self.epsilon = epsilon

    def build(self) -> ModelProto:
        graph = self.graph
        hidden = self._embeddings()
        for number in range(self.layers):
            hidden = self._layer(hidden, f"encoder.layer.{number}", last=number == self.layers - 1)
        first = graph.add("Gather", hidden, graph.constant(np.array(0)), axis=1)
        pooled = graph.add("Tanh", self._linear(first, ["pooler.dense"], exact=True))
        head, bias = self.tensors[f"{HEAD}.weight"], self.tensors[f"{HEAD}.bias"]
        product = graph.add("MatMul", pooled, graph.constant(head.T), name=EXACT)
        return graph.model(
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "width"]),
                helper.make_tensor_value_info("token_type_ids", TensorProto.INT64, ["batch", "width"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
            ],
            graph.add("Add", product, graph.constant(bias)),
            len(bias),
        )

    def _embeddings(self) -> str:
        graph = self.graph
        words, types, places = (
            graph.constant(self.tensors[f"{PREFIX}embeddings.{kind}_embeddings.weight"])
            for kind in ("word", "token_type", "position")
        )
        begin, one, two = (graph.constant(np.array([number])) for number in range(3))
        width = graph.add("Slice", graph.add("Shape", "input_ids"), one, two)
        summed = graph.add("Add", graph.add("Gather", words, "input_ids"), graph.add("Gather", types, "token_type_ids"))
        summed = graph.add("Add", summed, graph.add("Slice", places, begin, width))
        return self._norm(summed, "embeddings.LayerNorm")

    def _layer(self, hidden: str, name: str, *, last: bool) -> str:
        """One layer; of the last one only the first token, which is all that the head reads."""
        graph, own = self.graph, f"{name}.attention.self"
        if last:
            keys = self._linear(hidden, [f"{own}.key", f"{own}.value"])
            key, value = graph.add("Split", keys, outputs=2, axis=-1, num_outputs=2)
            begin, one = graph.constant(np.array([0])), graph.constant(np.array([1]))
            hidden = str(graph.add("Slice", hidden, begin, one, one))
            query = self._linear(hidden, [f"{own}.query"], exact=True)
        else:
            three = self._linear(hidden, [f"{own}.{part}" for part in ("query", "key", "value")])
            query, key, value = graph.add("Split", three, outputs=3, axis=-1, num_outputs=3)
        mixed = graph.add(
            "MultiHeadAttention", query, key, value, "", "lengths", domain=MICROSOFT, num_heads=self.heads
        )
        hidden = self._residual(mixed, hidden, f"{name}.attention.output", exact=last)
        wide = self._linear(hidden, [f"{name}.intermediate.dense"], exact=last)
        return self._residual(str(graph.add("Gelu", wide)), hidden, f"{name}.output", exact=last)

    def _residual(self, states: str, hidden: str, name: str, *, exact: bool) -> str:
        """A linear map, added to what was there, and normalised.

        Three nodes, since the one that ONNX Runtime has for it takes five times as long.
        """
        summed = self.graph.add("Add", self._linear(states, [f"{name}.dense"], exact=exact), hidden)
        return self._norm(summed, f"{name}.LayerNorm")

    def _norm(self, states: str, name: str) -> str:
        parts = (self.graph.constant(self.tensors[f"{PREFIX}{name}.{part}"]) for part in ("weight", "bias"))
        return str(self.graph.add("LayerNormalization", states, *parts, epsilon=self.epsilon))

    def _linear(self, states: str, names: Sequence[str], *, exact: bool = False) -> str:
        bias = np.concatenate([self.tensors[f"{PREFIX}{name}.bias"] for name in names])
        return str(self.graph.add("Add", self._product(states, names, exact=exact), self.graph.constant(bias)))

    def _product(self, states: str, names: Sequence[str], *, exact: bool = False) -> str:
        """Of states with one weight matrix, or with several side by side."""
        weight = np.concatenate([self.tensors[f"{PREFIX}{name}.weight"] for name in names]).T
        return str(self.graph.add("MatMul", states, self.graph.constant(weight), name=EXACT if exact else names[0]))
