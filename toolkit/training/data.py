"""Reads entailment pairs, and splits labelled sentences for training."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.corpus.examples import Example, rows
from toolkit.errors import InputError

PAIR_LABELS = ("entailment", "neutral", "contradiction", "not_entailment")


class Pair(NamedTuple):
    """One pair of general entailment data."""

    premise: str
    hypothesis: str
    entailed: bool


def read_pairs(paths: Sequence[Path]) -> list[Pair]:
    """Entailment pairs of .jsonl or .csv files with columns premise, hypothesis, label.

    Raises:
        InputError: A file is missing, a row lacks a column, or its label is not one of entailment data.
    """
    pairs = []
    for path in paths:
        for line, row in rows(path):
            if not row.get("premise") or not row.get("hypothesis") or not row.get("label"):
                raise InputError(
                    f"{path}, line {line}: a pair needs premise, hypothesis and label.",
                    hint=f"Labels: {', '.join(PAIR_LABELS)}.",
                )
            if row["label"] not in PAIR_LABELS:
                raise InputError(
                    f"{path}, line {line}: {row['label']!r} is not a label of entailment data.",
                    hint=f"Labels: {', '.join(PAIR_LABELS)}.",
                )
            pairs.append(Pair(str(row["premise"]), str(row["hypothesis"]), row["label"] == "entailment"))
    return pairs


def split_by_document(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Training and dev examples; a document is never in both.

    Raises:
        InputError: There is only one document.
    """
    documents = sorted({example.doc for example in examples})
    if len(documents) < 2:
        raise InputError("The training data has only one document.", hint="One has to be kept apart for measuring.")
    random.Random(seed).shuffle(documents)
    held = set(documents[: max(1, round(share * len(documents)))])
    return [e for e in examples if e.doc not in held], [e for e in examples if e.doc in held]
