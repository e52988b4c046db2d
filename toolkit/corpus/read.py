"""Documents in: files, folders, globs, standard input and dataset folders, as a stream of `Document`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path
from typing import IO, Any

from toolkit.corpus import tables
from toolkit.corpus.decode import decode, encodable, has_undecodable, require_encoding, text_lines
from toolkit.corpus.html import AS_BROWSERS, declared_encoding, html_title, html_to_text
from toolkit.corpus.pieces import START, Place
from toolkit.corpus.sources import FileType, Source, find
from toolkit.corpus.unpack import COMPRESSIONS, open_bytes
from toolkit.errors import InputError
from toolkit.records import Document, Failure, Format, Unit, Unreadable

FORMATS: dict[FileType, Format] = {"txt": "text", "md": "markdown", "html": "html"}
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
        id_column: The column that names a row; rows without an id, or with one that was there before, and all rows
            when it is None, go by file and number.
        encoding: Of text files; None tells it from the bytes.
        file_type: Read every input as this type, whatever its ending.
    """

    unit: Unit | None = None
    text_column: str = "text"
    id_column: str | None = None
    encoding: str | None = None
    file_type: FileType | None = None


class Corpus:
    """The inputs of a run.

    Args:
        inputs: Files, folders (searched for known endings), globs, dataset folders, or ``-`` for standard input.
        options: How to read them.

    Attributes:
        sources: What was found, in order.
        bytes_total: Size of all files; 0 when unknown.
        bytes_read: How much of it has been read so far.
        states: What sources must be like, by name, if another process has read them before.

    Raises:
        InputError: An input is missing, nothing in it can be read, or a table lacks the text column.
    """

    def __init__(self, inputs: Sequence[str | Path], options: ReadOptions | None = None) -> None:
        self.options = options or ReadOptions()
        if self.options.encoding:
            require_encoding(self.options.encoding)
        self.sources = find(inputs, self.options.file_type)
        if not self.sources:
            raise InputError("There is no input.", hint="Name a file, a folder, or - for standard input.")
        self.bytes_total = sum(source.size for source in self.sources)
        self.bytes_read = 0
        self.states: dict[str, tuple[tuple[str, int, int, int], ...]] = {}
        self._reading: tuple[Source, tuple[tuple[str, int, int, int], ...]] | None = None
        self._check()

    def documents(self, begin: Place = START, end: Place | None = None) -> Iterator[Document | Unreadable]:
        """All documents, in the order of the inputs.

        A file that fails is an `Unreadable` when there are others or it gave something before; the only file raises.

        Args:
            begin: Where to begin, at one of the `toolkit.corpus.pieces.places`.
            end: Another of them to end before; None for the end.

        Raises:
            InputError: The only input cannot be read, or one has changed meanwhile.
        """
        self.bytes_read = 0
        ids = _Ids(source.name for source in self.sources) if self.options.id_column else None
        before = 0
        for index, source in enumerate(self.sources):
            if index < begin.source or (end and (index, 0) >= (end.source, end.row)):
                continue
            first = begin.row if index == begin.source else 0
            last = end.row - first if end and index == end.source else None
            given = first
            self._reading = (source, self.states.get(source.name) or _state(source))
            try:
                for document in islice(self._read(source, before, ids, first), last):
                    given += 1
                    yield document
                self.require_unchanged()
            except ChangedInputError:
                raise
            except InputError as error:
                self.require_unchanged()
                if len(self.sources) == 1 and not given:
                    raise
                yield Unreadable(source.name, Failure("bad_file", error.message))
            before += source.size
            self.bytes_read = before
        self._reading = None

    def require_unchanged(self) -> None:
        """Check that the input that is being read is still what it was when its reading began.

        Raises:
            ChangedInputError: It is not, so what was read may be of two states.
        """
        if self._reading is not None and self._reading[1] != _state(self._reading[0]):
            raise ChangedInputError(
                f"{self._reading[0].name} has changed while it was being read.",
                hint="Run again when nothing writes to it any more, or on a copy of it.",
            )

    def freeze(self) -> None:
        """Hold all sources to what they are now, in all processes that the corpus is sent to."""
        self.states = {source.name: _state(source) for source in self.sources}

    def _check(self) -> None:
        """Fail on what can be known now: an unreadable only input, or a table without its columns."""
        faults = []
        for source in self.sources:
            if source.is_stream:
                continue
            try:
                self._check_source(source)
            except MissingColumnError:
                raise
            except InputError as error:
                faults.append(error)
        if len(faults) == len(self.sources):
            raise faults[0]

    def _check_source(self, source: Source) -> None:
        _require_faultless(source)
        if source.type in FORMATS:
            with open_bytes(source.path) as (stream, _):
                while chunk := stream.read(SNIFF):
                    if chunk.strip():
                        return
            raise _empty(source)
        with self._rows(source) as (rows, _):
            self._check_head(source, *_peek(rows))

    def _check_head(self, source: Source, head: list[tuple[str, tables.Row]], damage: Exception | None) -> None:
        """Fail when the first rows show that no row will do."""
        if damage and not head:
            raise damage
        if not head:
            raise InputError(f"{source.name} has no rows.", hint="There is nothing to annotate in it.")
        good = [row for _, row in head if row.fault is None]
        if not good and len(head) == HEAD:
            return  # there may be good ones further on
        if not good:
            first = head[0][1]
            raise InputError(
                f"{source.name} has no readable row; row {first.number}: {first.fault}.", hint="Check the file."
            )
        for column in filter(None, (self.options.text_column, self.options.id_column)):
            if not any(column in row.columns for row in good):
                names = list(dict.fromkeys(name for row in good for name in row.columns))
                raise MissingColumnError(
                    f"{source.name} has no column {column!r}.",
                    hint=f"Its columns are {', '.join(names)}; name one with --text-column or --id-column.",
                )

    def _read(self, source: Source, before: int, ids: _Ids | None, first: int) -> Iterator[Document | Unreadable]:
        _require_faultless(source)
        if source.type in FORMATS and self.options.unit != "row":
            yield self._whole(source)
        elif source.type in FORMATS:
            lines = self._lines(source, before, ids)
            line = next(lines, None)
            if line is None:
                raise _empty(source)
            yield from chain([line], lines)
        else:
            with self._rows(source, first) as (rows, raw):
                head, damage = _peek(rows)
                self._check_head(source, head, damage)
                for split, row in chain(head, rows):
                    self.bytes_read = before + (raw.tell() if raw and raw.seekable() else 0)
                    yield self._row(source, split, row, ids)
                if damage:
                    raise damage

    def _whole(self, source: Source) -> Document:
        with _open(source) as (stream, _):
            data = stream.read()
        encoding, errors = self.options.encoding, "strict"
        if source.type == "html" and not encoding:
            encoding, errors = declared_encoding(data), AS_BROWSERS
        text = decode(data, source.name, encoding=encoding, errors=errors)
        title = ""
        if source.type == "html":
            title = html_title(text)
            text = html_to_text(text, source.name)
        if not text.strip():
            raise _empty(source)
        format = FORMATS[source.type]  # type: ignore[index]
        return Document(source.name, text, "sentence", format, str(source.path), title=title)

    def _lines(self, source: Source, before: int, ids: _Ids | None) -> Iterator[Document | Unreadable]:
        """A text file with one text per line."""
        with contextlib.ExitStack() as stack:
            if source.type == "html":  # its lines are those of the text that is in it
                lines: Iterable[str] = self._whole(source).text.splitlines()
                raw = None
            else:
                stream, raw = stack.enter_context(_open(source))
                lines = text_lines(stream, source.name, encoding=self.options.encoding)
            for number, line in enumerate(lines, start=1):
                self.bytes_read = before + (raw.tell() if raw and raw.seekable() else 0)
                text = line.strip()
                if text:
                    place = f"{source.name}#{number}"
                    yield _document(ids.take(place, place) if ids else place, text, "row", str(source.path), {})

    def _row(self, source: Source, split: str, row: tables.Row, ids: _Ids | None) -> Document | Unreadable:
        options = self.options
        place = f"{source.name}{'/' + split if split else ''}#{row.number}"
        if row.fault is not None:
            name = ids.take(place, place) if ids else place
            return Unreadable(name, Failure("bad_row", f"row {row.number}: {row.fault}"))
        columns = {name: value for name, value in row.columns.items() if name != options.text_column}
        if source.type == "jsonl":
            columns = _encodable_columns(columns)
        given = columns.get(options.id_column) if options.id_column else None
        name = place if given is None or given == "" else str(given)
        name = ids.take(name, place) if ids else name
        if options.text_column not in row.columns:
            return Unreadable(name, Failure("bad_row", f"row {row.number}: no column {options.text_column!r}"), columns)
        return _document(name, row.columns[options.text_column], options.unit or "row", str(source.path), columns)

    @contextlib.contextmanager
    def _rows(
        self, source: Source, first: int = 0
    ) -> Iterator[tuple[Iterator[tuple[str, tables.Row]], IO[bytes] | None]]:
        """The rows of a table with their split, and the raw file if there is one."""
        if source.type == "dataset":
            yield tables.dataset_rows(source.path), None
            return
        plain = source.path.suffix.lower() not in COMPRESSIONS and not source.is_stream
        if source.type == "parquet" and plain:
            yield (("", row) for row in tables.parquet_rows(source.path, source.name, first)), None
            return
        with _open(source) as (stream, raw):
            encoding = self.options.encoding
            if source.type == "parquet":
                rows = tables.parquet_rows(stream, source.name)
            elif source.type == "jsonl":
                rows = tables.jsonl_rows(stream, source.name, encoding)
            else:
                rows = tables.csv_rows(stream, source.name, encoding, "\t" if source.type == "tsv" else None)
            yield (("", row) for row in rows), raw


