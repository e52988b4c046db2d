"""Keeps what training made: the weights as safetensors, a backend config to use them with, a model card."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from transformers import TrainerCallback

from toolkit import resources
from toolkit.backends.asking import predict
from toolkit.backends.base import load_backend
from toolkit.corpus.examples import Example
from toolkit.corpus.write import atomic, make_folder
from toolkit.errors import ConfigError, OutputError
from toolkit.evaluation import metrics
from toolkit.labels import LabelSet, load_labels
from toolkit.models.resolve import ADAPTER_WEIGHTS
from toolkit.records import Sentence
from toolkit.training.adapting import is_adapted
from toolkit.training.config import NliTrainConfig, TrainBase, load_train_config
from toolkit.training.train import Trained, train

Say = Callable[[str], None]

WHOLE_WEIGHTS = "model.safetensors"

WRITTEN = ("labels.yaml", "backend.yaml", "README.md")
"""What training writes beside the weights."""


class DevScore(NamedTuple):
    """How the saved model does on the documents that were kept apart."""

    macro_f1: float
    per_label: dict[str, dict[str, float]]
    n: int


def train_and_save(
    reference: str | Path,
    output: Path,
    *,
    data_files: Sequence[Path] = (),
    pair_files: Sequence[Path] = (),
    start: Path | None = None,
    say: Say = lambda line: None,
) -> DevScore:
    """Train, save, load what was saved and measure it.

    Args:
        reference: Shipped name or path of a training config.
        output: Folder for the adapter, ``backend.yaml`` and the card.
        data_files: Labelled text beside that of the config.
        pair_files: General entailment data, for the NLI form.
        start: Adapter to start from, instead of the config's.
        say: Told of progress, line by line.

    Raises:
        ToolkitError: A config, data file or backbone that cannot be used.
    """
    settings, labels = load_training(reference, start=start)
    require_folder(output)
    return make(settings, labels, output, data_files=data_files, pair_files=pair_files, say=say)


def load_training(reference: str | Path, *, start: Path | None = None) -> tuple[TrainBase, LabelSet]:
    """A training config by shipped name or path, and the label set that it names.

    Args:
        reference: Name or path.
        start: Adapter to start from, instead of the config's.

    Raises:
        ToolkitError: There is none, or it cannot be used.
    """
    path = resources.resolve("training config", reference, "configs/train")
    settings = load_train_config(path)
    if start is not None:
        if settings.adapter is None:
            raise ConfigError(
                f"{settings.name!r} trains all weights, so it starts from no adapter.", hint="Leave out --start."
            )
        settings = settings.model_copy(update={"start": start})
    return settings, load_labels(settings.labels, base=path.resolve().parent)


def require_folder(output: Path) -> None:
    """Say now, not after an hour of training, that a folder cannot be made or is somebody else's; it is not made yet.

    Raises:
        OutputError: It cannot be made, or holds files of the names that training writes and that no training wrote.
    """
    if output.exists() and not output.is_dir():
        raise OutputError(f"{output} is a file.", hint="Name a folder with -o.")
    if not any((output / weights).exists() for weights in (ADAPTER_WEIGHTS, WHOLE_WEIGHTS)):
        for name in WRITTEN:
            if (output / name).exists():
                raise OutputError(
                    f"{output / name} is there already and no training wrote it.", hint="Name another folder with -o."
                )
    # os.path does not raise where a folder is closed, or a part of the path is a file.
    nearest = next(place for place in (output, *output.absolute().parents) if os.path.lexists(place))
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK):  # noqa: PTH112
        raise OutputError(f"{output} cannot be made in {nearest}.", hint="Name another folder with -o.")


def make(
    settings: TrainBase,
    labels: LabelSet,
    output: Path,
    *,
    data_files: Sequence[Path] = (),
    pair_files: Sequence[Path] = (),
    say: Say = lambda line: None,
) -> DevScore:
    """Train, save, load what was saved and measure it; see `train_and_save`."""
    with TemporaryDirectory() as work:
        trained = train(
            settings,
            labels,
            data_files=data_files,
            pair_files=pair_files,
            work=Path(work),
            callbacks=[_Progress(say)],
            say=say,
        )
    make_folder(output)
    weights = _save_weights(trained, output)
    labels = trained.material.labels
    _write(output / "labels.yaml", _yaml(labels.model_dump(mode="json")))
    _write(output / "backend.yaml", _backend_yaml(settings, trained.weights if settings.adapter else weights))
    score = _measure(output / "backend.yaml", trained.material.dev)
    _write(output / "README.md", _card(settings, labels, trained, score))
    return score


class _Progress(TrainerCallback):
    """Passes the trainer's log on as short lines."""

    def __init__(self, say: Say) -> None:
        self.say = say

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Called by the trainer."""
        if logs and "loss" in logs:
            self.say(f"step {state.global_step}/{state.max_steps}  loss {float(logs['loss']):.3f}")


def _save_weights(trained: Trained, output: Path) -> str:
    """Half precision: the rounding is far below the noise of training, and the file half as big.

    Returns:
        SHA-256 of the file.
    """
    whole = trained.model.base_model.model if is_adapted(trained.model) else trained.model
    whole.config.id2label = trained.classes
    whole.config.label2id = {name: column for column, name in trained.classes.items()}
    own, other = ADAPTER_WEIGHTS, WHOLE_WEIGHTS
    if not is_adapted(trained.model):
        own, other = other, own
    # Of an earlier training in the other form, whose weights would be taken for these.
    (output / other).unlink(missing_ok=True)
    trained.model.save_pretrained(str(output), safe_serialization=True)
    weights = output / own
    halved = {name: tensor.to(torch.float16).contiguous() for name, tensor in load_file(weights).items()}
    save_file(halved, weights, metadata={"format": "pt"})
    whole.config.save_pretrained(str(output))
    if is_adapted(trained.model):
        # peft writes the folder of the backbone here, which is a path of the machine that trained.
        adapter = output / "adapter_config.json"
        values = json.loads(adapter.read_text(encoding="utf-8")) | {"base_model_name_or_path": None}
        # Sets to peft, so that their order is another each time.
        values |= {name: sorted(values[name]) for name in ("target_modules", "exclude_modules") if values[name]}
        _write(adapter, json.dumps(values, indent=2, sort_keys=True) + "\n")
    else:
        trained.tokenizer.save_pretrained(str(output))
    with weights.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _backend_yaml(settings: TrainBase, weights: str) -> str:
    source: dict[str, Any] = {"folder": "."}
    if settings.adapter is not None:
        source = {**settings.backbone.model_dump(mode="json", exclude_none=True), "adapter": "."}
        if settings.backbone.folder is not None:
            source["folder"] = str(settings.backbone.folder.resolve())
    return _yaml(
        {
            "kind": "nli" if isinstance(settings, NliTrainConfig) else "classifier",
            "name": settings.name,
            "labels": "labels.yaml",
            "model": {**source, "sha256": weights},  # so that an adapter is never put on another backbone
            "max_tokens": max(256, settings.max_tokens),
            **({"hypotheses_per_label": 1} if isinstance(settings, NliTrainConfig) else {}),
        }
    )


def _measure(backend_file: Path, dev: Sequence[Example]) -> DevScore:
    backend = load_backend(backend_file)
    sentences = [Sentence(str(i), 0, len(example.text), example.text) for i, example in enumerate(dev)]
    answers = [prediction.label or metrics.NO_LABEL for prediction in predict(sentences, backend)]
    scores = metrics.compute(answers, [str(example.label) for example in dev], backend.labels.names)
    return DevScore(scores["macro_f1"], scores["per_label"], len(dev))


def _card(settings: TrainBase, labels: LabelSet, trained: Trained, score: DevScore) -> str:
    settings_are_nli = isinstance(settings, NliTrainConfig)
    backbone = settings.backbone.hub or settings.backbone.package or settings.backbone.folder
    rows = [f"| {name} | {values['support']:.0f} | {values['f1']:.3f} |" for name, values in score.per_label.items()]
    return "\n".join(
        [
            f"# {settings.name}",
            "",
            (f"A low-rank adapter (rank {settings.adapter.rank}) for" if settings.adapter else "All weights of")
            + f" `{backbone}`, backbone weights SHA-256 `{trained.weights}`, "
            + ("" if settings.adapter else "trained further. ")
            + "With it the backbone says "
            + ("whether a sentence entails a hypothesis." if settings_are_nli else "which label a sentence has."),
            "",
            f"- Label set: {labels.name} (version {labels.version}): {', '.join(labels.names)}",
            f"- Trained on {_count(trained.material.train)}, seed {settings.seed}, {settings.epochs:g} epochs",
            f"- Dev: {score.n} sentences of documents that were kept apart, macro-F1 {score.macro_f1:.3f}",
            "",
            "| label | n | F1 |",
            "| --- | --- | --- |",
            *rows,
            "",
            "Load it with `Classifier.load('backend.yaml')` or `claimkit annotate --backend backend.yaml`.",
            "",
        ]
    )


def _count(train: Sequence[Example]) -> str:
    """How many sentences of which sort."""
    labelled = sum(example.label is not None for example in train)
    taught = len(train) - labelled
    return f"{labelled} labelled sentences" + (f" and {taught} that only a teacher spoke of" if taught else "")


def _yaml(data: dict[str, Any]) -> str:
    from io import StringIO

    from ruamel.yaml import YAML

    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.width = 120
    stream = StringIO()
    writer.dump(data, stream)
    return stream.getvalue()


def _write(path: Path, text: str) -> None:
    with atomic(path) as handle:
        handle.write(text.encode())
