"""The folder of an export: appears whole, and replaces nothing but an earlier export."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolkit.errors import OutputError
from toolkit.exchange.bundle import Export

RECORD = "export.json"
"""Lies in every folder that an export wrote: where the labels come from, counts, and the files."""


@contextmanager
def folder(output: Path, found: Export) -> Iterator[Path]:
    """A folder to write in, which takes the place of ``output`` when all is written.

    Files of an earlier export are replaced; others that somebody put beside them stay.

    Yields:
        Where to write.

    Raises:
        OutputError: The place is taken by something else, or cannot be written.
    """
    try:
        earlier = _earlier(output)
        output.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name}."))
        try:
            yield place
            _write_record(place, found)
            for name in earlier:
                (output / name).unlink(missing_ok=True)
            for file in _files(place):
                target = output / file
                target.parent.mkdir(parents=True, exist_ok=True)
                (place / file).replace(target)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"{output} cannot be written: {error.strerror or error}.", hint="Choose another place with -o."
        ) from error


def _earlier(output: Path) -> list[str]:
    """Files of an earlier export."""
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return []
    try:
        record = json.loads((output / RECORD).read_text(encoding="utf-8"))
        files = [str(name) for name in record["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError(
            f"{output} is there already and no export.", hint="Choose another -o, or remove it first."
        ) from None
    inside = output.resolve()
    return [name for name in files if (output / name).resolve().is_relative_to(inside)]


def _files(place: Path) -> list[str]:
    return sorted(file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file())


def _write_record(place: Path, found: Export) -> None:
    labels = {name or "all": Counter(a.label or "(none)" for a in part) for name, part in found.parts.items()}
    record = {
        **found.provenance,
        "unit": found.unit,
        "seed": found.settings.seed,
        "sentences": {name: dict(counts.most_common()) for name, counts in labels.items()},
        "left out": dict(found.left_out),
        "files": [*_files(place), RECORD],
    }
    text = json.dumps(record, indent=2, ensure_ascii=False, default=str) + "\n"
    (place / RECORD).write_bytes(text.encode("utf-8", "replace"))
