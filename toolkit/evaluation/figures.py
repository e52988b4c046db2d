"""All figures of one backend on one set of rows, each with its interval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toolkit.evaluation.counts import Cubes, count_figures, cubes_of
from toolkit.evaluation.intervals import Bootstrap, Figures, Floats, draw
from toolkit.evaluation.probabilities import Auroc, Ece, ProbabilityFigures
from toolkit.evaluation.reliability import reliability
from toolkit.evaluation.schema import NOTHING, Estimate, FlagResult, FlagScores, Scores
from toolkit.evaluation.scored import UNKNOWN, Scored

FLAG = ("attributed", "not attributed")


def scores_of(scored: Scored, options: Bootstrap) -> Scores:
    """Every figure of the labels.

    Args:
        scored: The rows in question: all, or those that are covered.
        options: How to draw.
    """
    found = _count_estimates(scored, options)
    found |= _probability_estimates(scored, options)
    return {
        "n": len(scored),
        "macro_f1": found["macro_f1"],
        "accuracy": found["accuracy"],
        "mcc": found["mcc"],
        "log_loss": found["log_loss"],
        "brier": found["brier"],
        "ece": found["ece"],
        "per_label": {
            name: {
                "precision": found[f"precision:{name}"],
                "recall": found[f"recall:{name}"],
                "f1": found[f"f1:{name}"],
                "auroc": found[f"auroc:{name}"],
                "support": int((scored.gold == position).sum()),
            }
            for position, name in enumerate(scored.classes)
        },
    }


def _probability_estimates(scored: Scored, options: Bootstrap) -> dict[str, Estimate]:
    """Figures of probabilities; none are defined where an answer came without."""
    if scored.unscored.any():
        names = ("log_loss", "brier", "ece", *(f"auroc:{name}" for name in scored.classes))
        return dict.fromkeys(names, NOTHING)
    ones = np.ones(scored.documents, dtype=np.int64)
    drawn = draw(ProbabilityFigures(scored), ones, options, width=len(scored))
    return {name: one.estimate for name, one in drawn.items()}


def confusion(scored: Scored) -> list[list[int]]:
    """Counts of rows, whatever their weight: gold by row, answered by column, the last one for no answer."""
    matrix = np.zeros((len(scored.classes), len(scored.classes) + 1), dtype=np.int64)
    np.add.at(matrix, (scored.gold, scored.answer), 1)
    table: list[list[int]] = matrix.tolist()
    return table


def headline(scored: Scored, options: Bootstrap) -> tuple[Estimate, Estimate]:
    """Macro-F1 and accuracy alone, as slices have them."""
    found = _count_estimates(scored, options)
    return found["macro_f1"], found["accuracy"]


def _count_estimates(scored: Scored, options: Bootstrap) -> dict[str, Estimate]:
    cubes: Cubes = cubes_of([scored])

    def statistic(weights: Floats) -> Figures:
        return count_figures(cubes.totals(weights), cubes.present, scored.classes)

    return {name: one.estimate for name, one in draw(statistic, cubes.counts, options).items()}


def flag_of(scored: Scored, options: Bootstrap) -> FlagResult | None:
    """The flag, on the rows whose gold tells it; None where gold or backend never does."""
    told = scored.take(scored.flag != UNKNOWN)
    if not len(told) or (told.flag_answer == UNKNOWN).all():
        return None
    binary = _as_classes(told)
    answered = binary.take(binary.covered)
    return {
        "all_rows": _flag_scores(binary, options),
        "covered": _flag_scores(answered, options) if len(answered) else None,
        "confusion": confusion(binary),
        "reliability": []
        if answered.unscored.any()
        else reliability(answered.scores[:, 0], answered.gold == 0, answered.weights),
    }


def _as_classes(told: Scored) -> Scored:
    """The flag as two classes, the first of which is that it holds."""
    unanswered = told.flag_answer == UNKNOWN
    answer = np.where(unanswered, len(FLAG), 1 - told.flag_answer)
    scores = np.stack([told.flag_score, 1 - told.flag_score], axis=1)
    top = np.where(unanswered, scores.argmax(axis=1), answer)
    return replace(
        told,
        classes=FLAG,
        gold=1 - told.flag,
        answer=answer,
        top=top,
        scores=scores,
        failed=unanswered,
        unscored=told.flag_unscored,
    )


def _flag_scores(binary: Scored, options: Bootstrap) -> FlagScores:
    found = _count_estimates(binary, options)
    holds = binary.gold == 0
    ranked = {"ece": NOTHING, "auroc": NOTHING} if binary.unscored.any() else _flag_estimates(binary, options)
    return {
        "n": len(binary),
        "precision": found[f"precision:{FLAG[0]}"],
        "recall": found[f"recall:{FLAG[0]}"],
        "f1": found[f"f1:{FLAG[0]}"],
        "ece": ranked["ece"],
        "auroc": ranked["auroc"],
        "support": int(holds.sum()),
    }


def _flag_estimates(binary: Scored, options: Bootstrap) -> dict[str, Estimate]:
    holds = binary.gold == 0
    ece = Ece(binary.scores[:, 0], holds, binary.document, binary.weights)
    auroc = Auroc(binary.scores[:, 0], holds, binary.document, binary.weights)

    def statistic(weights: Floats) -> Figures:
        return {"ece": ece(weights), "auroc": auroc(weights)}

    drawn = draw(statistic, np.ones(binary.documents, dtype=np.int64), options, width=len(binary))
    return {name: one.estimate for name, one in drawn.items()}
