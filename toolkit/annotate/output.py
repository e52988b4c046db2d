"""Where a run is kept: part files while it goes on, one file or a run folder at the end."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.annotate import lock
from toolkit.annotate.manifest import Journal, Part, write_manifest
from toolkit.annotate.rows import read_rows as read_rows
from toolkit.annotate.rows import rows_of
from toolkit.annotate.shard import Shard
from toolkit.corpus.arrow import concatenate, unify, write_parquet
from toolkit.corpus.outputs import read_manifest
from toolkit.corpus.sources import Source
from toolkit.corpus.write import FIELDS, atomic, jsonl_line, write_csv, write_jsonl
from toolkit.errors import OutputError

SINGLE_FILES = (".jsonl", ".csv", ".parquet")


class Output:
    """The place of one run.

    A path ending in .jsonl, .csv or .parquet becomes one file; its parts are kept in a hidden folder beside it until
    nothing is left to do. Any other path is a run folder, whose parts are the result. A shard is a folder beside the
    path, with nothing but its parts, from which `toolkit.annotate.merge` makes either.

    Args:
        path: What the user gave as -o.
        labels: Label names, for the type of ``probs``.
        shard: Which share of the run this is; all of it when None.
    """

    def __init__(self, path: Path, labels: Sequence[str], shard: Shard | None = None) -> None:
        kind = path.suffix.lower() if path.suffix.lower() in SINGLE_FILES else ""
        self.target = path
        self.path = path if shard is None else shard.folder_of(path)
        self.labels = labels
        self.shard = shard
        self.kind = kind
        self.single = kind if shard is None else ""
        self.folder = path.with_name(f".{path.name}.run") if self.single else self.path
        self.manifest_path = (
            path.with_name(f"{path.name}.manifest.json") if self.single else self.path / "manifest.json"
        )
        self.parts = self.folder / ("parts" if self.single else "annotations")
        self.part_suffix = ".jsonl" if kind in {".jsonl", ".csv"} else ".parquet"
        self.journal = Journal(self.folder / "journal.jsonl")

    def lock(self) -> AbstractContextManager[None]:
        """Keep other processes from writing here.

        Raises:
            OutputError: One is doing so, or there is no writing here.
        """
        return lock.locked(self.folder, self.path)

    def clear(self) -> None:
        """Remove what an earlier run left here, and nothing else; its manifest stays until the next one is written.

        Raises:
            OutputError: There is something here that no run of claimkit made.
        """
        self.earlier()
        shutil.rmtree(self.parts, ignore_errors=True)
        self.journal.path.unlink(missing_ok=True)
        if self.single:
            self.path.unlink(missing_ok=True)
        else:
            (self.folder / "failures.jsonl").unlink(missing_ok=True)

    def require_apart(self, sources: Iterable[Source]) -> None:
        """Check that nothing that is read would be written over, or removed to begin anew.

        Args:
            sources: What the run reads.

        Raises:
            OutputError: One of them is the output, or a part of it.
        """
        own = {os.path.realpath(path) for path in (self.path, self.target, self.manifest_path)}
        folder = Path(os.path.realpath(self.folder))
        for path in (source.path for source in sources if not source.is_stdin):
            real = os.path.realpath(path)
            if real in own or folder in Path(real).parents:
                raise OutputError(
                    f"The input {path} {'is' if real in own else 'lies in'} the output {self.path}.",
                    hint="Choose another -o: a run would write over what it reads.",
                )

    def _occupied(self) -> bool:
        """Whether there is something that a run, stopped as soon as it began, does not leave."""
        if self.single or not self.path.is_dir():
            return self.path.exists()
        left = {lock.NAME, *(path.name for path in self._temporary() if path.parent == self.path)}
        return any(one.name not in left for one in self.path.iterdir())

    def earlier(self) -> dict[str, Any] | None:
        """The manifest of the run that is here; None when the place is free.

        Raises:
            OutputError: The place is taken by something else, or cannot be looked at.
        """
        manifest = read_manifest(self.manifest_path)
        try:
            occupied = self._occupied()
            foreign = manifest is None and self.manifest_path.exists()
        except OSError as error:
            raise OutputError(f"{self.path} cannot be used: {error.strerror}.", hint="Choose another -o.") from error
        if occupied and (manifest is None or (self.single and self.path.is_dir())):
            raise OutputError(
                f"{self.path} is there already and is not a claimkit run.",
                hint="Choose another -o, or remove it first.",
            )
        if foreign:
            raise OutputError(
                f"{self.manifest_path} is there already and is not that of a claimkit run.",
                hint="Choose another -o, or remove it first.",
            )
        if manifest is not None and manifest.get("shard", self._shard_name) != self._shard_name:
            raise OutputError(
                f"{self.path} is shard {manifest['shard']} of a run, which would be lost.", hint="Choose another -o."
            )
        return manifest

    @property
    def _shard_name(self) -> str | None:
        return None if self.shard is None else str(self.shard)

    def finished(self, manifest: Mapping[str, Any]) -> bool:
        """Whether the run of a manifest came to its end and all that it wrote is still here, and whole."""
        if not manifest.get("finished"):
            return False
        if self.single:
            return self.path.is_file() and not self.altered(manifest)
        windows: int = manifest["read"]["windows"]
        own = range(max(windows, 1)) if self.shard is None else self.shard.own(windows)
        done = self.journal.read()
        # Without rows, or when somebody has removed the journal, that a part can be read has to do.
        return all(
            self.intact(done[index]) if index in done else self._rows_in(self.part_path(index)) is not None
            for index in own
        )

    def altered(self, manifest: Mapping[str, Any]) -> bool:
        """Whether the single file of a finished run is here and is not what the run wrote, as far as its size tells."""
        written: int | None = manifest.get("written", {}).get("bytes")  # runs of earlier versions do not say
        return bool(self.single) and written is not None and self.path.is_file() and self.path.stat().st_size != written

    def part_path(self, index: int) -> Path:
        """File of one window."""
        return self.parts / f"part-{index:05d}{self.part_suffix}"

    def note_path(self, index: int) -> Path:
        """Where a worker may note something of a window until it is written; what is left of it is tidied up."""
        return self.parts / f".part-{index:05d}.note.tmp"

    def intact(self, part: Part) -> bool:
        """Whether the rows of a window that the journal knows can be read."""
        return self._rows_in(self.part_path(part.index)) == part.items

    def _rows_in(self, path: Path) -> int | None:
        """How many rows a part file has, or None when it cannot be read."""
        try:
            if self.part_suffix == ".parquet":
                return int(pq.read_metadata(path).num_rows)
            with path.open("rb") as handle:
                return sum(block.count(b"\n") for block in iter(lambda: handle.read(1 << 20), b""))
        except (OSError, ValueError, pa.ArrowException):
            return None

    def write_part(self, part: Part, rows: Sequence[Mapping[str, Any]]) -> Part:
        """Write a window's rows.

        Returns:
            What belongs into the journal, now that they are on disk.
        """
        path = self.part_path(part.index)
        if self.part_suffix == ".jsonl":
            write_jsonl(rows, path)
        else:
            write_parquet(rows, path, self.labels)
        if self.kind == ".csv":
            part = replace(part, columns=list(dict.fromkeys(chain.from_iterable(rows))))
        return part

    def rows(self, index: int) -> list[dict[str, Any]]:
        """The rows of a finished window."""
        return list(rows_of([self.part_path(index)]))

    def finish(self, manifest: Mapping[str, Any], parts: Sequence[Part]) -> None:
        """Put the parts together and write the manifest.

        With failures left, the parts of a single file are kept, so that the same command retries those rows alone.

        Args:
            manifest: What to record of the run.
            parts: The windows, in order.
        """
        paths = [self.part_path(part.index) for part in parts]
        if self.shard is None:
            self._assemble(parts, paths)
        self.journal.tidy(parts)
        written = {"written": {"bytes": self.path.stat().st_size}} if self.single else {}
        write_manifest(self.manifest_path, {**manifest, **written})
        self.tidy(done=not any(part.failed for part in parts))

    def tidy(self, *, done: bool = True) -> None:
        """Remove what is no longer needed: temporary files of a kill, and all parts of one file when it is done."""
        if self.single and done:
            shutil.rmtree(self.folder, ignore_errors=True)
        for left in chain(self.parts.glob(".part-*.tmp"), self._temporary()):
            left.unlink(missing_ok=True)

    def _temporary(self) -> Iterator[Path]:
        """What a kill in the middle of a write left beside the parts; of this run alone."""
        for path in (self.path, self.manifest_path, self.journal.path, self.folder / "failures.jsonl"):
            yield from path.parent.glob(f".{glob.escape(path.name)}.????????.tmp")

    def _assemble(self, parts: Sequence[Part], paths: Sequence[Path]) -> None:
        if not paths and self.part_suffix == ".parquet":
            paths = [self.part_path(0)]
            write_parquet([], paths[0], self.labels)  # no rows, and still a table with the right columns
        if self.single == ".jsonl":
            with atomic(self.path) as handle:
                for path in paths:
                    with path.open("rb") as part:
                        shutil.copyfileobj(part, handle)
        elif self.single == ".csv":
            columns = dict.fromkeys(FIELDS) | dict.fromkeys(chain.from_iterable(part.columns for part in parts))
            write_csv(rows_of(paths), self.path, list(columns))
        elif self.single:
            concatenate(paths, self.path)
        else:
            unify(paths)
            with atomic(self.folder / "failures.jsonl") as handle:
                for row in _failed(self.part_path(part.index) for part in parts if part.failed):
                    handle.write(jsonl_line(row).encode("utf-8", "replace"))


def _failed(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        table = pq.read_table(path)
        yield from table.filter(table["failure"].is_valid()).to_pylist()
