"""Merges a low-rank adapter into the weights of a model, without importing peft."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from toolkit.errors import ModelError

NOT_PLAIN_LORA = ("alpha_pattern", "rank_pattern", "fan_in_fan_out", "use_dora")
"""Settings of an adapter that change how it is merged."""


def merge_adapter(weights: dict[str, torch.Tensor], adapter: Path, *, may_add: str | None = None) -> set[str]:
    """Add low-rank updates to weights in place: W + (alpha / r) · B · A (Hu et al. 2021, "LoRA").

    Reads what peft writes. Modules that were trained whole (the head) are replaced.

    Args:
        weights: Parameter name to tensor.
        adapter: Folder with ``adapter_config.json`` and ``adapter_model.safetensors``.
        may_add: Module of which the adapter may bring weights that are not there, or have another shape.

    Returns:
        Names of the weights that were replaced.

    Raises:
        ModelError: The adapter cannot be read, is not plain LoRA, or does not fit the model.
    """
    scale, updates = _read_adapter(adapter)
    replaced = set()
    try:
        with torch.no_grad():
            for name, tensor in updates.items():
                if name.endswith("lora_A.weight"):
                    up = updates[name.replace("lora_A", "lora_B")]
                    weights[name.replace("lora_A.", "")].add_(scale * (up @ tensor))
                elif name.endswith("lora_B.weight"):
                    continue
                elif name in weights and weights[name].shape == tensor.shape:
                    weights[name].copy_(tensor)
                    replaced.add(name)
                elif may_add is not None and name.startswith(f"{may_add}."):
                    weights[name] = tensor
                else:
                    raise KeyError(name)
    except (KeyError, RuntimeError) as error:
        raise ModelError(
            f"The adapter in {adapter} does not fit the model: {error}", hint="Use the backbone that it was trained on."
        ) from error
    return replaced


def _read_adapter(adapter: Path) -> tuple[float, dict[str, torch.Tensor]]:
    """The factor of an adapter's updates, and its tensors under the names of the model's parameters."""
    try:
        settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        scale = settings["lora_alpha"] / (settings["r"] ** (0.5 if settings.get("use_rslora") else 1.0))
        stored = load_file(adapter / "adapter_model.safetensors")
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, SafetensorError) as error:
        raise ModelError(
            f"The adapter in {adapter} cannot be read: {error}.", hint="It must be LoRA as peft writes it."
        ) from error
    if special := [name for name in NOT_PLAIN_LORA if settings.get(name)]:
        raise ModelError(
            f"The adapter in {adapter} uses {', '.join(special)}, which is not supported.",
            hint="Merge it into the model with peft and save the whole model.",
        )
    return scale, {name.removeprefix("base_model.model."): tensor.float() for name, tensor in stored.items()}
