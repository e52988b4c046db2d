"""Figures of probabilities, for thousands of draws at once: sums over rows are products, rankings are sorted once."""

from __future__ import annotations

import numpy as np

from toolkit.evaluation.intervals import Figures, Floats
from toolkit.evaluation.scored import Ints, Mask, Scored

BINS = 10
SMALLEST = 1e-6
"""Probabilities of a record have six decimals; log-loss takes none as smaller."""


def log_losses(scores: Floats, gold: Ints) -> Floats:
    """Minus the log of the gold class's probability, of each row."""
    clipped = np.clip(scores, SMALLEST, 1)
    clipped /= clipped.sum(axis=1, keepdims=True)
    result: Floats = -np.log(clipped[np.arange(len(gold)), gold])
    return result


def brier_scores(scores: Floats, gold: Ints) -> Floats:
    """Sum over classes of squared errors, of each row; from 0 to 2 (Brier 1950)."""
    truth = np.eye(scores.shape[1])[gold]
    result: Floats = ((scores - truth) ** 2).sum(axis=1)
    return result


def equal_mass(confidence: Floats, bins: int = BINS) -> tuple[Ints, Floats]:
    """Bin of each row, and the edges of the bins.

    Rows of the same confidence are in the same bin, so there are fewer bins where a backend has few different ones.
    """
    edges = np.quantile(confidence, np.linspace(0, 1, bins + 1))
    found = np.searchsorted(edges[1:-1], confidence)
    used, position = np.unique(found, return_inverse=True)
    return position.astype(np.int64), np.concatenate([edges[used], edges[-1:]])


def by_document(values: Floats, document: Ints, documents: int) -> Floats:
    """Sums over each document's rows; shape (documents, columns)."""
    sums = np.zeros((documents, *values.shape[1:]))
    np.add.at(sums, document, values)
    return sums


class Ece:
    """Expected calibration error over bins of equal mass (Nguyen & O'Connor 2015; Nixon et al. 2019).

    The bins are those of all rows in every draw.

    Args:
        confidence: Probability of each row.
        happened: Whether it came true.
        document: Document of each row.
        row_weights: How much each row counts; all alike when not given.
    """

    def __init__(self, confidence: Floats, happened: Mask, document: Ints, row_weights: Floats | None = None) -> None:
        place, _ = equal_mass(confidence)
        each = np.ones(len(document)) if row_weights is None else row_weights
        gaps = (each * (confidence - happened))[:, None] * np.eye(int(place.max()) + 1)[place]
        documents = int(document.max()) + 1
        self.gaps = by_document(gaps, document, documents)
        self.rows = by_document(each, document, documents)

    def __call__(self, weights: Floats) -> Floats:
        """One value a draw."""
        result: Floats = np.abs(weights @ self.gaps).sum(axis=1) / (weights @ self.rows)
        return result


class Auroc:
    """Area under the ROC curve: how often a positive row has a higher score than a negative one, ties by half.

    Args:
        score: Of each row.
        positive: Which rows are.
        document: Document of each row.
        row_weights: How much each row counts; all alike when not given.
    """

    def __init__(self, score: Floats, positive: Mask, document: Ints, row_weights: Floats | None = None) -> None:
        order = np.argsort(score, kind="stable")
        self.each = np.ones(len(order)) if row_weights is None else row_weights[order]
        self.document = document[order]
        self.positive = positive[order]
        # Where a new score begins: rows with the same one are tied.
        self.starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])

    def __call__(self, weights: Floats) -> Floats:
        """One value a draw, NaN where it has no positive or no negative row."""
        rows = weights[:, self.document] * self.each
        positive = np.add.reduceat(rows * self.positive, self.starts, axis=1)
        negative = np.add.reduceat(rows * ~self.positive, self.starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
        wins = (positive * (below + negative / 2)).sum(axis=1)
        result: Floats = np.divide(wins, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)
        return result


class ProbabilityFigures:
    """``log_loss``, ``brier``, ``ece`` and ``auroc:<class>`` of a backend's scores.

    Args:
        scored: The rows; those that failed count as uniform.
    """

    def __init__(self, scored: Scored) -> None:
        gold, document = scored.gold, scored.document
        means = np.stack([np.ones(len(gold)), log_losses(scored.scores, gold), brier_scores(scored.scores, gold)], 1)
        self.sums = by_document(means * scored.weights[:, None], document, scored.documents)
        self.ece = Ece(scored.confidence, (scored.top == gold) & ~scored.failed, document, scored.weights)
        self.aurocs = {
            f"auroc:{name}": Auroc(scored.scores[:, position], gold == position, document, scored.weights)
            for position, name in enumerate(scored.classes)
        }

    def __call__(self, weights: Floats) -> Figures:
        """All of them for all draws."""
        rows, losses, briers = (weights @ self.sums).T
        figures = {"log_loss": losses / rows, "brier": briers / rows, "ece": self.ece(weights)}
        return figures | {name: auroc(weights) for name, auroc in self.aurocs.items()}
