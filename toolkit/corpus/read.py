"""Documents in: files, folders, globs, standard input and dataset folders, as a stream of `Document`."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Literal

from toolkit.corpus import tables
from toolkit.corpus.decode import COMPRESSIONS, decode, has_undecodable, open_bytes, text_lines
from toolkit.corpus.html import html_to_text
from toolkit.errors import InputError
from toolkit.records import Document, Failure, Format, Unit, Unreadable

FileType = Literal["txt", "md", "html", "csv", "tsv", "jsonl", "parquet"]

TYPES: dict[str, FileType] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
FORMATS: dict[FileType, Format] = {"txt": "text", "md": "markdown", "html": "html"}
STDIN = "-"
SNIFF = 4096
"""Bytes that are looked at to tell an empty document."""
HEAD = 20
"""Rows that are looked at to tell a table without its columns."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How inputs are read.

    Attributes:
        unit: One annotation per sentence or per row; None takes rows of tables and sentences of documents.
        text_column: The column of a table that holds the text.
        id_column: The column that names a row; None names rows by file and number.
        encoding: Of text files; None tells it from the bytes.
        file_type: Read every input as this type, whatever its ending.
    """

    unit: Unit | None = None
    text_column: str = "text"
    id_column: str | None = None
    encoding: str | None = None
    file_type: FileType | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One file, dataset folder or standard input, and the document id that it gives."""

    path: Path
    name: str
    type: FileType | Literal["dataset"]
    explicit: bool

    @property
    def is_stdin(self) -> bool:
        """Whether it is standard input."""
        return str(self.path) == STDIN


class Corpus:
    """The inputs of a run.

    Args:
        inputs: Files, folders (searched for known endings), globs, dataset folders, or ``-`` for standard input.
        options: How to read them.

    Attributes:
        sources: What was found, in order.
        bytes_total: Size of all files; 0 when unknown.
        bytes_read: How much of it has been read so far.

    Raises:
        InputError: An input is missing, nothing in it can be read, or a table lacks the text column.
    """

    def __init__(self, inputs: Sequence[str | Path], options: ReadOptions | None = None) -> None:
        self.options = options or ReadOptions()
        self.sources = _unique_names([source for entry in inputs for source in _expand(str(entry), self.options)])
        if not self.sources:
            raise InputError("There is no input.", hint="Name a file, a folder, or - for standard input.")
        self.bytes_total = sum(s.path.stat().st_size for s in self.sources if s.path.is_file())
        self.bytes_read = 0
        self._check()

    def documents(self) -> Iterator[Document | Unreadable]:
        """All documents, in the order of the inputs.

        A file that fails is an `Unreadable` when there are others; the only file raises.

        Raises:
            InputError: The only input cannot be read.
        """
        self.bytes_read = 0
        before = 0
        for source in self.sources:
            try:
                yield from self._read(source, before)
            except InputError as error:
                if len(self.sources) == 1:
                    raise
                yield Unreadable(source.name, Failure("bad_file", error.message))
            before += source.path.stat().st_size if source.path.is_file() else 0
            self.bytes_read = before

    def _check(self) -> None:
        """Fail on what can be known now: an unreadable only input, or a table without its columns."""
        faults = []
        for source in self.sources:
            if source.is_stdin:
                return
            try:
                self._check_source(source)
            except MissingColumnError:
                raise
            except InputError as error:
                faults.append(error)
        if len(faults) == len(self.sources):
            raise faults[0]

    def _check_source(self, source: Source) -> None:
        if source.type in FORMATS:
            with open_bytes(source.path) as (stream, _):
                if not stream.read(SNIFF).strip():
                    raise InputError(f"{source.path} is empty.", hint="There is nothing to annotate in it.")
            return
        with self._rows(source) as (rows, _):
            self._check_head(source, list(islice(rows, HEAD)))

    def _check_head(self, source: Source, head: list[tuple[str, tables.Row]]) -> None:
        """Fail when the first rows show that no row will do."""
        if not head:
            raise InputError(f"{source.name} has no rows.", hint="There is nothing to annotate in it.")
        good = [row for _, row in head if row.fault is None]
        if not good:
            first = head[0][1]
            raise InputError(
                f"{source.name} has no readable row; row {first.number}: {first.fault}.", hint="Check the file."
            )
        for column in filter(None, (self.options.text_column, self.options.id_column)):
            if not any(column in row.columns for row in good):
                raise MissingColumnError(
                    f"{source.name} has no column {column!r}.",
                    hint=f"Its columns are {', '.join(good[0].columns)}; name one with --text-column or --id-column.",
                )

    def _read(self, source: Source, before: int) -> Iterator[Document | Unreadable]:
        if source.type in FORMATS and self.options.unit != "row":
            yield self._whole(source)
        elif source.type in FORMATS:
            yield from self._lines(source, before)
        else:
            with self._rows(source) as (rows, raw):
                head = list(islice(rows, HEAD))
                self._check_head(source, head)
                for split, row in chain(head, rows):
                    self.bytes_read = before + (raw.tell() if raw and raw.seekable() else 0)
                    yield self._row(source, split, row)

    def _whole(self, source: Source) -> Document:
        with _open(source) as (stream, _):
            data = stream.read()
        text = decode(data, source.name, encoding=self.options.encoding)
        if source.type == "html":
            text = html_to_text(text, source.name)
        if not text.strip():
            raise InputError(f"{source.name} is empty.", hint="There is nothing to annotate in it.")
        return Document(source.name, text, "sentence", FORMATS[source.type], str(source.path))  # type: ignore[index]

    def _lines(self, source: Source, before: int) -> Iterator[Document | Unreadable]:
        """A text file with one text per line."""
        with _open(source) as (stream, raw):
            for number, line in enumerate(text_lines(stream, source.name, encoding=self.options.encoding), start=1):
                self.bytes_read = before + (raw.tell() if raw.seekable() else 0)
                text = line.strip()
                if text:
                    yield _document(f"{source.name}#{number}", text, "row", str(source.path), {})

    def _row(self, source: Source, split: str, row: tables.Row) -> Document | Unreadable:
        options = self.options
        place = f"{source.name}{'/' + split if split else ''}#{row.number}"
        if row.fault is not None:
            return Unreadable(place, Failure("bad_row", f"row {row.number}: {row.fault}"))
        columns = {str(name): value for name, value in row.columns.items() if name != options.text_column}
        given = columns.get(options.id_column) if options.id_column else None
        name = place if given is None or given == "" else str(given)
        if options.text_column not in row.columns:
            return Unreadable(name, Failure("bad_row", f"row {row.number}: no column {options.text_column!r}"), columns)
        return _document(name, row.columns[options.text_column], options.unit or "row", str(source.path), columns)

    @contextmanager
    def _rows(self, source: Source) -> Iterator[tuple[Iterator[tuple[str, tables.Row]], IO[bytes] | None]]:
        """The rows of a table with their split, and the raw file if there is one."""
        if source.type == "dataset":
            yield tables.dataset_rows(source.path), None
            return
        plain = source.path.suffix not in COMPRESSIONS and not source.is_stdin
        if source.type == "parquet" and plain:
            yield (("", row) for row in tables.parquet_rows(source.path, source.name)), None
            return
        with _open(source) as (stream, raw):
            encoding = self.options.encoding
            if source.type == "parquet":
                rows = tables.parquet_stream_rows(stream, source.name)
            elif source.type == "jsonl":
                rows = tables.jsonl_rows(stream, source.name, encoding)
            else:
                rows = tables.csv_rows(stream, source.name, encoding, "\t" if source.type == "tsv" else None)
            yield (("", row) for row in rows), raw


