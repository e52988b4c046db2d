"""What a training step wants of each sentence: a distribution over the labels, and the flags."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch


def label_targets(examples: Sequence[Mapping[str, Any]], names: Sequence[str], teacher_weight: float) -> torch.Tensor:
    """Wanted probability of each label, shape (sentences, labels).

    A label alone is certain. A teacher's probabilities alone are taken as they are. Where both are known, the target
    lies between them (Hinton et al. 2015, "Distilling the knowledge in a neural network").

    Args:
        examples: With ``label`` and ``probs``, either of which may be None.
        names: The labels, in order.
        teacher_weight: How much the teacher counts where there is a label too.
    """
    rows = []
    for example in examples:
        label, probs = example["label"], example["probs"]
        weight = 0.0 if probs is None else 1.0 if label is None else teacher_weight
        told = [float(label == name) for name in names]
        taught = [0.0 if probs is None else float(probs.get(name) or 0.0) for name in names]
        rows.append([(1 - weight) * a + weight * b for a, b in zip(told, taught, strict=True)])
    return torch.tensor(rows)


def flag_targets(examples: Sequence[Mapping[str, Any]], flags: int, teacher_weight: float) -> torch.Tensor:
    """Wanted probability of each flag, NaN where nothing is known; shape (sentences, flags)."""
    rows = []
    for example in examples:
        told, taught = example["attributed"], example["attributed_prob"]
        if told is None:
            value = math.nan if taught is None else float(taught)
        else:
            value = float(told) if taught is None else (1 - teacher_weight) * told + teacher_weight * float(taught)
        rows.append([value] * flags)
    return torch.tensor(rows)


def flag_loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy over what is known; zero when nothing is."""
    known = ~torch.isnan(wanted)
    if not known.any():
        return logits.sum() * 0.0
    return torch.nn.functional.binary_cross_entropy_with_logits(logits[known], wanted[known])
