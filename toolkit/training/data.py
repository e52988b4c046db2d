"""Reads labelled text and entailment pairs for training."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.corpus.tables import FIELD_LIMIT
from toolkit.errors import InputError
from toolkit.labels import LabelSet

TRUE = {"true", "1", "yes"}
FALSE = {"false", "0", "no"}
PAIR_LABELS = ("entailment", "neutral", "contradiction", "not_entailment")


class Example(NamedTuple):
    """One labelled sentence; ``attributed`` is None where the data does not say."""

    text: str
    label: str
    attributed: bool | None
    doc: str


class Pair(NamedTuple):
    """One pair of general entailment data."""

    premise: str
    hypothesis: str
    entailed: bool


def read_examples(paths: Sequence[Path], labels: LabelSet) -> list[Example]:
    """Labelled sentences of .jsonl and .csv files.

    Raises:
        InputError: A file is missing, a row has no text, a label is not in the set, or there is no row; names file
            and line.
    """
    examples = []
    for path in paths:
        for line, row in _rows(path):
            text, label = str(row.get("text") or "").strip(), row.get("label")
            if not text:
                raise InputError(
                    f"{path}, line {line}: no text.", hint="Columns: text, label; attributed and doc if any."
                )
            if label not in labels.names:
                raise InputError(
                    f"{path}, line {line}: {label!r} is not a label of {labels.name!r}.",
                    hint=f"Labels: {', '.join(labels.names)}.",
                )
            flag = _flag(row.get("attributed"), f"{path}, line {line}")
            # A sentence without a document is its own, so that its repetitions stay on one side of the split.
            doc = row.get("doc")
            examples.append(Example(text, str(label), flag, text if doc is None or doc == "" else str(doc)))
    if not examples:
        raise InputError(f"{', '.join(map(str, paths))}: no rows.", hint="Put one labelled sentence in each row.")
    return examples


def read_pairs(paths: Sequence[Path]) -> list[Pair]:
    """Entailment pairs of .jsonl or .csv files with columns premise, hypothesis, label.

    Raises:
        InputError: A file is missing, a row lacks a column, or its label is not one of entailment data.
    """
    pairs = []
    for path in paths:
        for line, row in _rows(path):
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


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            if path.suffix.lower() == ".csv":
                csv.field_size_limit(FIELD_LIMIT)
                reader = csv.DictReader(handle)
                for row in reader:
                    yield reader.line_num, row
                return
            for line, text in enumerate(handle, start=1):
                if text.strip():
                    yield line, _object(text, f"{path}, line {line}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{path} cannot be read: {reason}.", hint="Training data is UTF-8 .jsonl or .csv.") from error


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not valid JSON: {error.msg}.", hint="One JSON object per line.") from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: not a JSON object.", hint="One JSON object per line.")
    return value


def _flag(value: Any, where: str) -> bool | None:
    if value is None or value == "":
        return None
    word = str(value).lower()
    if word not in TRUE | FALSE:
        raise InputError(f"{where}: attributed is {value!r}.", hint="Write true or false, or leave it empty.")
    return word in TRUE
