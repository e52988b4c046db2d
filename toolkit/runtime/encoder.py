"""Sentence embeddings: mean-pooled token vectors of length one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from toolkit.errors import ModelError
from toolkit.runtime.batching import by_token_budget
from toolkit.runtime.load import load_tokenizer
from toolkit.runtime.torch import CHARS_PER_TOKEN, pick_device

if TYPE_CHECKING:
    from numpy.typing import NDArray


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

    def embed(self, texts: Sequence[str], *, max_tokens: int, tokens_per_batch: int) -> NDArray[np.float32]:
        """Embed texts; shape (texts, width), each row of length one.

        Args:
            texts: Sentences.
            max_tokens: Longest sequence; a longer text is cut.
            tokens_per_batch: Padded tokens per forward pass.
        """
        self.tokenizer.enable_truncation(max_tokens)
        encoded = self.tokenizer.encode_batch([text[: max_tokens * CHARS_PER_TOKEN] for text in texts])
        rows: NDArray[np.float32] = np.zeros((len(texts), self.model.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for batch in by_token_budget([len(one.ids) for one in encoded], budget=tokens_per_batch):
                width = max(len(encoded[i].ids) for i in batch)
                ids = [encoded[i].ids + [0] * (width - len(encoded[i].ids)) for i in batch]
                mask = torch.tensor([[1] * len(encoded[i].ids) + [0] * (width - len(encoded[i].ids)) for i in batch])
                mask = mask.to(self.device)
                states = self.model(input_ids=torch.tensor(ids, device=self.device), attention_mask=mask)[0]
                weights = mask.unsqueeze(-1).float()
                mean = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
                rows[batch] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
        return rows
