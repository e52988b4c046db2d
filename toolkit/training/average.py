"""A running average of the weights, which often generalises better than the last ones."""

from __future__ import annotations

from typing import Any

import torch
from transformers import TrainerCallback


class AverageCallback(TrainerCallback):
    """Keeps an exponential moving average of the trained weights (Polyak & Juditsky 1992; Izmailov et al. 2018).

    Args:
        decay: Per step; the average spans about 1 / (1 - decay) steps. 0 keeps none.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.mean: dict[str, torch.Tensor] = {}

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Called by the trainer after each step."""
        if not self.decay:
            return
        self.steps += 1
        # Early steps count for less than the decay says, or the average would start from noise.
        share = max(1 - self.decay, 1 / self.steps)
        with torch.no_grad():
            for name, tensor in model.named_parameters():
                if tensor.requires_grad:
                    if name in self.mean:
                        self.mean[name].lerp_(tensor, share)
                    else:
                        self.mean[name] = tensor.detach().clone()

    def apply(self, model: torch.nn.Module) -> None:
        """Put the average in the place of the weights."""
        with torch.no_grad():
            for name, tensor in model.named_parameters():
                if name in self.mean:
                    tensor.copy_(self.mean[name])
