"""What the inputs named on a command line are: files, the files of folders and globs, dataset folders, streams."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from toolkit.corpus import tables
from toolkit.corpus.unpack import COMPRESSIONS
from toolkit.errors import InputError

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
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One file, dataset folder or standard input, and the document id that it gives."""

    path: Path
    name: str
    type: FileType | Literal["dataset"]

    @property
    def is_stdin(self) -> bool:
        """Whether it is standard input."""
        return str(self.path) == STDIN

    @property
    def is_stream(self) -> bool:
        """Whether it can be read only once: standard input, a pipe, a shell's ``<(command)``."""
        return self.is_stdin or not (self.path.is_file() or self.type == "dataset")

    def state(self) -> tuple[tuple[str, int, int, int], ...]:
        """Name, inode, size and time of change of its files, which differ when it has been written; none of a stream.

        Sizes and times are what tells, for content may be of any size.
        """
        if self.is_stream:
            return ()
        files = sorted(self.path.iterdir()) if self.type == "dataset" else [self.path]
        stats = ((file.name, file.stat()) for file in files)
        return tuple((name, found.st_ino, found.st_size, found.st_mtime_ns) for name, found in stats)


def find(inputs: Sequence[str | Path], file_type: FileType | None = None) -> list[Source]:
    """The sources that inputs stand for, in order, each once.

    Args:
        inputs: Files, folders (searched for known endings), globs, dataset folders, or ``-`` for standard input.
        file_type: Read every file as this, whatever its ending.

    Raises:
        InputError: An input does not exist, or is a folder with nothing to read in it.
    """
    return _unique_names([source for entry in inputs for source in _expand(str(entry), file_type)])


def _type(path: Path) -> FileType | None:
    stem = path.stem if path.suffix.lower() in COMPRESSIONS else path.name
    return TYPES.get(Path(stem).suffix.lower())


def _expand(entry: str, file_type: FileType | None) -> list[Source]:
    """What one command-line argument means."""
    path = Path(entry)
    if entry == STDIN:
        return [Source(path, "stdin", file_type or "txt")]
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:
        raise InputError(
            f"The input {entry[:80]!r} is no path: {error.strerror}.", hint="To annotate a text, pipe it in and name -."
        ) from error
    if str(path) == STDIN:  # given as ./-, so it is not standard input
        path = path.absolute()
    if is_folder and not tables.is_dataset_folder(path):
        return _files_of(path, file_type)
    if is_folder:
        return [Source(path, _valid_name(path.resolve().name), "dataset")]
    if exists:
        return [Source(path, _valid_name(path.name), file_type or _type(path) or "txt")]
    matches = sorted(glob.glob(entry, recursive=True)) if glob.has_magic(entry) else []
    if not matches:
        raise InputError(
            f"The input {entry} does not exist.", hint="Check the path; quote a glob so that claimkit expands it."
        )
    files = (f"./{match}" if match == STDIN else match for match in matches if not Path(match).is_dir())
    return [source for file in files for source in _expand(file, file_type)]


def _files_of(folder: Path, file_type: FileType | None) -> list[Source]:
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not _hidden(file.relative_to(folder)))
    found = [
        Source(file, _valid_name(file.relative_to(folder).as_posix()), file_type or kind)
        for file in files
        if (kind := _type(file)) is not None and not _is_output(file, folder)
    ]
    if not found:
        raise InputError(
            f"The folder {folder} holds no file that can be read.",
            hint=f"Endings that are read: {' '.join(TYPES)}, also .gz and .zst.",
        )
    return found


def _is_output(file: Path, folder: Path) -> bool:
    """Whether an earlier run wrote it: a folder that holds OUT is read as if it did not."""
    above = [folder / parent for parent in file.relative_to(folder).parents]
    return file.with_name(f"{file.name}.manifest.json").is_file() or any(
        (place / "manifest.json").is_file() and (place / "annotations").is_dir() for place in above
    )


def _valid_name(name: str) -> str:
    """A file name as text, even if its bytes are not: a document id has to fit into every output."""
    return os.fsencode(name).decode("utf-8", "replace")


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _unique_names(sources: Sequence[Source]) -> list[Source]:
    """Document ids must differ: files of the same name in different places go by their whole path."""
    counts: dict[str, int] = {}
    unique: dict[Path, Source] = {source.path: source for source in sources}
    for source in unique.values():
        counts[source.name] = counts.get(source.name, 0) + 1
    return [
        source if counts[source.name] == 1 else Source(source.path, _valid_name(source.path.as_posix()), source.type)
        for source in unique.values()
    ]
