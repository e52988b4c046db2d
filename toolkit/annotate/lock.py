"""One process at a time writes a run."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from toolkit.corpus.write import make_folder
from toolkit.errors import OutputError

_log = logging.getLogger(__name__)

NAME = ".lock"


@contextmanager
def locked(folder: Path, what: Path) -> Iterator[None]:
    """Hold the lock of a run while writing it; the system lets go of it when the process ends, however it ends.

    Args:
        folder: Where the run is kept.
        what: What to call it in errors.

    Raises:
        OutputError: Another process holds it, or there is no writing there.
    """
    path = folder / NAME
    lock = filelock.FileLock(path)
    try:
        make_folder(folder)
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise OutputError(
            f"{what} is being written by another claimkit{_holder(path)}.",
            hint="Wait until it is done, or choose another -o.",
        ) from error
    except NotImplementedError:
        _log.warning("%s cannot be locked on this file system; see that no other process writes there.", what)
        yield
        return
    except OSError as error:
        raise OutputError(
            f"{what} cannot be written: {error.strerror or error}.", hint="Choose another place with -o."
        ) from error
    try:
        with suppress(OSError):  # a full disk: the lock holds all the same
            path.write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        lock.release()


def _holder(path: Path) -> str:
    try:
        return f" ({path.read_text(encoding='utf-8')})"
    except (OSError, ValueError):
        return ""
