"""Runs a sequence-pair model with PyTorch: tokenise each text once, join ids, batch by length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from tokenizers import Encoding

from toolkit.errors import ModelError
from toolkit.runtime.batching import by_token_budget
from toolkit.runtime.load import load_pair_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        self.model = load_pair_model(folder, adapter=adapter, device=self.device)
        self.id2label = self.model.id2label

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
                rows[batch] = self.model.forward(**self._tensors([pairs[i] for i in batch])).float().cpu().numpy()
        shape = (len(premises), len(hypotheses))
        return PairLogits(
            rows.reshape(*shape, -1), np.array(lengths, dtype=np.int64).reshape(shape).sum(axis=1), truncated
        )

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

    def _join(
        self, premises: Sequence[str], hypotheses: Sequence[str], max_tokens: int
    ) -> tuple[list[Encoding], NDArray[np.bool_]]:
        """All pairs, premise-major; each text is tokenised once."""
        second, room = self._second(hypotheses, max_tokens)
        cut = [premise[: room * CHARS_PER_TOKEN] for premise in premises]
        first = self.model.tokenizer.encode_batch(cut, add_special_tokens=False)
        truncated = np.array(
            [len(e.ids) > room or len(c) < len(p) for e, c, p in zip(first, cut, premises, strict=True)], dtype=np.bool_
        )
        for encoding in first:
            encoding.truncate(room)
        return [self.model.tokenizer.post_process(a, b) for a in first for b in second], truncated

    def _tensors(self, pairs: Sequence[Encoding]) -> dict[str, torch.Tensor]:
        width = max(len(pair.ids) for pair in pairs)
        columns = {
            "input_ids": [pair.ids + [self.model.pad] * (width - len(pair.ids)) for pair in pairs],
            "attention_mask": [[1] * len(pair.ids) + [0] * (width - len(pair.ids)) for pair in pairs],
            "token_type_ids": [pair.type_ids + [0] * (width - len(pair.ids)) for pair in pairs],
        }
        return {name: torch.tensor(columns[name], device=self.device) for name in self.model.inputs if name in columns}


def _device(name: str) -> torch.device:
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
