"""Runs a sequence classifier with ONNX Runtime: on processors, without PyTorch, with int8 matrix products if wanted.

What it runs is made once and kept in the cache, under the hash of all that goes into it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime
from tokenizers import Tokenizer

from toolkit.runtime import onnx_store, processor
from toolkit.runtime.files import bare
from toolkit.runtime.sequences import Batch, SequenceClassifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

PRECISIONS = ("float32", "int8")
"""What matrix products can be computed in."""

MOST_TOKENS = 768
"""What lies between two layers then fits into the cache of a core; four times as many take a fifth more time each."""


class OnnxClassifier(SequenceClassifier):
    """A loaded sequence classifier.

    Args:
        folder: Model files in the Hugging Face layout.
        adapter: Adapter folder whose low-rank updates are merged into the weights.
        identity: Hash of these files.
        cache: Folder in which the ONNX form is kept.
        precision: ``float32`` or ``int8``, for matrix products.
        threads: Batches that run at the same time; one per core when not given.

    Raises:
        ModelError: The files are not those of a sequence classifier, or of one that has no ONNX form.
    """

    runtime = "onnx"
    most_tokens = MOST_TOKENS

    def __init__(
        self,
        folder: Path,
        *,
        adapter: Path | None = None,
        identity: str,
        cache: Path,
        precision: str = "float32",
        threads: int | None = None,
    ) -> None:
        bits = 8 if precision == "float32" or processor.adds_bytes_exactly() else 7
        self.precision = precision if bits == 8 else f"{precision} ({bits} bits)"
        place = onnx_store.place(cache, identity, precision, bits)
        built = onnx_store.read(place)
        if built is None:
            from toolkit.runtime.onnx_build import build  # imports PyTorch

            _log.info("Making the %s ONNX form of %s.", precision, folder.name)
            built = build(folder, adapter, precision=precision, bits=bits)
            onnx_store.keep(built, place)
        self.session = _session(built.model)
        self._inputs = {one.name for one in self.session.get_inputs()}
        facts = built.facts
        super().__init__(
            bare(Tokenizer.from_str(built.tokenizer)),
            {int(column): str(name) for column, name in facts["id2label"].items()},
            pad=facts["pad"],
            limit=facts["limit"],
            threads=processor.threads(threads),
        )

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """See `toolkit.runtime.sequences.SequenceClassifier`."""
        logits: NDArray[np.float32] = self.session.run(["logits"], batch.columns(self._inputs))[0]
        return logits


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # Whole batches run side by side: threads inside of one would wait for each other at every small node.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Its further rewriting would join additions and norms into nodes that take five times as long.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3  # it warns of constants that it has folded away
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
