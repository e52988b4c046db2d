"""What a run is made of, its fingerprint, and the journal that lets it go on after a kill."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from toolkit.backends.base import Backend
from toolkit.backends.identity import answer_settings
from toolkit.corpus.write import atomic, sync_folder
from toolkit.errors import OutputError


def package_version() -> str:
    """Version of the installed distribution."""
    try:
        return version("claimkit")
    except PackageNotFoundError:  # a source tree on the path, not installed
        return "0+unknown"


def settings_of(backend: Backend, reading: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that can change what is written, in the words that an error names it by.

    Args:
        backend: Loaded backend.
        reading: How the inputs are read and cut.
    """
    return {
        "claimkit version": package_version(),
        "backend": backend.config.name,
        "backend config": answer_settings(backend.config),
        "label set": f"{backend.labels.name} {backend.labels.fingerprint[:12]}",
        "model": backend.identity(),
        "reading": dict(reading),
    }


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Sixteen hex digits that name the settings."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two settings, each as "name: old → new", down to the key of a config."""
    before, after = _flat(old), _flat(new)
    return [
        f"{name}: {_short(before.get(name))} → {_short(after.get(name))}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested mappings as one, with names such as ``reading.unit``; values as JSON gives them back."""
    if not isinstance(value, Mapping):
        return {name: json.loads(json.dumps(value, default=str))}
    return {
        place: leaf
        for key, inner in value.items()
        for place, leaf in _flat(inner, f"{name}.{key}" if name else str(key)).items()
    }


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"


@dataclass(frozen=True, slots=True)
class Part:
    """One finished window as the journal has it.

    Attributes:
        index: Position in the run.
        digest: SHA-256 of the items that it was made from.
        items: How many.
        retry: How many of them failed and may not fail the next time.
        counts: What it came to, as `toolkit.annotate.summary.Summary.as_dict` tells it.
        columns: The columns of its rows, in order.
    """

    index: int
    digest: str
    items: int
    retry: int
    counts: Mapping[str, Any] = field(default_factory=dict)
    columns: Sequence[str] = ()

    @property
    def failed(self) -> int:
        """How many of its rows have no answer because something went wrong."""
        return sum(self.counts["failed"].values())


class Journal:
    """Append-only list of finished windows; a line that a kill cut short is ignored.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[int, Part]:
        """The finished windows by index; a window that was done again counts as it was last."""
        parts: dict[int, Part] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    part = Part(**json.loads(line))
                except (json.JSONDecodeError, TypeError):
                    continue
                if part.counts:
                    parts[part.index] = part
        return parts

    def add(self, part: Part) -> None:
        """Record a window whose part file is safely on disk.

        Raises:
            OutputError: It cannot be written.
        """
        try:
            is_new = not self.path.exists()
            with self.path.open("a+b") as handle:
                # After a cut line, start on a new one.
                if handle.tell() and (handle.seek(-1, os.SEEK_END), handle.read(1))[1] != b"\n":
                    handle.write(b"\n")
                handle.write(_line(part))
                handle.flush()
                os.fsync(handle.fileno())
            if is_new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}.", hint="Is the disk full?") from error

    def tidy(self, parts: Iterable[Part]) -> None:
        """Leave one line for each window, in order, if the file is not like that: as a run without a stop has it."""
        content = b"".join(map(_line, parts))
        if content and self.path.read_bytes() != content:
            with atomic(self.path) as handle:
                handle.write(content)


def _line(part: Part) -> bytes:
    return json.dumps(asdict(part)).encode() + b"\n"


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest, atomically."""
    with atomic(path) as handle:
        handle.write(json.dumps(manifest, indent=2, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n")
