"""The files of a folder and of the folders in it; what cannot be entered is said, not lost."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from toolkit.corpus.outputs import MANIFEST, PARTS, is_result, is_run


def files_below(folder: Path, wanted: Callable[[str], bool]) -> list[tuple[Path, str]]:
    """The files in a folder and below, sorted, each with why it cannot be read: nothing, as a rule.

    Linked folders are entered, but none is read twice: a link never leads around in circles, and what stands in the
    folder itself goes by its own place in it. Hidden files and folders are left out, and so is what claimkit wrote.

    Args:
        folder: Where to look.
        wanted: Whether a file of this name is looked for.

    Returns:
        Files, and the folders that cannot be entered.
    """
    found: dict[Path, str] = {}

    def note(error: OSError) -> None:
        found[Path(error.filename or folder)] = error.strerror or str(error)

    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:  # links after everything that is there without them
        links: list[Path] = []
        for top in waiting:
            for name, folders, files in os.walk(top, onerror=note):
                place = Path(name)
                if not _is_new(place, seen) or (MANIFEST in files and PARTS in folders and is_run(place)):
                    folders.clear()
                    continue
                folders[:] = [inner for inner in folders if not inner.startswith(".")]
                links += [place / inner for inner in folders if (place / inner).is_symlink()]
                found.update(_wanted_in(place, files, wanted))
        waiting = sorted(links)
    return sorted(found.items())


def _is_new(place: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether a folder has not been entered before, by whatever name; from now on it has."""
    try:
        status = place.stat()
    except OSError:  # it has gone meanwhile
        return True
    identity = (status.st_dev, status.st_ino)
    is_new = identity not in seen
    seen.add(identity)
    return is_new


def _wanted_in(place: Path, files: list[str], wanted: Callable[[str], bool]) -> dict[Path, str]:
    """Those of the files of one folder that are looked for."""
    found: dict[Path, str] = {}
    present = set(files)
    for name in files:
        file = place / name
        if name.startswith(".") or not wanted(name) or (f"{name}.{MANIFEST}" in present and is_result(file)):
            continue
        try:
            mode = file.stat().st_mode
        except OSError as error:  # a link to nothing, or a folder whose files may be listed only
            found[file] = error.strerror or str(error)
        else:
            if stat.S_ISREG(mode):  # not a pipe, which may never end
                found[file] = ""
    return found
