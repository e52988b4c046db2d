"""From the files of a results folder to its figures: the same for a run that just ended and for one of last year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.evaluation.figures import confusion, flag_of, scores_of
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.reliability import reliability
from toolkit.evaluation.schema import Result, Speed
from toolkit.evaluation.scored import Scored, join
from toolkit.evaluation.selective import risk_coverage, thresholds
from toolkit.evaluation.slices import slices_of

Rows = Sequence[Mapping[str, Any]]


def measure(
    gold: Rows,
    predictions: Rows,
    classes: Sequence[str],
    options: Bootstrap,
    *,
    columns: Sequence[str],
    minimum: int,
    wanted: Sequence[float],
) -> tuple[Scored, dict[str, Any]]:
    """All figures of one backend on one gold set.

    Args:
        gold: Rows of ``gold/<set>.jsonl``.
        predictions: Rows of ``predictions/<set>/<backend>.jsonl``.
        classes: What is scored.
        options: How to draw.
        columns: Columns to slice by.
        minimum: Fewest rows of a slice that may be called the worst.
        wanted: Shares of right answers for the threshold table.

    Returns:
        The rows as arrays, and the part of a `Result` that is computed from them.
    """
    scored = join(gold, predictions, classes)
    covered = scored.take(scored.covered)
    told = scored.take(~scored.failed)
    sure = not scored.unscored.any()  # as soon as one answer has no probabilities, nothing is said of any
    figures = {
        "n": len(scored),
        "documents": scored.documents,
        "abstained": sum(row["abstained"] for row in predictions),
        "failed": int(scored.failed.sum()),
        "unscored": int(scored.unscored.sum()),
        "coverage": scored.coverage,
        "all_rows": scores_of(scored, options),
        "covered": scores_of(covered, options) if len(covered) else None,
        "confusion": confusion(scored),
        "reliability": reliability(told.confidence, told.top == told.gold, told.weights) if sure else [],
        "risk_coverage": risk_coverage(scored, options) if sure else None,
        "thresholds": thresholds(scored, wanted) if sure else [],
        "slices": slices_of(gold, scored, columns, options, minimum=minimum),
        "attributed": flag_of(scored, options),
        "cascade": None,
    }
    return scored, figures


def as_result(head: Mapping[str, str], figures: Mapping[str, Any], speed: Speed) -> Result:
    """Put the parts of a result together.

    Args:
        head: ``gold``, ``split``, ``backend``, ``run`` and ``predictions``.
        figures: From `measure`.
        speed: What the predictions took.
    """
    result: Any = {**head, **figures, "speed": speed}
    checked: Result = result
    return checked
