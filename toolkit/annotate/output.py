"""Where a run is kept: part files while it goes on, one file or a run folder at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.annotate.manifest import Journal, Part, read_manifest, write_manifest
from toolkit.corpus.arrow import concatenate, unify, write_parquet
from toolkit.corpus.tables import FIELD_LIMIT
from toolkit.corpus.write import FIELDS, LABEL_SET, RATIONALE, atomic, jsonl_line, write_csv, write_jsonl
from toolkit.errors import InputError, OutputError

SINGLE_FILES = (".jsonl", ".csv", ".parquet")


class Output:
    """The place of one run.

    A path ending in .jsonl, .csv or .parquet becomes one file; its parts are kept in a hidden folder beside it until
    nothing is left to do. Any other path is a run folder, whose parts are the result.

    Args:
        path: What the user gave as -o.
        labels: Label names, for the type of ``probs``.
    """

    def __init__(self, path: Path, labels: Sequence[str]) -> None:
        self.path = path
        self.labels = labels
        self.single = path.suffix.lower() if path.suffix.lower() in SINGLE_FILES else None
        self.folder = path.with_name(f".{path.name}.run") if self.single else path
        self.manifest_path = path.with_name(f"{path.name}.manifest.json") if self.single else path / "manifest.json"
        self.parts = self.folder / ("parts" if self.single else "annotations")
        self.part_suffix = ".jsonl" if self.single in {".jsonl", ".csv"} else ".parquet"
        self.journal = Journal(self.folder / "journal.jsonl")

    def clear(self) -> None:
        """Remove what an earlier run left here, and nothing else.

        Raises:
            OutputError: There is something here that no run of claimkit made.
        """
        self.earlier()
        if self.single:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.path.unlink(missing_ok=True)
        else:
            shutil.rmtree(self.parts, ignore_errors=True)
            self.journal.path.unlink(missing_ok=True)
            (self.folder / "failures.jsonl").unlink(missing_ok=True)
        self.manifest_path.unlink(missing_ok=True)

    def _occupied(self) -> bool:
        folder = not self.single and self.path.is_dir()
        return any(self.path.iterdir()) if folder else self.path.exists()

    def earlier(self) -> dict[str, Any] | None:
        """The manifest of the run that is here; None when the place is free.

        Raises:
            OutputError: The place is taken by something else, or cannot be looked at.
        """
        manifest = read_manifest(self.manifest_path)
        try:
            occupied = self._occupied()
        except OSError as error:
            raise OutputError(f"{self.path} cannot be used: {error.strerror}.", hint="Choose another -o.") from error
        if occupied and (manifest is None or (self.single and self.path.is_dir())):
            raise OutputError(
                f"{self.path} is there already and is not a claimkit run.",
                hint="Choose another -o, or remove it first.",
            )
        return manifest

    def holds(self, windows: int) -> bool:
        """Whether all that a finished run of so many windows wrote is still here."""
        paths = [self.path] if self.single else [self.part_path(index) for index in range(max(windows, 1))]
        return all(path.is_file() for path in paths)

    def part_path(self, index: int) -> Path:
        """File of one window."""
        return self.parts / f"part-{index:05d}{self.part_suffix}"

    def write_part(self, part: Part, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a window's rows and then say in the journal that they are there."""
        path = self.part_path(part.index)
        if self.part_suffix == ".jsonl":
            write_jsonl(rows, path)
        else:
            write_parquet(rows, path, self.labels)
        self.journal.add(part)

    def rows(self, index: int) -> list[dict[str, Any]]:
        """The rows of a finished window."""
        return list(read_rows(self.part_path(index)))

    def finish(self, manifest: Mapping[str, Any], *, windows: int, failed: int) -> None:
        """Put the parts together and write the manifest.

        With failures left, the parts of a single file are kept, so that the same command retries those rows alone.

        Args:
            manifest: What to record of the run.
            windows: How many parts make the run.
            failed: Rows without an answer.
        """
        if not windows and self.part_suffix == ".parquet":
            write_parquet([], self.part_path(0), self.labels)  # no rows, and still a table with the right columns
            windows = 1
        paths = [self.part_path(index) for index in range(windows)]
        if self.single == ".jsonl":
            with atomic(self.path) as handle:
                for path in paths:
                    with path.open("rb") as part:
                        shutil.copyfileobj(part, handle)
        elif self.single == ".csv":
            columns = dict.fromkeys(FIELDS) | dict.fromkeys(name for row in _all(paths) for name in row)
            write_csv(_all(paths), self.path, list(columns))
        else:
            self._finish_parquet(paths)
        write_manifest(self.manifest_path, manifest)
        if not failed:
            self.tidy()

    def tidy(self) -> None:
        """Remove what is no longer needed when nothing is left to do."""
        if self.single:
            shutil.rmtree(self.folder, ignore_errors=True)
        for left in self.parts.glob(".part-*.tmp"):  # by a kill in the middle of a write
            left.unlink(missing_ok=True)

    def _finish_parquet(self, paths: Sequence[Path]) -> None:
        if self.single:
            concatenate(paths, self.path)
            return
        unify(paths)
        with atomic(self.folder / "failures.jsonl") as handle:
            for row in _all(paths):
                if row["failure"] is not None:
                    handle.write(jsonl_line(row).encode("utf-8", "replace"))


def _all(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        yield from read_rows(path)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Annotation rows of a run folder or of a .jsonl, .csv or .parquet file, as `write.to_row` makes them.

    Raises:
        InputError: There is no run, or it cannot be read.
    """
    import csv

    try:
        if path.is_dir():
            parts = sorted((path / "annotations").glob("part-*.parquet"))
            if not parts:
                raise InputError(f"{path} is not a run folder.", hint="It has no annotations/part-*.parquet in it.")
            yield from _all(parts)
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
