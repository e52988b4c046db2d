"""Whether a backend can be used at all, found out before the first model loads."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from toolkit.backends.base import load_backend
from toolkit.backends.causal_config import CausalConfig, GgufSource
from toolkit.backends.config import BackendBase, ClassifierConfig, ModelSource
from toolkit.errors import MissingExtraError
from toolkit.labels import LabelSet


def require_usable(backend: BackendBase, folder: Path, labels: LabelSet) -> None:
    """Check that model files are there, whole and for these labels, and that prompts and examples can be used.

    A backend without a model here is made, which checks all there is to check.

    Args:
        backend: One that answers by itself.
        folder: Where its relative paths start.
        labels: The label set.

    Raises:
        ToolkitError: It cannot be used.
    """
    if isinstance(backend, CausalConfig):
        from toolkit.backends.causal import causal_prompter

        causal_prompter(backend, labels)
    model = getattr(backend, "model", None)
    if isinstance(model, GgufSource):
        _require_gguf(model)
    elif isinstance(model, ModelSource):
        from toolkit.models.resolve import resolve

        files = resolve(**model.model_dump())
        if isinstance(backend, ClassifierConfig):
            _require_classes(backend, (files.adapter or files.folder) / "config.json", labels)
    else:
        load_backend(backend, labels=labels, base=folder)


def _require_gguf(model: GgufSource) -> None:
    """That the file is there and the right one, and that there is something to run it with.

    Raises:
        ModelError: The file is not.
        MissingExtraError: There is nothing to run it with.
    """
    from toolkit.models.gguf import find_gguf

    find_gguf(model.file, model.sha256)
    if find_spec("llama_cpp") is None:
        raise MissingExtraError("llama-cpp-python", "gguf")


def _require_classes(backend: ClassifierConfig, path: Path, labels: LabelSet) -> None:
    """That the classes of a classifier are the labels, as far as its config tells; the rest shows when it loads."""
    from toolkit.backends.classifier import class_columns

    try:
        names = json.loads(path.read_text(encoding="utf-8"))["id2label"]
        id2label = {int(column): str(name) for column, name in names.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    class_columns(id2label, labels, backend.classes)
