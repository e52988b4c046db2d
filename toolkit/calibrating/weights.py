"""Weights of an ensemble's members, by maximum likelihood on gold rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from toolkit.calibrating.scored import Floats, Scored
from toolkit.calibration import FLOOR

DIGITS = 4
"""Decimals of a weight that is written, and measured with."""


def fit_weights(scored: Scored) -> tuple[float, ...]:
    """The mixture of the members under which the gold labels are most likely: not negative, and they sum to 1.

    The log-loss of a mixture is convex in its weights, so there is one answer. Rows that a member has no
    probabilities for are left out.

    Args:
        scored: Rows with the calibrated answers of each member.
    """
    told = [place for place, answers in enumerate(scored.members) if all(one.probs for one in answers)]
    if not told:
        return (1 / len(scored.members[0]),) * len(scored.members[0])
    probs = [[one.probs[scored.gold[place]] for one in scored.members[place]] for place in told]
    right, each = np.array(probs).clip(min=FLOOR), scored.weights[told]

    def loss(weights: Floats) -> tuple[float, Floats]:
        mixture = right @ weights
        gradient: Floats = -np.average(right / mixture[:, None], axis=0, weights=each)
        return float(-np.average(np.log(mixture), weights=each)), gradient

    count = right.shape[1]
    whole = {"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": lambda _: np.ones(count)}
    # Not quite from 0 on, where a mixture of nothing but that member would have no logarithm.
    bounds = [(FLOOR, 1.0)] * count
    found = minimize(loss, np.full(count, 1 / count), jac=True, method="SLSQP", bounds=bounds, constraints=[whole])
    return _rounded(found.x)


def _rounded(weights: Floats) -> tuple[float, ...]:
    """What is left to 1 by rounding goes to the largest."""
    short = np.round(weights / weights.sum(), DIGITS)
    short[short.argmax()] += 1 - short.sum()
    return tuple(round(float(weight), DIGITS) for weight in short)


def words(names: Sequence[str], weights: Sequence[float]) -> str:
    """The weights as a sentence."""
    return f"Weights: {', '.join(f'{name} {weight:.4g}' for name, weight in zip(names, weights, strict=True))}."
