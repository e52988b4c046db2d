"""Rounded matrix products by themselves, where some channels are far wider than the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from toolkit.runtime import onnx_quantise
from toolkit.runtime.onnx_graph import MICROSOFT
from toolkit.runtime.onnx_quantise import MOST_APART, measure, quantise

CHANNELS, OUTPUTS = 96, 80
RANDOM = np.random.default_rng(3)
WEIGHT = RANDOM.normal(size=(CHANNELS, OUTPUTS)).astype(np.float32)
BIAS = RANDOM.normal(size=OUTPUTS).astype(np.float32)


def model() -> ModelProto:
    """One product with its bias."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Add", ["m", "b"], ["y"])]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
        for name, width in (("x", CHANNELS), ("y", OUTPUTS))
    ]
    weights = [numpy_helper.from_array(WEIGHT, "w"), numpy_helper.from_array(BIAS, "b")]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:], weights)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)], ir_version=8
    )


def inputs(wide: Sequence[int], factor: float) -> np.ndarray:
    """Values of about 1, but for some channels."""
    values = RANDOM.normal(size=(400, CHANNELS)).astype(np.float32)
    values[:, list(wide)] *= factor
    return values


def rounded(values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """What the rounded model makes of values that it was measured on, and its nodes."""
    small = quantise(model(), measure(model(), [{"x": values}]))
    session = onnxruntime.InferenceSession(small.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["y"], {"x": values})[0], [node.op_type for node in small.graph.node]


def error(found: np.ndarray, values: np.ndarray) -> float:
    exact = values @ WEIGHT + BIAS
    return float(np.sqrt(((found - exact) ** 2).mean()))


@pytest.mark.parametrize("wide", [(5,), (0, 95), tuple(range(10, 10 + MOST_APART + 3))])
def test_far_wider_channels_are_computed_apart(monkeypatch: pytest.MonkeyPatch, wide: tuple[int, ...]) -> None:
    values = inputs(wide, 40)
    found, kinds = rounded(values)
    assert {"Gather", "MatMulIntegerToFloat", "MatMul", "Add"} <= {*kinds}
    monkeypatch.setattr(onnx_quantise, "APART", np.inf)
    narrowed, kinds = rounded(values)
    assert "Gather" not in kinds
    limit = 0.4 if len(wide) <= MOST_APART else 1.0  # what is beyond the most that stay apart is narrowed as before
    assert error(found, values) < limit * error(narrowed, values)


def test_without_such_channels_there_is_one_product() -> None:
    values = inputs((3,), 2)
    found, kinds = rounded(values)
    assert "Gather" not in kinds
    assert "MatMul" not in kinds
    assert error(found, values) < 0.02 * float((values @ WEIGHT).std())
