"""Do probabilities mean what they say: the data of a reliability diagram."""

from __future__ import annotations

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from toolkit.evaluation.probabilities import equal_mass
from toolkit.evaluation.schema import Bin
from toolkit.evaluation.scored import Floats, Mask


def wilson(right: int, n: int) -> list[float]:
    """The 95 % interval of a share (Wilson 1927)."""
    low, high = proportion_confint(right, n, method="wilson")
    return [max(0.0, float(low)), min(1.0, float(high))]


def reliability(confidence: Floats, happened: Mask) -> list[Bin]:
    """Bins of equally many rows by rising confidence.

    Args:
        confidence: Probability of each row.
        happened: Whether it came true.
    """
    if not len(confidence):
        return []
    place, edges = equal_mass(confidence)
    bins: list[Bin] = []
    for number in range(int(place.max()) + 1):
        inside = place == number
        n, right = int(inside.sum()), int(happened[inside].sum())
        bins.append(
            {
                "low": float(edges[number]),
                "high": float(edges[number + 1]),
                "n": n,
                "confidence": float(np.mean(confidence[inside])),
                "accuracy": right / n,
                "interval": wilson(right, n),
            }
        )
    return bins
