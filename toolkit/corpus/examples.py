"""Reads labelled sentences: .jsonl and .csv with a column each for text, label, flag and document."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.corpus.decode import encodable
from toolkit.corpus.tables import FIELD_LIMIT
from toolkit.errors import InputError
from toolkit.labels import LabelSet

TRUE = {"true", "1", "yes"}
FALSE = {"false", "0", "no"}


class Example(NamedTuple):
    """One sentence to learn from; what the data does not say is None.

    Attributes:
        text: The sentence.
        label: Its label, or None when there is only what a teacher says.
        attributed: The flag.
        doc: The document that it stands in.
        probs: A teacher's probability of each label.
        attributed_prob: A teacher's probability of the flag.
    """

    text: str
    label: str | None
    attributed: bool | None
    doc: str
    probs: dict[str, float] | None = None
    attributed_prob: float | None = None


def read_examples(paths: Sequence[Path], labels: LabelSet, *, labelled: bool = True) -> list[Example]:
    """Sentences of .jsonl and .csv files.

    Args:
        paths: The files.
        labels: The label set.
        labelled: Whether each row must have a label, or a teacher's probabilities; otherwise they are not looked at.

    Raises:
        InputError: A file is missing, a row has no text, a label is not in the set, or there is no row; names file
            and line.
    """
    examples = []
    for path in paths:
        for line, row in rows(path):
            for column in ("text", "label") if labelled and "probs" not in row else ("text",):
                if column not in row:
                    raise InputError(
                        f"{path}, line {line}: no column {column!r} among {', '.join(map(str, row))}.",
                        hint="Columns: text, label; attributed and doc if any. A .csv file has commas.",
                    )
            text, label = row["text"], row.get("label")
            if not isinstance(text, str) or not (text := encodable(text).strip()):
                raise InputError(f"{path}, line {line}: no text.", hint="Each row has a sentence as its text.")
            doc = row.get("doc")
            # A sentence without a document is its own, so that its repetitions stay on one side of the split.
            document = text if doc is None or doc == "" else str(doc)
            if not labelled:
                examples.append(Example(text, None, None, document))
                continue
            probs, flag_prob = _taught(row, labels, f"{path}, line {line}")
            if label not in labels.names and (label or probs is None):
                raise InputError(
                    f"{path}, line {line}: {label!r} is not a label of {labels.name!r}.",
                    hint=f"Labels: {', '.join(labels.names)}.",
                )
            flag = _flag(row.get("attributed"), f"{path}, line {line}")
            examples.append(Example(text, str(label) if label else None, flag, document, probs, flag_prob))
    if not examples:
        raise InputError(f"{', '.join(map(str, paths))}: no rows.", hint="Put one labelled sentence in each row.")
    return examples


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and row of a .jsonl or .csv file.

    Raises:
        InputError: It cannot be read, or a line of it is not an object.
    """
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


def _taught(row: dict[str, Any], labels: LabelSet, where: str) -> tuple[dict[str, float] | None, float | None]:
    """A teacher's probabilities, as `claimkit distill` and `claimkit annotate` write them."""
    probs, flag = row.get("probs"), row.get("attributed_prob")
    try:
        told = json.loads(probs) if isinstance(probs, str) and probs else probs or None
        values = None if told is None else {name: float(told[name]) for name in labels.names}
        chance = None if flag is None or flag == "" else float(flag)
    except (ValueError, TypeError, KeyError):
        raise InputError(
            f"{where}: probs is not one number for each label.", hint=f"Labels: {', '.join(labels.names)}."
        ) from None
    numbers = [*(values or {}).values(), *([] if chance is None else [chance])]
    if not all(0 <= number <= 1 for number in numbers) or (values and not any(values.values())):
        raise InputError(f"{where}: probs and attributed_prob are no probabilities.", hint="Each is between 0 and 1.")
    return values, chance


def _flag(value: Any, where: str) -> bool | None:
    if value is None or value == "":
        return None
    word = str(value).lower()
    if word not in TRUE | FALSE:
        raise InputError(f"{where}: attributed is {value!r}.", hint="Write true or false, or leave it empty.")
    return word in TRUE
