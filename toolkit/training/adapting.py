"""Decides which weights learn: those of a low-rank adapter, new or trained already, or all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from toolkit.errors import MissingExtraError, ModelError
from toolkit.models.resolve import ADAPTER_WEIGHTS
from toolkit.training.config import AdapterConfig, TrainBase


def adapt(model: Any, config: TrainBase, classes: Mapping[int, str]) -> Any:
    """A model in training: with a low-rank adapter on each linear layer of the encoder and a head, or trained whole.

    Args:
        model: A sequence classifier.
        config: With the adapter's rank, the dropout, and the adapter to start from.
        classes: Column to class name of the head; one that had the same is gone on with.

    Raises:
        MissingExtraError: peft is not installed.
        ModelError: The adapter to start from is missing, or of another rank or backbone.
    """
    if config.dropout is not None:
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = config.dropout
    if not torch.cuda.is_available() and getattr(model.config, "_attn_implementation", "") == "sdpa":
        # On a processor the backward pass of the fused attention takes longer than all matrix products together.
        model.set_attn_implementation("eager")
    if config.adapter is None:
        return model
    adapted = _with_adapter(model, config.adapter)
    if config.start is not None:
        _start_from(adapted, config.start, config.adapter, classes)
    return adapted


def is_adapted(model: Any) -> bool:
    """Whether a model has an adapter, or is trained whole."""
    return hasattr(model, "peft_config")


def _with_adapter(model: Any, adapter: AdapterConfig) -> Any:
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError as error:
        raise MissingExtraError("peft", "train") from error
    heads = [name for name, _ in model.named_children() if name == "classifier"]
    pooler = [name for name, _ in model.named_modules() if name.endswith(".pooler")]
    inside = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and ("pooler" in name.split(".") or name.startswith("classifier"))
    ]
    lora = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules="all-linear",
        exclude_modules=inside,
        modules_to_save=[*heads, *(["pooler"] if pooler else [])],
    )
    return get_peft_model(model, lora)


def _start_from(adapted: Any, folder: Path, config: AdapterConfig, classes: Mapping[int, str]) -> None:
    try:
        stored = load_file(folder / ADAPTER_WEIGHTS)
        settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        named = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("id2label", {})
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"The adapter {folder} to start from cannot be read: {error}.",
            hint="`start:` is a folder that `claimkit train` or `distill` wrote.",
        ) from error
    # A head that answers for other labels, or in another form, is left behind.
    same = {int(column): name for column, name in named.items()} == dict(classes)
    inside = {name: tensor for name, tensor in stored.items() if same or not _in_head(name)}
    own = {
        name.replace(".modules_to_save", "").replace(".default", ""): tensor
        for name, tensor in adapted.named_parameters()
        if tensor.requires_grad
    }
    for name in own.keys() & inside.keys():
        if "lora_" not in name and ".pooler." not in name:
            # A head in training may have more outputs, which are cut off later.
            own[name] = own[name][: len(inside[name])]
    scale = (settings.get("r"), settings.get("lora_alpha"))
    fits = scale == (config.rank, config.alpha) and {n for n in own if "lora_" in n} <= inside.keys() <= own.keys()
    if not fits or any(own[name].shape != tensor.shape for name, tensor in inside.items()):
        raise ModelError(
            f"The adapter {folder} is not of this backbone, rank and alpha, so training cannot start from it.",
            hint=f"It has rank {scale[0]} and alpha {scale[1]}.",
        )
    with torch.no_grad():
        for name, tensor in inside.items():
            own[name].copy_(tensor)


def _in_head(name: str) -> bool:
    return "lora_" not in name and ".pooler." not in name
