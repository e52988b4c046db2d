"""Everything that a config names, loaded and checked before any model is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit import config, resources
from toolkit.backends.base import Backend, calibration_for, load_backend, load_config
from toolkit.backends.composite_config import leaves
from toolkit.backends.config import BackendBase
from toolkit.errors import ConfigError, InputError, UnknownNameError
from toolkit.evaluation.annotators import Answer, load_answers
from toolkit.evaluation.benchmarks import portable
from toolkit.evaluation.config import EvaluateConfig, GoldEntry
from toolkit.evaluation.duplicates import Text, read_training
from toolkit.evaluation.examples import require_examples_apart
from toolkit.evaluation.folder import safe
from toolkit.evaluation.goldset import GoldSet, require_distinct
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.slices import columns_to_slice
from toolkit.evaluation.sources import load_entries
from toolkit.evaluation.usable import require_usable
from toolkit.evaluation.weights import Weights, weights_of
from toolkit.labels import LabelSet, load_labels


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked evaluation.

    Attributes:
        settings: The config.
        sha256: Of its file.
        labels: The label set.
        gold: The gold sets.
        answers: Name of a gold set to what its annotators said.
        columns: Name of a gold set to the columns that it is sliced by.
        backends: Configs of the backends, with the folder that each one's paths start from.
        training: Texts that no gold row should stand in.
        weights: Name of a gold set to what its sampling means for figures.
    """

    settings: EvaluateConfig
    sha256: str
    labels: LabelSet
    gold: Sequence[GoldSet]
    answers: dict[str, list[Answer]]
    columns: dict[str, list[str]]
    backends: Sequence[tuple[BackendBase, Path]]
    training: Sequence[Text]
    weights: dict[str, Weights]

    @property
    def files(self) -> set[Path]:
        """Files that the config names, and all in the folders of gold sets."""
        named = {path.resolve() for entry in self.settings.gold if (path := entry.path)}
        inside = {file for path in named if path.is_dir() for file in path.iterdir()}
        return named | inside | {path.resolve() for path in self.settings.leakage}

    @property
    def bootstrap(self) -> Bootstrap:
        """How to draw."""
        return Bootstrap(self.settings.resamples, self.settings.seed)

    def load(self, position: int) -> Backend:
        """Load one backend, with its model."""
        backend, base = self.backends[position]
        return load_backend(backend, labels=self.labels, base=base)

    def portable(self) -> dict[str, Any]:
        """The config without what belongs to this machine: of absolute paths the last part stays."""
        settings = self.settings
        values: dict[str, Any] = settings.model_dump(mode="json", exclude={"gold", "leakage"})
        values["labels"] = _last_part(settings.labels)
        values["backends"] = [_last_part(name) for name in settings.backends]
        values["gold"] = [_portable_entry(entry) for entry in settings.gold]
        values["leakage"] = [path.name for path in settings.leakage]
        return values


def prepare(reference: str | Path) -> Plan:
    """Load and check everything that an evaluation config names, short of models.

    Args:
        reference: Shipped name or path of an evaluation config.

    Raises:
        ToolkitError: Something is missing, malformed or does not fit.
    """
    path = resources.resolve("evaluation", reference, "configs/evaluate")
    settings = config.load(path, EvaluateConfig)
    base = path.resolve().parent
    labels = load_labels(settings.labels, base=base)
    backends = [load_config(name, base=base) for name in settings.backends]
    gold = load_entries(settings.gold, labels, split=settings.split)
    require_names(settings, gold, [backend.name for backend, _ in backends])
    # As it will apply: a calibration for other labels is dropped, which is said here and not a second time.
    backends = [
        (backend.model_copy(update={"calibration": calibration_for(backend, labels)}), folder)
        for backend, folder in backends
    ]
    for backend, folder in backends:
        for leaf in leaves(backend):
            require_usable(leaf, folder, labels)
    require_examples_apart([leaf for backend, _ in backends for leaf in leaves(backend)], gold)
    return Plan(
        settings=settings,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        labels=labels,
        gold=gold,
        answers={one.name: load_answers(one) for one in gold},
        columns={one.name: _columns(one, settings) for one in gold},
        backends=backends,
        training=[text for path in settings.leakage for text in read_training(path)],
        weights={one.name: weights_of(one, wanted=settings.weights) for one in gold},
    )


def _columns(gold: GoldSet, settings: EvaluateConfig) -> list[str]:
    return columns_to_slice([row.columns for row in gold.rows], len({row.doc for row in gold.rows}), settings.slices)


def require_names(settings: EvaluateConfig, gold: Sequence[GoldSet], backends: Sequence[str]) -> None:
    """That names in the config are names of something, and of one thing only.

    Args:
        settings: The config.
        gold: Its gold sets; public ones may be left out, they have names of their own and no columns.
        backends: Names of its backends.

    Raises:
        ConfigError: One is not.
        InputError: A training text is not there.
    """
    _require_own_names([one.name for one in gold], backends)
    for name in settings.robustness.backends if settings.robustness else ():
        if name not in backends:
            raise UnknownNameError("backend of this evaluation", name, backends)
    columns = {column for one in gold for row in one.rows for column in row.columns}
    for name in settings.slices or ():
        if name not in columns:
            raise UnknownNameError("column to slice by", name, columns)
    for path in settings.leakage:
        if not path.is_file():
            raise InputError(f"The training text {path} does not exist.", hint="Check `leakage:` in the config.")


def _require_own_names(gold: Sequence[str], backends: Sequence[str]) -> None:
    """Results and files go by name.

    Raises:
        ConfigError: Two gold sets or two backends have the same one, or names that make the same file name.
    """
    for kind, names in {"gold sets": gold, "backends": backends}.items():
        require_distinct(kind, names)
        files = [safe(name).lower() for name in names]
        if same := [name for name, file in zip(names, files, strict=True) if files.count(file) > 1]:
            raise ConfigError(
                f"The {kind} {same[0]!r} and {same[1]!r} have the same file name.",
                hint="Name them apart in Latin letters, digits, '.', '_' and '-'; upper and lower case count as one.",
            )


def _portable_entry(entry: GoldEntry) -> dict[str, Any]:
    values: dict[str, Any] = entry.model_dump(mode="json", exclude_none=True)
    values |= {key: Path(values[key]).name for key in ("path", "folder") if key in values}
    return values | ({"hub": portable(entry.hub)} if entry.hub else {})


def _last_part(reference: str) -> str:
    path = Path(reference)
    return path.name if path.is_absolute() or reference.startswith("~") else reference
