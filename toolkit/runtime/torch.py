"""Runs a sequence classifier with PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from toolkit.errors import ModelError
from toolkit.runtime.load import load_classifier
from toolkit.runtime.sequences import Batch, SequenceClassifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
"""What matrix products may be computed in."""


class TorchClassifier(SequenceClassifier):
    """A loaded sequence classifier.

    Args:
        folder: Model files in the Hugging Face layout.
        adapter: Adapter folder whose low-rank updates are merged into the weights.
        device: ``cpu``, ``cuda``, ``mps`` or ``auto``.
        precision: ``float32``, ``bfloat16`` or ``float16``, for matrix products.
        threads: Processor threads; PyTorch's own choice when not given.

    Raises:
        ModelError: The files are not those of a sequence classifier.
    """

    runtime = "torch"

    def __init__(
        self,
        folder: Path,
        *,
        adapter: Path | None = None,
        device: str = "auto",
        precision: str = "float32",
        threads: int | None = None,
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.device = pick_device(device)
        self.model = load_classifier(folder, adapter=adapter, device=self.device)
        self.precision = precision
        super().__init__(self.model.tokenizer, self.model.id2label, pad=self.model.pad, limit=self.model.limit)

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """See `toolkit.runtime.sequences.SequenceClassifier`."""
        columns = batch.columns(self.model.inputs)
        tensors = {name: torch.from_numpy(column).to(self.device) for name, column in columns.items()}
        dtype = DTYPES[self.precision]
        with torch.inference_mode(), torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32):
            logits: NDArray[np.float32] = self.model.forward(**tensors).float().cpu().numpy()
        return logits


def pick_device(name: str) -> torch.device:
    """A device that is there.

    Raises:
        ModelError: It is not.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind in there if there[kind]))
    if not there.get(name.partition(":")[0], False):
        raise ModelError(f"There is no device {name!r} here.", hint="Set `device: auto`.")
    return torch.device(name)
