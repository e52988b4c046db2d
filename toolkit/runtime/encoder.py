"""Sentence embeddings: mean-pooled token vectors of length one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from toolkit.errors import ModelError
from toolkit.runtime.batching import by_token_budget
from toolkit.runtime.files import load_tokenizer, position_limit
from toolkit.runtime.sequences import CHARS_PER_TOKEN
from toolkit.runtime.torch import pick_device

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Embeddings(NamedTuple):
    """What an encoder makes of texts.

    Attributes:
        vectors: float32, shape (texts, width), each row of length one.
        tokens: int64, shape (texts,): tokens read, padding excluded.
        truncated: bool, shape (texts,): whether the text had to be cut.
    """

    vectors: NDArray[np.float32]
    tokens: NDArray[np.int64]
    truncated: NDArray[np.bool_]


class Encoder:
    """A loaded encoder.

    Args:
        folder: Model files in the Hugging Face layout.
        device: ``cpu``, ``cuda``, ``mps`` or ``auto``.

    Raises:
        ModelError: The files are not those of an encoder.
    """

    def __init__(self, folder: Path, *, device: str = "auto") -> None:
        from transformers import AutoModel

        self.device = pick_device(device)
        try:
            model = AutoModel.from_pretrained(folder, use_safetensors=True, trust_remote_code=False)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"The encoder in {folder} cannot be loaded: {' '.join(str(error).split())[:300]}",
                hint="It must be an encoder that transformers knows, with its config.json.",
            ) from error
        self.model = model.to(self.device, torch.float32).eval()
        self.tokenizer, self.inputs = load_tokenizer(folder)

    def embed(self, texts: Sequence[str], *, max_tokens: int, tokens_per_batch: int) -> Embeddings:
        """Embed texts.

        Args:
            texts: Sentences.
            max_tokens: Longest sequence; a longer text is cut, as it is at the model's own limit.
            tokens_per_batch: Padded tokens per forward pass.
        """
        limit = min(max_tokens, position_limit(self.model.config.to_dict()))
        cut = [text[: limit * CHARS_PER_TOKEN] for text in texts]
        whole = self.tokenizer.encode_batch(cut)
        truncated = [len(e.ids) > limit or len(c) < len(t) for e, c, t in zip(whole, cut, texts, strict=True)]
        self.tokenizer.enable_truncation(limit)  # which keeps the special token at the end
        encoded = self.tokenizer.encode_batch(cut)
        self.tokenizer.no_truncation()
        lengths = [len(one.ids) for one in encoded]
        rows: NDArray[np.float32] = np.zeros((len(texts), self.model.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for batch in by_token_budget(lengths, budget=tokens_per_batch):
                width = max(lengths[i] for i in batch)
                ids = torch.tensor([encoded[i].ids + [0] * (width - lengths[i]) for i in batch], device=self.device)
                ones = [[1] * lengths[i] + [0] * (width - lengths[i]) for i in batch]
                mask = torch.tensor(ones, device=self.device)
                states = self.model(input_ids=ids, attention_mask=mask)[0]
                weights = mask.unsqueeze(-1).float()
                mean = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
                rows[batch] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
        return Embeddings(rows, np.array(lengths, dtype=np.int64), np.array(truncated, dtype=np.bool_))
