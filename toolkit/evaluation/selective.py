"""What abstaining would gain: risk by coverage (El-Yaniv & Wiener 2010), and thresholds for a wanted accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolkit.evaluation.intervals import Bootstrap, Figures, Floats, draw
from toolkit.evaluation.reliability import wilson
from toolkit.evaluation.schema import RiskCoverage, ThresholdRow
from toolkit.evaluation.scored import Ints, Scored, effective

POINTS = 200
"""Most points of a curve that are written; the last one always is."""


class _Curve:
    """Rows by falling confidence, those of the same confidence together: a threshold takes all of them or none."""

    def __init__(self, scored: Scored) -> None:
        order = np.argsort(-scored.confidence, kind="stable")
        confidence = scored.confidence[order]
        self.document: Ints = scored.document[order]
        self.weights: Floats = scored.weights[order]
        self.wrong = (scored.top != scored.gold)[order]
        self.starts = np.flatnonzero(np.r_[True, np.diff(confidence) < 0])
        self.thresholds: Floats = confidence[self.starts]

    def risks(self, weights: Floats) -> tuple[Floats, Floats]:
        """Covered rows and the share of wrong ones among them, down to each confidence."""
        rows = weights[:, self.document] * self.weights
        covered = np.cumsum(np.add.reduceat(rows, self.starts, axis=1), axis=1)
        wrong = np.cumsum(np.add.reduceat(rows * self.wrong, self.starts, axis=1), axis=1)
        risk: Floats = np.divide(wrong, covered, out=np.zeros_like(wrong), where=covered > 0)
        return covered, risk

    def aurc(self, weights: Floats) -> Figures:
        """Area under the risk-coverage curve: the mean risk over all coverages (Geifman & El-Yaniv 2017)."""
        covered, risk = self.risks(weights)
        steps = np.diff(covered, axis=1, prepend=0)
        return {"aurc": (steps * risk).sum(axis=1) / covered[:, -1]}


def risk_coverage(scored: Scored, options: Bootstrap) -> RiskCoverage | None:
    """The curve, over the rows that did not fail; None if all did."""
    told = scored.take(~scored.failed)
    if not len(told):
        return None
    curve = _Curve(told)
    covered, risk = (one[0] for one in curve.risks(np.ones((1, told.documents))))
    shown = np.unique(np.linspace(0, len(risk) - 1, min(POINTS, len(risk))).round().astype(int))
    drawn = draw(curve.aurc, np.ones(told.documents, dtype=np.int64), options, width=len(told))
    return {
        "aurc": drawn["aurc"].estimate,
        "coverage": (covered[shown] / scored.weights.sum()).tolist(),
        "risk": risk[shown].tolist(),
        "threshold": curve.thresholds[shown].tolist(),
    }


def thresholds(scored: Scored, wanted: Sequence[float]) -> list[ThresholdRow]:
    """For each wanted share of right answers, the lowest threshold that gives it on these rows.

    Args:
        scored: All rows; those that failed are never covered.
        wanted: Shares of right answers.
    """
    told = scored.take(~scored.failed)
    if not len(told):
        return [_out_of_reach(share) for share in wanted]
    curve = _Curve(told)
    covered, risk = (one[0] for one in curve.risks(np.ones((1, told.documents))))
    return [_threshold(share, curve, covered / scored.weights.sum(), 1 - risk) for share in wanted]


def _threshold(wanted: float, curve: _Curve, coverages: Floats, accuracy: Floats) -> ThresholdRow:
    enough = np.flatnonzero(accuracy >= wanted - 1e-12)
    if not enough.size:
        return _out_of_reach(wanted)
    place = enough[-1]
    levels, share, coverage = curve.thresholds, float(accuracy[place]), float(coverages[place])
    taken = curve.weights[: curve.starts[place + 1] if place + 1 < len(curve.starts) else None]
    return {
        "wanted": wanted,
        "threshold": float(levels[place]),
        "coverage": coverage,
        "accuracy": share,
        "interval": wilson(share * effective(taken), effective(taken)),
        "n": len(taken),
        "words": f"To be right {_percent(wanted)} of the time, label {_percent(coverage)} of sentences: "
        f"those with a probability of {levels[place]:.2f} or more.",
    }


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _out_of_reach(wanted: float) -> ThresholdRow:
    return {
        "wanted": wanted,
        "threshold": None,
        "coverage": None,
        "accuracy": None,
        "interval": None,
        "n": 0,
        "words": f"No threshold makes it right {_percent(wanted)} of the time.",
    }
