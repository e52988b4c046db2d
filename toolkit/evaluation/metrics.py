"""Metrics as `evaluate.Metric` classes: computed by scikit-learn, usable with everything that takes such metrics.

A prediction may be the empty string: abstained or failed. It counts as a miss of the gold label and as a hit of none.
Averages over labels take the labels that occur in the gold. `toolkit.evaluation.figures` computes the same figures with
intervals; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
import numpy as np
from sklearn.metrics import (
    brier_score_loss,
    confusion_matrix,
    log_loss,
    matthews_corrcoef,
    precision_recall_fscore_support,
    roc_auc_score,
)

from toolkit.evaluation.probabilities import SMALLEST, equal_mass

NO_LABEL = ""

_CITATION = "Pedregosa et al. 2011, Scikit-learn: Machine Learning in Python"


class _LabelMetric(evaluate.Metric):  # type: ignore[misc]
    """Base: string predictions against string references, kept in memory so that nothing is written to a cache."""

    description = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keep_in_memory=True, **kwargs)

    def _build_data_dir(self) -> str:
        """Where a cache would be; the base class would make the folder, though nothing is ever put there."""
        return str(self._data_dir_root)

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=self.description,
            citation=_CITATION,
            inputs_description="predictions, references: label names; labels: all of them",
            features=datasets.Features(
                {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
            ),
        )


def _present(references: Sequence[str], labels: Sequence[str]) -> list[str]:
    return [label for label in labels if label in set(references)]


class MacroF1(_LabelMetric):
    """Mean of the labels' F1; the primary figure."""

    description = "Unweighted mean of F1 over the labels that occur in the references."

    def _compute(self, predictions: list[str], references: list[str], labels: Sequence[str]) -> dict[str, float]:
        chosen = _present(references, labels)
        scores = precision_recall_fscore_support(references, predictions, labels=chosen, zero_division=0)
        return {"macro_f1": float(scores[2].mean())}


class PerLabel(_LabelMetric):
    """Precision, recall, F1 and support of each label."""

    description = "Precision, recall, F1 and support of every label."

    def _compute(
        self, predictions: list[str], references: list[str], labels: Sequence[str]
    ) -> dict[str, dict[str, dict[str, float]]]:
        scores = precision_recall_fscore_support(references, predictions, labels=list(labels), zero_division=0)
        names = ("precision", "recall", "f1", "support")
        return {
            "per_label": {
                label: {name: float(values[i]) for name, values in zip(names, scores, strict=True)}
                for i, label in enumerate(labels)
            }
        }


class Accuracy(_LabelMetric):
    """Share of right answers."""

    description = "Share of predictions that equal the reference."

    def _compute(self, predictions: list[str], references: list[str], labels: Sequence[str]) -> dict[str, float]:
        del labels
        right = sum(one == other for one, other in zip(predictions, references, strict=True))
        return {"accuracy": right / len(references)}


class Confusion(_LabelMetric):
    """Counts of (gold, predicted); the last column is no label."""

    description = "Confusion matrix, gold by row, predicted by column, the last column for no label."

    def _compute(
        self, predictions: list[str], references: list[str], labels: Sequence[str]
    ) -> dict[str, list[list[int]]]:
        columns = [*labels, NO_LABEL]
        matrix = confusion_matrix(references, predictions, labels=columns)
        return {"confusion": matrix[: len(labels)].tolist()}


class Mcc(_LabelMetric):
    """Matthews' correlation coefficient."""

    description = "Matthews' correlation coefficient for several classes; no label is a class of its own."

    def _compute(self, predictions: list[str], references: list[str], labels: Sequence[str]) -> dict[str, float]:
        del labels
        # Scikit-learn warns where there is but one class in all, and answers nought.
        alone = len({*references, *predictions}) == 1
        return {"mcc": 0.0 if alone else float(matthews_corrcoef(references, predictions))}


class Coverage(_LabelMetric):
    """Share of rows with an answer."""

    description = "Share of predictions that are a label."

    def _compute(self, predictions: list[str], references: list[str], labels: Sequence[str]) -> dict[str, float]:
        del references, labels
        return {"coverage": sum(one != NO_LABEL for one in predictions) / len(predictions)}


class _ProbabilityMetric(_LabelMetric):
    """Base: a row of probabilities, in the order of the labels, against each string reference."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=self.description,
            citation=_CITATION,
            inputs_description="predictions: probabilities of the labels; references: label names; labels: all of them",
            features=datasets.Features(
                {"predictions": datasets.Sequence(datasets.Value("float64")), "references": datasets.Value("string")}
            ),
        )


class LogLoss(_ProbabilityMetric):
    """Mean log-loss."""

    description = "Mean of minus the log of the reference's probability, none taken as below 0.000001."

    def _compute(
        self, predictions: list[list[float]], references: list[str], labels: Sequence[str]
    ) -> dict[str, float]:
        clipped = np.clip(predictions, SMALLEST, 1)
        clipped /= clipped.sum(axis=1, keepdims=True)
        truth = [list(labels).index(reference) for reference in references]
        return {"log_loss": float(log_loss(truth, clipped, labels=range(len(labels))))}


class Brier(_ProbabilityMetric):
    """Brier score."""

    description = "Mean over rows of the sum over labels of squared errors, from 0 to 2."

    def _compute(
        self, predictions: list[list[float]], references: list[str], labels: Sequence[str]
    ) -> dict[str, float]:
        truth = [list(labels).index(reference) for reference in references]
        options = {"labels": range(len(labels)), "scale_by_half": False}
        return {"brier": float(brier_score_loss(truth, np.asarray(predictions), **options))}


class ExpectedCalibrationError(_ProbabilityMetric):
    """Expected calibration error."""

    description = "Mean gap between the top probability and how often it is right, over ten bins of equal mass."

    def _compute(
        self, predictions: list[list[float]], references: list[str], labels: Sequence[str]
    ) -> dict[str, float]:
        scores = np.asarray(predictions)
        right = scores.argmax(axis=1) == [list(labels).index(reference) for reference in references]
        place, _ = equal_mass(scores.max(axis=1))
        gaps = np.bincount(place, weights=scores.max(axis=1) - right)
        return {"ece": float(np.abs(gaps).sum() / len(references))}


class AurocPerLabel(_ProbabilityMetric):
    """Area under the ROC curve of each label."""

    description = "Area under the ROC curve of each label against the rest; None where it has no such rows."

    def _compute(
        self, predictions: list[list[float]], references: list[str], labels: Sequence[str]
    ) -> dict[str, dict[str, float | None]]:
        scores = np.asarray(predictions)
        truth = {label: [reference == label for reference in references] for label in labels}
        return {
            "auroc": {
                label: float(roc_auc_score(truth[label], scores[:, i])) if len(set(truth[label])) == 2 else None
                for i, label in enumerate(labels)
            }
        }


METRICS = (MacroF1, PerLabel, Accuracy, Mcc, Coverage, Confusion)
PROBABILITY_METRICS = (LogLoss, Brier, ExpectedCalibrationError, AurocPerLabel)


def compute(predictions: Sequence[str], references: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """All metrics of labels of one backend on one gold set.

    Args:
        predictions: Predicted labels, `NO_LABEL` for none; shape (rows,).
        references: Gold labels; shape (rows,).
        labels: The label set, in order.
    """
    results: dict[str, Any] = {}
    for metric in METRICS:
        results |= metric().compute(predictions=list(predictions), references=list(references), labels=list(labels))
    return results
