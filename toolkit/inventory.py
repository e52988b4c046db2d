"""What there is and whether it is sound: listing, checking and rendering of configs, prompts and gold sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from toolkit import config, prompts, resources
from toolkit.backends.base import load_backend, load_config, preview
from toolkit.backends.causal import causal_prompter, scored_prompts, shown
from toolkit.backends.causal_config import CausalConfig
from toolkit.backends.classifier import class_columns, known_classes
from toolkit.backends.composite_config import CompositeBase, leaves
from toolkit.backends.config import BackendBase, ClassifierConfig, ModelBase, NliConfig
from toolkit.backends.nli import hypothesis_groups
from toolkit.backends.prompt_config import PromptedBase
from toolkit.backends.prompting import Answers, Prompter
from toolkit.calibrating.config import CalibrateConfig
from toolkit.calibrating.run import load_inputs
from toolkit.errors import InputError, ToolkitError
from toolkit.evaluation.benchmark_sets import BENCHMARKS
from toolkit.evaluation.benchmarks import require_benchmark, scheme_of
from toolkit.evaluation.config import EvaluateConfig
from toolkit.evaluation.goldset import SPLITS, load_gold
from toolkit.evaluation.plan import require_names
from toolkit.evaluation.sources import load_entries
from toolkit.labels import LabelSet, load_labels
from toolkit.models.resolve import ADAPTER_WEIGHTS, ModelFiles, resolve
from toolkit.records import Sentence
from toolkit.training.config import load_train_config
from toolkit.training.data import read_material

FOLDERS = {
    "backends": "configs/backends",
    "label sets": "configs/labels",
    "evaluations": "configs/evaluate",
    "calibrations": "configs/calibrate",
    "training": "configs/train",
}


def listing() -> dict[str, dict[str, str]]:
    """Kind to name to a line about it, of everything that comes with claimkit."""
    found = {kind: {n: _about(p) for n, p in resources.shipped(folder).items()} for kind, folder in FOLDERS.items()}
    return {
        **found,
        "benchmarks": {name: one.title for name, one in BENCHMARKS.items()},
        "prompts": {name: path.name for name, path in resources.shipped("prompts", prompts.SUFFIX).items()},
    }


def _about(path: Path) -> str:
    """The description in a config, or the comment at its top."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return (
        first.removeprefix("#").strip() if first.startswith("#") else str(config.read_yaml(path).get("description", ""))
    )


def model_states() -> dict[str, str]:
    """Shipped backend that runs a model → whether its files are there; nothing is fetched."""
    states = {}
    for name in resources.shipped("configs/backends"):
        if isinstance(load_config(name)[0], ModelBase):
            try:
                model_files(name, fetch=False)
            except ToolkitError as error:
                states[name] = f"not here: {error.message} {error.hint}"
            else:
                states[name] = "ready"
    return states


def model_files(reference: str | Path, *, fetch: bool = True) -> ModelFiles:
    """The checked model files of a backend.

    Args:
        reference: Name of a shipped backend or path of its config.
        fetch: Whether the Hub may be asked.

    Raises:
        ToolkitError: The backend runs no model, or its files are missing or not the ones meant.
    """
    backend, _ = load_config(reference)
    if not isinstance(backend, ModelBase):
        raise InputError(
            f"The backend {backend.name!r} runs no model.", hint="`claimkit models list` shows the ones that do."
        )
    return resolve(**backend.model.model_dump(), local_only=not fetch)


def check(paths: Sequence[Path], labels: str = "claims") -> Iterator[tuple[Path, str | None]]:
    """Check files; folders are searched for configs, prompts and gold sets.

    Args:
        paths: Files and folders.
        labels: Label set of the gold sets, and to try prompts with.

    Yields:
        Each file that was checked, and what is wrong with it, or None.

    Raises:
        InputError: A path does not exist, or nothing in it can be checked.
    """
    label_set = load_labels(labels)
    found = [file for path in paths for file in _files(path)]
    if not found:
        raise InputError("There is nothing to check.", hint="Give configs, prompts, gold files, or folders of them.")
    for file in found:
        try:
            _check(file, label_set)
        except ToolkitError as error:
            yield file, error.message
        else:
            yield file, None


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise InputError(f"{path} does not exist.", hint="Check the path.")
    if path.is_file():
        return [path]
    yaml = sorted(path.rglob("*.yaml"))
    jinja = sorted(path.rglob(f"*{prompts.SUFFIX}"))
    gold = [
        file
        for split in SPLITS
        for file in sorted(path.rglob(f"{split}.jsonl"))
        if '"units"' not in _head(file)  # a segmentation gold set has spans, not labels
    ]
    return yaml + jinja + gold


