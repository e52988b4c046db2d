"""Rows of .csv, .tsv, .jsonl, .parquet and Hugging Face dataset folders, one at a time; a bad row is said, not lost."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from toolkit.corpus.decode import has_undecodable, text_lines
from toolkit.errors import InputError

MOST_LINES_IN_A_ROW = 1000
"""A quoted field may run over lines; one that runs over more has a stray quotation mark."""

FIELD_LIMIT = 1 << 27

DELIMITERS = ",;\t|"

DATASET_FILES = ("dataset_dict.json", "dataset_info.json", "state.json")

BATCH = 1000
"""Rows of Parquet and Arrow that are held as Python objects at once."""


class Row(NamedTuple):
    """One row: its columns, or why they could not be read.

    Attributes:
        number: Where it is, counted from 1: the line for text files, else the row.
        columns: Column name to value.
        fault: None when the row is good.
    """

    number: int
    columns: dict[str, Any]
    fault: str | None = None


def jsonl_rows(stream: IO[bytes], name: str, encoding: str | None) -> Iterator[Row]:
    """One JSON object per line; blank lines are skipped."""
    for number, line in enumerate(text_lines(stream, name, encoding=encoding), start=1):
        if not line.strip():
            continue
        if has_undecodable(line):
            yield Row(number, {}, "the line is not valid text in the file's encoding")
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
            yield Row(number, {}, f"not valid JSON: {error}")
            continue
        if isinstance(value, dict):
            yield Row(number, value)
        else:
            yield Row(number, {}, f"not a JSON object but {type(value).__name__}")


def csv_rows(stream: IO[bytes], name: str, encoding: str | None, delimiter: str | None = None) -> Iterator[Row]:
    """Rows of a delimited file with a header line.

    Args:
        stream: Decompressed bytes.
        name: What to call the file in errors.
        encoding: Of the file; told from the bytes when None.
        delimiter: Told from the header line when None.

    Raises:
        InputError: There is no header line, or a column name occurs twice.
    """
    csv.field_size_limit(FIELD_LIMIT)
    lines = text_lines(stream, name, encoding=encoding)
    first = next(lines, "")
    while first and not first.strip():
        first = next(lines, "")
    bare = re.sub(r'"[^"]*"', "", first)
    separator = delimiter or max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))
    records = _records(chain([first], lines), separator)
    header = [column.strip() for column in next(records, (1, None, ""))[1] or []]
    if not any(header):
        raise InputError(f"{name} has no header line.", hint="The first line must name the columns.")
    if any(has_undecodable(column) for column in header):
        raise InputError(f"The header line of {name} does not decode.", hint="Name the encoding with --encoding.")
    _require_distinct(header, name)
    for number, fields, fault in records:
        if fields is None:
            yield Row(number, {}, fault)
        elif any(has_undecodable(field) for field in fields):
            yield Row(number, {}, "the row is not valid text in the file's encoding")
        else:
            yield Row(number, dict(zip(header, fields, strict=True)))


def _require_distinct(columns: Sequence[str], name: str) -> None:
    """Columns are kept by their name, so one of two of the same name would be lost."""
    for column in columns:
        if columns.count(column) > 1:
            raise InputError(f"{name} has two columns called {column!r}.", hint="Rename one of them.")


Record = tuple[int, list[str] | None, str]
"""Line number, fields or None, fault or nothing."""


def _records(lines: Iterator[str], delimiter: str) -> Iterator[Record]:
    """Records of a delimited text, the header first, all as wide as the header.

    The csv module would let a stray quotation mark swallow the rest of the file. Here a record that runs over lines
    and does not end, or ends with the wrong number of fields, costs its first line only; reading goes on with the next.
    """
    number = 0
    width = 0
    pending: deque[str] = deque()
    while True:
        line = pending.popleft() if pending else next(lines, None)
        if line is None:
            return
        number += 1
        if not line.strip(" \r\n"):
            continue
        taken = [line]
        parsed = _parse(taken, delimiter)
        while parsed is None and len(taken) <= MOST_LINES_IN_A_ROW:
            # Read ahead in doubling steps: parsing again after each line would be quadratic.
            ahead = list(islice(_drain(pending, lines), len(taken)))
            if not ahead:
                break
            taken += ahead
            parsed = _parse(taken, delimiter)
        fields, used = parsed or (None, 1)
        if fields is not None and width and len(fields) != width:
            fault = f"{len(fields)} fields where the header has {width}"
            fields, used = None, 1
        else:
            fault = "a quotation mark is opened and never closed"
            width = width or len(fields or [])
        pending.extendleft(reversed(taken[used:]))
        yield number, fields, "" if fields is not None else fault
        number += used - 1


def _drain(pending: deque[str], lines: Iterator[str]) -> Iterator[str]:
    """Lines that were read ahead, then new ones."""
    while pending:
        yield pending.popleft()
    yield from lines


def _parse(lines: list[str], delimiter: str) -> tuple[list[str] | None, int] | None:
    """The first record of some lines and how many of them it takes.

    Returns:
        None when the lines do not hold all of it; no fields when the first line opens a quotation that ends badly.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        return next(reader), reader.line_num
    except csv.Error as error:
        if _is_open(error):
            return None
    # Something after a closing quotation mark: if it is on the first line, read that leniently.
    try:
        next(csv.reader(lines[:1], delimiter=delimiter, strict=True))
    except csv.Error as error:
        fields = None if _is_open(error) else next(csv.reader(lines[:1], delimiter=delimiter))
        # Read leniently, a quotation that is left open takes the line's end with it.
        if fields and not fields[-1].endswith(("\n", "\r")):
            return fields, 1
    return None, 1


