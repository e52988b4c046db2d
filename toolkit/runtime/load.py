"""Loads a sequence classifier and its tokenizer; safetensors only, no code from a model folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from toolkit.errors import ModelError
from toolkit.runtime import bert
from toolkit.runtime.adapter import merge_adapter
from toolkit.runtime.files import has_bert_tokenizer, load_tokenizer, position_limit, read_config, read_tokenizer


class WholeModel:
    """The forward pass of a model of transformers.

    Args:
        model: It.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, **inputs: torch.Tensor) -> torch.Tensor:
        """Logits of a batch."""
        logits: torch.Tensor = self.model(**inputs).logits
        return logits


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to run.

    Attributes:
        forward: The forward pass: inputs by name, each of shape (batch, width), to logits of shape (batch, classes).
        inputs: Names of the inputs that it takes.
        tokenizer: Without padding or truncation of its own.
        id2label: Column to class name.
        pad: Id of the padding token.
        limit: Longest sequence.
    """

    forward: bert.BertClassifier | WholeModel
    inputs: tuple[str, ...]
    tokenizer: Tokenizer
    id2label: dict[int, str]
    pad: int
    limit: int


def load_classifier(folder: Path, *, adapter: Path | None = None, device: torch.device) -> LoadedModel:
    """Load a sequence classifier in float32 for inference.

    Plain BERT runs without transformers, whose import takes longer than a page of text; all else runs through it.

    Args:
        folder: Model files in the Hugging Face layout.
        adapter: Adapter folder whose low-rank updates are merged into the weights.
        device: Where it runs.

    Raises:
        ModelError: Broken files, or not a trained sequence classifier.
    """
    config = read_config(adapter or folder)
    weights = folder / "model.safetensors"
    if bert.supports(config) and weights.is_file() and has_bert_tokenizer(folder):
        tensors = _bert_tensors(weights)
        if bert.is_complete(config, tensors):
            return _plain_bert(config, tensors, folder, adapter, device)
    model = load_model(folder, adapter=adapter).to(device).eval()
    tokenizer, inputs = load_tokenizer(folder)
    return LoadedModel(
        WholeModel(model),
        inputs,
        tokenizer,
        dict(model.config.id2label),
        model.config.pad_token_id or 0,
        position_limit(model.config.to_dict()),
    )


def _bert_tensors(weights: Path) -> dict[str, torch.Tensor]:
    try:
        stored = load_file(weights)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{weights} cannot be loaded: {error}.", hint="Install or download the model again."
        ) from error
    # A bare encoder, as most backbones are, has its weights without the prefix.
    bare = not any(name.startswith(bert.PREFIX) for name in stored)
    return {bert.PREFIX + name if bare else name: tensor.float() for name, tensor in stored.items()}


def _plain_bert(
    config: dict[str, Any], tensors: dict[str, torch.Tensor], folder: Path, adapter: Path | None, device: torch.device
) -> LoadedModel:
    if adapter is not None:
        merge_adapter(tensors, adapter, may_add=bert.HEAD)  # a bare encoder has none, another model another one
    needed = [f"{name}.{part}" for name in (f"{bert.PREFIX}pooler.dense", bert.HEAD) for part in ("weight", "bias")]
    if any(name not in tensors for name in needed):
        raise _untrained(folder) if adapter is None else _not_together(folder, adapter)
    head = tensors[f"{bert.HEAD}.weight"]
    names = config.get("id2label") or {str(column): f"LABEL_{column}" for column in range(len(head))}
    if len(names) != len(head):
        raise ModelError(
            f"The model in {folder} names {len(names)} classes and has {len(head)}.", hint="Correct its config.json."
        )
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    return LoadedModel(
        bert.BertClassifier(config, {name: tensor.to(device) for name, tensor in tensors.items()}),
        ("input_ids", "attention_mask", "token_type_ids"),
        tokenizer,
        {int(column): str(name) for column, name in names.items()},
        int(config.get("pad_token_id") or 0),
        position_limit(config),
    )


def _untrained(folder: Path) -> ModelError:
    return ModelError(
        f"The model in {folder} has no trained classification head.",
        hint="Use a model that was trained on NLI, or name the adapter that brings the head.",
    )


def _not_together(folder: Path, adapter: Path) -> ModelError:
    return ModelError(
        f"The model in {folder} and the adapter in {adapter} do not make a trained classifier together.",
        hint="Use the backbone that the adapter was trained on.",
    )


def load_model(folder: Path, *, adapter: Path | None = None, **config: Any) -> Any:
    """Load a sequence classifier in float32 with transformers.

    Args:
        folder: Model files.
        adapter: Adapter folder (peft's layout, with the ``config.json`` of the whole model beside it).
        **config: Overrides of the model config, such as ``num_labels``; then the head may be new.

    Raises:
        ModelError: Broken files, not a sequence classifier, or weights that neither model nor adapter brings.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification
    from transformers.utils import logging

    quiet = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # a backbone without its head is what adapters are for
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        settings = AutoConfig.from_pretrained(adapter or folder, trust_remote_code=False, **config)
        model, report = AutoModelForSequenceClassification.from_pretrained(
            folder,
            config=settings,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=adapter is not None or bool(config),  # such weights count as missing, below
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The model in {folder} cannot be loaded: {' '.join(str(error).split())[:300]}",
            hint="It must be a sequence classifier that transformers knows, with its config.json.",
        ) from error
    finally:
        logging.set_verbosity(quiet)
    missing = {*report["missing_keys"], *(name for name, *_ in report["mismatched_keys"])}
    if adapter is not None:
        missing -= merge_adapter(dict(model.named_parameters()), adapter)
    if missing and not config:
        raise _untrained(folder) if adapter is None else _not_together(folder, adapter)
    return model