def _head(path: Path) -> str:
    """The first line of a file."""
    with path.open(encoding="utf-8", errors="replace") as handle:
        return handle.readline()


def _check(path: Path, labels: LabelSet) -> None:
    if path.suffix == prompts.SUFFIX:
        for answers in get_args(Answers):
            Prompter(PromptedBase(prompt=str(path.resolve()), flags=answers == "json"), labels, answers=answers)
    elif path.suffix == ".jsonl":
        load_gold(path, labels)
    else:
        _check_config(path)


def _check_config(path: Path) -> None:
    """Validate a YAML file as what its keys say that it is, and everything that it names."""
    data = config.read_yaml(path)
    base = path.resolve().parent
    if "fit" in data:
        load_inputs(config.load(path, CalibrateConfig), base)
    elif "gold" in data:
        evaluation = config.load(path, EvaluateConfig)
        labels = load_labels(evaluation.labels, base=base)
        backends = [load_config(name, base=base)[0] for name in evaluation.backends]
        for backend in backends:
            _check_backend(backend, labels)
        # A public set need not be on this machine; a config answers for its name alone.
        for entry in evaluation.gold:
            if entry.benchmark is not None:
                scheme_of(require_benchmark(entry.benchmark), labels)
        own = [entry for entry in evaluation.gold if entry.benchmark is None]
        gold = load_entries(own, labels, split=evaluation.split)
        require_names(evaluation, gold, [backend.name for backend in backends])
    elif "backbone" in data:
        training = load_train_config(path)
        read_material(training, load_labels(training.labels, base=base))
        if training.start is not None and not (training.start / ADAPTER_WEIGHTS).is_file():
            raise InputError(f"There is no adapter in {training.start}.", hint="Check `start:`.")
    elif "kind" in data:
        backend, base = load_config(path)
        _check_backend(backend, load_labels(backend.labels, base=base))
    else:
        config.load(path, LabelSet)


def _check_backend(backend: BackendBase, labels: LabelSet) -> None:
    """That a backend can answer with a label set; models are neither loaded nor fetched."""
    if isinstance(backend, CompositeBase):
        for leaf in leaves(backend):
            _check_backend(leaf, labels)
    elif isinstance(backend, CausalConfig):
        causal_prompter(backend, labels)
    elif isinstance(backend, PromptedBase):
        Prompter(backend, labels)
    elif not isinstance(backend, ModelBase):
        load_backend(backend, labels=labels)
    elif isinstance(backend, ClassifierConfig) and (classes := known_classes(backend.model)) is not None:
        class_columns(classes, labels, backend.classes)


def rendering(text: str, backend: str, *, labels: str | None = None, prompt: str | None = None) -> str:
    """What a model is asked about a sentence.

    Args:
        text: The sentence.
        backend: Name or path of a backend config.
        labels: Label set to use instead of the backend's.
        prompt: Render this prompt instead of the backend's question.

    Raises:
        ToolkitError: Something named does not exist or is not valid.
    """
    settings, base = load_config(backend)
    label_set = load_labels(labels) if labels else load_labels(settings.labels, base=base)
    if prompt is not None:
        return shown(Prompter(PromptedBase(prompt=prompt), label_set).messages(Sentence("", 0, len(text), text)))
    if isinstance(settings, CompositeBase):
        return "\n\n".join(f"{leaf.name}:\n{_asked(leaf, label_set, text)}" for leaf in leaves(settings))
    return _asked(settings, label_set, text)


def _asked(settings: BackendBase, label_set: LabelSet, text: str) -> str:
    """What one backend that answers by itself is asked."""
    request = preview(settings, label_set, Sentence("", 0, len(text), text))
    if request is not None:
        return request
    if isinstance(settings, CausalConfig):
        return scored_prompts(settings, label_set, text)
    if not isinstance(settings, NliConfig):
        return f"The backend {settings.name!r} is asked the bare sentence:\n{text}"
    return _hypotheses(text, label_set, settings.hypotheses_per_label)


def _hypotheses(text: str, labels: LabelSet, most: int | None) -> str:
    asked, groups = hypothesis_groups(labels, most)
    flags = {flag.name for flag in labels.flags}
    lines = [f"premise: {text}"]
    for name, positions in groups.items():
        lines += [
            f"{name} (flag):" if name in flags else f"{name}:",
            *(f"  {asked[position]}" for position in positions),
        ]
    return "\n".join(lines)
