"""Reads what is trained on: labelled sentences, split into train and dev by document, and entailment pairs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.corpus.examples import Example, read_examples, rows
from toolkit.corpus.splits import Guard, words_of
from toolkit.errors import InputError
from toolkit.labels import LabelSet
from toolkit.training.config import TrainBase

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


class Material(NamedTuple):
    """What there is to learn from.

    Attributes:
        train: Examples to learn from.
        dev: Labelled examples of other documents and other words, to measure on.
        labels: The label set, without flags that nothing tells of.
        notes: What the user should know of it.
    """

    train: list[Example]
    dev: list[Example]
    labels: LabelSet
    notes: list[str]


def read_material(config: TrainBase, labels: LabelSet, data_files: Sequence[Path] = ()) -> Material:
    """Read the data of a training config and keep train and dev apart.

    Args:
        config: With data, dev and its share.
        labels: The label set that it names.
        data_files: Labelled text beside that of the config.

    Raises:
        InputError: Data that cannot be used: a row without a label, a label without a row, nothing left to learn from,
            a file or a sentence of a test split.
    """
    files = [*config.data, *data_files]
    examples = read_examples(files, labels)
    refuse_test_splits(files, examples)
    if config.dev:
        dev = read_examples(config.dev, labels)
    else:
        _, dev = split_by_document([e for e in examples if e.label], config.dev_share, config.seed)
    train = apart(examples, dev)
    notes = []
    if config.dev and (lost := len(examples) - len(train)):
        notes.append(f"{lost} of {len(examples)} sentences are left out: their document or their words are in dev.")
    if not train:
        raise InputError("All of the training data is in dev too.", hint="Give `dev:` other documents than `data:`.")
    # What an earlier training taught of a label or a flag is still there without a row of it.
    if config.start is None:
        _require_all_labels(train, labels)
        if labels.flags and all(e.attributed is None and e.attributed_prob is None for e in train):
            names = ", ".join(flag.name for flag in labels.flags)
            notes.append(f"No row says whether it is {names}, so the model will not say it either.")
            labels = labels.model_copy(update={"flags": ()})
    if unmeasured := [name for name in labels.names if all(example.label != name for example in dev)]:
        notes.append(f"Nothing in dev is labelled {', '.join(unmeasured)}, so that is not measured.")
    return Material(train, dev, labels, notes)


def apart(examples: Sequence[Example], dev: Sequence[Example]) -> list[Example]:
    """The examples of other documents and other words than those of dev."""
    documents, words = {example.doc for example in dev}, {words_of(example.text) for example in dev}
    return [one for one in examples if one.doc not in documents and words_of(one.text) not in words]


def refuse_test_splits(files: Sequence[Path], examples: Sequence[Example]) -> None:
    """Keep what figures are quoted on out of training.

    Raises:
        InputError: A file is a test split, or one of its sentences stands in one.
    """
    guard = Guard(files, hint="Train on other text, so that figures on the test split stay honest.")
    for file in files:
        guard.check_file(file)
    where = ", ".join(file.name for file in files)
    guard.check_texts(((repr(one.text[:60]), one.text) for one in examples), where=where)


def _require_all_labels(train: Sequence[Example], labels: LabelSet) -> None:
    told = {example.label for example in train}
    told |= {name for example in train for name, share in (example.probs or {}).items() if share > 0}
    if missing := [name for name in labels.names if name not in told]:
        raise InputError(
            f"Nothing that is trained on is labelled {', '.join(missing)}.",
            hint=f"Label some rows so, or take it out of the label set {labels.name!r}.",
        )


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
