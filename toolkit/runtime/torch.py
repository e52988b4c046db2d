"""Runs a sequence classifier with PyTorch, on texts or on pairs: tokenise each text once, join ids, batch by length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from tokenizers import Encoding

from toolkit.errors import ModelError
from toolkit.runtime.batching import by_token_budget
from toolkit.runtime.load import load_classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHARS_PER_TOKEN = 16
"""Premises are cut to so many characters per token before tokenising: a huge one costs no more than a long one."""


class Logits(NamedTuple):
    """What a model says of every text, or of every (premise, hypothesis) pair.

    Attributes:
        logits: float32, shape (texts, classes) or (premises, hypotheses, classes).
        tokens: int64, shape (texts,): tokens read for each text or premise, padding excluded.
        truncated: bool, shape (texts,): whether the text or premise had to be cut.
    """

    logits: NDArray[np.float32]
    tokens: NDArray[np.int64]
    truncated: NDArray[np.bool_]


class TorchClassifier:
    """A loaded sequence classifier.

    Args:
        folder: Model files in the Hugging Face layout.
        adapter: Adapter folder whose low-rank updates are merged into the weights.
        device: ``cpu``, ``cuda``, ``mps`` or ``auto``.
        precision: ``float32`` or ``bfloat16``, for matrix products.

    Raises:
        ModelError: The files are not those of a sequence classifier.
    """

    def __init__(
        self, folder: Path, *, adapter: Path | None = None, device: str = "auto", precision: str = "float32"
    ) -> None:
        self.device = pick_device(device)
        self.model = load_classifier(folder, adapter=adapter, device=self.device)
        self.id2label = self.model.id2label
        self.halved = precision == "bfloat16"

    def pair_logits(
        self, premises: Sequence[str], hypotheses: Sequence[str], *, max_tokens: int, tokens_per_batch: int
    ) -> Logits:
        """Run every premise with every hypothesis, as one queue sorted by length.

        Args:
            premises: Sentences.
            hypotheses: Sentences about them.
            max_tokens: Longest pair; the premise is cut to fit, the hypothesis never is.
            tokens_per_batch: Padded tokens per forward pass.

        Raises:
            ModelError: A hypothesis alone is longer than ``max_tokens``.
        """
        second, room = self._second(hypotheses, max_tokens)
        first, truncated = self._encode(premises, room)
        rows, lengths = self._run([self._join(a, b) for a in first for b in second], tokens_per_batch)
        shape = (len(premises), len(hypotheses))
        return Logits(rows.reshape(*shape, rows.shape[-1]), lengths.reshape(shape).sum(axis=1), truncated)

    def text_logits(self, texts: Sequence[str], *, max_tokens: int, tokens_per_batch: int) -> Logits:
        """Run every text by itself, as one queue sorted by length.

        Args:
            texts: Sentences.
            max_tokens: Longest sequence; a longer text is cut.
            tokens_per_batch: Padded tokens per forward pass.
        """
        room = min(max_tokens, self.model.limit) - self.model.tokenizer.num_special_tokens_to_add(False)
        encoded, truncated = self._encode(texts, room)
        rows, lengths = self._run([self._join(one) for one in encoded], tokens_per_batch)
        return Logits(rows, lengths, truncated)

    def _run(
        self, sequences: Sequence[Encoding], tokens_per_batch: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Logits of each sequence, shape (sequences, classes), and its length in tokens."""
        lengths = [len(sequence.ids) for sequence in sequences]
        rows: NDArray[np.float32] = np.zeros((len(sequences), len(self.id2label)), dtype=np.float32)
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.halved):
            for batch in by_token_budget(lengths, budget=tokens_per_batch):
                rows[batch] = self.model.forward(**self._tensors([sequences[i] for i in batch])).float().cpu().numpy()
        return rows, np.array(lengths, dtype=np.int64)

    def room(self, hypotheses: Sequence[str], max_tokens: int) -> int:
        """How many tokens of a premise fit beside the longest hypothesis.

        Raises:
            ModelError: None.
        """
        return self._second(hypotheses, max_tokens)[1]

    def _second(self, hypotheses: Sequence[str], max_tokens: int) -> tuple[list[Encoding], int]:
        limit = min(max_tokens, self.model.limit)
        encoded = self.model.tokenizer.encode_batch(list(hypotheses), add_special_tokens=False)
        longest = max((len(one.ids) for one in encoded), default=0)
        room = limit - self.model.tokenizer.num_special_tokens_to_add(True) - longest
        if room < 1:
            raise ModelError(
                f"A hypothesis of {longest} tokens leaves no room for the sentence within {limit}.",
                hint="Shorten it or raise max_tokens.",
            )
        return encoded, room

    def _encode(self, texts: Sequence[str], room: int) -> tuple[list[Encoding], NDArray[np.bool_]]:
        """Each text tokenised without special tokens and cut to fit, and whether it was cut."""
        cut = [text[: room * CHARS_PER_TOKEN] for text in texts]
        encoded = self.model.tokenizer.encode_batch(cut, add_special_tokens=False)
        truncated = np.array(
            [len(e.ids) > room or len(c) < len(t) for e, c, t in zip(encoded, cut, texts, strict=True)], dtype=np.bool_
        )
        for encoding in encoded:
            encoding.truncate(room)
        return encoded, truncated

    def _join(self, first: Encoding, second: Encoding | None = None) -> Encoding:
        return self.model.tokenizer.post_process(first, second)

    def _tensors(self, batch: Sequence[Encoding]) -> dict[str, torch.Tensor]:
        width = max(len(sequence.ids) for sequence in batch)
        columns = {
            "input_ids": [one.ids + [self.model.pad] * (width - len(one.ids)) for one in batch],
            "attention_mask": [[1] * len(one.ids) + [0] * (width - len(one.ids)) for one in batch],
            "token_type_ids": [one.type_ids + [0] * (width - len(one.ids)) for one in batch],
        }
        return {name: torch.tensor(columns[name], device=self.device) for name in self.model.inputs if name in columns}


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
