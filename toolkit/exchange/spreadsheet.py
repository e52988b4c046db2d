"""Tables for spreadsheet programs: flat rows, and CSV that no program takes for formulas."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.corpus.write import to_row, write_csv
from toolkit.exchange.bundle import Export
from toolkit.exchange.items import context
from toolkit.records import Annotation

ANSWERS = ("answer", "answer_attributed", "annotator", "status", "note")
"""Columns to answer in, empty."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def write(export: Export, target: Path) -> Sequence[str]:
    """Write CSV, one row per sentence."""
    rows, columns = flat_rows(export)
    safe = ({guarded(name): guarded(value) for name, value in row.items()} for row in rows)
    # Spreadsheet programs take a file for UTF-8 when it begins with a byte order mark.
    write_csv(safe, target, [guarded(name) for name in columns], mark=True)
    return ()


def flat_rows(export: Export) -> tuple[list[dict[str, Any]], list[str]]:
    """All rows, and the names of their columns."""
    rows = [flat(annotation, export.names) | _to_answer(annotation, export) for annotation in export.annotations]
    return rows, list(dict.fromkeys(name for row in rows for name in row))


def flat(annotation: Annotation, labels: Sequence[str]) -> dict[str, Any]:
    """A row without anything nested: a column per probability, two for a failure.

    Args:
        annotation: The record.
        labels: Names of the labels.
    """
    row: dict[str, Any] = {}
    for name, value in to_row(annotation).items():
        if name == "probs":
            row |= {f"prob:{label}": (value or {}).get(label) for label in labels}
        elif name == "failure":
            row |= {"failure_kind": (value or {}).get("kind"), "failure_message": (value or {}).get("message")}
        else:
            nested = isinstance(value, dict | list)
            row[name] = json.dumps(value, ensure_ascii=False, default=str) if nested else value
    return row


def _to_answer(annotation: Annotation, export: Export) -> dict[str, str]:
    """What stands around the sentence, and empty columns for answers; nothing unless they are wanted."""
    return context(export, annotation) | dict.fromkeys(ANSWERS, "") if export.settings.review else {}


def guarded(value: Any) -> Any:
    """Text that a spreadsheet program would take for a formula, with an apostrophe before it; undone by `unguarded`."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def unguarded(value: str) -> str:
    """What a cell held before `guarded`."""
    return value[1:] if _GUARDED.match(value) else value
