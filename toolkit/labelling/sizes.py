"""How many sentences to label for an interval of a wanted width.

The variance of one sentence's share in a figure: for accuracy that of right or wrong, for macro-F1 that of its
linearised value (Taylor series, as in survey sampling: Särndal, Swensson & Wretman 1992, 5.5). Without labels both
follow from the model's calibrated probabilities, which say how often it expects to be wrong; with a labelled pilot from
its labels. Sentences of one document are alike, which costs the design effect (Kish 1965, 5.4): with ρ, the
correlation within a document, and s, the chance that two sentences are of one document, it is 1 + (n - 1) s ρ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from toolkit.evaluation.intervals import LEAST, LEVEL

Floats = NDArray[np.float64]
Figure = Literal["accuracy", "macro_f1"]
FIGURES: tuple[Figure, ...] = ("accuracy", "macro_f1")

ASSUMED = 0.05
"""Correlation within documents where nothing is known of it; on the gold sets that come with claimkit it is below .01,
but these are of invented documents, and real sources differ more."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How uncertain one figure is.

    Attributes:
        value: What the figure is expected to be.
        deviation: Standard deviation of one sentence's share.
        correlation: Within documents, never below 0.
    """

    value: float
    deviation: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be known of the figures before there are labels.

    Attributes:
        figures: Accuracy and macro-F1.
        documents: In what will be sampled from.
        together: Chance that two sentences of the sample are of one document.
        sentences: In what will be sampled from.
        basis: Where the variance is from, in words.
        correlation_basis: Where the correlation within documents is from.
        weighting: How many times the variance is that of rows of equal weight.
    """

    figures: Mapping[Figure, Spread]
    documents: int
    together: float
    sentences: int
    basis: str
    correlation_basis: str
    weighting: float = 1.0

    def design_effect(self, figure: Figure, n: int) -> float:
        """How many times the variance is that of unrelated sentences."""
        return self.weighting * (1 + (n - 1) * self.together * self.figures[figure].correlation)

    def width(self, figure: Figure, n: int) -> float | None:
        """Expected width of the 95 % interval, end to end; None where there are too few documents for one."""
        if self.documents < LEAST or n < 1:
            return None
        return 2 * self._quantile * self.figures[figure].deviation * sqrt(self.design_effect(figure, n) / n)

    def needed(self, figure: Figure, width: float) -> int | None:
        """Sentences for an interval of a width; None where no number will do with these documents."""
        if self.documents < LEAST:
            return None
        spread = self.figures[figure]
        unrelated = self.weighting * (2 * self._quantile * spread.deviation / width) ** 2
        shared = self.together * spread.correlation
        if unrelated * shared >= 1:
            return None
        return max(1, ceil(unrelated * (1 - shared) / (1 - unrelated * shared)))

    def finest(self, figure: Figure) -> float | None:
        """The width that even endless sentences of these documents leave."""
        if self.documents < LEAST:
            return None
        spread = self.figures[figure]
        return 2 * self._quantile * spread.deviation * sqrt(self.weighting * self.together * spread.correlation)

    @property
    def _quantile(self) -> float:
        return float(stats.t.ppf((1 + LEVEL) / 2, self.documents - 1))


def spreads(
    predicted: NDArray[np.int64], chances: Floats, documents: Sequence[str], *, correlation: float | None
) -> dict[Figure, Spread]:
    """The spread of each figure.

    Args:
        predicted: Position of the predicted label, -1 where there is none, shape (n,).
        chances: Chance of each label to be the true one, shape (n, labels); 1 and 0 where it is known.
        documents: Of each sentence.
        correlation: Within documents; None measures it, which only labels allow.
    """
    n, labels = chances.shape
    said = (predicted[:, None] == np.arange(labels)).astype(float)
    right = (said * chances).sum(axis=1)
    value = float(right.mean())
    # The share of a sentence, for each label that may be its true one.
    found: dict[Figure, tuple[float, Floats]] = {"accuracy": (value, said - value)}
    hits = said * chances
    size = (said + chances).mean(axis=0)
    used = chances.sum(axis=0) > 0  # a label that is nowhere the true one is no part of the mean, as in `evaluate`
    f1 = np.divide(2 * hits.mean(axis=0), size, out=np.zeros(labels), where=used)
    scale = np.divide(1.0, size, out=np.zeros(labels), where=used) / used.sum()
    missed = -(said @ (f1 * scale))[:, None] - (f1 * scale)[None, :]
    found["macro_f1"] = (float(f1[used].mean()), missed + 2 * said * scale)
    spread: dict[Figure, Spread] = {}
    for name in FIGURES:
        figure, each = found[name]
        expected = (chances * each).sum(axis=1)
        variance = float((chances * each**2).sum() / n)
        rho = _correlation(expected, documents) if correlation is None else correlation
        spread[name] = Spread(figure, sqrt(variance), rho)
    return spread


def _correlation(values: Floats, documents: Sequence[str]) -> float:
    """Intraclass correlation of one-way analysis of variance (Donner 1986), at least 0."""
    _, which = np.unique(np.asarray(documents, dtype=object).astype(str), return_inverse=True)
    sizes = np.bincount(which).astype(float)
    groups, n = len(sizes), len(values)
    if groups < 2 or groups == n:
        return ASSUMED
    means = np.bincount(which, values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (groups - 1)
    within = float(((values - means[which]) ** 2).sum()) / (n - groups)
    typical = (n - float((sizes**2).sum()) / n) / (groups - 1)
    spread = between + (typical - 1) * within
    return min(max((between - within) / spread, 0.0), 1.0) if spread > 0 else 0.0


def unequal_weights(documents: Sequence[str]) -> float:
    """How many times the variance is that of equal weights, when equally many are drawn of each document (Kish 1965).

    Rows of longer documents then stand for more sentences.

    Args:
        documents: Of each sentence.
    """
    return together(documents) * len({*documents})


def together(documents: Sequence[str], *, evenly: bool = False) -> float:
    """Chance that two sentences drawn at random are of one document.

    Args:
        documents: Of each sentence.
        evenly: Whether the same number is drawn from each document.
    """
    _, sizes = np.unique(np.asarray(documents, dtype=object).astype(str), return_counts=True)
    if evenly:
        return 1 / len(sizes)
    return float(((sizes / sizes.sum()) ** 2).sum())
