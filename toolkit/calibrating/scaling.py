"""One inverse temperature for all labels and one bias for each, by penalised maximum likelihood or without labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from toolkit.calibrating.scored import Floats, Ints

PRIOR_VARIANCE = 1.0
"""Of a normal prior on each bias (around 0) and on the inverse temperature (around 1): as good as nothing against
400 rows, and it keeps a label that a fold lacks from running off to minus infinity."""
RANGE = (0.02, 50.0)
"""Of the inverse temperature."""


class Scaling(NamedTuple):
    """Logits are multiplied by ``slope``, then ``bias`` is added."""

    slope: float
    bias: Floats


def fit_scaling(logits: Floats, right: Ints, *, slope: bool, bias: bool, weights: Floats | None = None) -> Scaling:
    """Maximum likelihood of the right labels; the log-loss is convex in both, so there is one answer.

    Args:
        logits: Shape (rows, labels).
        right: Position of the right label, shape (rows,).
        slope: Whether to fit the inverse temperature; 1 if not.
        bias: Whether to fit a bias for each label; 0 if not.
        weights: How much each row counts, to any scale; all alike when not given.
    """
    rows, labels = logits.shape
    # 1 on average, so that the prior is as weak beside weighted rows as beside others.
    each = np.ones(rows) if weights is None else weights / weights.mean()
    picked = np.arange(rows), right

    def loss(values: Floats) -> tuple[float, Floats]:
        logs = log_softmax(values[0] * logits + values[1:], axis=1)
        errors = np.exp(logs)
        errors[picked] -= 1
        errors *= each[:, None]
        away = values - start
        gradient = np.concatenate([[float((errors * logits).sum())], errors.sum(axis=0)]) + away / PRIOR_VARIANCE
        return float(-(each * logs[picked]).sum() + (away @ away) / (2 * PRIOR_VARIANCE)) / rows, gradient / rows

    start = np.concatenate([[1.0], np.zeros(labels)])
    bounds = [RANGE if slope else (1.0, 1.0), *([(None, None) if bias else (0.0, 0.0)] * labels)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12, "gtol": 1e-8})
    return Scaling(float(found.x[0]), found.x[1:])


def mean_score_bias(scores: Floats, weights: Floats | None = None) -> Floats:
    """The bias that divides each label's score by its mean over some texts, centred; no labels needed.

    Over unlabelled text of the task this is "batch calibration" (Zhou et al. 2024), which takes the labels to be
    about equally frequent in it; over premises that say nothing it is "contextual calibration" (Zhao et al. 2021).

    Args:
        scores: Shape (texts, labels).
        weights: How much each text counts; all alike when not given.
    """
    bias: Floats = -np.log(np.average(scores, axis=0, weights=weights))
    bias -= bias.mean()
    return bias
