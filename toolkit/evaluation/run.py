"""Runs an evaluation: every backend on every gold set, over the road that production takes."""

from __future__ import annotations

import json
import platform
import re
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from toolkit import config, resources
from toolkit.annotate.engine import Item, annotate_window
from toolkit.annotate.manifest import fingerprint, package_version, settings_of
from toolkit.annotate.run import WINDOW
from toolkit.backends.base import Backend, load_backend
from toolkit.corpus.write import atomic, to_row, write_jsonl
from toolkit.errors import ConfigError
from toolkit.evaluation import intervals, metrics
from toolkit.evaluation.config import EvaluateConfig
from toolkit.evaluation.goldset import GoldSet
from toolkit.evaluation.report import markdown
from toolkit.evaluation.sources import load_entries
from toolkit.labels import LabelSet, load_labels
from toolkit.records import Annotation, Sentence

FORMAT = 1
"""Version of results.json; results of an earlier version must stay readable."""

FLAG = ("attributed", "not attributed")

LIBRARIES = ("torch", "transformers", "tokenizers", "scikit-learn", "numpy")

READING = {"unit": "row"}
"""How gold is cut, in the words of a run's settings."""

Progress = Callable[[int, int | None], None]


def evaluate(reference: str | Path, output: Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Evaluate and write ``results.json``, ``report.md`` and ``predictions/``.

    Args:
        reference: Shipped name or path of an evaluation config.
        output: Folder for the results.
        progress: Told how many sentences are done, of how many.

    Returns:
        What ``results.json`` holds.

    Raises:
        ToolkitError: A config, gold set or backend that cannot be used; nothing has run then.
    """
    path = resources.resolve("evaluation", reference, "configs/evaluate")
    settings = config.load(path, EvaluateConfig)
    base = path.resolve().parent
    labels = load_labels(settings.labels, base=base)
    gold = load_entries(settings.gold, labels, split=settings.split)
    backends = [load_backend(name, labels=labels, base=base) for name in settings.backends]
    _require_own_names(gold, backends)
    total = sum(len(one.rows) for one in gold) * len(backends)
    tell = _Counter(total, progress)
    results = []
    for one in gold:
        for backend in backends:
            annotations, seconds = _predict(backend, one, tell)
            write_jsonl(
                (to_row(annotation) for annotation in annotations),
                output / "predictions" / _safe(one.name) / f"{_safe(backend.config.name)}.jsonl",
            )
            results.append(_measure(one, backend, annotations, seconds, labels, settings))
    report = {
        "format": FORMAT,
        "name": settings.name,
        "description": settings.description,
        "config": _portable(settings),
        "labels": list(labels.names),
        "stamp": _stamp(labels),
        "gold": [_gold_facts(one) for one in gold],
        "backends": {backend.config.name: settings_of(backend, READING) for backend in backends},
        "results": results,
    }
    with atomic(output / "results.json") as handle:
        handle.write(json.dumps(report, indent=2, ensure_ascii=False).encode() + b"\n")
    with atomic(output / "report.md") as handle:
        handle.write(markdown(report).encode())
    return report


class _Counter:
    """Adds up what is done and passes it on."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total = total
        self.done = 0
        self.progress = progress

    def add(self, count: int) -> None:
        self.done += count
        if self.progress:
            self.progress(self.done, self.total)


def _safe(name: str) -> str:
    """A name as a single part of a path."""
    return re.sub(r"[^A-Za-z0-9._-]|^\.+$", "_", name) or "_"


def _require_own_names(gold: Sequence[GoldSet], backends: Sequence[Backend]) -> None:
    """Results and files go by name.

    Raises:
        ConfigError: Two gold sets or two backends have the same one, or names that make the same file name.
    """
    kinds = {"gold sets": [one.name for one in gold], "backends": [one.config.name for one in backends]}
    for kind, names in kinds.items():
        if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
            raise ConfigError(f"Two {kind} are called {twice[0]!r}.", hint="Give each a name of its own.")
        files = [_safe(name).lower() for name in names]
        if same := [name for name, file in zip(names, files, strict=True) if files.count(file) > 1]:
            raise ConfigError(
                f"The {kind} {same[0]!r} and {same[1]!r} have the same file name.",
                hint="Name them apart in Latin letters, digits, '.', '_' and '-'; upper and lower case count as one.",
            )


def _portable(settings: EvaluateConfig) -> dict[str, Any]:
    """The config without what belongs to this machine: absolute paths keep their last part alone."""
    values: dict[str, Any] = settings.model_dump(mode="json", exclude={"gold", "leakage"})
    values["labels"] = _last_part(settings.labels)
    values["backends"] = [_last_part(name) for name in settings.backends]
    return values


def _last_part(reference: str) -> str:
    path = Path(reference)
    return path.name if path.is_absolute() or reference.startswith("~") else reference


def _predict(backend: Backend, gold: GoldSet, tell: _Counter) -> tuple[list[Annotation], float]:
    """One annotation per gold row, and the seconds that they took."""
    items = [Item(Sentence(row.id, 0, len(row.text), row.text)) for row in gold.rows]
    run = fingerprint(settings_of(backend, READING))
    annotations: list[Annotation] = []
    start = time.perf_counter()
    for begin in range(0, len(items), WINDOW):
        annotations += annotate_window(items[begin : begin + WINDOW], backend, run)[0]
        tell.add(len(items[begin : begin + WINDOW]))
    return annotations, time.perf_counter() - start


def _measure(
    gold: GoldSet,
    backend: Backend,
    annotations: Sequence[Annotation],
    seconds: float,
    labels: LabelSet,
    settings: EvaluateConfig,
) -> dict[str, Any]:
    answers = [annotation.label or metrics.NO_LABEL for annotation in annotations]
    truth = [row.label for row in gold.rows]
    documents = [row.doc for row in gold.rows]
    result: dict[str, Any] = {
        "gold": gold.name,
        "split": gold.split,
        "backend": backend.config.name,
        "run": annotations[0].run,
        "n": len(gold.rows),
        "documents": len(set(documents)),
        "abstained": sum(annotation.abstained for annotation in annotations),
        "failed": sum(annotation.failure is not None for annotation in annotations),
        "sentences_per_second": round(len(annotations) / seconds, 1) if seconds else None,
    }
    result |= metrics.compute(answers, truth, labels.names)
    matrices = intervals.confusion_by_document(documents, truth, answers, labels.names)
    options = {"resamples": settings.resamples, "seed": settings.seed}
    result["macro_f1_interval"] = intervals.bootstrap(matrices, intervals.macro_f1(matrices), **options)
    result["accuracy_interval"] = intervals.bootstrap(matrices, intervals.accuracy, **options)
    for position, label in enumerate(labels.names):
        result["per_label"][label]["f1_interval"] = intervals.bootstrap(matrices, intervals.f1_of(position), **options)
    result["attributed"] = _measure_flag(gold, annotations, options)
    return result


def _measure_flag(gold: GoldSet, annotations: Sequence[Annotation], options: dict[str, int]) -> dict[str, Any] | None:
    """Precision, recall and F1 of the flag, where the gold set and the backend both tell it."""
    told = [
        (row, annotation) for row, annotation in zip(gold.rows, annotations, strict=True) if row.attributed is not None
    ]
    if not told or all(annotation.attributed is None for _, annotation in told):
        return None
    truth = [FLAG[not row.attributed] for row, _ in told]
    answers = [metrics.NO_LABEL if a.attributed is None else FLAG[not a.attributed] for _, a in told]
    matrices = intervals.confusion_by_document([row.doc for row, _ in told], truth, answers, FLAG)
    scores: dict[str, Any] = metrics.compute(answers, truth, FLAG)["per_label"][FLAG[0]]
    return {**scores, "f1_interval": intervals.bootstrap(matrices, intervals.f1_of(0), **options)}


def _gold_facts(gold: GoldSet) -> dict[str, Any]:
    labels: dict[str, int] = {}
    for row in gold.rows:
        labels[row.label] = labels.get(row.label, 0) + 1
    return {
        "name": gold.name,
        "split": gold.split,
        "n": len(gold.rows),
        "documents": len({row.doc for row in gold.rows}),
        "labels": labels,
        "sha256": gold.digest,
    }


def _stamp(labels: LabelSet) -> dict[str, Any]:
    """What one needs to get the same figures again."""
    return {
        "claimkit": package_version(),
        "label_set": f"{labels.name} {labels.fingerprint}",
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "libraries": {name: version(name) for name in LIBRARIES},
    }
