"""Training of a single-pass model: one sentence in, a logit for each label and each flag out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from toolkit.labels import LabelSet
from toolkit.training.augment import augment
from toolkit.training.config import ClassifierTrainConfig
from toolkit.training.targets import flag_loss, flag_targets, label_targets


class HeadForm:
    """Turns examples into batches of sentences, and outputs into a loss.

    Args:
        config: The training config.
        labels: The label set.
        tokenizer: The backbone's.
    """

    def __init__(self, config: ClassifierTrainConfig, labels: LabelSet, tokenizer: PreTrainedTokenizerBase) -> None:
        self.config = config
        self.tokenizer = tokenizer
        self.names = list(labels.names)
        self.classes = dict(enumerate([*self.names, *(flag.name for flag in labels.flags)]))
        self.outputs = len(self.classes)
        self.random = random.Random(config.seed)

    def collate(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Batch examples.

        Returns:
            ``alone``, the model inputs; ``wanted`` (sentences, labels) and ``flags`` (sentences, flags), where NaN is
            unknown.
        """
        texts = [augment(example["text"], self.config.augment, self.random) for example in examples]
        return {
            "alone": self.tokenizer(
                texts, truncation=True, max_length=self.config.max_tokens, padding=True, return_tensors="pt"
            ),
            "wanted": label_targets(examples, self.names, self.config.teacher_weight),
            "flags": flag_targets(examples, self.outputs - len(self.names), self.config.teacher_weight),
        }

    def loss(self, model: Any, inputs: Mapping[str, Any]) -> tuple[torch.Tensor, Any]:
        """Cross-entropy over the labels plus binary cross-entropy of the flags."""
        outputs = model(**inputs["alone"])
        logits = outputs.logits.float()
        count = len(self.names)
        loss = torch.nn.functional.cross_entropy(
            logits[:, :count], inputs["wanted"], label_smoothing=self.config.label_smoothing
        )
        return loss + flag_loss(logits[:, count:], inputs["flags"]), outputs
