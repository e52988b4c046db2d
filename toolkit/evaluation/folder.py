"""The results folder: where its files are, and what stands in the lines of two of them (docs/results.md)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.corpus.write import DIGITS, atomic, to_row
from toolkit.errors import InputError
from toolkit.evaluation.goldset import GoldSet
from toolkit.evaluation.schemes import Scheme
from toolkit.evaluation.scored import Floats
from toolkit.records import Annotation

RESULTS = "results.json"
REPORT = "report.md"


def safe(name: str) -> str:
    """A name as a single part of a path."""
    return re.sub(r"[^A-Za-z0-9._-]|^\.+$", "_", name) or "_"


def gold_path(gold: str) -> str:
    """Where the rows of a gold set are, from the folder of the results."""
    return f"gold/{safe(gold)}.jsonl"


def predictions_path(gold: str, backend: str) -> str:
    """Where the answers of a backend are, from the folder of the results."""
    return f"predictions/{safe(gold)}/{safe(backend)}.jsonl"


def gold_rows(
    gold: GoldSet, agreement: Mapping[str, str], columns: Collection[str], weights: Floats | None = None
) -> list[dict[str, Any]]:
    """The lines of ``gold/<set>.jsonl``.

    Args:
        gold: The set.
        agreement: Row id to how many annotators agree.
        columns: Those that slices use; all others are left out where text is not to be kept.
        weights: How much each row counts; None where all count alike.
    """
    rows = []
    for place, row in enumerate(gold.rows):
        text = {"text": row.text} if gold.keep_text else {}
        kept = {name: value for name, value in row.columns.items() if gold.keep_text or name in columns}
        rows.append(
            {
                "id": row.id,
                "doc": row.doc,
                **text,
                "label": row.label,
                "attributed": row.attributed,
                "words": len(row.text.split()),
                "agreement": agreement.get(row.id),
                "weight": None if weights is None else round(float(weights[place]), DIGITS),
                "columns": kept,
            }
        )
    return rows


def prediction_row(annotation: Annotation, scheme: Scheme, labels: Sequence[str], *, keep_text: bool) -> dict[str, Any]:
    """A line of ``predictions/<set>/<backend>.jsonl``: the record, and what it is in the classes of the scheme.

    Args:
        annotation: The record.
        scheme: The classes of the gold set.
        labels: The label set.
        keep_text: Whether the sentence may stand in it.
    """
    row = to_row(annotation)
    if not keep_text:
        row["text"] = None
    if row["probs"] is None:
        return {**row, "answer": _class_of(row, scheme, labels), "scores": None}
    scores = scheme.scores(row["probs"], row["attributed"], row["attributed_prob"])
    # Where classes are the labels, the record's label may break a tie, or be chosen by thresholds.
    best = row["label"] if set(scores) == set(row["probs"]) else max(scores, key=lambda name: scores[name])
    answer = None if row["label"] is None else best
    return {**row, "answer": answer, "scores": {name: round(score, DIGITS) for name, score in scores.items()}}


def _class_of(row: Mapping[str, Any], scheme: Scheme, labels: Sequence[str]) -> str | None:
    """The class of a label that came without probabilities; None where the label says nothing of the classes."""
    if row["label"] is None:
        return None
    scores = scheme.scores(
        {name: float(name == row["label"]) for name in labels}, row["attributed"], row["attributed_prob"]
    )
    highest = max(scores.values())
    best = [name for name, score in scores.items() if score == highest]
    return best[0] if len(best) == 1 else None


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Lines of a JSONL file.

    Raises:
        InputError: It cannot be read, or a line is no JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", hint="Is the results folder whole?") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8.", hint="Run the evaluation again.") from error
    try:
        return [json.loads(line) for line in text.split("\n") if line]
    except ValueError as error:
        raise InputError(f"{path} is not JSONL: {error}.", hint="Run the evaluation again.") from error


def write_json(value: Any, path: Path) -> None:
    """Write JSON, atomically; NaN is a bug."""
    with atomic(path) as handle:
        handle.write(
            json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"
        )


def read_progress(path: Path, key: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an earlier run left, if it is of the same settings and rows; a cut file is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) and value.items() >= key.items() else None


def discard_progress(output: Path) -> None:
    """Forget what earlier runs have answered."""
    shutil.rmtree(output / "progress", ignore_errors=True)