class _Ids:
    """The document ids of a run so far, by eight bytes each; a chance match only costs a row its own id.

    Args:
        reserved: Ids that no row may have.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        self._seen = set(map(_eight_bytes, reserved))

    def take(self, wanted: str, place: str) -> str:
        """An id that nothing else has: the one wanted, else the place of the row, else that with a number."""
        names = chain((wanted, place), (f"{place}#{again}" for again in count(2)))
        name = next(name for name in names if _eight_bytes(name) not in self._seen)
        self._seen.add(_eight_bytes(name))
        return name


def _eight_bytes(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())


class ChangedInputError(InputError):
    """An input has changed while it was being read."""


class MissingColumnError(InputError):
    """A table lacks a column that was asked for: always the user's error, however many other inputs there are."""


def _state(source: Source) -> tuple[tuple[str, int, int, int], ...]:
    try:
        return source.state()
    except OSError:  # it is gone, or may not be looked at; reading it says so
        return ()


def _peek(rows: Iterator[tuple[str, tables.Row]]) -> tuple[list[tuple[str, tables.Row]], Exception | None]:
    """The first rows, and what is wrong with the file if it can be read no further than to them."""
    head: list[tuple[str, tables.Row]] = []
    try:
        for row in islice(rows, HEAD):
            head.append(row)
    except Exception as error:  # whatever the decompression raises; it is raised again where it belongs
        return head, error
    return head, None


