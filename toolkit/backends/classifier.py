"""Single-pass classification: a sequence classifier whose classes are the labels, and the flags if it has them.

One forward pass a sentence, where `toolkit.backends.nli` needs one for each hypothesis; the price is that such a model
knows the label set that it was trained on and no other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from toolkit.backends import running
from toolkit.backends.config import ClassifierConfig, ModelSource
from toolkit.backends.scores import finite_rows, sigmoid, softmax, to_predictions
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.models.resolve import adapter_folder, resolve
from toolkit.records import Prediction, Sentence


class ClassifierBackend:
    """Scores sentences with a sequence classifier.

    The softmax goes over the columns of the labels; a column called like a flag is a logit of its own.

    Args:
        config: Which model, and what its classes mean.
        labels: The label set.

    Raises:
        ModelError: The files are missing, changed or of the wrong kind.
        ConfigError: The model's classes are not the labels.
    """

    def __init__(self, config: ClassifierConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self.files = resolve(**config.model.model_dump())
        self.model = running.load_model(config, self.files)
        self._labels, self._flags = class_columns(self.model.id2label, labels, config.classes)

    def identity(self) -> dict[str, Any]:
        """The weights, and what runs them."""
        return running.identity(self.files, self.model)

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Score sentences; see `toolkit.backends.base.Backend`."""
        if not sentences:
            return []
        answer = self.model.text_logits(
            [sentence.text for sentence in sentences],
            max_tokens=self.config.max_tokens,
            tokens_per_batch=self.config.tokens_per_batch,
        )
        logits, finite = finite_rows(answer.logits)
        used = sorted(column for columns in self._labels.values() for column in columns)
        shares = dict(zip(used, softmax(logits[:, used]).T, strict=True))
        scores = np.stack(
            [np.sum([shares[column] for column in self._labels[name]], axis=0) for name in self.labels.names], axis=1
        )
        flags = {name: sigmoid(logits[:, column]) for name, column in self._flags.items()}
        return to_predictions(self.labels.names, scores, flags, answer=answer, finite=finite)


def known_classes(source: ModelSource) -> dict[int, str] | None:
    """The classes of a model, by column, as far as a file here tells them; nothing is loaded or fetched.

    Args:
        source: Where the model comes from.

    Raises:
        ModelError: The adapter is missing.
    """
    place = source.folder if source.adapter is None else adapter_folder(source.adapter)
    try:
        config = json.loads((place / "config.json").read_text(encoding="utf-8")) if place is not None else {}
    except (OSError, ValueError):
        return None  # loading it will say what is wrong
    names = config.get("id2label")
    return {int(column): str(name) for column, name in names.items()} if names else None


def class_columns(
    id2label: Mapping[int, str], labels: LabelSet, classes: Mapping[str, str] | None = None
) -> tuple[dict[str, list[int]], dict[str, int]]:
    """The columns that mean each label, and the column of each flag that the model has.

    Args:
        id2label: Column to class name, from the model's config.
        labels: The label set.
        classes: Class name to label or flag, where the names differ; several classes may mean one label.

    Raises:
        ConfigError: A class means nothing in the label set, or a label has no class.
    """
    shown = ", ".join(id2label.values())
    meaning = {name.lower(): target for name, target in (classes or {}).items()}
    if unknown := [name for name in classes or {} if name.lower() not in {one.lower() for one in id2label.values()}]:
        raise ConfigError(
            f"The model has no class {unknown[0]!r}; its classes are {shown}.", hint="Correct `classes:`."
        )
    flag_names = {flag.name for flag in labels.flags}
    of_label: dict[str, list[int]] = {name: [] for name in labels.names}
    of_flag: dict[str, int] = {}
    for column, name in id2label.items():
        target = meaning.get(name.lower(), name)
        if target in of_label:
            of_label[target].append(column)
        elif target in flag_names:
            of_flag[target] = column
        else:
            raise ConfigError(
                f"The model's class {name!r} is no label or flag of {labels.name!r}; its classes are {shown}.",
                hint="Say under `classes:` which label each class means.",
            )
    if missing := [name for name, columns in of_label.items() if not columns]:
        raise ConfigError(
            f"No class of the model means {', '.join(missing)}; its classes are {shown}.",
            hint="Say under `classes:` which label each class means, or choose another label set.",
        )
    return of_label, of_flag
