"""What the inputs named on a command line are: files, the files of folders and globs, dataset folders, streams."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, takewhile
from pathlib import Path
from typing import Literal

from toolkit.corpus import outputs, tables
from toolkit.corpus.folders import files_below
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
STRUCTURED = (".json", ".geojson", ".ipynb", ".xml", ".tei", ".rss", ".yaml", ".yml")
"""Endings of files that are no running text, and of which nobody can tell where their texts are."""

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One file, dataset folder or standard input.

    Attributes:
        path: Where it is.
        name: The document id that it gives.
        type: What to read it as.
        fault: Why it cannot be read, where that is known when it is found; it may be a folder then.
        hint: What to do about it.
    """

    path: Path
    name: str
    type: FileType | Literal["dataset"]
    fault: str = ""
    hint: str = ""

    @property
    def is_stdin(self) -> bool:
        """Whether it is standard input."""
        return str(self.path) == STDIN

    @property
    def is_stream(self) -> bool:
        """Whether it can be read only once: standard input, a pipe, a shell's ``<(command)``."""
        return self.is_stdin or not (self.fault or self.path.is_file() or self.type == "dataset")

    @property
    def size(self) -> int:
        """Bytes of its file; 0 where there is none to look at."""
        return self.path.stat().st_size if not self.fault and self.path.is_file() else 0

    def state(self) -> tuple[tuple[str, int, int, int], ...]:
        """Name, inode, size and time of change of its files, which differ when it has been written; none of a stream.

        Sizes and times are what tells, for content may be of any size.
        """
        if self.is_stream or self.fault:
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


def _ending(name: str) -> str:
    path = Path(name)
    return Path(path.stem if path.suffix.lower() in COMPRESSIONS else name).suffix.lower()


def _type(name: str) -> FileType | None:
    return TYPES.get(_ending(name))


def _expand(entry: str, file_type: FileType | None) -> list[Source]:
    """What one command-line argument means."""
    if not entry:  # it would be the folder that the command is run in
        raise InputError(
            "There is no input: its name is empty.", hint="Name a file, a folder, or - for standard input."
        )
    path = Path(entry)
    if entry == STDIN:
        return [Source(path, "stdin", file_type or "txt")]
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except PermissionError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", hint="Check its permissions.") from error
    except OSError as error:
        raise InputError(
            f"The input {entry[:80]!r} is no path: {error.strerror}.", hint="To annotate a text, pipe it in and name -."
        ) from error
    if is_folder or exists:
        if found := _existing(path, file_type):
            return found
        raise InputError(
            f"The folder {path} holds no file that can be read.",
            hint=f"Endings that are read: {' '.join(TYPES)}, also .gz and .zst.",
        )
    return _matching(entry, file_type)


def _existing(path: Path, file_type: FileType | None) -> list[Source]:
    """The sources that a file or folder is; none when it is a folder with nothing to read in it."""
    if str(path) == STDIN:  # given as ./-, so it is not standard input
        path = path.absolute()
    if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where its folder is closed
        return [_file(path, file_type)]
    if tables.is_dataset_folder(path):
        return [Source(path, _valid_name(path.resolve().name), "dataset")]
    return [_found(file, path, fault, file_type) for file, fault in files_below(path, lambda name: bool(_type(name)))]


def _file(path: Path, file_type: FileType | None) -> Source:
    """A file that was named, whatever its ending is."""
    name, kind, ending = _valid_name(path.name), file_type or _type(path.name), _ending(path.name)
    if kind is None and ending in STRUCTURED:
        return Source(
            path,
            name,
            "txt",
            f"{name} is not read without --format, for {ending} does not tell where the texts are.",
            "Pass --format jsonl for one JSON object per line, --format txt for plain text; or convert the file.",
        )
    try:
        path.stat()
    except OSError as error:  # among the matches of a glob: a link to nothing, or in a folder that may be listed only
        return _found(path, path.parent, error.strerror or str(error), kind)
    return Source(path, name, kind or "txt")


def _found(file: Path, folder: Path, fault: str, file_type: FileType | None) -> Source:
    """What was found in a folder, or the folder itself when it cannot be entered."""
    inner = file.relative_to(folder)
    name = _valid_name(inner.as_posix() if inner.parts else folder.resolve().name)
    kind = file_type or _type(file.name) or "txt"
    if fault:
        return Source(file, name, kind, f"{name} cannot be read: {fault}.", "Check its permissions.")
    return Source(file, name, kind)


def _matching(glob_pattern: str, file_type: FileType | None) -> list[Source]:
    """What a glob stands for: files, and what is in folders, but for what claimkit wrote."""
    matches = sorted(glob.glob(glob_pattern, recursive=True)) if glob.has_magic(glob_pattern) else []
    if not matches:
        raise InputError(
            f"The input {glob_pattern} does not exist.",
            hint="Check the path; quote a glob so that claimkit expands it.",
        )
    parts = Path(glob_pattern).parts
    above = Path(*takewhile(lambda part: not glob.has_magic(part), parts))
    is_run = cache(outputs.is_run)
    sources: list[Source] = []
    for path in map(Path, matches):
        inner = path.relative_to(above)
        if any(is_run(above / place) for place in (inner, *inner.parents)) or outputs.is_result(path):
            continue
        if "**" not in parts or not os.path.isdir(path):  # noqa: PTH112
            # ** gives the files of folders by itself.
            sources += _existing(path, file_type)
    if not sources:
        raise InputError(
            f"The input {glob_pattern} matches no file that can be read.",
            hint="Folders without such files and what claimkit wrote are left out; name a file itself to read it.",
        )
    return sources


def _valid_name(name: str) -> str:
    """A file name as text, even if its bytes are not: a document id has to fit into every output."""
    return os.fsencode(name).decode("utf-8", "replace")


def _unique_names(sources: Sequence[Source]) -> list[Source]:
    """Document ids must differ: files of the same name in different places go by their whole path.

    A whole path may be the name of another file, and two paths that are no text may read alike: so this is done until
    nothing changes, and what is the same even then gets a number.
    """
    unique = list({source.path: source for source in sources}.values())
    while True:
        counts = Counter(source.name for source in unique)
        renamed = [
            source if counts[source.name] == 1 else replace(source, name=_valid_name(source.path.as_posix()))
            for source in unique
        ]
        if renamed == unique:
            return _numbered(unique, counts)
        unique = renamed


def _numbered(sources: Sequence[Source], counts: Counter[str]) -> list[Source]:
    """Sources with a number behind every name that one before has."""
    taken: set[str] = set()
    numbered = []
    for source in sources:
        names = (f"{source.name}#{number}" for number in count(2))
        free = (name for name in names if name not in counts and name not in taken)
        name = next(free) if source.name in taken else source.name
        taken.add(name)
        numbered.append(replace(source, name=name))
    return numbered
