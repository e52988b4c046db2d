"""How good probabilities, labels, the flag and label sets are, on documents that a fit did not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import GroupKFold

from toolkit.calibrating.scored import Floats, Scored
from toolkit.calibration import calibrate
from toolkit.calibration_config import BeforeAfter, CalibrationConfig
from toolkit.evaluation.probabilities import Ece
from toolkit.records import Prediction

SHOWN = {
    "log_loss": "log-loss",
    "ece": "calibration error (ECE)",
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "labelled_share": "share labelled",
    "labelled_accuracy": "accuracy of the labelled",
    "flag_log_loss": "attributed: log-loss",
    "flag_ece": "attributed: calibration error",
    "flag_f1": "attributed: F1",
    "set_coverage": "label set holds the label",
    "set_size": "labels in a set",
}
"""Names of the figures in words."""

Answer = Callable[[Scored], Sequence[Prediction]]
"""Calibrated answers to rows, as a fit would give them."""


def cross_validate(
    scored: Scored,
    refit: Callable[[Scored], Answer],
    before: CalibrationConfig,
    *,
    folds: int,
    seed: int,
) -> dict[str, BeforeAfter]:
    """Figures before and after, over all rows, each answered by a fit on the other folds' documents.

    Args:
        scored: The rows.
        refit: The whole fit, which gives what then answers other rows.
        before: The calibration to compare with.
        folds: How many, or one for each document if there are fewer.
        seed: Of the shuffle.
    """
    splitter = GroupKFold(min(folds, len({*scored.documents})), shuffle=True, random_state=seed)
    after: list[Prediction] = list(scored.predictions)
    for seen, unseen in splitter.split(scored.gold, groups=scored.documents):
        answer = refit(scored.take(seen))
        for place, prediction in zip(unseen, answer(scored.take(unseen)), strict=True):
            after[place] = prediction
    old = figures([calibrate(prediction, before) for prediction in scored.predictions], scored)
    return {name: BeforeAfter(before=old.get(name), after=value) for name, value in figures(after, scored).items()}


def figures(answers: Sequence[Prediction], scored: Scored) -> dict[str, float]:
    """What there is to say of calibrated answers, by name.

    Args:
        answers: Calibrated predictions of the rows.
        scored: The rows.
    """
    probs = np.array([[answer.probs[name] for name in scored.names] for answer in answers])
    right, weight = scored.right, scored.weight
    best = np.array([scored.names.index(max(a.probs, key=lambda name: a.probs[name])) for a in answers])
    hit = best == right
    found = {
        "log_loss": log_loss(right, probs, labels=range(len(scored.names)), sample_weight=weight),
        "ece": calibration_error(probs.max(axis=1), hit, weight),
        "accuracy": accuracy_score(right, best, sample_weight=weight),
        "macro_f1": f1_score(
            right, best, labels=np.unique(right), average="macro", zero_division=0, sample_weight=weight
        ),
    }
    given = np.array([answer.label is not None for answer in answers])
    if not given.all():
        found["labelled_share"] = np.average(given, weights=weight)
        found["labelled_accuracy"] = np.average(hit[given], weights=scored.weights[given]) if given.any() else np.nan
    found |= _flag_figures(answers, scored)
    if all(answer.label_set is not None for answer in answers):
        sets = [answer.label_set or () for answer in answers]
        found["set_coverage"] = np.average(
            [label in own for label, own in zip(scored.gold, sets, strict=True)], weights=weight
        )
        found["set_size"] = np.average([len(own) for own in sets], weights=weight)
    return {name: round(float(value), 4) for name, value in found.items() if np.isfinite(value)}


def _flag_figures(answers: Sequence[Prediction], scored: Scored) -> dict[str, Any]:
    both = zip(answers, scored.attributed, strict=True)
    told = [place for place, (answer, flag) in enumerate(both) if None not in (flag, answer.attributed_prob)]
    if len({scored.attributed[place] for place in told}) < 2:
        return {}
    probs = np.array([answers[place].attributed_prob for place in told], dtype=float)
    right = np.array([scored.attributed[place] for place in told], dtype=bool)
    said = np.array([answers[place].attributed for place in told], dtype=bool)
    weights = scored.weights[told]
    return {
        "flag_log_loss": log_loss(right, probs, labels=[False, True], sample_weight=weights),
        "flag_ece": calibration_error(probs, right, weights),
        "flag_f1": f1_score(right, said, zero_division=0, sample_weight=weights),
    }


def calibration_error(probs: Floats, right: NDArray[np.bool_], weights: Floats | None = None) -> float:
    """Expected calibration error, as `claimkit evaluate` has it.

    Args:
        probs: Probability of the event, shape (rows,).
        right: Whether it came true, shape (rows,).
        weights: How much each row counts; all alike when not given.
    """
    return float(Ece(probs, right, np.zeros(len(probs), dtype=np.int64), weights)(np.ones((1, 1)))[0])
