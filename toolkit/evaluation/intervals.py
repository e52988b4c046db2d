"""95 % intervals by bootstrap, clustered on documents (Efron & Tibshirani 1993; Field & Welsh 2007).

Sentences of one document resemble each other, so documents are what is drawn. Every metric here is a function of a
confusion matrix, so a draw is a weighted sum of the documents' matrices: thousands of draws are one product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrices = NDArray[np.float64]
"""Confusion matrices, shape (draws, labels, labels + 1): gold by row, predicted by column, last column no label."""

Statistic = Callable[[Matrices], NDArray[np.float64]]


class Interval(NamedTuple):
    """A percentile interval."""

    low: float
    high: float


def confusion_by_document(
    documents: Sequence[str], gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> Matrices:
    """One confusion matrix per document, shape (documents, labels, labels + 1)."""
    order = {name: position for position, name in enumerate(dict.fromkeys(documents))}
    column = {name: position for position, name in enumerate(labels)}
    matrices = np.zeros((len(order), len(labels), len(labels) + 1))
    for document, right, answer in zip(documents, gold, predicted, strict=True):
        matrices[order[document], column[right], column.get(answer, len(labels))] += 1
    return matrices


def _f1(matrices: Matrices) -> NDArray[np.float64]:
    """F1 of each label in each matrix, NaN where the label has no gold; shape (draws, labels)."""
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    gold = matrices.sum(axis=2)
    answered = matrices.sum(axis=1)[:, :-1]
    result: NDArray[np.float64] = np.divide(2 * hits, gold + answered, out=np.full_like(hits, np.nan), where=gold > 0)
    return result


def macro_f1(whole: Matrices) -> Statistic:
    """Macro-F1 over the labels that occur in the gold of the whole set, the same ones in every draw.

    A draw that lacks one of them has no such mean: it is NaN. The mean of the others would be another figure, and a
    higher one wherever the rare labels are the hard ones.

    Args:
        whole: The matrices that are drawn from.
    """
    present = whole.sum(axis=(0, 2)) > 0

    def statistic(matrices: Matrices) -> NDArray[np.float64]:
        result: NDArray[np.float64] = _f1(matrices)[:, present].mean(axis=1)
        return result

    return statistic


def accuracy(matrices: Matrices) -> NDArray[np.float64]:
    """Accuracy of each matrix; shape (draws,)."""
    result: NDArray[np.float64] = np.trace(matrices, axis1=1, axis2=2) / matrices.sum(axis=(1, 2))
    return result


def f1_of(position: int) -> Statistic:
    """F1 of one label, by its position; NaN in a draw that has no gold of it, whatever was predicted."""
    return lambda matrices: _f1(matrices)[:, position]


def bootstrap(matrices: Matrices, statistic: Statistic, *, resamples: int, seed: int) -> Interval | None:
    """The 95 % percentile interval of a statistic, over the draws in which it is defined.

    None for a single document, which says nothing of others, and where no draw has what the statistic needs.

    Args:
        matrices: One confusion matrix per document.
        statistic: What to compute of each draw; NaN where it is undefined.
        resamples: Number of draws.
        seed: Of the drawing.
    """
    count = len(matrices)
    if count < 2:
        return None
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    draws = np.tensordot(weights.astype(np.float64), matrices, axes=1)
    values = statistic(draws)
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(float(low), float(high))
