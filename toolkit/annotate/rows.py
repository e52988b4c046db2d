"""Annotations as they were written, read back: of run folders, JSONL, CSV and Parquet alike."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.corpus.tables import FIELD_LIMIT
from toolkit.corpus.write import FIELDS, LABEL_SET, RATIONALE
from toolkit.errors import InputError


def rows_of(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The rows of several files, one after the other."""
    for path in paths:
        yield from read_rows(path)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Annotation rows of a run folder or of a .jsonl, .csv or .parquet file, as `write.to_row` makes them.

    Raises:
        InputError: There is no run, or it cannot be read.
    """
    try:
        if path.is_dir():
            # The shorter names first: beyond part-99999 they grow.
            parts = sorted((path / "annotations").glob("part-*.parquet"), key=lambda part: (len(part.name), part.name))
            if not parts:
                raise InputError(f"{path} is not a run folder.", hint="It has no annotations/part-*.parquet in it.")
            yield from rows_of(parts)
        elif path.suffix.lower() == ".parquet":
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    yield from map(_record, batch.to_pylist())
        elif path.suffix.lower() == ".csv":
            csv.field_size_limit(FIELD_LIMIT)
            with path.open(encoding="utf-8", newline="") as handle:
                reader = csv.DictReader(handle)
                _record(dict.fromkeys(reader.fieldnames or ()))
                yield from map(_from_csv, reader)
        else:
            with path.open(encoding="utf-8") as handle:
                yield from (_record(json.loads(line)) for line in handle)
    except FileNotFoundError:
        raise InputError(f"The run {path} does not exist.", hint="Give what `claimkit annotate -o` wrote.") from None
    except (OSError, ValueError, KeyError, TypeError, csv.Error, pa.ArrowException) as error:
        raise InputError(
            f"{path} cannot be read as annotations: {error}.", hint="Give what `claimkit annotate -o` wrote."
        ) from error


def _record(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict) or not row.keys() >= {*FIELDS}:
        raise ValueError("it has other fields")
    return row


def _from_csv(row: dict[str, str]) -> dict[str, Any]:
    """A CSV row with the types of the record again; the input's own columns stay text."""
    typed: dict[str, Any] = {name: value if name not in FIELDS or value else None for name, value in row.items()}
    typed["text"] = row["text"]
    for name in ("start", "end"):
        typed[name] = int(row[name])
    for name in ("probs", "failure"):
        typed[name] = json.loads(row[name]) if row[name] else None
    for name in ("attributed", "abstained"):
        typed[name] = {"true": True, "false": False}.get(row[name])
    if LABEL_SET in row:
        typed[LABEL_SET] = json.loads(row[LABEL_SET]) if row[LABEL_SET] else None
    if RATIONALE in row:
        typed[RATIONALE] = row[RATIONALE] or None
    typed["attributed_prob"] = float(row["attributed_prob"]) if row["attributed_prob"] else None
    return typed
