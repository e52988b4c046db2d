"""The ONNX form of a model of any architecture, by PyTorch's own exporter."""

from __future__ import annotations

import logging
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch

from toolkit.errors import ModelError
from toolkit.runtime.sequences import Batch

if TYPE_CHECKING:
    from onnx import ModelProto


def export(model: Any, inputs: tuple[str, ...], batch: Batch) -> ModelProto:
    """Trace a model of transformers.

    Args:
        model: A sequence classifier.
        inputs: Names of the inputs that it takes.
        batch: An example; its size will not matter.

    Raises:
        ModelError: It is not installed, or the model is beyond it.
    """
    name = type(model).__name__
    if find_spec("onnxscript") is None:
        raise ModelError(
            f"{name} needs the exporter to be run by ONNX Runtime, which is not installed.",
            hint="Run: pip install 'claimkit[onnx]', or set `runtime: torch`.",
        )
    columns = batch.columns(inputs)
    tensors = tuple(torch.from_numpy(column) for column in columns.values())
    talkative = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript")]
    levels = [logger.level for logger in talkative]
    for logger in talkative:
        logger.setLevel(logging.ERROR)
    try:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its own insides
            program: Any = torch.onnx.export(
                _Logits(model, tuple(columns)),
                tensors,
                input_names=list(columns),
                output_names=["logits"],
                dynamic_shapes=(tuple({0: "batch", 1: "width"} for _ in columns),),
                dynamo=True,
                verbose=False,
            )
    except Exception as error:  # whatever in the model's code it does not understand
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{name} has no ONNX form: {reason}", hint="Set `runtime: torch`.") from error
    finally:
        for logger, level in zip(talkative, levels, strict=True):
            logger.setLevel(level)
    proto: ModelProto = program.model_proto
    return proto


class _Logits(torch.nn.Module):
    """The model with its inputs in order, and nothing but logits as its output."""

    def __init__(self, model: Any, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """See `torch.nn.Module`."""
        logits: torch.Tensor = self.model(**dict(zip(self.names, tensors, strict=True))).logits
        return logits
