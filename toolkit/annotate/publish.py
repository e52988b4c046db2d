"""A finished run copied to where others read it: S3, Google Cloud Storage, or anything else that pyarrow.fs knows."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from toolkit.annotate.output import Output
from toolkit.errors import ConfigError, OutputError


def resolve(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system that a URI names, and the place in it.

    Args:
        uri: Such as ``s3://bucket/run``, ``gs://bucket/run`` or ``file:///data/run``.

    Raises:
        ConfigError: There is no such file system.
    """
    try:
        found: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(uri)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ConfigError(
            f"There is no copying to {uri!r}: {error}.", hint="For example s3://bucket/run or gs://bucket/run."
        ) from error
    return found


def publish(target: Path, place: tuple[fs.FileSystem, str]) -> int:
    """Copy a finished run: a run folder as a folder, a single file and its manifest into it.

    The manifest goes last, so that what has one is whole. What is there already is not sent again, and parts of an
    earlier run that this one does not have are removed.

    Args:
        target: What the run was written to.
        place: What `resolve` gave.

    Returns:
        How many files were sent.

    Raises:
        OutputError: It cannot be written there.
    """
    filesystem, base = place
    output = Output(target, [])
    files = sorted(output.parts.glob("part-*")) if not output.single else [target]
    beside = [] if output.single else [output.journal.path, output.folder / "failures.jsonl"]
    files += [file for file in beside if file.is_file()]
    root = target.parent if output.single else target
    try:
        filesystem.create_dir(base, recursive=True)
        selector = fs.FileSelector(base, recursive=True, allow_not_found=True)
        there = {info.path.removeprefix(base).lstrip("/"): info for info in filesystem.get_file_info(selector)}
        send = [file for file in files if not _is_there(file, there.get(file.relative_to(root).as_posix()))]
        names = {file.relative_to(root).as_posix() for file in files}
        stale = [name for name in there if name.startswith("annotations/part-") and name not in names]
        manifest = output.manifest_path
        if not send and not stale and _is_there(manifest, there.get(manifest.name)):
            return 0
        if manifest.name in there:
            filesystem.delete_file(f"{base}/{manifest.name}")
        for name in stale:
            filesystem.delete_file(f"{base}/{name}")
        for file in [*send, manifest]:
            path = f"{base}/{file.relative_to(root).as_posix()}"
            filesystem.create_dir(path.rpartition("/")[0], recursive=True)
            with file.open("rb") as source, filesystem.open_output_stream(path) as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    except (pa.ArrowException, OSError) as error:
        raise OutputError(
            f"The run cannot be copied to {base}: {error}.", hint="The run is whole; the same command copies it again."
        ) from error
    return len(send) + 1


def _is_there(file: Path, info: fs.FileInfo | None) -> bool:
    """Whether a file was sent since it was written."""
    if info is None or info.mtime is None:
        return False
    own = file.stat()
    return bool(info.size == own.st_size and info.mtime >= datetime.fromtimestamp(own.st_mtime, UTC))
