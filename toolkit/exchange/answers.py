"""Answers in a table: CSV with a column for them, or JSON lines such as a ruled list of `claimkit agree`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from toolkit.corpus.tables import FIELD_LIMIT
from toolkit.errors import InputError
from toolkit.exchange.given import Given, Status, read_json, said, sentence_place
from toolkit.exchange.spreadsheet import unguarded

HINT = (
    "Columns: id, doc (or doc_id), text, answer (or label), answer_attributed (or attributed), annotator, status, note."
)
_STATUSES: Mapping[str, Status] = {"skipped": "skipped", "rejected": "rejected", "unclear": "unclear"}
_FLAGS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False, "": None}


def read(path: Path) -> Iterator[Given]:
    """Read answers. Where there is a column ``answer``, ``label`` is what the model said and does not count.

    Raises:
        InputError: It is no such table.
    """
    rows = _table(path) if path.suffix.lower() in (".csv", ".tsv") else read_json(path, wanted=("id",), hint=HINT)
    for place, row in rows:
        review = "answer" in row
        label = str((row["answer"] if review else row.get("label")) or "").strip()
        flag = row.get("answer_attributed" if review else "attributed")
        status = str(row.get("status") or "").strip().lower()
        data = {**row, "text": row.get("text"), "start": _number(row.get("start")), "end": _number(row.get("end"))}
        answer = said([label] if label else [], note=str(row.get("note") or ""))
        if status in _STATUSES:
            answer |= {"label": None, "status": _STATUSES[status]}
        yield Given(
            **sentence_place(data, place),
            **answer,
            annotator=str(row.get("annotator") or ""),
            attributed=_flag(flag, place) if answer["status"] == "answered" else None,
        )


def _table(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        # As the bytes are: an end of line inside a cell is part of the text.
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not valid UTF-8"
        raise InputError(f"{path} cannot be read: {reason}.", hint="Save it as CSV in UTF-8.") from None
    csv.field_size_limit(FIELD_LIMIT)
    head = text.split("\n", 1)[0]
    # Spreadsheet programs write semicolons where the comma is the decimal sign.
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = {*(reader.fieldnames or ())}
        if "text" not in names or not names & {"answer", "label"}:
            raise InputError(f"{path} has no column 'text', or none for the answer.", hint=HINT)
        for row in reader:
            yield (
                f"{path}, line {reader.line_num}",
                {unguarded(name): unguarded(value or "") for name, value in row.items() if isinstance(name, str)},
            )
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.reader.line_num}: not a valid table: {error}.", hint=HINT) from None


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None


def _flag(value: Any, place: str) -> bool | None:
    if isinstance(value, bool | None):
        return value
    try:
        return _FLAGS[str(value).strip().lower()]
    except KeyError:
        raise InputError(f"{place}: {value!r} is neither true nor false.", hint="Leave it empty if unsure.") from None
