"""Runs a sequence-pair model with PyTorch: tokenise each text once, join ids, batch by length."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging as transformers_logging

from toolkit.errors import ModelError
from toolkit.runtime.batching import by_token_budget

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from transformers import PreTrainedModel

CHARS_PER_TOKEN = 16
"""Premises are cut to so many characters per token before tokenising: a huge one costs no more than a long one."""


class PairLogits(NamedTuple):
    """What a model says of every (premise, hypothesis) pair.

    Attributes:
        logits: float32, shape (premises, hypotheses, classes).
        tokens: int64, shape (premises,): tokens read for each premise, padding excluded.
        truncated: bool, shape (premises,): whether the premise had to be cut.
    """

    logits: NDArray[np.float32]
    tokens: NDArray[np.int64]
    truncated: NDArray[np.bool_]


class TorchPairModel:
    """A loaded sequence-pair model.

    Args:
        folder: Model files in the Hugging Face layout.
        adapter: Adapter folder whose low-rank updates are merged into the weights.
        device: ``cpu``, ``cuda``, ``mps`` or ``auto``.

    Raises:
        ModelError: The files are not those of a sequence-pair classifier.
    """

    def __init__(self, folder: Path, *, adapter: Path | None = None, device: str = "auto") -> None:
        self.device = _device(device)
        model = load_model(folder, adapter=adapter)
        self.model: Any = model.to(self.device).eval()
        self.id2label: dict[int, str] = dict(self.model.config.id2label or {})
        self.tokenizer, self._inputs = load_tokenizer(folder)
        self._pad = self.model.config.pad_token_id or 0

    def logits(
        self, premises: Sequence[str], hypotheses: Sequence[str], *, max_tokens: int, tokens_per_batch: int
    ) -> PairLogits:
        """Run every premise with every hypothesis, as one queue sorted by length.

        Args:
            premises: Sentences.
            hypotheses: Sentences about them.
            max_tokens: Longest pair; the premise is cut to fit, the hypothesis never is.
            tokens_per_batch: Padded tokens per forward pass.

        Raises:
            ModelError: A hypothesis alone is longer than ``max_tokens``.
        """
        pairs, truncated = self._join(premises, hypotheses, max_tokens)
        lengths = [len(pair.ids) for pair in pairs]
        rows: NDArray[np.float32] = np.zeros((len(pairs), len(self.id2label)), dtype=np.float32)
        with torch.inference_mode():
            for batch in by_token_budget(lengths, budget=tokens_per_batch):
                rows[batch] = self.model(**self._tensors([pairs[i] for i in batch])).logits.float().cpu().numpy()
        shape = (len(premises), len(hypotheses))
        return PairLogits(
            rows.reshape(*shape, -1), np.array(lengths, dtype=np.int64).reshape(shape).sum(axis=1), truncated
        )

    def _join(
        self, premises: Sequence[str], hypotheses: Sequence[str], max_tokens: int
    ) -> tuple[list[Encoding], NDArray[np.bool_]]:
        """All pairs, premise-major; each text is tokenised once."""
        limit = min(max_tokens, getattr(self.model.config, "max_position_embeddings", max_tokens))
        second = self.tokenizer.encode_batch(list(hypotheses), add_special_tokens=False)
        room = limit - self.tokenizer.num_special_tokens_to_add(True) - max((len(e.ids) for e in second), default=0)
        if room < 1:
            raise ModelError(
                f"A hypothesis leaves no room for the sentence within {limit} tokens.",
                hint="Shorten it or raise max_tokens.",
            )
        cut = [premise[: room * CHARS_PER_TOKEN] for premise in premises]
        first = self.tokenizer.encode_batch(cut, add_special_tokens=False)
        truncated = np.array(
            [len(e.ids) > room or len(c) < len(p) for e, c, p in zip(first, cut, premises, strict=True)], dtype=np.bool_
        )
        for encoding in first:
            encoding.truncate(room)
        return [self.tokenizer.post_process(a, b) for a in first for b in second], truncated

    def _tensors(self, pairs: Sequence[Encoding]) -> dict[str, torch.Tensor]:
        width = max(len(pair.ids) for pair in pairs)
        columns = {
            "input_ids": [pair.ids + [self._pad] * (width - len(pair.ids)) for pair in pairs],
            "attention_mask": [[1] * len(pair.ids) + [0] * (width - len(pair.ids)) for pair in pairs],
            "token_type_ids": [pair.type_ids + [0] * (width - len(pair.ids)) for pair in pairs],
        }
        return {name: torch.tensor(columns[name], device=self.device) for name in self._inputs if name in columns}


def load_model(folder: Path, *, adapter: Path | None = None, **config: Any) -> Any:
    """Load a sequence classifier in float32; safetensors only, no code from the model folder.

    Args:
        folder: Model files.
        adapter: Adapter folder (peft's layout, with the ``config.json`` of the whole model beside it).
        **config: Overrides of the model config, such as ``id2label``.

    Raises:
        ModelError: Broken files, or not a sequence classifier.
    """
    quiet = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # a backbone without its head is what an adapter is made for
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        settings = AutoConfig.from_pretrained(adapter or folder, trust_remote_code=False, **config)
        model, report = AutoModelForSequenceClassification.from_pretrained(
            folder,
            config=settings,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"The model in {folder} cannot be loaded: {' '.join(str(error).split())[:300]}",
            hint="It must be a sequence classifier that transformers knows, with its config.json.",
        ) from error
    finally:
        transformers_logging.set_verbosity(quiet)
    if adapter is not None:
        merge_adapter(model, adapter)
    elif not config and any("classifier" in key or "score" in key for key in report["missing_keys"]):
        raise ModelError(
            f"The model in {folder} has no trained classification head.",
            hint="Use a model that was trained on NLI, or name the adapter that brings the head.",
        )
    return model


def load_tokenizer(folder: Path) -> tuple[Tokenizer, list[str]]:
    """The Rust tokenizer of a model without padding or truncation of its own, and the inputs that the model takes."""
    wrapper = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    backend: Tokenizer = wrapper.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    return backend, list(wrapper.model_input_names)


def merge_adapter(model: PreTrainedModel, adapter: Path) -> None:
    """Add low-rank updates to the weights in place: W + (alpha / r) · B · A (Hu et al. 2021, "LoRA").

    Reads what peft writes, without importing peft, which would double the start-up time. Modules that were trained
    whole (the head) are replaced.

    Args:
        model: The model whose parameters are changed.
        adapter: Folder with ``adapter_config.json`` and ``adapter_model.safetensors``.

    Raises:
        ModelError: The adapter does not fit the model.
    """
    settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    scale = settings["lora_alpha"] / (settings["r"] ** (0.5 if settings.get("use_rslora") else 1.0))
    tensors = {
        name.removeprefix("base_model.model."): tensor.float()
        for name, tensor in load_file(adapter / "adapter_model.safetensors").items()
    }
    parameters = dict(model.named_parameters())
    try:
        with torch.no_grad():
            for name, tensor in tensors.items():
                if name.endswith("lora_A.weight"):
                    up = tensors[name.replace("lora_A", "lora_B")]
                    parameters[name.replace("lora_A.", "")].add_(scale * (up @ tensor))
                elif not name.endswith("lora_B.weight"):
                    parameters[name].copy_(tensor)
    except (KeyError, RuntimeError) as error:
        raise ModelError(
            f"The adapter in {adapter} does not fit the model: {error}", hint="Use the backbone that it was trained on."
        ) from error


def _device(name: str) -> torch.device:
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