def _is_open(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error)


def parquet_rows(file: Path | IO[bytes], name: str, first: int = 0) -> Iterator[Row]:
    """Rows of a Parquet file, read batch by batch.

    Args:
        file: Its path; or a stream, which is held in memory, for Parquet is read from its end.
        name: What to call it in errors.
        first: The row to begin with, counted from 0; row groups before it are not read.

    Raises:
        InputError: Not a Parquet file, or a damaged one, or a column name occurs twice.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file if isinstance(file, Path) else io.BytesIO(file.read())) as parquet:
            _require_distinct(parquet.schema_arrow.names, name)
            groups = [parquet.metadata.row_group(group).num_rows for group in range(parquet.num_row_groups)]
            before = list(accumulate(groups, initial=0))
            kept = [group for group, end in enumerate(before[1:]) if end > first]
            begin = before[kept[0]] if kept else first
            batches = parquet.iter_batches(batch_size=BATCH, row_groups=kept)
            rows = (row for batch in batches for row in batch.to_pylist())
            for number, row in islice(enumerate(rows, start=begin + 1), first - begin, None):
                yield Row(number, row)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise InputError(f"{name} is not a readable Parquet file: {error}.", hint="Write it again.") from error


def is_dataset_folder(path: Path) -> bool:
    """Whether `datasets.Dataset.save_to_disk` made it."""
    # Unlike those of Path, the functions of os.path do not raise where a folder is closed.
    has = {name for name in DATASET_FILES if os.path.isfile(path / name)}  # noqa: PTH113
    return "dataset_dict.json" in has or {"dataset_info.json", "state.json"} <= has


def dataset_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Rows of a Hugging Face dataset folder, with the name of their split (empty when there are none).

    Raises:
        InputError: The folder cannot be loaded, or is damaged further on.
    """
    from datasets import DatasetDict, load_from_disk

    try:
        loaded = load_from_disk(str(path))
        splits = loaded.items() if isinstance(loaded, DatasetDict) else [("", loaded)]
        for split, rows in splits:
            # As Arrow has them: images and sound are not decoded, which takes other packages and time.
            batches = rows.with_format("arrow").iter(batch_size=BATCH)
            for number, row in enumerate((row for batch in batches for row in batch.to_pylist()), start=1):
                yield split, Row(number, row)
    except Exception as error:  # datasets raises whatever its readers raise, and damage may show at any row
        raise InputError(
            f"{path} cannot be loaded as a dataset: {error}.", hint="Save it again with save_to_disk()."
        ) from error
