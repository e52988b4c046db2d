"""The documents of a run, read again from its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.corpus.outputs import read_manifest
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.errors import ToolkitError
from toolkit.records import Document


def manifest_of(run: Path) -> dict[str, Any]:
    """The manifest of a run folder or of a file of annotations; empty where there is none."""
    return read_manifest(run / "manifest.json" if run.is_dir() else run.with_name(f"{run.name}.manifest.json")) or {}


def read_again(manifest: Mapping[str, Any], wanted: set[str]) -> dict[str, Document]:
    """Name in the run to document, of those that can still be read; they may have changed since.

    Rows of a table are no documents, and what came by standard input is gone.

    Args:
        manifest: What the run recorded of itself.
        wanted: Names of the documents.
    """
    reading = manifest.get("settings", {}).get("reading", {})
    options = ReadOptions(**{name: reading[name] for name in ReadOptions.__dataclass_fields__ if name in reading})
    if options.unit == "row" or not wanted:
        return {}
    found: dict[str, Document] = {}
    for entry in manifest.get("inputs", []):
        if entry == "-":
            continue
        try:
            for document in Corpus([entry], options).documents():
                name = _name_in_run(document.id, Path(entry), wanted) if isinstance(document, Document) else ""
                if isinstance(document, Document) and name in wanted:
                    found[name] = document
        except ToolkitError:
            continue  # gone or unreadable now: shown by its sentences alone
    return found


def _name_in_run(name: str, source: Path, wanted: set[str]) -> str:
    """A file of a folder goes by its path in it in the run, and by its name when it is read alone."""
    parts = (source.as_posix() + name.removeprefix(source.name)).split("/")
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if end in wanted), name)