def _require_faultless(source: Source) -> None:
    if source.fault:
        raise InputError(source.fault, hint=source.hint)


def _empty(source: Source) -> InputError:
    return InputError(f"{source.name} is empty.", hint="There is nothing to annotate in it.")


def _encodable_columns(columns: dict[str, Any]) -> dict[str, Any]:
    """Columns without lone surrogates, which JSON can write as an escape and no output can hold."""
    dumped = json.dumps(columns, ensure_ascii=False)
    if not has_undecodable(dumped):
        return columns
    cleaned: dict[str, Any] = json.loads(encodable(dumped))
    return cleaned


def _document(name: str, text: Any, unit: Unit, source: str, columns: dict[str, Any]) -> Document | Unreadable:
    """A row's document, or why its text cannot be one."""
    if not isinstance(text, str):
        fault = "the text is missing" if text is None else f"the text is not a string but {type(text).__name__}"
    elif not text.strip():
        fault = "the text is empty"
    elif "\0" in text:
        fault = "the text has NUL bytes in it"
    elif has_undecodable(text):
        fault = "the text is not valid in the file's encoding, or holds half of a surrogate pair"
    else:
        return Document(name, text, unit, "text", source, columns)
    return Unreadable(name, Failure("bad_row", fault), columns)


@contextlib.contextmanager
def _open(source: Source) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    if source.is_stdin:
        if sys.stdin is None:
            raise InputError("There is no standard input.", hint="Name a file, or pipe a text into the command.")
        yield sys.stdin.buffer, sys.stdin.buffer
    else:
        with open_bytes(source.path) as streams:
            yield streams
