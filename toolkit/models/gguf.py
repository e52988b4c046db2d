"""Finds a GGUF file, a whole language model in one file, and tells which one it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import ModelError
from toolkit.models.parts import cache_folder

MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A checked file.

    Attributes:
        path: Where it is.
        identity: Its SHA-256.
    """

    path: Path
    identity: str


def find_gguf(file: Path, sha256: str | None = None) -> GgufFile:
    """Find and check a GGUF file.

    Args:
        file: Its path; one that is not there is looked for by its name in the cache folder (``CLAIMKIT_CACHE``), so
            that a shipped config can name a file that everybody keeps elsewhere.
        sha256: Its expected hash.

    Raises:
        ModelError: It is not there, is no GGUF file, or another one than expected.
    """
    places = [file, cache_folder() / file.name]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ModelError(
            f"The model file {file} does not exist, and neither does {places[1]}.",
            hint="Put a GGUF file in one of these places, or correct `model.file` in the config.",
        )
    try:
        with path.open("rb") as handle:
            if handle.read(len(MAGIC)) != MAGIC:
                raise ModelError(f"{path} is not a GGUF file.", hint="Download the model in the GGUF format.")
            handle.seek(0)
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be read: {error.strerror}.") from error
    if sha256 is not None and digest != sha256:
        raise ModelError(
            f"{path} is not the expected model: SHA-256 {digest[:12]}…, not {sha256[:12]}….",
            hint="Download it again, or correct `model.sha256`.",
        )
    return GgufFile(path, digest)
