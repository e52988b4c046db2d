"""The parameters of a calibration, from rows that have scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from toolkit.calibrating.config import ConformalOptions, FitOptions
from toolkit.calibrating.scaling import fit_scaling, mean_score_bias
from toolkit.calibrating.scored import Floats, Ints, Scored
from toolkit.calibrating.thresholds import conformal_quantile, f1_threshold, precision_threshold
from toolkit.calibration import NEVER, calibrate, nonconformity
from toolkit.calibration_config import CalibrationConfig, ConformalConfig


def fit_scored(
    scored: Scored, options: FitOptions, start: CalibrationConfig, *, bias: Floats | None = None
) -> CalibrationConfig:
    """The fit itself, on rows that have scores.

    Args:
        scored: The rows.
        options: What to fit.
        start: Where it starts from, and what it keeps where nothing is fitted.
        bias: A label bias from unlabelled text, where there is one.
    """
    held_out = None
    if options.conformal:
        seen, kept = halves(scored.documents, options.seed)
        scored, held_out = scored.take(seen), scored.take(kept)
    fitted = start.model_copy(update=_labels(scored, options, start, bias))
    if options.flag and flag_varies(scored):
        fitted = fitted.model_copy(update=_flag(scored, start))
    if options.precision:
        fitted = fitted.model_copy(update={"thresholds": _thresholds(scored, fitted, options.precision)})
    if options.conformal and held_out:
        fitted = fitted.model_copy(update={"conformal": _conformal(held_out, fitted, options.conformal)})
    return fitted


def halves(documents: Sequence[str], seed: int) -> tuple[Ints, Ints]:
    """Places of the rows to fit on, and of those kept for the quantile of label sets; half of the documents each.

    The quantile has its guarantee only from rows that the rest was not fitted on.

    Args:
        documents: Document of each row.
        seed: Of the shuffle.
    """
    seen, kept = next(GroupShuffleSplit(1, test_size=0.5, random_state=seed).split(documents, groups=documents))
    return seen, kept


def _labels(scored: Scored, options: FitOptions, start: CalibrationConfig, bias: Floats | None) -> dict[str, Any]:
    """Temperature and bias. A fitted slope also scales what bias there is, so that it keeps the order of labels."""
    if options.bias == "none" and not options.temperature:
        return {}
    by_labels = options.bias == "labels"
    refit = options.temperature and options.bias != "none"
    temperature = 1.0 if refit else start.temperature
    if options.bias == "batch" and bias is None:
        bias = mean_score_bias(scored.scores(), scored.weight)
    own = np.array([start.bias.get(name, 0.0) for name in scored.names])
    before = np.zeros(len(scored.names)) if by_labels else own if bias is None else bias / temperature
    slope, added = 1.0, np.zeros(len(scored.names))
    if by_labels or options.temperature:
        logits = np.log(scored.scores()) / temperature + before
        slope, added = fit_scaling(
            logits, scored.right, slope=options.temperature, bias=by_labels, weights=scored.weight
        )
    total = slope * before + added
    named = {name: _short(value) for name, value in zip(scored.names, total, strict=True)} if total.any() else {}
    return {"temperature": _short(temperature / slope), "bias": named}


def flag_varies(scored: Scored) -> bool:
    """Whether gold and backend tell the flag, and do not always tell the same."""
    odds, right, _ = scored.flags()
    return bool(right.any() and not right.all() and np.ptp(odds) > 0)


def _flag(scored: Scored, start: CalibrationConfig) -> dict[str, Any]:
    odds, right, weights = scored.flags()
    # Two classes with half of the log-odds each; the bias is the difference of theirs.
    logits = np.outer(odds, [-0.5, 0.5])
    slope, (low, high) = fit_scaling(logits, right.astype(np.int64), slope=True, bias=True, weights=weights)
    scale = {"flag_temperature": _short(1 / slope), "flag_bias": _short(high - low)}
    probs = _flag_probs(scored, start.model_copy(update=scale))
    return {**scale, "flag_threshold": _short(f1_threshold(probs, weights))}


def _flag_probs(scored: Scored, config: CalibrationConfig) -> Floats:
    answers = [
        calibrate(prediction, config).attributed_prob
        for prediction, flag in zip(scored.predictions, scored.attributed, strict=True)
        if flag is not None
    ]
    return np.array([answer for answer in answers if answer is not None])


def _thresholds(scored: Scored, config: CalibrationConfig, wanted: float) -> dict[str, float]:
    plain = config.model_copy(update={"threshold": 0.0, "thresholds": {}})
    answers = [calibrate(prediction, plain) for prediction in scored.predictions]
    labels = np.array([answer.label for answer in answers])
    probs = np.array([max(answer.probs.values()) for answer in answers])
    right = labels == np.array(scored.gold)
    found = {
        name: precision_threshold(probs[own], right[own], wanted, scored.weights[own])
        for name, own in ((name, labels == name) for name in scored.names)
    }
    return {name: NEVER if value is None else _below_never(value) for name, value in found.items()}


def _below_never(value: float) -> float:
    """Six digits where they keep a threshold that was found apart from `NEVER`."""
    short = _short(value)
    return short if short < NEVER else min(value, math.nextafter(NEVER, 0.0))


def _conformal(held_out: Scored, config: CalibrationConfig, options: ConformalOptions) -> ConformalConfig:
    badness = [
        nonconformity(calibrate(prediction, config).probs, options.method)[label]
        for prediction, label in zip(held_out.predictions, held_out.gold, strict=True)
    ]
    quantile = min(conformal_quantile(np.array(badness), options.alpha, held_out.weight), 1.0)
    return ConformalConfig(alpha=options.alpha, method=options.method, quantile=quantile)


def _short(value: float) -> float:
    """Six digits: what is written is what was measured."""
    return float(f"{value:.6g}")
