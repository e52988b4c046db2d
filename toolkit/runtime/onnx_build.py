"""Makes the ONNX form of a sequence classifier, in float32 or int8; needs PyTorch, unlike what it makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from toolkit.errors import ModelError
from toolkit.runtime import onnx_graph, sample
from toolkit.runtime.files import read_config
from toolkit.runtime.load import WholeModel
from toolkit.runtime.onnx_quantise import measure, quantise
from toolkit.runtime.onnx_store import Built
from toolkit.runtime.sequences import Batch
from toolkit.runtime.torch import TorchClassifier

if TYPE_CHECKING:
    from onnx import ModelProto

CLOSE = 1e-3
"""Most that the logits may differ from those of PyTorch, relative to their size."""


def build(folder: Path, adapter: Path | None, *, precision: str, bits: int = 8) -> Built:
    """Make it, and check that it gives the same numbers.

    Args:
        folder: Model files in the Hugging Face layout.
        adapter: Adapter folder whose low-rank updates are merged into the weights.
        precision: ``float32`` or ``int8``.
        bits: Of a weight, for ``int8``.

    Raises:
        ModelError: The files are not those of a sequence classifier, or of one that cannot be expressed.
    """
    classifier = TorchClassifier(folder, adapter=adapter, device="cpu")
    model = _graph(classifier, folder, adapter)
    _check(model, classifier, folder)
    if precision == "int8":
        names = {one.name for one in model.graph.input}
        batches = (batch.columns(names) for batch in _singles(classifier))
        model = quantise(model, measure(model, batches), bits=bits)
    facts = {"id2label": classifier.id2label, "pad": classifier.pad, "limit": classifier.limit}
    return Built(model.SerializeToString(), classifier.tokenizer.to_str(), facts)


def _graph(classifier: TorchClassifier, folder: Path, adapter: Path | None) -> ModelProto:
    forward = classifier.model.forward
    if isinstance(forward, WholeModel):
        config, weights = forward.model.config.to_dict(), forward.model.state_dict()
    else:
        config, weights = read_config(adapter or folder), forward.tensors
    if onnx_graph.supports(config):
        with suppress(KeyError):  # a weight of another name
            tensors = {name: tensor.cpu().numpy() for name, tensor in weights.items()}
            return onnx_graph.build_graph(config, tensors, classifier.limit)
    if isinstance(forward, WholeModel):
        from toolkit.runtime.onnx_export import export

        texts, _ = classifier.encode(sample.SENTENCES, classifier.limit // 3)
        return export(forward.model, classifier.model.inputs, classifier.batch(classifier.pair, [*pairwise(texts)][:3]))
    raise ModelError(f"The model in {folder} has no ONNX form.", hint="Set `runtime: torch`.")


def _singles(classifier: TorchClassifier) -> Iterator[Batch]:
    """The sample text without padding, by itself and as the first of a pair."""
    first, _ = classifier.encode(sample.SENTENCES, classifier.limit // 3)
    second, _ = classifier.encode(sample.HYPOTHESES, classifier.limit // 3)
    for number, text in enumerate(first):
        yield classifier.batch(classifier.single, [(text,)])
        yield classifier.batch(classifier.pair, [(text, second[number % len(second)])])


def _check(model: ModelProto, classifier: TorchClassifier, folder: Path) -> None:
    """Compare with PyTorch on padded batches of two shapes: an exporter may have taken a size for a constant.

    Raises:
        ModelError: The numbers are others.
    """
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = {one.name for one in session.get_inputs()}
    texts, _ = classifier.encode(sample.SENTENCES, classifier.limit // 3)
    pairs = list(zip(texts, texts[::-1], strict=True))
    batches = [classifier.batch(classifier.single, [(one,) for one in texts[:5]])]
    batches.append(classifier.batch(classifier.pair, pairs[:9]))
    for batch in batches:
        expected = classifier.forward(batch)
        (found,) = session.run(["logits"], batch.columns(names))
        if not np.allclose(found, expected, rtol=CLOSE, atol=CLOSE * max(1.0, float(np.abs(expected).max()))):
            raise ModelError(
                f"The ONNX form of the model in {folder} gives other numbers than the model itself.",
                hint="Set `runtime: torch`.",
            )
