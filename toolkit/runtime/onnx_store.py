"""Keeps ONNX forms of models on disk: whole or not at all, and checked when they are read."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

_log = logging.getLogger(__name__)

EXPORTER = ("onnx_build.py", "onnx_export.py", "onnx_graph.py", "onnx_quantise.py", "sample.py", "sequences.py")
"""The files here that decide what is made; a change of one makes it anew."""
MODEL, TOKENIZER, FACTS = "model.onnx", "tokenizer.json", "facts.json"


class Built(NamedTuple):
    """A classifier that needs nothing but ONNX Runtime.

    Attributes:
        model: The graph with its weights.
        tokenizer: As its ``tokenizer.json``.
        facts: ``id2label``, ``pad`` and ``limit``.
    """

    model: bytes
    tokenizer: str
    facts: dict[str, Any]


def place(cache: Path, identity: str, precision: str, bits: int) -> Path:
    """The folder of one form: named by a hash of all that decides what is in it.

    Args:
        cache: The cache folder.
        identity: Hash of the model's files.
        precision: Of its matrix products.
        bits: Of a quantised weight.
    """
    here = Path(__file__).parent
    sources = [hashlib.sha256((here / name).read_bytes()).hexdigest() for name in EXPORTER]
    key = hashlib.sha256("\0".join([identity, precision, str(bits), *sources]).encode()).hexdigest()
    return cache / "onnx" / key[:32]


def read(folder: Path) -> Built | None:
    """What is kept there, or None when there is nothing, or nothing sound."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        model, tokenizer = ((folder / name).read_bytes() for name in (MODEL, TOKENIZER))
        if facts.pop("sha256") == _hashes(model, tokenizer):
            return Built(model, tokenizer.decode(), facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    if folder.exists():
        _log.warning("%s is damaged; it is made again.", folder)
    return None


def keep(built: Built, folder: Path) -> None:
    """Keep it, in the place of what may be there; a cache that cannot be written is told of and does no harm."""
    tokenizer = built.tokenizer.encode()
    facts = {**built.facts, "sha256": _hashes(built.model, tokenizer)}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that it appears whole or not at all.
        with TemporaryDirectory(dir=folder.parent, prefix="new-") as work:
            new = Path(work) / folder.name
            new.mkdir()
            (new / MODEL).write_bytes(built.model)
            (new / TOKENIZER).write_bytes(tokenizer)
            (new / FACTS).write_text(json.dumps(facts), encoding="utf-8")
            if folder.exists():  # damaged, or of another process that was faster
                folder.rename(Path(work) / "old")
            new.rename(folder)
    except OSError as error:
        if not folder.is_dir():
            _log.warning("The ONNX form of the model cannot be kept in %s: %s.", folder.parent, error.strerror)


def drop(folder: Path) -> None:
    """Remove what is kept there."""
    shutil.rmtree(folder, ignore_errors=True)


def _hashes(*contents: bytes) -> list[str]:
    return [hashlib.sha256(content).hexdigest() for content in contents]
