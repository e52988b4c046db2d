"""Zero-shot classification by natural-language inference (Yin et al. 2019): which hypothesis does the sentence entail?

The score of a label is the softmax, over the labels, of the model's entailment logit averaged over the label's
hypotheses. With one hypothesis each this is what the transformers zero-shot-classification pipeline computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from toolkit.backends import running
from toolkit.backends.config import NliConfig
from toolkit.backends.scores import finite_rows, sigmoid, softmax, to_predictions
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.models.resolve import resolve
from toolkit.records import Prediction, Sentence


class NliBackend:
    """Scores sentences with a sequence-pair model.

    Args:
        config: Which model, asked how.
        labels: The labels and their hypotheses.

    Raises:
        ModelError: The files are missing, changed or of the wrong kind, or a hypothesis is too long for the model.
        ConfigError: The entailment column cannot be told.
    """

    def __init__(self, config: NliConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self.files = resolve(**config.model.model_dump())
        self.model = running.load_model(config, self.files)
        self.entailment = entailment_column(self.model.id2label, config.entailment)
        self.hypotheses, self._groups = hypothesis_groups(labels, config.hypotheses_per_label)
        self.model.room(self.hypotheses, config.max_tokens)  # fails now rather than in the middle of a run

    def identity(self) -> dict[str, Any]:
        """The weights, and what runs them."""
        return running.identity(self.files, self.model)

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Score sentences; see `toolkit.backends.base.Backend`."""
        if not sentences:
            return []
        answer = self.model.pair_logits(
            [sentence.text for sentence in sentences],
            self.hypotheses,
            max_tokens=self.config.max_tokens,
            tokens_per_batch=self.config.tokens_per_batch,
        )
        logits, finite = finite_rows(answer.logits)
        entailed = logits[:, :, self.entailment]
        others = np.delete(logits, self.entailment, axis=2)
        odds = entailed - np.logaddexp.reduce(others, axis=2)
        scores = softmax(np.stack([entailed[:, self._groups[name]].mean(axis=1) for name in self.labels.names], axis=1))
        told = [(str(flag.name), odds[:, self._groups[flag.name]].mean(axis=1)) for flag in self.labels.flags]
        flags = {name: sigmoid(values) for name, values in told}
        return to_predictions(self.labels.names, scores, flags, answer=answer, finite=finite)


def hypothesis_groups(labels: LabelSet, most: int | None = None) -> tuple[list[str], dict[str, list[int]]]:
    """All hypotheses in one list, and the positions that belong to each label and flag.

    Args:
        labels: The label set.
        most: Use only the first so many of each.
    """
    hypotheses: list[str] = []
    groups: dict[str, list[int]] = {}
    asked = [(label.name, labels.hypotheses(label)) for label in labels.labels]
    asked += [(flag.name, flag.hypotheses) for flag in labels.flags]
    for name, own in asked:
        chosen = own[:most]
        groups[name] = list(range(len(hypotheses), len(hypotheses) + len(chosen)))
        hypotheses.extend(chosen)
    return hypotheses, groups


def entailment_column(id2label: Mapping[int, str], wanted: str | int | None = None) -> int:
    """The column that means entailment, in whatever order a model has its classes.

    Args:
        id2label: Column to class name, from the model's config.
        wanted: Column or class name given in the backend config.

    Raises:
        ConfigError: There is no such column, it is the only one, or the names (``LABEL_0`` …) do not tell.
    """
    if len(id2label) < 2:
        raise ConfigError("The model has a single class.", hint="It must tell entailment from something else.")
    names = {name.lower(): column for column, name in id2label.items()}
    shown = ", ".join(f"{column}: {name}" for column, name in id2label.items())
    if isinstance(wanted, int):
        if wanted in id2label:
            return wanted
    elif wanted is not None:
        if wanted.lower() in names:
            return names[wanted.lower()]
    else:
        columns = [column for name, column in names.items() if name in {"entailment", "entail", "entailed"}]
        if len(columns) == 1:
            return columns[0]
    raise ConfigError(
        f"The model's entailment column cannot be told; its classes are {shown}.",
        hint="Set `entailment:` in the backend config to the index or the name of that class.",
    )
