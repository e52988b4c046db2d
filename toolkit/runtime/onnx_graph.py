"""Builds the ONNX graph of a sequence classifier of the BERT family, node by node.

An exporter would give the same numbers from three times as many nodes. Here attention is one node of ONNX Runtime's
own, and the last layer computes only the token that the head reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

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


class Layout(NamedTuple):
    """What the parts of an architecture are called, and where it differs from BERT.

    Attributes:
        prefix: Of all weights but the head's.
        query: Names within a layer; so with the rest.
        pooler: Of the linear map of the first token, before the head.
        head: Of the last linear map.
        first: Row of the position table that the first token has.
        types: Whether tokens of the second text are told apart.
        relative: Whether attention sees how far apart tokens are; by a table of buckets of distances.
    """

    prefix: str = "bert."
    query: str = "attention.self.query"
    key: str = "attention.self.key"
    value: str = "attention.self.value"
    mixed: str = "attention.output.dense"
    mixed_norm: str = "attention.output.LayerNorm"
    pooler: str = "bert.pooler.dense"
    head: str = "classifier"
    first: int = 0
    types: bool = True
    relative: bool = False


ROBERTA = Layout(prefix="roberta.", pooler="classifier.dense", head="classifier.out_proj", types=False)
MPNET = ROBERTA._replace(
    prefix="mpnet.",
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    mixed="attention.attn.o",
    mixed_norm="attention.LayerNorm",
    relative=True,
)
LAYOUTS = {"bert": Layout(), "roberta": ROBERTA, "xlm-roberta": ROBERTA, "camembert": ROBERTA, "mpnet": MPNET}
"""By ``model_type``."""


def supports(config: Mapping[str, Any]) -> bool:
    """Whether a model config asks for one of these architectures, without unusual settings."""
    return (
        config.get("model_type") in LAYOUTS
        and config.get("hidden_act") == "gelu"
        and (config.get("position_embedding_type") or "absolute") == "absolute"
        and not config.get("is_decoder", False)
    )


def build_graph(config: Mapping[str, Any], tensors: Mapping[str, NDArray[np.float32]], limit: int) -> ModelProto:
    """The graph of a model in float32: of ``input_ids`` and ``lengths``, and ``token_type_ids`` if it knows them.

    Args:
        config: The model's ``config.json``.
        tensors: Its weights.
        limit: Longest sequence.

    Raises:
        KeyError: A weight is missing.
    """
    layout = LAYOUTS[config["model_type"]]
    if layout != LAYOUTS["bert"]:
        layout = layout._replace(first=int(config["pad_token_id"]) + 1)
    return _Encoder(layout, config, tensors, limit).build()


class _Encoder:
    def __init__(
        self, layout: Layout, config: Mapping[str, Any], tensors: Mapping[str, NDArray[np.float32]], limit: int
    ) -> None:
        self.graph = Graph()
        self.layout = layout
        self.tensors = tensors
        self.limit = limit
        self.layers = int(config["num_hidden_layers"])
        self.heads = int(config["num_attention_heads"])
        self.epsilon = float(config.get("layer_norm_eps", 1e-12))
        self.begin, self.one, self.two = (self.graph.constant(np.array([number])) for number in range(3))
        self.width = self.graph.add("Slice", self.graph.add("Shape", "input_ids"), self.one, self.two)

    def build(self) -> ModelProto:
        graph = self.graph
        hidden = self._embeddings()
        distances = self._distances() if self.layout.relative else ""
        for number in range(self.layers):
            name = f"{self.layout.prefix}encoder.layer.{number}."
            hidden = self._layer(hidden, name, distances, last=number == self.layers - 1)
        first = graph.add("Gather", hidden, graph.constant(np.array(0)), axis=1)
        pooled = graph.add("Tanh", self._linear(first, [self.layout.pooler], exact=True))
        names = ["input_ids", "token_type_ids"] if self.layout.types else ["input_ids"]
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "width"]) for name in names]
        inputs.append(helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]))
        classes = len(self.tensors[f"{self.layout.head}.bias"])
        return graph.model(inputs, self._linear(pooled, [self.layout.head], exact=True), classes)

    def _embeddings(self) -> str:
        graph, prefix = self.graph, f"{self.layout.prefix}embeddings."
        words, places = (self.tensors[f"{prefix}{kind}_embeddings.weight"] for kind in ("word", "position"))
        types = self.tensors.get(f"{prefix}token_type_embeddings.weight")
        places = places[self.layout.first : self.layout.first + self.limit]
        if types is not None and not self.layout.types:
            places = places + types[0]
        summed = graph.add("Gather", graph.constant(words), "input_ids")
        if types is not None and self.layout.types:
            summed = graph.add("Add", summed, graph.add("Gather", graph.constant(types), "token_type_ids"))
        summed = graph.add("Add", summed, graph.add("Slice", graph.constant(places), self.begin, self.width))
        return self._norm(summed, f"{prefix}LayerNorm")

    def _distances(self) -> str:
        """What is added to the attention of two tokens for their distance; the same in all layers."""
        table = self.tensors[f"{self.layout.prefix}encoder.relative_attention_bias.weight"]
        places = np.arange(self.limit)
        buckets = _buckets(places[None, :] - places[:, None], len(table))
        added = self.graph.constant(table[buckets].transpose(2, 0, 1)[None])
        both = self.graph.add("Concat", self.width, self.width, axis=0)
        begin, axes = self.graph.constant(np.array([0, 0])), self.graph.constant(np.array([2, 3]))
        return str(self.graph.add("Slice", added, begin, both, axes))

    def _layer(self, hidden: str, name: str, distances: str, *, last: bool) -> str:
        """One layer; of the last one only the first token, which is all that the head reads."""
        graph = self.graph
        query, key, value = (name + part for part in (self.layout.query, self.layout.key, self.layout.value))
        if last:
            keys = self._linear(hidden, [key, value])
            key, value = graph.add("Split", keys, outputs=2, axis=-1, num_outputs=2)
            hidden = str(graph.add("Slice", hidden, self.begin, self.one, self.one))
            query = self._linear(hidden, [query], exact=True)
            if distances:
                distances = str(graph.add("Slice", distances, self.begin, self.one, self.two))
        else:
            three = self._linear(hidden, [query, key, value])
            query, key, value = graph.add("Split", three, outputs=3, axis=-1, num_outputs=3)
        inputs = [query, key, value, "", "lengths", *([distances] if distances else [])]
        mixed = graph.add("MultiHeadAttention", *inputs, domain=MICROSOFT, num_heads=self.heads)
        mixed = self._linear(mixed, [name + self.layout.mixed], exact=last)
        hidden = self._residual(mixed, hidden, name + self.layout.mixed_norm)
        wide = graph.add("Gelu", self._linear(hidden, [f"{name}intermediate.dense"], exact=last))
        return self._residual(
            self._linear(wide, [f"{name}output.dense"], exact=last), hidden, f"{name}output.LayerNorm"
        )

    def _residual(self, states: str, hidden: str, norm: str) -> str:
        """States added to what was there, and normalised.

        Two nodes, since the one that ONNX Runtime has for it takes five times as long.
        """
        return self._norm(str(self.graph.add("Add", states, hidden)), norm)

    def _norm(self, states: str, name: str) -> str:
        parts = (self.graph.constant(self.tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return str(self.graph.add("LayerNormalization", states, *parts, epsilon=self.epsilon))

    def _linear(self, states: str, names: Sequence[str], *, exact: bool = False) -> str:
        """One linear map, or several side by side."""
        weight = np.concatenate([self.tensors[f"{name}.weight"] for name in names]).T
        bias = np.concatenate([self.tensors[f"{name}.bias"] for name in names])
        product = self.graph.add(
            "MatMul", states, self.graph.constant(weight), name=EXACT if exact else names[0].replace(".", "_")
        )
        return str(self.graph.add("Add", product, self.graph.constant(bias)))


def _buckets(distances: NDArray[np.int64], count: int, farthest: int = 128) -> NDArray[np.int64]:
    """The bucket of each distance: one each for near ones, wider and wider for far ones (Raffel et al. 2020, "T5")."""
    half = count // 2
    near = half // 2
    ahead = np.where(distances > 0, half, 0)
    away = np.abs(distances)
    scaled = np.log(np.maximum(away, 1).astype(np.float32) / near) / np.log(farthest / near) * (half - near)
    far = np.minimum(near + scaled.astype(np.int64), half - 1)
    return ahead + np.where(away < near, away, far)
