"""Scores to probabilities, probabilities to a label, to a set of labels, or to abstaining.

Probabilities are the softmax of ``log(score) / temperature + bias[label]``: vector scaling with one temperature for
all labels (Guo et al. 2017, "On calibration of modern neural networks"; "bias-corrected temperature scaling" in
Alexandari et al. 2020). The flag has the same with two classes (Platt 1999). `toolkit.calibrating` fits all of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate

from toolkit.calibration_config import CalibrationConfig, ConformalConfig
from toolkit.records import Prediction

FLOOR = 1e-9
"""The least that a score counts for beside a bias, so that the bias can bring a label back that scored nought."""

NEVER = 1.0
"""The threshold of a label that no threshold makes precise enough: one that abstains even at probability 1."""

TOLERANCE = 1e-9
"""Of a nonconformity against the quantile, which was one of its kind when it was fitted."""


def calibrate(prediction: Prediction, config: CalibrationConfig) -> Prediction:
    """Add probabilities, the label, the label set and the flag to a prediction; without scores it stays as it is.

    Args:
        prediction: Scores of a backend.
        config: Temperature, bias and thresholds.
    """
    if prediction.failure is not None or not prediction.scores:
        return prediction
    scores = prediction.scores
    if config.temperature == 1.0 and not config.bias:
        probs, best = dict(scores), max(scores, key=scores.__getitem__)
    else:
        logits = _logits(scores, config)
        probs = _softmax(logits)
        # Probabilities may have been rounded to a tie, and so may log-scores.
        best = max(probs, key=lambda name: (logits[name], scores[name]))
    own = config.thresholds.get(best, config.threshold)
    abstained = probs[best] < own or config.thresholds.get(best) == NEVER
    flag = flag_probability(prediction.flags.get("attributed"), config)
    return Prediction(  # not by dataclasses.replace, which takes as long as all of the above
        scores,
        prediction.flags,
        prediction.usage,
        None,
        probs,
        None if abstained else best,
        prediction.attributed if flag is None else flag >= config.flag_threshold,
        flag,
        abstained,
        None if config.conformal is None else label_set(probs, config.conformal, best=best),
        prediction.rationale,
    )


def _logits(scores: Mapping[str, float], config: CalibrationConfig) -> dict[str, float]:
    floor = FLOOR if config.bias else 0.0
    logs = {name: math.log(max(score, floor)) if score or floor else -math.inf for name, score in scores.items()}
    highest = max(logs.values())  # so that a low temperature cannot make all of them nought
    return {name: (value - highest) / config.temperature + config.bias.get(name, 0.0) for name, value in logs.items()}


def _softmax(logits: Mapping[str, float]) -> dict[str, float]:
    highest = max(logits.values())
    powers = {name: math.exp(value - highest) for name, value in logits.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


def flag_probability(score: float | None, config: CalibrationConfig) -> float | None:
    """The probability of the flag by its score; None stays None.

    Args:
        score: What the backend gave, in [0, 1].
        config: With ``flag_temperature`` and ``flag_bias``.
    """
    if score is None or (config.flag_temperature == 1.0 and config.flag_bias == 0.0):
        return score
    odds = log_odds(score) / config.flag_temperature + config.flag_bias
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))


def log_odds(score: float) -> float:
    """Log-odds of a score, which is kept `FLOOR` away from 0 and 1."""
    kept = min(max(score, FLOOR), 1 - FLOOR)
    return math.log(kept) - math.log1p(-kept)


def nonconformity(probs: Mapping[str, float], method: str) -> dict[str, float]:
    """How badly each label fits, from 0 to 1.

    ``lac`` is one minus its probability (Sadinle, Lei & Wasserman 2019); ``aps`` is the probability of it and of all
    labels before it (Romano, Sesia & Candès 2020, without their randomisation, so that the same sentence always gets
    the same set).

    Args:
        probs: Label to probability.
        method: ``lac`` or ``aps``.
    """
    if method == "lac":
        return {name: 1 - value for name, value in probs.items()}
    names = sorted(probs, key=lambda name: -probs[name])
    return dict(zip(names, accumulate(probs[name] for name in names), strict=True))


def label_set(probs: Mapping[str, float], config: ConformalConfig, *, best: str) -> tuple[str, ...]:
    """The labels that cannot be ruled out, the most probable first; the best one always is among them.

    Args:
        probs: Label to probability.
        config: Method and quantile.
        best: The most probable label.
    """
    badness = nonconformity(probs, config.method)
    kept = [name for name, value in badness.items() if value <= config.quantile + TOLERANCE and name != best]
    return (best, *sorted(kept, key=lambda name: -probs[name]))
