"""Annotations out: one flat row per annotation, the same fields in JSONL, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from toolkit.errors import OutputError
from toolkit.records import Annotation

FIELDS = (
    "id",
    "doc_id",
    "start",
    "end",
    "text",
    "label",
    "probs",
    "attributed",
    "attributed_prob",
    "abstained",
    "backend",
    "run",
    "failure",
)
"""The record, in order. ``kind`` follows when units that are not sentences are kept, ``label_set`` when the
calibration is conformal, ``rationale`` when reasons are asked for, then the row's own columns."""

KIND = "kind"
LABEL_SET = "label_set"
RATIONALE = "rationale"
EXTRAS = (KIND, LABEL_SET, RATIONALE)
RESERVED = {*FIELDS, *EXTRAS}
CLASH_PREFIX = "input_"
"""Set before a column of the input that has the name of a field of the record."""

DIGITS = 6
"""Decimals of a probability: far below any real difference, and stable against the order of floating-point sums."""


def to_row(
    annotation: Annotation, *, kind: bool = False, label_set: bool = False, rationale: bool = False
) -> dict[str, Any]:
    """The flat row of an annotation; values are what JSON has.

    Args:
        annotation: The record.
        kind: Whether to tell what kind of unit it is.
        label_set: Whether to tell the label set of an annotation that has none, as null.
        rationale: The same for the reason.
    """
    sentence, failure = annotation.sentence, annotation.failure
    row: dict[str, Any] = {
        "id": sentence.id,
        "doc_id": sentence.doc_id,
        "start": sentence.start,
        "end": sentence.end,
        "text": sentence.text,
        "label": annotation.label,
        "probs": {name: round(value, DIGITS) for name, value in annotation.probs.items()} or None,
        "attributed": annotation.attributed,
        "attributed_prob": None if annotation.attributed_prob is None else round(annotation.attributed_prob, DIGITS),
        "abstained": annotation.abstained,
        "backend": annotation.backend,
        "run": annotation.run,
        "failure": None if failure is None else {"kind": failure.kind, "message": failure.message},
    }
    if kind:
        row[KIND] = sentence.kind
    if label_set or annotation.label_set is not None:
        row[LABEL_SET] = None if annotation.label_set is None else list(annotation.label_set)
    if rationale or annotation.rationale is not None:
        row[RATIONALE] = annotation.rationale
    for name, value in annotation.columns.items():
        free = name
        while free in RESERVED or (free != name and free in annotation.columns):
            free = CLASH_PREFIX + free
        row[free] = value
    return row


def jsonl_line(row: Mapping[str, Any]) -> str:
    """One line of JSON; dates and other rich values of Parquet columns become strings, NaN becomes null."""
    try:
        return json.dumps(row, ensure_ascii=False, default=str, allow_nan=False) + "\n"
    except ValueError:
        text = json.dumps(row, ensure_ascii=False, default=str)
        finite = json.loads(text, parse_constant=lambda _: None)
        return json.dumps(finite, ensure_ascii=False) + "\n"


def write_jsonl(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as JSONL, atomically."""
    with atomic(path) as handle:
        handle.writelines(jsonl_line(row).encode("utf-8", "replace") for row in rows)


def write_csv(rows: Iterable[Mapping[str, Any]], path: Path, columns: Sequence[str], *, mark: bool = False) -> None:
    """Write rows as CSV, atomically; ``probs`` and ``failure`` are JSON in their cell.

    Args:
        rows: The rows.
        path: The file.
        columns: Their columns, in order.
        mark: Whether to begin with a byte order mark.
    """
    with atomic(path) as handle:
        handle.write(b"\xef\xbb\xbf" if mark else b"")
        text = io.TextIOWrapper(handle, encoding="utf-8", errors="replace", newline="")
        writer = csv.writer(text)  # ends lines as RFC 4180 has it; with "\n" alone it would not quote a "\r" in a text
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row.get(column)) for column in columns])
        text.flush()
        text.detach()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name whole or not at all, and is still there after a power loss.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        make_folder(path.parent)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}.", hint="Choose another place with -o."
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files private, which results are not
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.", hint="Is the disk full?") from error
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they are still there after a power loss."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, as far as the system can do that."""
    with suppress(OSError):  # a file system without it, and Windows, where a folder cannot be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@cache
def _umask() -> int:
    # Asking for it sets it, which another thread could see: once is enough.
    umask = os.umask(0)
    os.umask(umask)
    return umask
