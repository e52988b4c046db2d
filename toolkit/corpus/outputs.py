"""What claimkit itself has written, which a search for inputs leaves out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
PARTS = "annotations"
"""The folder of the parts in a run folder."""


def read_manifest(path: Path) -> dict[str, Any] | None:
    """A manifest of claimkit; None when there is none, or it is that of something else, as many tools write one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    settings = value.get("settings")
    is_ours = (
        isinstance(value.get("run"), str)
        and isinstance(value.get("finished"), bool)
        and isinstance(settings, dict)
        and isinstance(settings.get("reading"), dict)
    )
    return value if is_ours else None


def is_run(folder: Path) -> bool:
    """Whether it is a run folder, or the folder of a shard."""
    # Unlike those of Path, the functions of os.path do not raise where a folder is closed.
    return os.path.isdir(folder / PARTS) and read_manifest(folder / MANIFEST) is not None  # noqa: PTH112


def is_result(file: Path) -> bool:
    """Whether a run wrote it as its only file, or it is the manifest beside such a file."""
    beside = file if file.name.endswith(f".{MANIFEST}") else file.with_name(f"{file.name}.{MANIFEST}")
    return read_manifest(beside) is not None
