"""Scores to probabilities, probabilities to a label or to abstaining."""

from __future__ import annotations

import math
from dataclasses import replace

from toolkit.backends.config import CalibrationConfig
from toolkit.records import Prediction


def calibrate(prediction: Prediction, config: CalibrationConfig) -> Prediction:
    """Add probabilities, the label and the flag to a prediction; a failed one stays as it is.

    The temperature divides log-scores (Guo et al. 2017); it moves probabilities and never the order of labels.

    Args:
        prediction: Scores of a backend.
        config: Temperature and thresholds.
    """
    if prediction.failure is not None:
        return prediction
    probs = dict(prediction.scores)
    if config.temperature != 1.0:
        # Relative to the highest score, so that a low temperature cannot make all of them nought.
        highest = max(probs.values())
        powers = {name: math.pow(score / highest, 1 / config.temperature) for name, score in probs.items()}
        total = sum(powers.values())
        probs = {name: power / total for name, power in powers.items()}
    best = max(probs, key=lambda name: prediction.scores[name])  # probabilities may have been rounded to a tie
    abstained = probs[best] < config.threshold
    flag = prediction.flags.get("attributed")
    return replace(
        prediction,
        probs=probs,
        label=None if abstained else best,
        attributed=None if flag is None else flag >= config.flag_threshold,
        abstained=abstained,
    )
