"""What a backend is, and how one is loaded by name."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from toolkit import config, registry, resources
from toolkit.backends.config import BackendBase
from toolkit.backends.kinds import BackendConfig
from toolkit.backends.prompt_config import ContextConfig
from toolkit.calibration_config import CalibrationConfig
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet, load_labels
from toolkit.records import Prediction, Sentence

_log = logging.getLogger(__name__)


class Backend(Protocol):
    """Anything that gives sentences scores over a label set."""

    config: BackendBase
    labels: LabelSet

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Predict; same order, same length. What failed carries a `Failure`, never an exception, never a guess."""
        ...

    def identity(self) -> dict[str, Any]:
        """Everything beside the config and the labels that can change an answer, such as hashes of weights."""
        ...


def window_of(backend: Backend) -> int | None:
    """How many sentences a backend wants to be asked at once; None when it has no wish, as most have none."""
    wanted: int | None = getattr(backend, "window", None)
    return wanted


def tells_rationale(backend: Backend) -> bool:
    """Whether a backend gives reasons, which are a column of their own."""
    return bool(getattr(backend, "rationale", False))


def preview(config: BackendBase, labels: LabelSet, sentence: Sentence) -> str | None:
    """The first request that a backend would send about a sentence; None when it sends nothing anywhere.

    Nothing is sent or loaded for it, and no key is needed.

    Args:
        config: Of the backend.
        labels: The label set.
        sentence: What would be asked about.
    """
    shown = getattr(registry.backend_class(str(getattr(config, "kind", ""))), "preview", None)
    return None if shown is None else cast("str | None", shown(config, labels, sentence))


def context_of(backend: Backend) -> ContextConfig | None:
    """What a backend wants to see around a sentence; None for one that looks at the bare sentence."""
    wanted: ContextConfig | None = getattr(backend, "context", None)
    return wanted if wanted is not None and wanted.wanted else None


def load_config(reference: str | Path, *, base: Path | None = None) -> tuple[BackendBase, Path]:
    """The config of a backend, and the folder that its relative paths start from.

    Args:
        reference: Name of a shipped config (``embedded``) or path of a YAML file.
        base: Folder that a relative path starts from.

    Raises:
        UnknownNameError: No such name or file.
        ConfigError: The file is not a valid backend config.
    """
    path = resources.resolve("backend", reference, "configs/backends", base=base)
    backend = config.load(path, cast("type[BackendBase]", BackendConfig))
    if not backend.name:
        backend = backend.model_copy(update={"name": path.stem})
    return backend, path.resolve().parent


def load_backend(
    reference: str | Path | BackendBase, *, labels: str | Path | LabelSet | None = None, base: Path | None = None
) -> Backend:
    """Load a backend, ready to classify.

    Args:
        reference: Name of a shipped backend, path of a YAML file, or a config object.
        labels: Replaces the label set that the config names.
        base: Folder that a relative path starts from.

    Raises:
        ToolkitError: Any of its kinds: unknown name, bad config, missing or changed model files.
    """
    backend, folder = (reference, base) if isinstance(reference, BackendBase) else load_config(reference, base=base)
    kind = str(getattr(backend, "kind", ""))
    if not backend.name:
        backend = backend.model_copy(update={"name": kind})
    if isinstance(labels, LabelSet):
        label_set = labels
    elif labels is not None:
        label_set = load_labels(labels, base=base)
    else:
        label_set = load_labels(backend.labels, base=folder)
    backend = backend.model_copy(update={"calibration": calibration_for(backend, label_set)})
    return cast("Backend", registry.backend_class(kind)(backend, label_set))


def calibration_for(config: BackendBase, labels: LabelSet) -> CalibrationConfig:
    """The calibration of a backend under a label set; none when it was fitted for other labels.

    Raises:
        ConfigError: It was written by hand and names a label that is not in the set.
    """
    calibration = config.calibration
    # Biases and thresholds go by name, so the order of the labels does not matter.
    if calibration.fitted_on is not None and {*calibration.fitted_on.labels} != {*labels.names}:
        _log.warning("%s is calibrated for other labels, so its answers under %s are not.", config.name, labels.name)
        return CalibrationConfig()
    if unknown := sorted(calibration.labels - {*labels.names}):
        raise ConfigError(
            f"The calibration of {config.name!r} names {', '.join(unknown)}, which {labels.name!r} does not have.",
            hint=f"Its labels are {', '.join(labels.names)}.",
        )
    return calibration


def require_labels(config: BackendBase, labels: LabelSet, wanted: Sequence[str]) -> None:
    """Check that the label set has the labels that a backend answers with.

    Raises:
        ConfigError: It lacks one.
    """
    missing = [name for name in wanted if name not in labels.names]
    if missing:
        raise ConfigError(
            f"The backend {config.name!r} answers {', '.join(missing)}, which {labels.name!r} does not have.",
            hint=f"Its labels are {', '.join(labels.names)}; choose another backend or label set.",
        )