class MissingColumnError(InputError):
    """A table lacks a column that was asked for: always the user's error, however many other inputs there are."""


def _document(name: str, text: Any, unit: Unit, source: str, columns: dict[str, Any]) -> Document | Unreadable:
    """A row's document, or why its text cannot be one."""
    if not isinstance(text, str):
        fault = "the text is missing" if text is None else f"the text is not a string but {type(text).__name__}"
    elif not text.strip():
        fault = "the text is empty"
    elif "\0" in text:
        fault = "the text has NUL bytes in it"
    elif has_undecodable(text):
        fault = "the text is not valid in the file's encoding"
    else:
        return Document(name, text, unit, "text", source, columns)
    return Unreadable(name, Failure("bad_row", fault), columns)


@contextmanager
def _open(source: Source) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    if source.is_stdin:
        yield sys.stdin.buffer, sys.stdin.buffer
    else:
        with open_bytes(source.path) as streams:
            yield streams


def _type(path: Path) -> FileType | None:
    stem = path.name.removesuffix(path.suffix) if path.suffix in COMPRESSIONS else path.name
    return TYPES.get(Path(stem).suffix.lower())


def _expand(entry: str, options: ReadOptions) -> list[Source]:
    """What one command-line argument means."""
    path = Path(entry)
    if entry == STDIN:
        return [Source(path, "stdin", options.file_type or "txt", True)]
    if path.is_dir():
        if tables.is_dataset_folder(path):
            return [Source(path, path.name, "dataset", True)]
        files = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path)))
        found = [
            Source(file, file.relative_to(path).as_posix(), options.file_type or kind, False)
            for file in files
            if (kind := _type(file)) is not None
        ]
        if not found:
            raise InputError(
                f"The folder {path} holds no file that can be read.",
                hint=f"Endings that are read: {' '.join(TYPES)}, also .gz and .zst.",
            )
        return found
    if path.exists():
        return [Source(path, path.name, options.file_type or _type(path) or "txt", True)]
    matches = sorted(glob.glob(entry, recursive=True)) if glob.has_magic(entry) else []
    if not matches:
        raise InputError(
            f"The input {entry} does not exist.", hint="Check the path; quote a glob so that claimkit expands it."
        )
    return [source for match in matches if not Path(match).is_dir() for source in _expand(match, options)]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _unique_names(sources: Sequence[Source]) -> list[Source]:
    """Document ids must differ: files of the same name in different places go by their whole path."""
    counts: dict[str, int] = {}
    unique: dict[Path, Source] = {source.path: source for source in sources}
    for source in unique.values():
        counts[source.name] = counts.get(source.name, 0) + 1
    return [
        source
        if counts[source.name] == 1
        else Source(source.path, source.path.as_posix(), source.type, source.explicit)
        for source in unique.values()
    ]
