"""Do probabilities mean what they say: the data of a reliability diagram."""

from __future__ import annotations

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from toolkit.evaluation.probabilities import equal_mass
from toolkit.evaluation.schema import Bin
from toolkit.evaluation.scored import Floats, Mask, effective


def wilson(right: float, n: float) -> list[float]:
    """The 95 % interval of a share (Wilson 1927)."""
    low, high = proportion_confint(right, n, method="wilson")
    return [max(0.0, float(low)), min(1.0, float(high))]


def reliability(confidence: Floats, happened: Mask, weights: Floats | None = None) -> list[Bin]:
    """Bins of equally many rows by rising confidence.

    Args:
        confidence: Probability of each row.
        happened: Whether it came true.
        weights: How much each row counts; all alike when not given.
    """
    if not len(confidence):
        return []
    place, edges = equal_mass(confidence)
    bins: list[Bin] = []
    for number in range(int(place.max()) + 1):
        inside = place == number
        each = np.ones(int(inside.sum())) if weights is None else weights[inside]
        accuracy = float(np.average(happened[inside], weights=each))
        bins.append(
            {
                "low": float(edges[number]),
                "high": float(edges[number + 1]),
                "n": int(inside.sum()),
                "confidence": float(np.average(confidence[inside], weights=each)),
                "accuracy": accuracy,
                "interval": wilson(accuracy * effective(each), effective(each)),
            }
        )
    return bins
