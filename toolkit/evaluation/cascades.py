"""Whether a cascade is worth it: its cost-quality curve, and how it stands against the better of its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from toolkit.backends.base import calibration_for
from toolkit.backends.cascade import ABSTAINED, FAILED, margin_of
from toolkit.backends.composite_config import CascadeConfig
from toolkit.backends.config import BackendBase
from toolkit.evaluation.counts import Cubes, cubes_of, macro_f1
from toolkit.evaluation.intervals import Bootstrap, Figures, Floats, draw
from toolkit.evaluation.schema import NOTHING, CascadeResult, Comparison, CurvePoint, Estimate
from toolkit.evaluation.scored import Scored
from toolkit.labels import LabelSet

STEPS = 20
"""Parts that the curve is cut into."""

Rows = Sequence[Mapping[str, Any]]


def members_of(cascade: BackendBase, backends: Sequence[BackendBase], labels: LabelSet) -> tuple[str, str] | None:
    """The names of the backends of an evaluation that are the two members of a cascade; None where they are not.

    Args:
        cascade: Any backend.
        backends: Those of the evaluation.
        labels: Their label set.
    """
    if not isinstance(cascade, CascadeConfig) or len(cascade.members) != 2:
        return None
    known = {_alike(backend): backend.name for backend in reversed(backends)}
    cheap, costly = (
        known.get(_alike(one.model_copy(update={"calibration": calibration_for(one, labels)})))
        for one in cascade.members
    )
    return None if cheap is None or costly is None else (cheap, costly)


def _alike(backend: BackendBase) -> str:
    return backend.model_dump_json(exclude={"name", "labels"})


def curve(cheap: Scored, costly: Scored, answers: Rows, options: Bootstrap) -> list[CurvePoint]:
    """Macro-F1 by the share of rows that go on, those first that the cheap member is least sure of.

    All points are of the same draws. Where the costly member failed, the cheap one's answer stays. Empty where the
    cheap member tells no probabilities, so that there is no order.

    Args:
        cheap: The first member's answers.
        costly: The second member's, to the same rows.
        answers: The first member's predictions, as they are in its file.
        options: How to draw.
    """
    doubts = [_doubt(row) for row in answers]
    if any(doubt is None for doubt in doubts):
        return []
    order = np.argsort(np.array(doubts, dtype=float), kind="stable")
    better = np.where(costly.failed, cheap.answer, costly.answer)
    counts = [round(len(cheap) * step / STEPS) for step in range(STEPS + 1)]
    steps = []
    for count in counts:
        gone = np.isin(np.arange(len(cheap)), order[:count])
        steps.append(replace(cheap, answer=np.where(gone, better, cheap.answer)))
    cubes = cubes_of(steps)

    def statistic(weights: Floats) -> Figures:
        return {str(k): macro_f1(cubes.totals(weights, k), cubes.present) for k in range(len(steps))}

    drawn = draw(statistic, cubes.counts, options)
    return [
        {
            "share": count / len(cheap),
            "rows": count,
            "macro_f1": drawn[str(k)].estimate,
            "at_random": _at_random(cubes, count / len(cheap)),
        }
        for k, count in enumerate(counts)
    ]


def _doubt(row: Mapping[str, Any]) -> float | None:
    """Where a row stands in the order of a cascade; None for an answer without probabilities."""
    if row.get("failure") is not None:
        return FAILED
    margin = margin_of(row["probs"] or {})
    return margin if not row["abstained"] else ABSTAINED + (margin or 0.0) / 2


def _at_random(cubes: Cubes, share: float) -> float | None:
    """Macro-F1 of the matrix that is to be expected if any rows went on, whatever their margin."""
    whole = cubes.counts[None].astype(np.float64)
    none, everything = cubes.totals(whole, 0), cubes.totals(whole, STEPS)
    value = float(macro_f1((1 - share) * none + share * everything, cubes.present)[0])
    return None if np.isnan(value) else value


def cascade_result(
    name: str,
    members: tuple[str, str],
    scored: Mapping[str, Scored],
    answers: Rows,
    comparisons: Sequence[Comparison],
    options: Bootstrap,
    *,
    escalated: int,
) -> CascadeResult:
    """How a cascade stands against its members on one gold set.

    Args:
        name: The cascade.
        members: Its cheap and its costly member.
        scored: Name to answers.
        answers: The cheap member's predictions, as they are in its file.
        comparisons: All pairs of this gold set.
        options: How to draw.
        escalated: Rows that went on.
    """
    cheap, costly = members
    points = curve(scored[cheap], scored[costly], answers, options)
    over = {one: _difference(name, one, comparisons) for one in members}
    better = min(members, key=lambda one: (over[one]["value"] is None, over[one]["value"]))
    difference = over[better]
    at_least = None if difference["value"] is None else difference["value"] >= 0
    share = escalated / len(scored[name])
    return {
        "cheap": cheap,
        "costly": costly,
        "share": share,
        "points": points,
        "better": better,
        "difference": difference,
        "at_least_as_good": at_least,
        "words": " ".join(
            [
                f"{name} asks {costly} for {100 * share:.1f} % of the sentences.",
                _verdict(name, better, difference),
                *_reason(members, scored, answers, escalated),
            ]
        ),
    }


def _difference(name: str, other: str, comparisons: Sequence[Comparison]) -> Estimate:
    """Macro-F1 of one backend less that of another."""
    for one in comparisons:
        if (one["a"], one["b"]) == (name, other):
            return one["macro_f1"]
        if (one["b"], one["a"]) == (name, other):
            value, interval = one["macro_f1"]["value"], one["macro_f1"]["interval"]
            turned = None if interval is None else [-interval[1], -interval[0]]
            return {"value": None if value is None else -value, "interval": turned}
    return NOTHING


def _verdict(name: str, better: str, difference: Estimate) -> str:
    value, interval = difference["value"], difference["interval"]
    if value is None:
        return f"Whether it is as good as {better} cannot be told."
    which = f"the better of its members, {better}"
    said = f"It is at least as good as {which}" if value >= 0 else f"It is not as good as {which}"
    if interval is None:
        return f"{said}: {100 * value:+.1f} points of macro-F1, on too few documents to say how sure that is."
    low, high = (100 * end for end in interval)
    chance = ", which chance explains" if low <= 0 <= high and value else ""
    return f"{said}: {100 * value:+.1f} points of macro-F1 (95 % interval {low:+.1f} to {high:+.1f}){chance}."


def _reason(members: tuple[str, str], scored: Mapping[str, Scored], answers: Rows, count: int) -> list[str]:
    """Who is right where the cheap member is least sure: the reason why a cascade gains or loses."""
    doubts = [_doubt(row) for row in answers]
    if not count or any(doubt is None for doubt in doubts):
        return []
    least = np.argsort(np.array(doubts, dtype=float), kind="stable")[:count]
    cheap, costly = (int(scored[one].right[least].sum()) for one in members)
    return [
        f"Of the {count:,} sentences that {members[0]} is least sure of, it has {cheap:,} right and {members[1]} "
        f"{costly:,}."
    ]
