"""Where the shipped configs, prompts, gold sets and models are, in a checkout and in an installed wheel alike."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from toolkit.errors import UnknownNameError

PACKAGE = Path(__file__).resolve().parent


def data_root() -> Path:
    """The folder that holds ``configs/``, ``prompts/`` and ``eval/``."""
    packaged = PACKAGE / "_data"
    return packaged if packaged.is_dir() else PACKAGE.parent


def shipped(folder: str, suffix: str = ".yaml") -> dict[str, Path]:
    """Name to file of everything shipped in one folder under ``configs/`` or ``prompts/``.

    Args:
        folder: Path below the data root, such as ``configs/backends``.
        suffix: File ending; the name is what stands before it.
    """
    return {path.name.removesuffix(suffix): path for path in sorted((data_root() / folder).glob(f"*{suffix}"))}


def resolve(what: str, reference: str | Path, folder: str, *, base: Path | None = None, suffix: str = ".yaml") -> Path:
    """Turn a name or a path into the path of a file.

    The names of shipped files go first; anything else is a path.

    Args:
        what: What is looked for, in the singular, for the error message.
        reference: Name or path.
        folder: Where shipped files of that sort are.
        base: Folder that a relative path starts from; the working directory by default.
        suffix: Ending of the shipped files.

    Raises:
        UnknownNameError: Neither a file nor a shipped name.
    """
    text = str(reference)
    names = shipped(folder, suffix)
    if text in names:
        return names[text]
    # A name that is too long for a path, or a ~user that is not there, is no file either.
    with suppress(OSError, RuntimeError):
        path = (base or Path()) / Path(text).expanduser()
        if path.is_file():
            return path
    hint = f"{what.capitalize()}s that come with claimkit: {', '.join(names)}; or give the path of a {suffix} file."
    raise UnknownNameError(what, text, names, hint=hint)
